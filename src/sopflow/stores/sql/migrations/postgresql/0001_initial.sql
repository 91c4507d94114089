-- The first schema. Instants are text of fixed width in UTC, so that they sort as they happened. Texts sort and compare
-- byte by byte, whatever the database's own collation.

CREATE TABLE sopflow_schema (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied TEXT NOT NULL,
    digest TEXT NOT NULL
);

CREATE TABLE sopflow_procedure (
    digest TEXT COLLATE "C" PRIMARY KEY,
    document TEXT NOT NULL
);

CREATE TABLE sopflow_case (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision INTEGER NOT NULL,
    "procedure" TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    phase TEXT COLLATE "C" NOT NULL,
    final INTEGER NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C" NOT NULL,
    opened TEXT COLLATE "C" NOT NULL,
    head TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX sopflow_case_opened ON sopflow_case (tenant, opened, id);
CREATE INDEX sopflow_case_phase ON sopflow_case (tenant, phase, opened, id);

CREATE TABLE sopflow_party (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    party TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, party, case_id, role),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);

CREATE TABLE sopflow_journal (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    seq INTEGER NOT NULL,
    command TEXT COLLATE "C",
    hash TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
CREATE UNIQUE INDEX sopflow_journal_command ON sopflow_journal (tenant, command) WHERE command IS NOT NULL;
CREATE FUNCTION sopflow_journal_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
CREATE TRIGGER sopflow_journal_no_change BEFORE UPDATE OR DELETE ON sopflow_journal
FOR EACH ROW EXECUTE FUNCTION sopflow_journal_fixed();
CREATE TRIGGER sopflow_journal_no_truncate BEFORE TRUNCATE ON sopflow_journal
FOR EACH STATEMENT EXECUTE FUNCTION sopflow_journal_fixed();

CREATE TABLE sopflow_side (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    seq INTEGER NOT NULL,
    salt BYTEA NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);

CREATE TABLE sopflow_deadline (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    wake TEXT COLLATE "C",
    PRIMARY KEY (tenant, case_id, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
CREATE INDEX sopflow_deadline_wake ON sopflow_deadline (tenant, wake, case_id, id) WHERE wake IS NOT NULL;

CREATE TABLE sopflow_outbox (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    send_after TEXT COLLATE "C" NOT NULL,
    leased TEXT COLLATE "C", -- nobody else gets it before
    ready TEXT COLLATE "C", -- the later of the two; NULL when settled
    attempts INTEGER NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    doc TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
CREATE INDEX sopflow_outbox_ready ON sopflow_outbox (tenant, ready, id) WHERE ready IS NOT NULL;
CREATE INDEX sopflow_outbox_case ON sopflow_outbox (tenant, case_id);

CREATE TABLE sopflow_incident (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    doc TEXT NOT NULL,
    note TEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
);
CREATE INDEX sopflow_incident_status ON sopflow_incident (tenant, status, at, id);
CREATE INDEX sopflow_incident_case ON sopflow_incident (tenant, case_id);

CREATE TABLE sopflow_inbox (
    tenant TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL,
    received TEXT COLLATE "C" NOT NULL,
    doc TEXT NOT NULL,
    event TEXT, -- personal
    raw BYTEA NOT NULL, -- personal
    PRIMARY KEY (tenant, sender, id)
);
CREATE INDEX sopflow_inbox_status ON sopflow_inbox (tenant, status);
CREATE INDEX sopflow_inbox_case ON sopflow_inbox (tenant, case_id, status);
