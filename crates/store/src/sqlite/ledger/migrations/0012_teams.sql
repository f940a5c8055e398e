-- Teams: people who look after something together.
CREATE TABLE team (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    org     INTEGER NOT NULL REFERENCES org (id),
    slug    TEXT NOT NULL,
    name    TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (org, slug)
) STRICT;
CREATE TABLE team_member (
    team INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_member_by_user ON team_member (user);
CREATE TABLE team_project (
    team    INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    project INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    PRIMARY KEY (team, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_project_by_project ON team_project (project);

-- Projects that have had ownership rules. The rules are in `project_rules`; `version` grows with
-- whatever may change what they say. An issue remembers by which version it was judged.
CREATE TABLE ownership (
    project    INTEGER PRIMARY KEY REFERENCES project (id),
    version    INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    changed    INTEGER NOT NULL,
    codeowners TEXT,                            -- the file, if there is one
    file_created INTEGER,
    file_changed INTEGER
) STRICT;
ALTER TABLE issue ADD COLUMN owners_version INTEGER NOT NULL DEFAULT 0;
-- Rules give an issue to somebody only if nobody ever had it.
ALTER TABLE issue ADD COLUMN was_assigned   INTEGER NOT NULL DEFAULT 0;
UPDATE issue SET was_assigned = 1 WHERE assignee IS NOT NULL
    OR EXISTS (SELECT 1 FROM activity WHERE activity.issue = issue.id AND deed = 'assigned');
CREATE INDEX issue_by_assignee ON issue (assignee) WHERE assignee IS NOT NULL;

-- Who might look after an issue; `place` 0 is the most responsible.
CREATE TABLE issue_owner (
    issue  INTEGER NOT NULL,
    owner  TEXT NOT NULL,                       -- user:7 or team:3
    place  INTEGER NOT NULL,
    source TEXT NOT NULL,
    rule   TEXT NOT NULL,
    PRIMARY KEY (issue, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_owner_by_owner ON issue_owner (owner);
