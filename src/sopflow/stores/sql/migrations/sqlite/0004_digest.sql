-- What was applied is recorded with the digest of its text; steps recorded before have none.

ALTER TABLE sopflow_schema ADD COLUMN digest TEXT NOT NULL DEFAULT '';
