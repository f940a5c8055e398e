-- No row per event any more. Events that were counted but may not be in the archive yet; what the
-- table held until now is settled step by step after the start.
ALTER TABLE event_seen RENAME TO event_unsettled;

-- One row: the greatest number of the spool that was counted, to tell replays from second
-- deliveries.
CREATE TABLE spool_counted (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO spool_counted (id, seq) VALUES (1, 0);

-- At most one row: what the retention task knows of the clock.
CREATE TABLE clock_watch (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    trusted INTEGER NOT NULL,
    seen    INTEGER NOT NULL,
    leapt   INTEGER
) STRICT;

-- How many issues were opened in which hour, for the bound on new ones.
ALTER TABLE project ADD COLUMN new_issue_hour  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN new_issue_count INTEGER NOT NULL DEFAULT 0;
