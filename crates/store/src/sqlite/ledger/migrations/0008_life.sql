-- The life of an issue: why it is in its status, how urgent it is, whose it is. `substatus` is 0 of a
-- resolved issue; `condition` is JSON: how it was resolved or archived. Status 3 is an issue that was
-- merged into another: no list shows it, its events still count in it, and in the other.
ALTER TABLE issue ADD COLUMN substatus        INTEGER NOT NULL DEFAULT 2;
ALTER TABLE issue ADD COLUMN since            INTEGER NOT NULL DEFAULT 0; -- of the substatus
ALTER TABLE issue ADD COLUMN condition        TEXT;
ALTER TABLE issue ADD COLUMN reviewed         INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN priority         INTEGER NOT NULL DEFAULT 75;
ALTER TABLE issue ADD COLUMN priority_by_hand INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN assignee         TEXT;                       -- user:7
ALTER TABLE issue ADD COLUMN user_count       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue ADD COLUMN first_release    TEXT;
ALTER TABLE issue ADD COLUMN last_release     TEXT;
ALTER TABLE issue ADD COLUMN merged_into      INTEGER;

UPDATE issue SET
    substatus = CASE WHEN status = 1 THEN 0 WHEN resolved_at IS NOT NULL THEN 4 ELSE 2 END,
    since = last_seen,
    priority = CASE WHEN level < 30 THEN 25 WHEN level < 40 THEN 50 ELSE 75 END,
    user_count = coalesce((SELECT times_seen FROM issue_tag AS tag
        WHERE tag.issue = issue.id AND tag.key = 'user' AND tag.value = ''), 0);

-- What grows old by itself, and what waits for something.
CREATE INDEX issue_by_age ON issue (substatus, since) WHERE status = 0 AND substatus <> 2;
CREATE INDEX issue_archived ON issue (id) WHERE status = 2;
CREATE INDEX issue_merged ON issue (merged_into) WHERE merged_into IS NOT NULL;

-- What an issue that others were merged into has of its own.
CREATE TABLE issue_own (
    issue         INTEGER PRIMARY KEY,
    first_seen    INTEGER NOT NULL,
    last_seen     INTEGER NOT NULL,
    times_seen    INTEGER NOT NULL,
    user_count    INTEGER NOT NULL,
    first_release TEXT,
    last_release  TEXT
) STRICT;

-- Users beyond those that are counted by name in `issue_tag`, as hashes; beyond 10,000 a sketch.
CREATE TABLE issue_user (
    issue INTEGER NOT NULL,
    user  INTEGER NOT NULL,
    PRIMARY KEY (issue, user)
) STRICT, WITHOUT ROWID;
CREATE TABLE user_sketch (
    issue     INTEGER PRIMARY KEY,
    beyond    INTEGER NOT NULL,                 -- rows of `issue_user`, while there are any
    registers BLOB                              -- NULL: not yet
) STRICT;

CREATE TABLE release (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project    INTEGER NOT NULL REFERENCES project (id),
    version    TEXT NOT NULL,
    package    TEXT NOT NULL,
    released   INTEGER,                         -- as somebody said
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    events     INTEGER NOT NULL,
    ignored    INTEGER NOT NULL DEFAULT 0,      -- 1: says nothing about the order
    UNIQUE (project, version)
) STRICT;
INSERT INTO release (project, version, package, first_seen, last_seen, events)
SELECT project, value, '', last_seen, last_seen, times_seen FROM project_tag
WHERE key = 'release' AND value NOT IN ('', '(other)')
    AND project IN (SELECT id FROM project);

-- Everything that happens to an issue, in Sentry's words, with facts as JSON.
ALTER TABLE activity ADD COLUMN deed TEXT NOT NULL DEFAULT 'set_unresolved';
ALTER TABLE activity ADD COLUMN data TEXT NOT NULL DEFAULT '{}';
UPDATE activity SET deed = CASE WHEN status = 1 THEN 'set_resolved'
    WHEN user IS NULL THEN 'set_regression' ELSE 'set_unresolved' END;
ALTER TABLE activity DROP COLUMN status;

CREATE TABLE issue_person (
    issue      INTEGER NOT NULL,
    user       INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    bookmarked INTEGER NOT NULL DEFAULT 0,
    subscribed INTEGER,                         -- NULL: never said
    seen       INTEGER,
    PRIMARY KEY (issue, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_person_by_user ON issue_person (user);

-- How issues were before somebody changed them; kept for a day.
CREATE TABLE undo (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    data    TEXT NOT NULL
) STRICT;

-- Issues whose events nobody wants: `issue_hash` leads to the negative of the id.
CREATE TABLE tombstone (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    title   TEXT NOT NULL,
    culprit TEXT NOT NULL,
    level   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    user    INTEGER
) STRICT;
