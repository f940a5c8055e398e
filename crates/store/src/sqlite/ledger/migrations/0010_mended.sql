-- Somebody discarded the issue for too many issues, and its key with it: the next flood makes one.
DELETE FROM issue_hash WHERE version = 0 AND issue < 0;

-- When the events happened that named the first and the last release: not each event names one.
ALTER TABLE issue     ADD COLUMN first_release_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue     ADD COLUMN last_release_seen  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue_own ADD COLUMN first_release_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE issue_own ADD COLUMN last_release_seen  INTEGER NOT NULL DEFAULT 0;

-- Issues of before releases were kept: the one whose last event is the oldest was there first.
UPDATE issue SET
    first_release = (SELECT value FROM issue_tag AS tag
        WHERE tag.issue = issue.id AND tag.key = 'release' AND tag.value NOT IN ('', '(other)')
        ORDER BY tag.last_seen, tag.value LIMIT 1),
    last_release = (SELECT value FROM issue_tag AS tag
        WHERE tag.issue = issue.id AND tag.key = 'release' AND tag.value NOT IN ('', '(other)')
        ORDER BY tag.last_seen DESC, tag.value DESC LIMIT 1)
WHERE first_release IS NULL;
UPDATE issue SET
    first_release_seen = first_seen,
    last_release_seen = coalesce((SELECT tag.last_seen FROM issue_tag AS tag
        WHERE tag.issue = issue.id AND tag.key = 'release' AND tag.value = issue.last_release),
        last_seen)
WHERE first_release IS NOT NULL;
UPDATE issue_own SET first_release_seen = first_seen, last_release_seen = last_seen;

-- A release was there when an issue last had it, and from the first event on of an issue that had
-- no other: the earliest of these is the date of those whose first event nobody noted.
UPDATE release SET first_seen = min(release.first_seen, sighting.at)
FROM (
    SELECT issue.project AS project, tag.value AS version,
        min(CASE WHEN tag.times_seen >= issue.times_seen THEN issue.first_seen
            ELSE tag.last_seen END) AS at
    FROM issue JOIN issue_tag AS tag ON tag.issue = issue.id AND tag.key = 'release'
    GROUP BY issue.project, tag.value
) AS sighting
WHERE sighting.project = release.project AND sighting.version = release.version;

-- How many issues a release was the first of.
CREATE INDEX issue_by_first_release ON issue (project, first_release, status)
    WHERE first_release IS NOT NULL;

-- Nobody asked for it: the name says it.
ALTER TABLE release DROP COLUMN package;
