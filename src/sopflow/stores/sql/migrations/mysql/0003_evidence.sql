-- Evidence: the bytes of attached files, once for each tenant, in chunks; and which cases have them.

CREATE TABLE sopflow_object (
    tenant VARCHAR(200) NOT NULL,
    digest VARCHAR(255) NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (tenant, digest)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_chunk (
    tenant VARCHAR(200) NOT NULL,
    digest VARCHAR(255) NOT NULL,
    n INTEGER NOT NULL,
    data LONGBLOB NOT NULL,
    PRIMARY KEY (tenant, digest, n)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_evidence (
    tenant VARCHAR(200) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    digest VARCHAR(255) NOT NULL,
    put VARCHAR(32) NOT NULL,
    PRIMARY KEY (tenant, case_id, digest)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
