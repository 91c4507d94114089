-- The directory, with its journal; and further parts of a message. Everything of an organisation is personal.

CREATE TABLE sopflow_organisation (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    salt BLOB NOT NULL,
    doc TEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE sopflow_register (
    tenant TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
);
CREATE TRIGGER sopflow_register_no_update BEFORE UPDATE ON sopflow_register
BEGIN SELECT RAISE(ABORT, 'the journal of the directory is append-only'); END;
CREATE TRIGGER sopflow_register_no_delete BEFORE DELETE ON sopflow_register
BEGIN SELECT RAISE(ABORT, 'the journal of the directory is append-only'); END;

ALTER TABLE sopflow_outbox ADD COLUMN html TEXT NOT NULL DEFAULT ''; -- personal
ALTER TABLE sopflow_outbox ADD COLUMN data TEXT NOT NULL DEFAULT ''; -- personal
