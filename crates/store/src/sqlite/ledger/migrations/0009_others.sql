-- Searches ask the counts of a project what occurs in it. A value that has no room there by name is
-- counted under (other), in a row that stays from now on, and was deleted when it was used up: it
-- comes back wherever an issue has a value that its project does not name.
INSERT OR IGNORE INTO project_tag (project, key, value, times_seen, last_seen)
SELECT issue.project, tag.key, '(other)', 0, 0
FROM issue_tag AS tag JOIN issue ON issue.id = tag.issue
WHERE tag.value NOT IN ('', '(other)') AND NOT EXISTS (
    SELECT 1 FROM project_tag AS named
    WHERE named.project = issue.project AND named.key = tag.key AND named.value = tag.value);
