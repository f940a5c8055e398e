-- Deleted issues that can still come back: the rows of `issue`, `issue_hash` and `split` as JSON.
CREATE TABLE trash (
    issue     INTEGER PRIMARY KEY,
    head      INTEGER NOT NULL,                 -- the issue that showed it
    project   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    tombstone INTEGER,                          -- of a discarded one
    data      TEXT NOT NULL
) STRICT;
CREATE INDEX trash_by_head ON trash (head);
CREATE INDEX trash_by_project ON trash (project);
