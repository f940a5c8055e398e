-- Issues that are being split: keys went to `dest`, events follow. See `split.rs`.
CREATE TABLE split (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    source  INTEGER NOT NULL UNIQUE,
    dest    INTEGER NOT NULL UNIQUE,
    stage   INTEGER NOT NULL DEFAULT 0, -- 0 count, 1 review, 2 move
    place   INTEGER NOT NULL DEFAULT 0, -- in the archive's order of arrival
    events  INTEGER NOT NULL DEFAULT 0, -- that leave
    stays   INTEGER NOT NULL DEFAULT 0, -- 1: undone meanwhile, `dest` stays a part
    at      INTEGER NOT NULL,
    user    INTEGER
) STRICT;

-- What was thrown away for each discarded issue, from here on.
ALTER TABLE tombstone ADD COLUMN events    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tombstone ADD COLUMN last_seen INTEGER;
