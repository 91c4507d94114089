-- Evidence: the bytes of attached files, once for each tenant, in chunks; and which cases have them.

CREATE TABLE sopflow_object (
    tenant TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
);

CREATE TABLE sopflow_chunk (
    tenant TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    n INTEGER NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (tenant, digest, n)
);

CREATE TABLE sopflow_evidence (
    tenant TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    put TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, case_id, digest)
);
