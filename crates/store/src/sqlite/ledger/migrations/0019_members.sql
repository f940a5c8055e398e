-- Who is in which organization. Until now everybody was in all of them and could do everything:
-- nobody loses that.
CREATE TABLE member (
    org    INTEGER NOT NULL REFERENCES org (id),
    user   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role   INTEGER NOT NULL,                    -- 0 member, 1 admin, 2 manager, 3 owner
    joined INTEGER NOT NULL,
    PRIMARY KEY (org, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_user ON member (user);
INSERT INTO member (org, user, role, joined)
    SELECT org.id, user.id, 3, user.created FROM org, user;

-- One-time links by which people join.
CREATE TABLE invite (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER NOT NULL REFERENCES org (id),
    email   TEXT NOT NULL,
    role    INTEGER NOT NULL,
    hash    BLOB NOT NULL UNIQUE,
    user    INTEGER,                            -- who invited them; NULL: the command line
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    UNIQUE (org, email)
) STRICT;

-- What a person sees of their sessions.
ALTER TABLE session ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN used    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN device  TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
-- One whose second factor is still missing opens nothing.
ALTER TABLE session ADD COLUMN half    INTEGER NOT NULL DEFAULT 0;

-- The second factor of people who have one: what their authenticator shares with us. It cannot be a
-- hash: codes are made of it.
CREATE TABLE two_factor (
    user      INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    secret    BLOB NOT NULL,
    is_on     INTEGER NOT NULL,
    last_step INTEGER NOT NULL                  -- of the last code that was used: none works twice
) STRICT;
-- What works instead, each once.
CREATE TABLE recovery_code (
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;

-- The last times that somebody signed in, or somebody tried to in their name.
CREATE TABLE sign_in (
    id      INTEGER PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    device  TEXT NOT NULL,
    address TEXT NOT NULL,
    good    INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_by_user ON sign_in (user, id);
