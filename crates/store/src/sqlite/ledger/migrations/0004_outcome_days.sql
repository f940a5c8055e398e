-- The same counts by day, for questions about months: a day has 24 times fewer rows, and they lie in
-- the order in which pages sum them. Triggers keep the two tables equal, whoever counts.
CREATE TABLE outcome_day (
    project  INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    key      INTEGER NOT NULL,
    category TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, outcome, category, reason, key, day)
) STRICT, WITHOUT ROWID;

-- Hours before 1970 round down, too.
INSERT INTO outcome_day
SELECT project, (hour - ((hour % 24) + 24) % 24) / 24, key, category, outcome, reason,
       CAST(min(total(quantity), 9.2e18) AS INTEGER)
FROM outcome GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TRIGGER outcome_first AFTER INSERT ON outcome BEGIN
    INSERT INTO outcome_day
    VALUES (new.project, (new.hour - ((new.hour % 24) + 24) % 24) / 24, new.key, new.category,
            new.outcome, new.reason, new.quantity)
    ON CONFLICT DO UPDATE SET quantity =
        min(quantity, 9223372036854775807 - excluded.quantity) + excluded.quantity;
END;
CREATE TRIGGER outcome_more AFTER UPDATE OF quantity ON outcome BEGIN
    UPDATE outcome_day SET quantity =
        min(quantity, 9223372036854775807 - (new.quantity - old.quantity))
        + (new.quantity - old.quantity)
    WHERE project = new.project AND day = (new.hour - ((new.hour % 24) + 24) % 24) / 24
        AND key = new.key AND category = new.category AND outcome = new.outcome
        AND reason = new.reason;
END;
