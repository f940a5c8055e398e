-- Who changed what of the settings. No organization: it concerns an account. No user: the command
-- line.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER REFERENCES org (id),
    at      INTEGER NOT NULL,
    user    INTEGER,
    via     TEXT NOT NULL,                      -- page, token:7, command line
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    object  TEXT NOT NULL,
    changes TEXT NOT NULL                       -- a JSON list of field, before, after
) STRICT;
