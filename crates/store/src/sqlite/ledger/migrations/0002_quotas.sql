-- How much projects and keys may send, and how long events are kept. NULL: the installation's default.
ALTER TABLE project ADD COLUMN quotas           TEXT NOT NULL DEFAULT '[]'; -- a JSON list
ALTER TABLE project ADD COLUMN spike_protection INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN retention_days   INTEGER;
ALTER TABLE project ADD COLUMN retention_bytes  INTEGER;
ALTER TABLE key     ADD COLUMN quotas           TEXT NOT NULL DEFAULT '[]';
