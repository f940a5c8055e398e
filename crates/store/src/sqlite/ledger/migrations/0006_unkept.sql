-- Events that were filed and that the archive cannot take lie in quarantine. `set_aside`: the key
-- whose count of accepted events such a one was taken out of, until the archive has it after all.
ALTER TABLE event_unsettled ADD COLUMN set_aside INTEGER;
-- 1: it came from the quarantine, where it was counted when it got there.
ALTER TABLE event_unsettled ADD COLUMN is_replay INTEGER NOT NULL DEFAULT 0;
