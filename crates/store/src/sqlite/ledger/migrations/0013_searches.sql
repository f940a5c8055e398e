-- Searches that people saved; those without an owner are everybody's.
CREATE TABLE saved_search (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER NOT NULL REFERENCES org (id),
    owner   INTEGER REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    sort    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_search_by_name ON saved_search (org, coalesce(owner, 0), name);
CREATE INDEX saved_search_by_owner ON saved_search (owner) WHERE owner IS NOT NULL;

-- What a saved search is to a person who has it.
CREATE TABLE saved_search_person (
    search     INTEGER NOT NULL REFERENCES saved_search (id) ON DELETE CASCADE,
    user       INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    is_pinned  INTEGER NOT NULL,
    is_default INTEGER NOT NULL,
    PRIMARY KEY (search, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_search_person_by_user ON saved_search_person (user);

-- The last searches of a person.
CREATE TABLE recent_search (
    org   INTEGER NOT NULL REFERENCES org (id),
    user  INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    query TEXT NOT NULL,
    last  INTEGER NOT NULL,
    PRIMARY KEY (org, user, query)
) STRICT, WITHOUT ROWID;
CREATE INDEX recent_search_by_user ON recent_search (user);
