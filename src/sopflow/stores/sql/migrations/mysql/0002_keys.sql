-- Content keys, matters, and an index for every way of finding cases.
-- A digest is the SHA-256 of a content key: it can be guessed, so it is personal, and erased.

CREATE TABLE sopflow_content ( -- which cases have which content
    tenant VARCHAR(200) NOT NULL,
    digest VARCHAR(255) NOT NULL,
    case_id VARCHAR(200) NOT NULL,
    PRIMARY KEY (tenant, digest, case_id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;
CREATE INDEX sopflow_content_case ON sopflow_content (tenant, case_id);

CREATE TABLE sopflow_matter ( -- which matter a content belongs to: one
    tenant VARCHAR(200) NOT NULL,
    digest VARCHAR(255) NOT NULL,
    matter VARCHAR(255) NOT NULL,
    since VARCHAR(32) NOT NULL,
    PRIMARY KEY (tenant, digest)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

ALTER TABLE sopflow_case ADD COLUMN sender VARCHAR(255) NOT NULL DEFAULT '';
UPDATE sopflow_case SET sender = COALESCE((
    SELECT JSON_UNQUOTE(JSON_EXTRACT(j.entry, '$.by.id')) FROM sopflow_journal j
    WHERE j.tenant = sopflow_case.tenant AND j.case_id = sopflow_case.id AND j.seq = 1), '');
CREATE INDEX sopflow_case_sender ON sopflow_case (tenant, sender, opened, id);
CREATE INDEX sopflow_case_procedure ON sopflow_case (tenant, `procedure`, opened, id);
CREATE INDEX sopflow_case_state ON sopflow_case (tenant, state, opened, id);
CREATE INDEX sopflow_case_open ON sopflow_case (tenant, final, opened, id);
CREATE INDEX sopflow_case_parent ON sopflow_case (tenant, parent, opened, id);
CREATE INDEX sopflow_case_matter ON sopflow_case (tenant, matter, opened, id);

ALTER TABLE sopflow_party ADD COLUMN opened VARCHAR(32) NOT NULL DEFAULT ''; -- of the case, for pages in its order
UPDATE sopflow_party SET opened = (
    SELECT c.opened FROM sopflow_case c WHERE c.tenant = sopflow_party.tenant AND c.id = sopflow_party.case_id);
CREATE INDEX sopflow_party_opened ON sopflow_party (tenant, party, opened, case_id, role);

ALTER TABLE sopflow_deadline ADD COLUMN due VARCHAR(32); -- while its clock runs
UPDATE sopflow_deadline SET due = (
    SELECT d.due
    FROM sopflow_case c, JSON_TABLE(c.doc, '$.deadlines[*]' COLUMNS (
        id VARCHAR(255) PATH '$.id', due VARCHAR(32) PATH '$.due', standing VARCHAR(32) PATH '$.standing')) d
    WHERE c.tenant = sopflow_deadline.tenant AND c.id = sopflow_deadline.case_id
        AND CAST(d.id AS BINARY) = CAST(sopflow_deadline.id AS BINARY)
        AND COALESCE(d.standing, 'running') = 'running');
CREATE INDEX sopflow_deadline_due ON sopflow_deadline (tenant, due, case_id);
