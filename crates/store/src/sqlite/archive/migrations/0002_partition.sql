-- The archive as a folder of partitions: what is known about a whole file.

CREATE TABLE partition (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    number    INTEGER NOT NULL,     -- as in the name of the file
    first_seq INTEGER NOT NULL,     -- `seq` goes on from partition to partition
    closed    INTEGER NOT NULL,     -- 1: takes no more events
    sealed    INTEGER NOT NULL      -- 1: never changes again; the tables below are filled
) STRICT;

-- What each project has in this file. Bytes are of rows and bodies, without indexes.
CREATE TABLE usage (
    project INTEGER PRIMARY KEY,
    events  INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    oldest  INTEGER NOT NULL,
    newest  INTEGER NOT NULL
) STRICT;

-- The same by issue, of a sealed partition only.
CREATE TABLE issue_use (
    project INTEGER NOT NULL,
    issue   INTEGER NOT NULL,
    events  INTEGER NOT NULL,
    oldest  INTEGER NOT NULL,
    newest  INTEGER NOT NULL,
    PRIMARY KEY (project, issue)
) STRICT, WITHOUT ROWID;

-- Which events and issues cannot be here, of a sealed partition only: see `filter.rs`.
CREATE TABLE filter (
    name  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What bodies of this file are compressed with: see `body.rs`.
CREATE TABLE dictionary (
    id      INTEGER PRIMARY KEY,
    trained INTEGER NOT NULL,       -- 1: on events of this partition; 0: carried over
    bytes   BLOB NOT NULL
) STRICT;

-- The other partitions that should be in the folder: a missing one is named.
CREATE TABLE expected (
    number INTEGER PRIMARY KEY
) STRICT;

INSERT INTO partition (one, number, first_seq, closed, sealed) VALUES (1, 1, 1, 0, 0);
