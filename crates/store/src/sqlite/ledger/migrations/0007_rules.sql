-- What people decided about the events of a project: a JSON object. No row: the defaults.
CREATE TABLE project_rules (
    project INTEGER PRIMARY KEY REFERENCES project (id),
    rules   TEXT NOT NULL
) STRICT;

-- What the rules were before each change, so that it can be undone.
CREATE TABLE rules_change (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project (id),
    changed INTEGER NOT NULL,
    user    INTEGER, -- NULL: the command line
    rules   TEXT NOT NULL
) STRICT;
CREATE INDEX rules_change_by_project ON rules_change (project, id);

-- The last filtered events of each reason: what people see of them, a JSON object.
CREATE TABLE filtered_event (
    id       INTEGER PRIMARY KEY,
    project  INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    pattern  TEXT NOT NULL,
    event    BLOB NOT NULL,
    received INTEGER NOT NULL,
    glimpse  TEXT NOT NULL
) STRICT;
CREATE INDEX filtered_event_by_reason ON filtered_event (project, reason, id);

-- Records of the spool (0: of the quarantine) that were counted as filtered and may be shown once
-- more, after a crash.
CREATE TABLE filtered_unsettled (
    seq     INTEGER NOT NULL,
    project INTEGER NOT NULL,
    event   BLOB NOT NULL,
    PRIMARY KEY (seq, project, event)
) STRICT, WITHOUT ROWID;

-- Up to this number the spool has let go of its records, as far as filtered ones told.
ALTER TABLE spool_counted ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;
