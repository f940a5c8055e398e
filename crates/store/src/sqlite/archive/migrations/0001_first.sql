-- The archive as it was first released: one row per event, what lists show in columns, the whole
-- in `body`. Moments are microseconds since 1970, event ids are 16 raw bytes.

CREATE TABLE event (
    seq         INTEGER PRIMARY KEY,    -- the order of arrival in this file
    project     INTEGER NOT NULL,
    issue       INTEGER NOT NULL,
    event       BLOB NOT NULL,
    timestamp   INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    level       INTEGER NOT NULL,
    title       TEXT NOT NULL,
    logger      TEXT NOT NULL,
    server_name TEXT NOT NULL,
    site        TEXT NOT NULL,
    url         TEXT NOT NULL,
    user        TEXT NOT NULL,
    release     TEXT NOT NULL,
    environment TEXT NOT NULL,
    codec       INTEGER NOT NULL,       -- how to read `body`: see `body.rs`
    body        BLOB NOT NULL           -- last, so that lists do not read over it
) STRICT;
CREATE UNIQUE INDEX event_by_id       ON event (event, project);
CREATE INDEX        event_by_issue    ON event (project, issue, received);
CREATE INDEX        event_by_received ON event (project, received);
