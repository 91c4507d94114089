-- The directory, with its journal; and further parts of a message. Everything of an organisation is personal.

CREATE TABLE sopflow_organisation (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    salt BYTEA NOT NULL,
    doc TEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
);

CREATE TABLE sopflow_register (
    tenant TEXT COLLATE "C" NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
);
CREATE TRIGGER sopflow_register_no_change BEFORE UPDATE OR DELETE ON sopflow_register
FOR EACH ROW EXECUTE FUNCTION sopflow_journal_fixed();
CREATE TRIGGER sopflow_register_no_truncate BEFORE TRUNCATE ON sopflow_register
FOR EACH STATEMENT EXECUTE FUNCTION sopflow_journal_fixed();

ALTER TABLE sopflow_outbox ADD COLUMN html TEXT NOT NULL DEFAULT ''; -- personal
ALTER TABLE sopflow_outbox ADD COLUMN data TEXT NOT NULL DEFAULT ''; -- personal
