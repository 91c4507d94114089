"""Every statement of the SQL store, in the portable text that all its dialects share. Named parameters only."""

LOAD = """SELECT doc, EXISTS (SELECT 1 FROM sopflow_inbox i
    WHERE i.tenant = :tenant AND i.case_id = :id AND i.status IN ('parked', 'new'))
FROM sopflow_case WHERE tenant = :tenant AND id = :id"""
REVISION = "SELECT revision FROM sopflow_case WHERE tenant = :tenant AND id = :id"
OPENED = "SELECT opened, id FROM sopflow_case WHERE tenant = :tenant AND id = :id"
INSERT_CASE = """INSERT INTO sopflow_case
    (tenant, id, revision, "procedure", state, phase, final, matter, parent, opened, head, doc)
VALUES (:tenant, :id, :revision, :procedure, :state, :phase, :final, :matter, :parent, :opened, :head, :doc)"""
UPDATE_CASE = """UPDATE sopflow_case
SET revision = :revision, state = :state, phase = :phase, final = :final, head = :head, doc = :doc
WHERE tenant = :tenant AND id = :id AND revision = :before"""
INSERT_ENTRY = """INSERT INTO sopflow_journal (tenant, case_id, seq, command, hash, entry)
VALUES (:tenant, :case, :seq, :command, :hash, :entry)"""
INSERT_SIDE = "INSERT INTO sopflow_side (tenant, case_id, seq, salt, doc) VALUES (:tenant, :case, :seq, :salt, :doc)"
INSERT_PARTY = """INSERT INTO sopflow_party (tenant, case_id, role, party) VALUES (:tenant, :case, :role, :party)
ON CONFLICT DO NOTHING"""
DELETE_PARTY = """DELETE FROM sopflow_party
WHERE tenant = :tenant AND party = :party AND case_id = :case AND role = :role"""
PUT_DEADLINE = """INSERT INTO sopflow_deadline (tenant, case_id, id, wake) VALUES (:tenant, :case, :id, :wake)
ON CONFLICT (tenant, case_id, id) DO UPDATE SET wake = excluded.wake"""
POSTPONE = """UPDATE sopflow_deadline SET wake = :wake
WHERE tenant = :tenant AND case_id = :case AND id = :id AND wake IS NOT NULL"""
DUE = """SELECT case_id, id FROM sopflow_deadline
WHERE tenant = :tenant AND wake IS NOT NULL AND wake <= :now ORDER BY wake, case_id, id LIMIT :limit"""
JOURNAL = "SELECT entry, hash FROM sopflow_journal WHERE tenant = :tenant AND case_id = :case ORDER BY seq"
SIDES = "SELECT seq, salt, doc FROM sopflow_side WHERE tenant = :tenant AND case_id = :case ORDER BY seq"
ERASE_SIDES = "DELETE FROM sopflow_side WHERE tenant = :tenant AND case_id = :case"
ERASE_ITEMS = """UPDATE sopflow_inbox SET event = NULL, raw = :nothing
WHERE tenant = :tenant AND case_id = :case AND status NOT IN ('new', 'parked')"""
ERASE_NOTES = "UPDATE sopflow_incident SET note = '' WHERE tenant = :tenant AND case_id = :case"
ERASE_TEXTS = """UPDATE sopflow_outbox SET subject = '', body = '', html = '', data = '', address = ''
WHERE tenant = :tenant AND case_id = :case"""
COMMAND = "SELECT case_id, seq FROM sopflow_journal WHERE tenant = :tenant AND command = :command"
FIND = "SELECT c.doc FROM sopflow_case c WHERE {where} ORDER BY c.opened, c.id LIMIT :limit"
COUNT = "SELECT COUNT(*) FROM sopflow_case c WHERE {where}"
HAS_PARTY = """EXISTS (SELECT 1 FROM sopflow_party p
    WHERE p.tenant = c.tenant AND p.party = :party AND p.case_id = c.id)"""

_MESSAGE = "tenant, id, case_id, send_after, attempts, address, subject, body, html, data, doc"
INSERT_MESSAGE = """INSERT INTO sopflow_outbox
    (tenant, id, case_id, status, send_after, ready, attempts, address, subject, body, html, data, doc)
VALUES (:tenant, :id, :case, 'queued', :ready, :ready, :attempts, :address, :subject, :body, :html, :data, :doc)"""
HOLD_MESSAGE = """UPDATE sopflow_outbox
SET send_after = :ready, ready = CASE WHEN leased > :ready THEN leased ELSE :ready END
WHERE tenant = :tenant AND id = :id AND status = 'queued'"""
CLAIMABLE = f"""SELECT id, {_MESSAGE} FROM sopflow_outbox
WHERE tenant = :tenant AND ready IS NOT NULL AND ready <= :now ORDER BY ready, id LIMIT :limit"""
LEASE = "UPDATE sopflow_outbox SET leased = :until, ready = :until WHERE tenant = :tenant AND id = :id"
SETTLE = """UPDATE sopflow_outbox SET status = :status, leased = NULL, ready = NULL
WHERE tenant = :tenant AND id = :id AND status = 'queued'"""
AGAIN = """UPDATE sopflow_outbox
SET attempts = :attempts, send_after = :ready, leased = NULL, ready = :ready, why = :why
WHERE tenant = :tenant AND id = :id AND status = 'queued'"""
OUTBOX = f"SELECT status, {_MESSAGE} FROM sopflow_outbox WHERE tenant = :tenant AND case_id = :case ORDER BY id"

INCIDENTS = "SELECT doc, note FROM sopflow_incident WHERE {where} ORDER BY at, id LIMIT :limit"
INCIDENT = "SELECT doc, note FROM sopflow_incident WHERE tenant = :tenant AND id = :id"
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
INBOX = """SELECT sender, id, case_id, status, detail, received, doc, event, raw FROM sopflow_inbox
WHERE {where} ORDER BY received, sender, id LIMIT :limit"""

REGISTERED = "SELECT seq, hash FROM sopflow_register WHERE tenant = :tenant ORDER BY seq DESC LIMIT 1"
REGISTRATIONS = "SELECT entry, hash FROM sopflow_register WHERE tenant = :tenant ORDER BY seq"
REGISTER = "INSERT INTO sopflow_register (tenant, seq, hash, entry) VALUES (:tenant, :seq, :hash, :entry)"
ORGANISATIONS = "SELECT doc, salt FROM sopflow_organisation WHERE tenant = :tenant ORDER BY id"
PUT_ORGANISATION = """INSERT INTO sopflow_organisation (tenant, id, salt, doc) VALUES (:tenant, :id, :salt, :doc)
ON CONFLICT (tenant, id) DO UPDATE SET salt = excluded.salt, doc = excluded.doc"""
DROP_ORGANISATION = "DELETE FROM sopflow_organisation WHERE tenant = :tenant AND id = :id"

KEEP_PROCEDURE = "INSERT INTO sopflow_procedure (digest, document) VALUES (:digest, :document) ON CONFLICT DO NOTHING"
PROCEDURE = "SELECT document FROM sopflow_procedure WHERE digest = :digest"
