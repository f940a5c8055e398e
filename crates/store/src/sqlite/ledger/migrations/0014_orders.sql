-- Two more orders of lists: by users, and by what happens these days. `trend(hour, events)` is a
-- function of ours, see model/trend.rs; -10^18 is the trend of an issue without events.
ALTER TABLE issue     ADD COLUMN trend INTEGER NOT NULL DEFAULT -1000000000000000000;
ALTER TABLE issue_own ADD COLUMN trend INTEGER NOT NULL DEFAULT -1000000000000000000;
UPDATE issue SET trend = (SELECT trend(hour, times_seen) FROM issue_hour
    WHERE issue = issue.id OR issue IN (SELECT id FROM issue AS part WHERE merged_into = issue.id));
UPDATE issue_own SET trend = (SELECT trend(hour, times_seen) FROM issue_hour
    WHERE issue_hour.issue = issue_own.issue);
CREATE INDEX issue_by_user_count ON issue (project, status, user_count);
CREATE INDEX issue_by_trend      ON issue (project, status, trend);
