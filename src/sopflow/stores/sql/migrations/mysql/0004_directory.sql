-- The directory, with its journal; and further parts of a message. Everything of an organisation is personal.

CREATE TABLE sopflow_organisation (
    tenant VARCHAR(200) NOT NULL,
    id VARCHAR(200) NOT NULL,
    salt VARBINARY(255) NOT NULL,
    doc LONGTEXT NOT NULL, -- personal
    PRIMARY KEY (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE sopflow_register (
    tenant VARCHAR(200) NOT NULL,
    seq INTEGER NOT NULL,
    hash VARCHAR(64) NOT NULL,
    entry LONGTEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE TRIGGER sopflow_register_no_update BEFORE UPDATE ON sopflow_register
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the journal of the directory is append-only';
CREATE TRIGGER sopflow_register_no_delete BEFORE DELETE ON sopflow_register
FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the journal of the directory is append-only';

ALTER TABLE sopflow_outbox
    ADD COLUMN html LONGTEXT NOT NULL DEFAULT (''), -- personal
    ADD COLUMN data LONGTEXT NOT NULL DEFAULT (''); -- personal
