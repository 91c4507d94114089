"""Every statement of the SQL store, in the portable text that `dialects` turns into a database's. Named values only.

What may be there already is asked for by `ON CONFLICT`, never by catching an error: on a server an error would end the
whole transaction.
"""

SEES_THE_PAST = frozenset({"mysql"})  # in a host's transaction, and says no word of it
# One that has only read sees the moment of its first reading, and is told so by the first statement that may write.
TOLD_ON_WRITING = frozenset({"sqlite"})
WRITE_NOTHING = "UPDATE sopflow_case SET revision = revision WHERE 1 = 0"
# Columns, which a host's driver may have converters for, beside what is in them.
AS_IT_IS = {
    "sqlite": """SELECT s.version, s.version + 0, s.name, s.name || '', x.salt, CAST(x.salt AS BLOB)
FROM sopflow_schema s LEFT JOIN (SELECT salt FROM sopflow_side LIMIT 1) x ON 1 = 1 LIMIT 1"""
}

LOAD = """SELECT doc, EXISTS (SELECT 1 FROM sopflow_inbox i
    WHERE i.tenant = :tenant AND i.case_id = :id AND i.status IN ('parked', 'new')) AS parked
FROM sopflow_case WHERE tenant = :tenant AND id = :id"""
LOAD_TO_WRITE = f"{LOAD} FOR UPDATE"  # whoever wants to write the case next waits, as all writers of a SQLite file do
# PostgreSQL's. Whoever had to wait for the row gets it as it is now, and all else as it was before: if the row was
# written meanwhile, it has another writer than the one that is seen beside it.
LOAD_ALL_TO_WRITE = f"""WITH c AS ({LOAD.replace(" AS parked", " AS parked, xmin AS writer")} FOR NO KEY UPDATE)
SELECT 0 AS seq, NULL AS salt, doc, parked,
    writer = (SELECT xmin FROM sopflow_case WHERE tenant = :tenant AND id = :id) AS at_once FROM c
UNION ALL SELECT seq, salt, doc, NULL, NULL FROM sopflow_side WHERE tenant = :tenant AND case_id = :id ORDER BY seq"""
REVISION = "SELECT revision FROM sopflow_case WHERE tenant = :tenant AND id = :id FOR SHARE"
PLACE = "SELECT opened, urgency FROM sopflow_case WHERE tenant = :tenant AND id = :id"
INSERT_CASE = """INSERT INTO sopflow_case
    (tenant, id, revision, "procedure", state, phase, final, matter, parent, sender, flagger, opened, urgency, head,
    doc)
VALUES (:tenant, :id, :revision, :procedure, :state, :phase, :final, :matter, :parent, :sender, :flagger, :opened,
    :urgency, :head, :doc)
ON CONFLICT DO NOTHING"""
UPDATE_CASE = """UPDATE sopflow_case
SET revision = :revision, state = :state, phase = :phase, final = :final, urgency = :urgency, head = :head, doc = :doc
WHERE tenant = :tenant AND id = :id AND revision = :before"""
INSERT_ENTRY = """INSERT INTO sopflow_journal (tenant, case_id, seq, command, hash, entry)
VALUES (:tenant, :case, :seq, :command, :hash, :entry) ON CONFLICT DO NOTHING"""
INSERT_SIDE = "INSERT INTO sopflow_side (tenant, case_id, seq, salt, doc) VALUES (:tenant, :case, :seq, :salt, :doc)"
INSERT_PARTY = """INSERT INTO sopflow_party (tenant, case_id, role, party, opened)
VALUES (:tenant, :case, :role, :party, :opened) ON CONFLICT DO NOTHING"""
DELETE_PARTY = """DELETE FROM sopflow_party
WHERE tenant = :tenant AND party = :party AND case_id = :case AND role = :role"""
PUT_DEADLINE = """INSERT INTO sopflow_deadline (tenant, case_id, id, wake, due)
VALUES (:tenant, :case, :id, :wake, :due)
ON CONFLICT (tenant, case_id, id) DO UPDATE SET wake = excluded.wake, due = excluded.due"""
# A lease moves the instant at which a deadline is looked at to the lease's end. Each later lease of a row ends later:
# the end is the key to it, too. A step that brings the deadline puts the row where it belongs.
MOVE_DEADLINE = """UPDATE sopflow_deadline SET wake = :until
WHERE tenant = :tenant AND case_id = :case AND id = :id AND wake = :seen"""
DUE = """SELECT case_id, id, wake FROM sopflow_deadline
WHERE tenant = :tenant AND wake IS NOT NULL AND wake <= :now ORDER BY wake, case_id, id LIMIT :limit"""
DUE_TO_LEASE = f"{DUE} FOR UPDATE SKIP LOCKED"
CLOCK = {  # the present instant, not that of the transaction's beginning; SQLite has no clock but ours
    "mysql": "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')",
    "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
}
JOURNAL = "SELECT entry, hash FROM sopflow_journal WHERE tenant = :tenant AND case_id = :case ORDER BY seq"
SIDES = "SELECT seq, salt, doc FROM sopflow_side WHERE tenant = :tenant AND case_id = :case ORDER BY seq"
# MariaDB's. By number, as it would lock the gaps around a range, in which others write their cases'; by force, as it
# would read the whole of a small table, and lock that.
_NOW = "FORCE INDEX (PRIMARY) WHERE tenant = :tenant AND case_id = :case AND seq IN ({seqs}) ORDER BY seq FOR SHARE"
JOURNAL_NOW = f"SELECT entry, hash FROM sopflow_journal {_NOW}"
SIDES_NOW = f"SELECT seq, salt, doc FROM sopflow_side {_NOW}"
# Whoever waits for the row to write it is to see that it was written: see LOAD_ALL_TO_WRITE.
TOUCH_CASE = "UPDATE sopflow_case SET revision = revision WHERE tenant = :tenant AND id = :case"
ERASE_SIDES = "DELETE FROM sopflow_side WHERE tenant = :tenant AND case_id = :case"
ERASE_ITEMS = """UPDATE sopflow_inbox SET event = NULL, raw = :nothing
WHERE tenant = :tenant AND case_id = :case AND status NOT IN ('new', 'parked')"""
ERASE_NOTES = "UPDATE sopflow_incident SET note = '' WHERE tenant = :tenant AND case_id = :case"
ERASE_TEXTS = """UPDATE sopflow_outbox SET subject = '', body = '', html = '', data = '', address = ''
WHERE tenant = :tenant AND case_id = :case"""
COMMAND = "SELECT case_id, seq FROM sopflow_journal WHERE tenant = :tenant AND command = :command"
COMMAND_NOW = f"{COMMAND} FOR SHARE"

INSERT_KEY = """INSERT INTO sopflow_content (tenant, digest, case_id) VALUES (:tenant, :digest, :case)
ON CONFLICT DO NOTHING"""
MATTERS = "SELECT digest, since, matter FROM sopflow_matter WHERE tenant = :tenant AND digest IN ({digests})"
MATTERS_NOW = f"{MATTERS} FOR SHARE"
LINK = """INSERT INTO sopflow_matter (tenant, digest, matter, since) VALUES (:tenant, :digest, :matter, :since)
ON CONFLICT DO NOTHING"""
LINK_AGAIN = "UPDATE sopflow_matter SET matter = :matter WHERE tenant = :tenant AND digest = :digest"
ERASE_MATTERS = """DELETE FROM sopflow_matter WHERE tenant = :tenant
AND digest IN (SELECT digest FROM sopflow_content WHERE tenant = :tenant AND case_id = :case)
AND NOT EXISTS (SELECT 1 FROM sopflow_content o
    WHERE o.tenant = sopflow_matter.tenant AND o.digest = sopflow_matter.digest AND o.case_id <> :case)"""
ERASE_KEYS = "DELETE FROM sopflow_content WHERE tenant = :tenant AND case_id = :case"

# A page costs what it holds where an index has the cases in the order of opening; few cases are looked up one by one
# and sorted. To planners that know no better, CROSS JOIN says which table comes first, and COALESCE keeps them from an
# index that has the few in the order of cases, and everything else between them.
FIND = "SELECT c.id, c.doc FROM {tables} WHERE {where} ORDER BY {order} LIMIT :limit"
COUNT = "SELECT COUNT(*) FROM {tables} WHERE {where}"
CASES = ("sopflow_case c", "c.opened, c.id", "c.tenant = :tenant")
CASES_OF_PARTY = (
    "sopflow_party p CROSS JOIN sopflow_case c", "p.opened, p.case_id",
    "p.tenant = :tenant AND p.party = :party{role} AND c.tenant = :tenant AND c.id = p.case_id",
)  # fmt: skip
FEW_CASES = (
    "(SELECT DISTINCT {few}) f CROSS JOIN sopflow_case c", "c.opened, c.id", "c.tenant = :tenant AND c.id = f.case_id",
)  # fmt: skip
OF_CONTENT = (
    "COALESCE(k.case_id, '') AS case_id FROM sopflow_content k WHERE k.tenant = :tenant AND k.digest IN ({digests})"
)
OF_DUE = "COALESCE(d.case_id, '') AS case_id FROM sopflow_deadline d WHERE d.tenant = :tenant{window}"
OF_INCIDENT = (
    "COALESCE(i.case_id, '') AS case_id FROM sopflow_incident i WHERE i.tenant = :tenant AND i.status = 'open'"
)
NO_INCIDENT = """NOT EXISTS (SELECT 1 FROM sopflow_incident i
    WHERE i.tenant = c.tenant AND i.case_id = c.id AND i.status = 'open')"""
OF_ROLE = " AND p.role = :role"
IN_FIRST_ROLE = """ AND NOT EXISTS (SELECT 1 FROM sopflow_party q
    WHERE q.tenant = p.tenant AND q.party = p.party AND q.case_id = p.case_id AND q.role < p.role)"""
HAS_PARTY = """EXISTS (SELECT 1 FROM sopflow_party p
    WHERE p.tenant = c.tenant AND p.party = :party AND p.case_id = c.id{role})"""

_MESSAGE = "tenant, id, case_id, send_after, attempts, address, subject, body, html, data, doc"
INSERT_MESSAGE = """INSERT INTO sopflow_outbox
    (tenant, id, case_id, status, send_after, ready, attempts, address, subject, body, html, data, doc)
VALUES (:tenant, :id, :case, 'queued', :ready, :ready, :attempts, :address, :subject, :body, :html, :data, :doc)"""
HOLD_MESSAGE = """UPDATE sopflow_outbox
SET send_after = :ready, ready = CASE WHEN leased > :ready THEN leased ELSE :ready END
WHERE tenant = :tenant AND id = :id AND status = 'queued'"""
CLAIMABLE = f"""SELECT {_MESSAGE} FROM sopflow_outbox
WHERE tenant = :tenant AND ready IS NOT NULL AND ready <= :now ORDER BY ready, id LIMIT :limit"""
CLAIMABLE_TO_LEASE = f"{CLAIMABLE} FOR UPDATE SKIP LOCKED"
LEASE = """UPDATE sopflow_outbox SET leased = :until, ready = :until
WHERE tenant = :tenant AND ready <= :now AND id IN ({ids})"""
SETTLE = """UPDATE sopflow_outbox SET status = :status, leased = NULL, ready = NULL
WHERE tenant = :tenant AND id = :id AND status = 'queued'"""
SETTLE_LEASED = SETTLE + " AND leased = :leased"
# A hold that came while the message was leased stays. (MariaDB sets one column after the other; it is the same.)
AGAIN = """UPDATE sopflow_outbox
SET attempts = :attempts, send_after = CASE WHEN send_after > :ready THEN send_after ELSE :ready END, leased = NULL,
    ready = CASE WHEN send_after > :ready THEN send_after ELSE :ready END, why = :why
WHERE tenant = :tenant AND id = :id AND status = 'queued' AND leased = :leased"""
OUTBOX = f"SELECT status, {_MESSAGE} FROM sopflow_outbox WHERE tenant = :tenant AND case_id = :case ORDER BY id"

# What cases are found by, read case by case: to be held against what the cases say.
COLUMNS = """SELECT revision, "procedure", state, phase, final, matter, parent, flagger, opened, urgency, head
FROM sopflow_case WHERE tenant = :tenant AND id = :case"""
PARTIES = "SELECT role, party FROM sopflow_party WHERE tenant = :tenant AND case_id = :case ORDER BY role, party"
CLOCKS = "SELECT id, wake, due FROM sopflow_deadline WHERE tenant = :tenant AND case_id = :case ORDER BY id"
QUEUE = "SELECT id, status, ready FROM sopflow_outbox WHERE tenant = :tenant AND case_id = :case ORDER BY id"

_INCIDENT = "SELECT tenant, id, case_id, status, at, doc, note FROM sopflow_incident"
INCIDENTS = f"{_INCIDENT} WHERE {{where}} ORDER BY at, id LIMIT :limit"
INCIDENT = f"{_INCIDENT} WHERE tenant = :tenant AND id = :id"
INCIDENT_NOW = f"{INCIDENT} FOR SHARE"
INSERT_INCIDENT = """INSERT INTO sopflow_incident (tenant, id, case_id, status, at, doc, note)
VALUES (:tenant, :id, :case, :status, :at, :doc, :note) ON CONFLICT DO NOTHING"""
RESOLVE_INCIDENT = """INSERT INTO sopflow_incident (tenant, id, case_id, status, at, doc, note)
VALUES (:tenant, :id, :case, :status, :at, :doc, :note)
ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, doc = excluded.doc, note = excluded.note"""

INSERT_INBOUND = """INSERT INTO sopflow_inbox
    (tenant, sender, id, case_id, status, detail, received, doc, event, raw)
VALUES (:tenant, :sender, :id, :case, :status, :detail, :received, :doc, :event, :raw) ON CONFLICT DO NOTHING"""
MARK_INBOUND = """UPDATE sopflow_inbox SET case_id = :case, status = :status, detail = :detail
WHERE tenant = :tenant AND sender = :sender AND id = :id"""
ITEM_NOW = """SELECT sender, id, case_id, status, detail, received, doc, event, raw FROM sopflow_inbox
WHERE tenant = :tenant AND sender = :sender AND id = :id FOR SHARE"""
INBOX = """SELECT sender, id, case_id, status, detail, received, doc, event, raw FROM sopflow_inbox
WHERE {where} ORDER BY received, sender, id LIMIT :limit"""

REGISTERED = "SELECT seq, hash FROM sopflow_register WHERE tenant = :tenant ORDER BY seq DESC LIMIT 1"
REGISTRATIONS = "SELECT entry, hash FROM sopflow_register WHERE tenant = :tenant ORDER BY seq"
REGISTER = """INSERT INTO sopflow_register (tenant, seq, hash, entry) VALUES (:tenant, :seq, :hash, :entry)
ON CONFLICT DO NOTHING"""
ORGANISATIONS = "SELECT doc, salt FROM sopflow_organisation WHERE tenant = :tenant ORDER BY id"
PUT_ORGANISATION = """INSERT INTO sopflow_organisation (tenant, id, salt, doc) VALUES (:tenant, :id, :salt, :doc)
ON CONFLICT (tenant, id) DO UPDATE SET salt = excluded.salt, doc = excluded.doc"""
DROP_ORGANISATION = "DELETE FROM sopflow_organisation WHERE tenant = :tenant AND id = :id"

KEEP_PROCEDURE = "INSERT INTO sopflow_procedure (digest, document) VALUES (:digest, :document) ON CONFLICT DO NOTHING"
PROCEDURE = "SELECT document FROM sopflow_procedure WHERE digest = :digest"

KEEP_EVIDENCE = """INSERT INTO sopflow_evidence (tenant, case_id, digest, put) VALUES (:tenant, :case, :digest, :put)
ON CONFLICT DO NOTHING"""
TOUCH_EVIDENCE = """UPDATE sopflow_evidence SET put = :put
WHERE tenant = :tenant AND case_id = :case AND digest = :digest"""
EVIDENCE = "SELECT digest FROM sopflow_evidence WHERE tenant = :tenant AND case_id = :case AND digest = :digest"
KEPT_EVIDENCE = "SELECT case_id, digest, put FROM sopflow_evidence WHERE {where} ORDER BY case_id, digest"
ERASE_EVIDENCE = """DELETE FROM sopflow_evidence
WHERE tenant = :tenant AND case_id = :case AND digest = :digest"""
# One that says no instant any more counts as old.
ERASE_OLD_EVIDENCE = f"{ERASE_EVIDENCE} AND (put < :before OR substr(put, 11, 1) <> 'T')"
LOCK_OBJECT = """INSERT INTO sopflow_object (tenant, digest, held) VALUES (:tenant, :digest, 0)
ON CONFLICT (tenant, digest) DO UPDATE SET held = sopflow_object.held"""
COUNT_OBJECT = "UPDATE sopflow_object SET held = held + :more WHERE tenant = :tenant AND digest = :digest"
DELETE_OBJECT = "DELETE FROM sopflow_object WHERE tenant = :tenant AND digest = :digest AND held = 0"
INSERT_CHUNK = "INSERT INTO sopflow_chunk (tenant, digest, n, data) VALUES (:tenant, :digest, :n, :data)"
CHUNK = "SELECT data FROM sopflow_chunk WHERE tenant = :tenant AND digest = :digest AND n = :n"
CHUNK_NOW = f"{CHUNK} FOR SHARE"
DELETE_CHUNKS = "DELETE FROM sopflow_chunk WHERE tenant = :tenant AND digest = :digest"
