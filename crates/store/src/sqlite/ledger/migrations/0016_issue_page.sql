-- Links by which strangers see an issue: at most one for each. Only the hash of a link is kept.
CREATE TABLE issue_share (
    issue    INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL UNIQUE,
    is_whole INTEGER NOT NULL,                  -- 1: with variables, request, user and tags
    user     INTEGER,
    created  INTEGER NOT NULL
) STRICT;

-- Tickets elsewhere that are about an issue.
CREATE TABLE issue_ticket (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    issue   INTEGER NOT NULL,
    url     TEXT NOT NULL,
    title   TEXT NOT NULL,
    user    INTEGER,
    created INTEGER NOT NULL,
    UNIQUE (issue, url)
) STRICT;

-- Issues that people deleted, for whoever follows an old link.
CREATE TABLE deleted_issue (
    issue   INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    user    INTEGER,
    discard INTEGER NOT NULL                    -- 1: later events are thrown away
) STRICT;
CREATE INDEX deleted_issue_by_project ON deleted_issue (project, at);

-- When a value was counted first; NULL of those that were counted before this column, and of those
-- of an issue that was taken apart.
ALTER TABLE issue_tag ADD COLUMN first_seen INTEGER;
ALTER TABLE project_tag ADD COLUMN first_seen INTEGER;
