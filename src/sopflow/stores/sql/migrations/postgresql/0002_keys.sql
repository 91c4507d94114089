-- Content keys, matters, and an index for every way of finding cases.
-- A digest is the SHA-256 of a content key: it can be guessed, so it is personal, and erased.

CREATE TABLE sopflow_content ( -- which cases have which content
    tenant TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    case_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, digest, case_id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
CREATE INDEX sopflow_content_case ON sopflow_content (tenant, case_id);

CREATE TABLE sopflow_matter ( -- which matter a content belongs to: one
    tenant TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    matter TEXT COLLATE "C" NOT NULL,
    since TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, digest)
);

ALTER TABLE sopflow_case ADD COLUMN sender TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE sopflow_case SET sender = COALESCE((
    SELECT CAST(j.entry AS json) #>> '{by,id}' FROM sopflow_journal j
    WHERE j.tenant = sopflow_case.tenant AND j.case_id = sopflow_case.id AND j.seq = 1), '');
CREATE INDEX sopflow_case_sender ON sopflow_case (tenant, sender, opened, id);
CREATE INDEX sopflow_case_procedure ON sopflow_case (tenant, "procedure", opened, id);
CREATE INDEX sopflow_case_state ON sopflow_case (tenant, state, opened, id);
CREATE INDEX sopflow_case_open ON sopflow_case (tenant, opened, id) WHERE final = 0;
CREATE INDEX sopflow_case_parent ON sopflow_case (tenant, parent, opened, id) WHERE parent <> '';
CREATE INDEX sopflow_case_matter ON sopflow_case (tenant, matter, opened, id);

ALTER TABLE sopflow_party ADD COLUMN opened TEXT COLLATE "C" NOT NULL DEFAULT ''; -- of the case, for pages in its order
UPDATE sopflow_party SET opened = (
    SELECT c.opened FROM sopflow_case c WHERE c.tenant = sopflow_party.tenant AND c.id = sopflow_party.case_id);
CREATE INDEX sopflow_party_opened ON sopflow_party (tenant, party, opened, case_id, role);

ALTER TABLE sopflow_deadline ADD COLUMN due TEXT COLLATE "C"; -- while its clock runs
UPDATE sopflow_deadline SET due = (
    SELECT d.value ->> 'due'
    FROM sopflow_case c, json_array_elements(CAST(c.doc AS json) -> 'deadlines') d
    WHERE c.tenant = sopflow_deadline.tenant AND c.id = sopflow_deadline.case_id
        AND d.value ->> 'id' = sopflow_deadline.id
        AND COALESCE(d.value ->> 'standing', 'running') = 'running');
CREATE INDEX sopflow_deadline_due ON sopflow_deadline (tenant, due, case_id) WHERE due IS NOT NULL;
