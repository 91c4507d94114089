-- Evidence: the bytes of attached files, once for each tenant, in chunks; and which cases have them.

CREATE TABLE sopflow_object (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) WITHOUT ROWID;

CREATE TABLE sopflow_chunk (
    tenant TEXT NOT NULL,
    digest TEXT NOT NULL,
    n INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (tenant, digest, n)
);

CREATE TABLE sopflow_evidence (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    put TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, digest)
) WITHOUT ROWID;
