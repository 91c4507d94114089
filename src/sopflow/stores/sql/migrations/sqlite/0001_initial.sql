-- The first schema. Instants are text of fixed width in UTC, so that they sort as they happened.

CREATE TABLE sopflow_schema (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied TEXT NOT NULL
);

CREATE TABLE sopflow_procedure (
    digest TEXT PRIMARY KEY,
    document TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sopflow_case (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    "procedure" TEXT NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    final INTEGER NOT NULL,
    matter TEXT NOT NULL,
    parent TEXT NOT NULL,
    opened TEXT NOT NULL,
    head TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX sopflow_case_opened ON sopflow_case (tenant, opened, id);
CREATE INDEX sopflow_case_phase ON sopflow_case (tenant, phase, opened, id);
CREATE INDEX sopflow_case_matter ON sopflow_case (tenant, matter);

CREATE TABLE sopflow_party (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    role TEXT NOT NULL,
    party TEXT NOT NULL,
    PRIMARY KEY (tenant, party, case_id, role),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) WITHOUT ROWID;

CREATE TABLE sopflow_journal (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    command TEXT,
    hash TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
CREATE UNIQUE INDEX sopflow_journal_command ON sopflow_journal (tenant, command) WHERE command IS NOT NULL;
CREATE TRIGGER sopflow_journal_no_update BEFORE UPDATE ON sopflow_journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER sopflow_journal_no_delete BEFORE DELETE ON sopflow_journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE sopflow_side (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    salt BLOB NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);

CREATE TABLE sopflow_deadline (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    id TEXT NOT NULL,
    wake TEXT,
    PRIMARY KEY (tenant, case_id, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) WITHOUT ROWID;
CREATE INDEX sopflow_deadline_wake ON sopflow_deadline (tenant, wake, case_id, id) WHERE wake IS NOT NULL;

CREATE TABLE sopflow_outbox (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    status TEXT NOT NULL,
    send_after TEXT NOT NULL,
    leased TEXT, -- nobody else gets it before
    ready TEXT, -- the later of the two; NULL when settled
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
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at TEXT NOT NULL,
    doc TEXT NOT NULL,
    note TEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
);
CREATE INDEX sopflow_incident_status ON sopflow_incident (tenant, status, at, id);
CREATE INDEX sopflow_incident_case ON sopflow_incident (tenant, case_id);

CREATE TABLE sopflow_inbox (
    tenant TEXT NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    received TEXT NOT NULL,
    doc TEXT NOT NULL,
    event TEXT, -- personal
    raw BLOB NOT NULL, -- personal
    PRIMARY KEY (tenant, sender, id)
);
CREATE INDEX sopflow_inbox_status ON sopflow_inbox (tenant, status);
CREATE INDEX sopflow_inbox_case ON sopflow_inbox (tenant, case_id, status);
