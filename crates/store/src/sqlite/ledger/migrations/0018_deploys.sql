-- What release tools tell of a release. `place` 0 is the newest commit.
CREATE TABLE release_commit (
    release      INTEGER NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    place        INTEGER NOT NULL,
    hash         TEXT NOT NULL,
    repository   TEXT,
    author_name  TEXT,
    author_email TEXT,
    at           INTEGER,
    message      TEXT NOT NULL,
    PRIMARY KEY (release, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE deploy (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    release     INTEGER NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    environment TEXT NOT NULL,
    name        TEXT,
    url         TEXT,
    started     INTEGER,
    finished    INTEGER NOT NULL
) STRICT;
CREATE INDEX deploy_by_release ON deploy (release, finished);

-- Which issues came back in a release, and which were resolved in it or in what came after it.
CREATE INDEX activity_regressed ON activity (json_extract(data, '$.version'))
    WHERE deed = 'set_regression';
CREATE INDEX activity_resolved ON activity (json_extract(data, '$.version'))
    WHERE deed = 'set_resolved_in_release';
CREATE INDEX activity_resolved_next ON activity (json_extract(data, '$.current_release_version'))
    WHERE deed = 'set_resolved_in_release';

-- Environments that people do not want among the choices.
CREATE TABLE hidden_environment (
    project INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;
