-- The greatest number of the spool whose record was counted as set aside: like `seq` for those that
-- are filed. What was shown to the ledger until now was counted as well.
ALTER TABLE spool_counted ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;
UPDATE spool_counted SET set_aside = seq;
