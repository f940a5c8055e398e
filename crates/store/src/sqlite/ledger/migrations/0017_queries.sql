-- Questions over events that people saved; those without an owner are everybody's. `asked` is the
-- query of the page's address.
CREATE TABLE saved_query (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER NOT NULL REFERENCES org (id),
    owner   INTEGER REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    asked   TEXT NOT NULL,
    creator INTEGER REFERENCES user (id) ON DELETE SET NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_query_by_name ON saved_query (org, coalesce(owner, 0), name);
CREATE INDEX saved_query_by_owner ON saved_query (owner) WHERE owner IS NOT NULL;
CREATE INDEX saved_query_by_creator ON saved_query (creator) WHERE creator IS NOT NULL;

-- Pages of answers to such questions, of everybody in the organization.
CREATE TABLE dashboard (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER NOT NULL REFERENCES org (id),
    name    TEXT NOT NULL,
    creator INTEGER REFERENCES user (id) ON DELETE SET NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dashboard_by_name ON dashboard (org, name);
CREATE INDEX dashboard_by_creator ON dashboard (creator) WHERE creator IS NOT NULL;

-- What is on them, in the order of `place`. A tile has its own copy of the question.
CREATE TABLE tile (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    dashboard INTEGER NOT NULL REFERENCES dashboard (id) ON DELETE CASCADE,
    place     INTEGER NOT NULL,
    name      TEXT NOT NULL,
    asked     TEXT NOT NULL,
    shape     TEXT NOT NULL
) STRICT;
CREATE INDEX tile_by_dashboard ON tile (dashboard, place);
