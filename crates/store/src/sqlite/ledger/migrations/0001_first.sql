-- The ledger as it was first released. Moments are microseconds since 1970, hours are hours since
-- 1970, hashes and event ids are raw bytes. AUTOINCREMENT: an id is never given out twice, also
-- not after its row was deleted, because links and archived events remember it.

CREATE TABLE org (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    slug    TEXT NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    org             INTEGER NOT NULL REFERENCES org (id),
    slug            TEXT NOT NULL,
    name            TEXT NOT NULL,
    platform        TEXT,
    allowed_origins TEXT NOT NULL,              -- a JSON list
    created         INTEGER NOT NULL,
    first_event     INTEGER,
    last_number     INTEGER NOT NULL DEFAULT 0, -- of the newest issue
    UNIQUE (org, slug)
) STRICT;

CREATE TABLE key (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project (id),
    label   TEXT NOT NULL,
    public  TEXT NOT NULL UNIQUE,
    secret  TEXT NOT NULL UNIQUE,
    active  INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX key_by_project ON key (project);

-- One row: grows whenever a key or a project changes, so that gates notice.
CREATE TABLE key_generation (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
) STRICT;
INSERT INTO key_generation (id, generation) VALUES (1, 1);

CREATE TABLE user (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created       INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    hash    BLOB PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user, expires);

CREATE TABLE token (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    label     TEXT NOT NULL,
    hash      BLOB NOT NULL UNIQUE,
    last_four TEXT NOT NULL,
    scopes    TEXT NOT NULL,                    -- a JSON list
    created   INTEGER NOT NULL
) STRICT;
CREATE INDEX token_by_user ON token (user);

CREATE TABLE setup_link (
    hash    BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE issue (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    project     INTEGER NOT NULL REFERENCES project (id),
    number      INTEGER NOT NULL,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    culprit     TEXT NOT NULL,
    level       INTEGER NOT NULL,
    logger      TEXT NOT NULL,
    platform    TEXT NOT NULL,
    status      INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    times_seen  INTEGER NOT NULL,
    score       INTEGER NOT NULL,
    resolved_at INTEGER,
    haystack    TEXT NOT NULL,                  -- title and culprit, lower case, for words
    UNIQUE (project, number)
) STRICT;
-- One per sort order; a list without a status merges the two halves.
CREATE INDEX issue_by_last_seen  ON issue (project, status, last_seen);
CREATE INDEX issue_by_first_seen ON issue (project, status, first_seen);
CREATE INDEX issue_by_times_seen ON issue (project, status, times_seen);
CREATE INDEX issue_by_score      ON issue (project, status, score, last_seen);

-- Which grouping keys lead to which issue.
CREATE TABLE issue_hash (
    project INTEGER NOT NULL,
    version INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    issue   INTEGER NOT NULL,
    PRIMARY KEY (project, version, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_hash_by_issue ON issue_hash (issue);

-- Which events were counted, so that none is counted twice.
CREATE TABLE event_seen (
    project  INTEGER NOT NULL,
    event    BLOB NOT NULL,
    issue    INTEGER NOT NULL,
    received INTEGER NOT NULL,                  -- an hour
    PRIMARY KEY (project, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE issue_hour (
    issue      INTEGER NOT NULL,
    hour       INTEGER NOT NULL,
    times_seen INTEGER NOT NULL,
    PRIMARY KEY (issue, hour)
) STRICT, WITHOUT ROWID;

-- How often each value of each tag was seen. The value '' of a key counts the values of the key,
-- that of the key '' counts the keys: both are bounded.
CREATE TABLE issue_tag (
    issue      INTEGER NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    times_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    PRIMARY KEY (issue, key, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE project_tag (
    project    INTEGER NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    times_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    PRIMARY KEY (project, key, value)
) STRICT, WITHOUT ROWID;

-- Who changed the status of an issue. No user: the command line or Watchpost itself.
CREATE TABLE activity (
    id     INTEGER PRIMARY KEY,
    issue  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    user   INTEGER,
    status INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_by_issue ON activity (issue);

-- Project and key are 0 when the request named none that exists.
CREATE TABLE outcome (
    project  INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    key      INTEGER NOT NULL,
    category TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, hour, key, category, outcome, reason)
) STRICT, WITHOUT ROWID;
