-- The first schema. Instants are text of fixed width in UTC, so that they sort as they happened.
--
-- Texts sort and compare character by character and to their last space, whatever the database's own collation. MariaDB
-- and MySQL (8.0.17 and later) call the collation that does so by different names; each reads its own comment only.
-- An index has at most 3072 bytes, four for a character: so what is looked up by has a length.

CREATE TABLE sopflow_schema (
    version INTEGER PRIMARY KEY,
    name VARCHAR(64) NOT NULL,
    applied VARCHAR(32) NOT NULL,
    digest VARCHAR(80) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_procedure (
    digest VARCHAR(255) PRIMARY KEY,
    document LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_case (
    tenant VARCHAR(200) NOT NULL,
    id VARCHAR(200) NOT NULL,
    revision INTEGER NOT NULL,
    `procedure` VARCHAR(255) NOT NULL,
    state VARCHAR(255) NOT NULL,
    phase VARCHAR(64) NOT NULL,
    final INTEGER NOT NULL,
    matter VARCHAR(255) NOT NULL,
    parent VARCHAR(200) NOT NULL,
    opened VARCHAR(32) NOT NULL,
    head VARCHAR(80) NOT NULL,
    doc LONGTEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_case_opened ON sopflow_case (tenant, opened, id);
CREATE INDEX sopflow_case_phase ON sopflow_case (tenant, phase, opened, id);

CREATE TABLE sopflow_party (
    tenant VARCHAR(200) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    role VARCHAR(80) NOT NULL,
    party VARCHAR(255) NOT NULL,
    PRIMARY KEY (tenant, party, case_id, role),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_journal (
    tenant VARCHAR(200) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    seq INTEGER NOT NULL,
    command VARCHAR(500),
    hash VARCHAR(80) NOT NULL,
    entry LONGTEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE UNIQUE INDEX sopflow_journal_command ON sopflow_journal (tenant, command);
CREATE TRIGGER sopflow_journal_no_update BEFORE UPDATE ON sopflow_journal
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the journal is append-only';
CREATE TRIGGER sopflow_journal_no_delete BEFORE DELETE ON sopflow_journal
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the journal is append-only';

CREATE TABLE sopflow_side (
    tenant VARCHAR(200) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    seq INTEGER NOT NULL,
    salt LONGBLOB NOT NULL,
    doc LONGTEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id, seq) REFERENCES sopflow_journal (tenant, case_id, seq) -- and so it cannot be truncated
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_deadline (
    tenant VARCHAR(200) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    id VARCHAR(255) NOT NULL,
    wake VARCHAR(32),
    PRIMARY KEY (tenant, case_id, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_deadline_wake ON sopflow_deadline (tenant, wake, case_id, id);

CREATE TABLE sopflow_outbox (
    tenant VARCHAR(200) NOT NULL,
    id VARCHAR(500) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    status VARCHAR(32) NOT NULL,
    send_after VARCHAR(32) NOT NULL,
    leased VARCHAR(32), -- nobody else gets it before
    ready VARCHAR(32), -- the later of the two; NULL when settled
    attempts INTEGER NOT NULL,
    address LONGTEXT NOT NULL,
    subject LONGTEXT NOT NULL,
    body LONGTEXT NOT NULL,
    doc LONGTEXT NOT NULL,
    why LONGTEXT NOT NULL DEFAULT (''),
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_outbox_ready ON sopflow_outbox (tenant, ready, id);
CREATE INDEX sopflow_outbox_case ON sopflow_outbox (tenant, case_id);

CREATE TABLE sopflow_incident (
    tenant VARCHAR(200) NOT NULL,
    id VARCHAR(500) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    status VARCHAR(32) NOT NULL,
    at VARCHAR(32) NOT NULL,
    doc LONGTEXT NOT NULL,
    note LONGTEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_incident_status ON sopflow_incident (tenant, status, at, id);
CREATE INDEX sopflow_incident_case ON sopflow_incident (tenant, case_id);

CREATE TABLE sopflow_inbox (
    tenant VARCHAR(200) NOT NULL,
    sender VARCHAR(255) NOT NULL,
    id VARCHAR(300) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    status VARCHAR(32) NOT NULL,
    detail LONGTEXT NOT NULL,
    received VARCHAR(32) NOT NULL,
    doc LONGTEXT NOT NULL,
    event LONGTEXT, -- personal
    raw LONGBLOB NOT NULL, -- personal
    PRIMARY KEY (tenant, sender, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_inbox_status ON sopflow_inbox (tenant, status);
CREATE INDEX sopflow_inbox_case ON sopflow_inbox (tenant, case_id, status);
