BEGIN TRANSACTION;
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
INSERT INTO "sopflow_case" VALUES('default','old-1',2,'contract.sample','ordered','notice',0,'old-1','','2026-03-02T10:00:00.000000Z','a2c720a30f76ad5b1e3eab3a0bda6a17acb50f01ba3872eaeacf878b99f86829','{"tenant":"default","id":"old-1","procedure":"contract.sample","version":"1","digest":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","revision":2,"state":"ordered","phase":"notice","since":"2026-03-02T13:00:00.000000Z","waits_for":"platform","opened":"2026-03-02T10:00:00.000000Z","recorded":"2026-03-02T13:00:00.000000Z","matter":"old-1","parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"head":"a2c720a30f76ad5b1e3eab3a0bda6a17acb50f01ba3872eaeacf878b99f86829","instruments":[{"kind":"notice","seq":1}],"contents":[{"kind":"url","id":"c1","digest":"1d9f186d59e488e95275f0c2cac3c91498cbb552c9e5366d4d486cdba51e9c5f","outcome":"pending","since":"2026-03-02T10:00:00.000000Z"},{"kind":"url","id":"c2","digest":"2dacf071a5ce406f69f89f6633ecbe1c27ff087de1a9e412c710d5dc06c44f85","outcome":"pending","since":"2026-03-02T10:00:00.000000Z"}],"happenings":[{"seq":2,"at":"2026-03-02T13:00:00.000000Z","event":"Issued"}],"deadlines":[{"id":"answer","obligation":"answer","kind":"duty","owner":"platform","started":"2026-03-02T13:00:00.000000Z","due":"2026-03-04T13:00:00.000000Z","by_term":"2026-03-04T13:00:00.000000Z","standing":"running"},{"id":"receipt:old-1-m2.1","obligation":"receipt:order","kind":"duty","owner":"platform","message":"old-1-m2.1","started":"2026-03-02T13:00:00.000000Z","due":"2026-03-03T13:00:00.000000Z","by_term":"2026-03-03T13:00:00.000000Z","standing":"running"}],"messages":[{"id":"old-1-m2.1","thread":"old-1-m2.1","template":"order","sender":"authority","to":"platform","party":"platform-a","status":"queued","seq":2,"queued":"2026-03-02T13:00:00.000000Z","digest":"8d85ce8cfcca0ecbdc9dc789f052710ceb0cc5515c629162726e8b0d3696c342","exhausted":true}]}');
INSERT INTO "sopflow_case" VALUES('default','old-2',1,'contract.sample','received','intake',0,'old-2','','2026-03-02T11:00:00.000000Z','e89511e123e17a147251bfdc6bc9acb3d1b10dee09449a747b3f7c429febb13e','{"tenant":"default","id":"old-2","procedure":"contract.sample","version":"1","digest":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","revision":1,"state":"received","phase":"intake","since":"2026-03-02T11:00:00.000000Z","waits_for":"authority","opened":"2026-03-02T11:00:00.000000Z","recorded":"2026-03-02T11:00:00.000000Z","matter":"old-2","parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"head":"e89511e123e17a147251bfdc6bc9acb3d1b10dee09449a747b3f7c429febb13e","instruments":[{"kind":"notice","seq":1}],"contents":[{"kind":"url","id":"c1","digest":"06cc3b6dc7658d030a502a978784d558702675c462c3ece96cebe3b207572c20","outcome":"pending","since":"2026-03-02T11:00:00.000000Z"}]}');
INSERT INTO "sopflow_case" VALUES('default','old-3',1,'contract.sample','received','intake',0,'old-3','','2026-03-02T12:00:00.000000Z','aa51c5704753a55757903b385fa558447a11e02438be9af5d9cfba9e31f88bc2','{"tenant":"default","id":"old-3","procedure":"contract.sample","version":"1","digest":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","revision":1,"state":"received","phase":"intake","since":"2026-03-02T12:00:00.000000Z","waits_for":"authority","opened":"2026-03-02T12:00:00.000000Z","recorded":"2026-03-02T12:00:00.000000Z","matter":"old-3","parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"head":"aa51c5704753a55757903b385fa558447a11e02438be9af5d9cfba9e31f88bc2","instruments":[{"kind":"notice","seq":1}],"contents":[{"kind":"url","id":"c1","digest":"7af5225913a6c4f73246f406093a7a72afbf3827726a9f6eda2bc06e9b89a14f","outcome":"pending","since":"2026-03-02T12:00:00.000000Z"}]}');
INSERT INTO "sopflow_case" VALUES('default','old-4',2,'contract.sample','ordered','notice',0,'named','','2026-03-02T13:00:00.000000Z','cb7627de8a9ca0094b21252b2362e64cb1f4946ccc4eb76ca8113d5c427223d2','{"tenant":"default","id":"old-4","procedure":"contract.sample","version":"1","digest":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","revision":2,"state":"ordered","phase":"notice","since":"2026-03-02T13:00:00.000000Z","waits_for":"platform","opened":"2026-03-02T13:00:00.000000Z","recorded":"2026-03-02T13:00:00.000000Z","matter":"named","parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"head":"cb7627de8a9ca0094b21252b2362e64cb1f4946ccc4eb76ca8113d5c427223d2","instruments":[{"kind":"notice","seq":1}],"contents":[{"kind":"url","id":"c1","digest":"6d9ddb93b678ea2187ce0e3868b9c4fc5cd951e80a2c496d2059cd72711fb1e5","outcome":"pending","since":"2026-03-02T13:00:00.000000Z"}],"happenings":[{"seq":2,"at":"2026-03-02T13:00:00.000000Z","event":"Issued"}],"deadlines":[{"id":"answer","obligation":"answer","kind":"duty","owner":"platform","started":"2026-03-02T13:00:00.000000Z","due":"2026-03-04T13:00:00.000000Z","by_term":"2026-03-04T13:00:00.000000Z","standing":"running"},{"id":"receipt:old-4-m2.1","obligation":"receipt:order","kind":"duty","owner":"platform","message":"old-4-m2.1","started":"2026-03-02T13:00:00.000000Z","due":"2026-03-03T13:00:00.000000Z","by_term":"2026-03-03T13:00:00.000000Z","standing":"running"}],"messages":[{"id":"old-4-m2.1","thread":"old-4-m2.1","template":"order","sender":"authority","to":"platform","party":"platform-a","status":"queued","seq":2,"queued":"2026-03-02T13:00:00.000000Z","digest":"b3d7f49a3bffc243fdae261a9ffebbd1976345b746cea016ee89afe38eb6200d","exhausted":true}]}');
CREATE TABLE sopflow_deadline (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    id TEXT NOT NULL,
    wake TEXT,
    PRIMARY KEY (tenant, case_id, id),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) WITHOUT ROWID;
INSERT INTO "sopflow_deadline" VALUES('default','old-1','answer','2026-03-04T13:00:00.000000Z');
INSERT INTO "sopflow_deadline" VALUES('default','old-1','receipt:old-1-m2.1','2026-03-03T13:00:00.000000Z');
INSERT INTO "sopflow_deadline" VALUES('default','old-4','answer','2026-03-04T13:00:00.000000Z');
INSERT INTO "sopflow_deadline" VALUES('default','old-4','receipt:old-4-m2.1','2026-03-03T13:00:00.000000Z');
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
INSERT INTO "sopflow_incident" VALUES('default','old-1/2.1','old-1','open','2026-03-02T13:00:00.000000Z','{"id":"old-1/2.1","tenant":"default","case":"old-1","kind":"no_contact","at":"2026-03-02T13:00:00.000000Z","detail":"nobody is listed for role platform (platform-a)","status":"open","resolved_by":"","resolved_at":null}','');
INSERT INTO "sopflow_incident" VALUES('default','old-4/2.1','old-4','open','2026-03-02T13:00:00.000000Z','{"id":"old-4/2.1","tenant":"default","case":"old-4","kind":"no_contact","at":"2026-03-02T13:00:00.000000Z","detail":"nobody is listed for role platform (platform-a)","status":"open","resolved_by":"","resolved_at":null}','');
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
INSERT INTO "sopflow_journal" VALUES('default','old-1',1,NULL,'095ed360baf1603eabfc9148573fd1e39c1053c19f6714be320f5cc33eea5763','{"at":"2026-03-02T10:00:00.000000Z","by":{"id":"officer-1","roles":["authority"]},"case":"old-1","effects":{"case":{"matter":"old-1","procedure":"contract.sample","version":"1"},"contents":[{"digest":"1d9f186d59e488e95275f0c2cac3c91498cbb552c9e5366d4d486cdba51e9c5f","id":"c1","kind":"url","outcome":"pending","since":"2026-03-02T10:00:00.000000Z"},{"digest":"2dacf071a5ce406f69f89f6633ecbe1c27ff087de1a9e412c710d5dc06c44f85","id":"c2","kind":"url","outcome":"pending","since":"2026-03-02T10:00:00.000000Z"}],"instruments":[{"kind":"notice","seq":1}],"parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"phase":"intake","waits_for":"authority"},"event":{"data":{"instrument":{"contents":[{"digest":"1d9f186d59e488e95275f0c2cac3c91498cbb552c9e5366d4d486cdba51e9c5f","id":"c1","kind":"url"},{"digest":"2dacf071a5ce406f69f89f6633ecbe1c27ff087de1a9e412c710d5dc06c44f85","id":"c2","kind":"url"}],"form":{"statement":{"salted":"b3ff448cd6e9abf92e844751176075b29fb9a68f71977a8295261ba2af50fa54"}},"kind":"notice","parties":{"platform":["platform-a"],"reporter":["reporter-1"]}}},"name":"Opened","of":"notice","schema":1},"now":"2026-03-02T10:00:00.000000Z","prev":"","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":1,"source":"received","target":"received","tenant":"default","v":1}');
INSERT INTO "sopflow_journal" VALUES('default','old-2',1,NULL,'e89511e123e17a147251bfdc6bc9acb3d1b10dee09449a747b3f7c429febb13e','{"at":"2026-03-02T11:00:00.000000Z","by":{"id":"flagger-7","roles":["reporter"]},"case":"old-2","effects":{"case":{"matter":"old-2","procedure":"contract.sample","version":"1"},"contents":[{"digest":"06cc3b6dc7658d030a502a978784d558702675c462c3ece96cebe3b207572c20","id":"c1","kind":"url","outcome":"pending","since":"2026-03-02T11:00:00.000000Z"}],"instruments":[{"kind":"notice","seq":1}],"parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"phase":"intake","waits_for":"authority"},"event":{"data":{"instrument":{"contents":[{"digest":"06cc3b6dc7658d030a502a978784d558702675c462c3ece96cebe3b207572c20","id":"c1","kind":"url"}],"form":{"statement":{"salted":"bf8f87cba0da7e60384e6e058c4678594d35da1d6e156579b9f8d58e30cbce8a"}},"kind":"notice","parties":{"platform":["platform-a"],"reporter":["reporter-1"]}}},"name":"Opened","of":"notice","schema":1},"now":"2026-03-02T11:00:00.000000Z","prev":"","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":1,"source":"received","target":"received","tenant":"default","v":1}');
INSERT INTO "sopflow_journal" VALUES('default','old-3',1,NULL,'aa51c5704753a55757903b385fa558447a11e02438be9af5d9cfba9e31f88bc2','{"at":"2026-03-02T12:00:00.000000Z","by":{"id":"flagger-7","roles":["reporter"]},"case":"old-3","effects":{"case":{"matter":"old-3","procedure":"contract.sample","version":"1"},"contents":[{"digest":"7af5225913a6c4f73246f406093a7a72afbf3827726a9f6eda2bc06e9b89a14f","id":"c1","kind":"url","outcome":"pending","since":"2026-03-02T12:00:00.000000Z"}],"instruments":[{"kind":"notice","seq":1}],"parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"phase":"intake","waits_for":"authority"},"event":{"data":{"instrument":{"contents":[{"digest":"7af5225913a6c4f73246f406093a7a72afbf3827726a9f6eda2bc06e9b89a14f","id":"c1","kind":"url"}],"form":{"statement":{"salted":"27d433820df3d59a455077e492df3a3b98cbc3fbee0f2a388046b7c39bbd9b99"}},"kind":"notice","parties":{"platform":["platform-a"],"reporter":["reporter-1"]}}},"name":"Opened","of":"notice","schema":1},"now":"2026-03-02T12:00:00.000000Z","prev":"","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":1,"source":"received","target":"received","tenant":"default","v":1}');
INSERT INTO "sopflow_journal" VALUES('default','old-4',1,NULL,'05806983924d892fc2cc42ea60be9204ecb258de2f9b2d1f8ea7bac6e78cb014','{"at":"2026-03-02T13:00:00.000000Z","by":{"id":"flagger-7","roles":["reporter"]},"case":"old-4","effects":{"case":{"matter":"named","procedure":"contract.sample","version":"1"},"contents":[{"digest":"6d9ddb93b678ea2187ce0e3868b9c4fc5cd951e80a2c496d2059cd72711fb1e5","id":"c1","kind":"url","outcome":"pending","since":"2026-03-02T13:00:00.000000Z"}],"instruments":[{"kind":"notice","seq":1}],"parties":{"platform":["platform-a"],"reporter":["reporter-1"]},"phase":"intake","waits_for":"authority"},"event":{"data":{"instrument":{"contents":[{"digest":"6d9ddb93b678ea2187ce0e3868b9c4fc5cd951e80a2c496d2059cd72711fb1e5","id":"c1","kind":"url"}],"form":{"statement":{"salted":"373e3ffe6970763fb408f05576a243f946ac19bee1adb91c2a604e3193cb2152"}},"kind":"notice","matter":"named","parties":{"platform":["platform-a"],"reporter":["reporter-1"]}}},"name":"Opened","of":"notice","schema":1},"now":"2026-03-02T13:00:00.000000Z","prev":"","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":1,"source":"received","target":"received","tenant":"default","v":1}');
INSERT INTO "sopflow_journal" VALUES('default','old-1',2,NULL,'a2c720a30f76ad5b1e3eab3a0bda6a17acb50f01ba3872eaeacf878b99f86829','{"at":"2026-03-02T13:00:00.000000Z","by":{"id":"officer-1","roles":["authority"]},"case":"old-1","effects":{"deadlines":[{"by_term":"2026-03-04T13:00:00.000000Z","change":["start"],"due":"2026-03-04T13:00:00.000000Z","id":"answer","kind":"duty","obligation":"answer","owner":"platform","standing":"running","started":"2026-03-02T13:00:00.000000Z"},{"by_term":"2026-03-03T13:00:00.000000Z","change":["start"],"due":"2026-03-03T13:00:00.000000Z","id":"receipt:old-1-m2.1","kind":"duty","message":"old-1-m2.1","obligation":"receipt:order","owner":"platform","standing":"running","started":"2026-03-02T13:00:00.000000Z"}],"happenings":[{"at":"2026-03-02T13:00:00.000000Z","event":"Issued","seq":2}],"incidents":[{"detail":"nobody is listed for role platform (platform-a)","id":"old-1/2.1","kind":"no_contact"}],"messages":[{"digest":"8d85ce8cfcca0ecbdc9dc789f052710ceb0cc5515c629162726e8b0d3696c342","exhausted":true,"id":"old-1-m2.1","party":"platform-a","queued":"2026-03-02T13:00:00.000000Z","sender":"authority","seq":2,"status":"queued","template":"order","thread":"old-1-m2.1","to":"platform"}],"phase":"notice","waits_for":"platform"},"event":{"data":{"reference":"no. 1"},"name":"Issued","schema":1},"now":"2026-03-02T13:00:00.000000Z","prev":"095ed360baf1603eabfc9148573fd1e39c1053c19f6714be320f5cc33eea5763","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":2,"source":"received","target":"ordered","tenant":"default","v":1}');
INSERT INTO "sopflow_journal" VALUES('default','old-4',2,NULL,'cb7627de8a9ca0094b21252b2362e64cb1f4946ccc4eb76ca8113d5c427223d2','{"at":"2026-03-02T13:00:00.000000Z","by":{"id":"officer-1","roles":["authority"]},"case":"old-4","effects":{"deadlines":[{"by_term":"2026-03-04T13:00:00.000000Z","change":["start"],"due":"2026-03-04T13:00:00.000000Z","id":"answer","kind":"duty","obligation":"answer","owner":"platform","standing":"running","started":"2026-03-02T13:00:00.000000Z"},{"by_term":"2026-03-03T13:00:00.000000Z","change":["start"],"due":"2026-03-03T13:00:00.000000Z","id":"receipt:old-4-m2.1","kind":"duty","message":"old-4-m2.1","obligation":"receipt:order","owner":"platform","standing":"running","started":"2026-03-02T13:00:00.000000Z"}],"happenings":[{"at":"2026-03-02T13:00:00.000000Z","event":"Issued","seq":2}],"incidents":[{"detail":"nobody is listed for role platform (platform-a)","id":"old-4/2.1","kind":"no_contact"}],"messages":[{"digest":"b3d7f49a3bffc243fdae261a9ffebbd1976345b746cea016ee89afe38eb6200d","exhausted":true,"id":"old-4-m2.1","party":"platform-a","queued":"2026-03-02T13:00:00.000000Z","sender":"authority","seq":2,"status":"queued","template":"order","thread":"old-4-m2.1","to":"platform"}],"phase":"notice","waits_for":"platform"},"event":{"data":{"reference":"no. 2"},"name":"Issued","schema":1},"now":"2026-03-02T13:00:00.000000Z","prev":"05806983924d892fc2cc42ea60be9204ecb258de2f9b2d1f8ea7bac6e78cb014","procedure":"440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6","seq":2,"source":"received","target":"ordered","tenant":"default","v":1}');
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
CREATE TABLE sopflow_party (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    role TEXT NOT NULL,
    party TEXT NOT NULL,
    PRIMARY KEY (tenant, party, case_id, role),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
) WITHOUT ROWID;
INSERT INTO "sopflow_party" VALUES('default','old-1','platform','platform-a');
INSERT INTO "sopflow_party" VALUES('default','old-2','platform','platform-a');
INSERT INTO "sopflow_party" VALUES('default','old-3','platform','platform-a');
INSERT INTO "sopflow_party" VALUES('default','old-4','platform','platform-a');
INSERT INTO "sopflow_party" VALUES('default','old-1','reporter','reporter-1');
INSERT INTO "sopflow_party" VALUES('default','old-2','reporter','reporter-1');
INSERT INTO "sopflow_party" VALUES('default','old-3','reporter','reporter-1');
INSERT INTO "sopflow_party" VALUES('default','old-4','reporter','reporter-1');
CREATE TABLE sopflow_procedure (
    digest TEXT PRIMARY KEY,
    document TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "sopflow_procedure" VALUES('440682e16df3623234e43bf7ee37bf27b5949f5056d2fbfdb0e621d324dbb2d6','{"acting":"authority","format":1,"forms":[],"hooks":[{"may_send":[],"name":"archive","point":"enter","reads":[],"state":"closed","version":1}],"id":"contract.sample","initial":"received","jurisdiction":"","obligations":[{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"cancels":[{"event":{"event":"Withdrawn","schema":1}},{"event":{"event":"Closed","schema":1}}],"kind":"duty","meets":[{"event":{"event":"EffectGiven","schema":1}}],"name":"answer","owner":"platform","starts":[{"event":{"event":"Issued","schema":1}}],"term":{"hours":48,"kind":"hours"}},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"cancels":[{"event":{"event":"Closed","schema":1}}],"kind":"duty","name":"retain","owner":"platform","starts":[{"event":{"event":"EffectGiven","schema":1},"outcomes":["removed"]}],"term":{"hours":1000,"kind":"hours"}}],"opened_by":["authority","reporter"],"reconstructed":false,"roles":[{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"authority"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"platform"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"reporter"}],"sources":[{"key":"sopflow","text":"Part of the store contract, not of any law."}],"states":[{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"received","phase":"intake","waits_for":"authority"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"ordered","phase":"notice","waits_for":"platform"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"name":"complied","phase":"compliance"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"final":true,"name":"refused","phase":"closed"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"final":true,"name":"withdrawn","phase":"closed"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"final":true,"name":"closed","phase":"closed"}],"summary":"","templates":[{"body":"$contents\nÜnïcødé é 🚨𠮷 ‮בוא‬   line\r\nbreak\ttab '' \" \\ % :name ? {x} $$y","language":"en","name":"order","subject":"Order $case Ünïcødé é 🚨𠮷 ‮בוא‬   line\r\nbreak\ttab '' \" \\ % :name ? {x} $$y"},{"body":"$reason","language":"en","name":"answer","subject":"Answer $case"}],"title":"The contract''s own procedure","transitions":[{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Verified","schema":1},"source":["*"],"target":"="},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Issued","schema":1},"sends":[{"ack_within":{"hours":24,"kind":"hours"},"sender":"authority","template":"order","to":"platform"}],"source":["received"],"target":"ordered"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Rejected","schema":1},"sends":[{"sender":"authority","template":"answer","to":"reporter"}],"source":["received"],"target":"refused"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["platform"],"of":"order","on":{"event":"Acknowledged","schema":1},"source":["*"],"target":"="},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["system"],"of":"receipt:order","on":{"event":"DeadlineBreached","schema":1},"source":["*"],"target":"="},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["platform"],"on":{"event":"EffectGiven","schema":1},"source":["ordered"],"target":"complied"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Closed","schema":1},"source":["ordered","complied"],"target":"closed"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Withdrawn","schema":1},"source":["*"],"target":"withdrawn"},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Held","schema":1},"source":["*"],"target":"="},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Extended","schema":1},"source":["*"],"target":"="},{"basis":{"mark":"I","source":"sopflow","text":"made up for the contract"},"by":["authority"],"on":{"event":"Corrected","schema":1},"source":["*"],"target":"="}],"valid_from":null,"valid_to":null,"version":"1","waivers":[]}');
CREATE TABLE sopflow_schema (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied TEXT NOT NULL
);
INSERT INTO "sopflow_schema" VALUES(1,'initial','2026-11-24T01:03:26.784495+00:00');
CREATE TABLE sopflow_side (
    tenant TEXT NOT NULL,
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    salt BLOB NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, case_id, seq),
    FOREIGN KEY (tenant, case_id) REFERENCES sopflow_case (tenant, id)
);
INSERT INTO "sopflow_side" VALUES('default','old-1',1,X'73616C74303030303030303030303030','{"content.c1":"https://t.me/Channel_one","content.c2":"https://example.com/a","instrument.form.statement":"text"}');
INSERT INTO "sopflow_side" VALUES('default','old-2',1,X'73616C74303030303030303030303031','{"content.c1":"https://telegram.me/channel_one","instrument.form.statement":"text"}');
INSERT INTO "sopflow_side" VALUES('default','old-4',1,X'73616C74303030303030303030303033','{"content.c1":"https://example.com/b","instrument.form.statement":"text"}');
INSERT INTO "sopflow_side" VALUES('default','old-1',2,X'73616C74303030303030303030303034','{}');
INSERT INTO "sopflow_side" VALUES('default','old-4',2,X'73616C74303030303030303030303035','{}');
CREATE INDEX sopflow_case_opened ON sopflow_case (tenant, opened, id);
CREATE INDEX sopflow_case_phase ON sopflow_case (tenant, phase, opened, id);
CREATE INDEX sopflow_case_matter ON sopflow_case (tenant, matter);
CREATE UNIQUE INDEX sopflow_journal_command ON sopflow_journal (tenant, command) WHERE command IS NOT NULL;
CREATE TRIGGER sopflow_journal_no_update BEFORE UPDATE ON sopflow_journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER sopflow_journal_no_delete BEFORE DELETE ON sopflow_journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE INDEX sopflow_deadline_wake ON sopflow_deadline (tenant, wake, case_id, id) WHERE wake IS NOT NULL;
CREATE INDEX sopflow_outbox_ready ON sopflow_outbox (tenant, ready, id) WHERE ready IS NOT NULL;
CREATE INDEX sopflow_outbox_case ON sopflow_outbox (tenant, case_id);
CREATE INDEX sopflow_incident_status ON sopflow_incident (tenant, status, at, id);
CREATE INDEX sopflow_incident_case ON sopflow_incident (tenant, case_id);
CREATE INDEX sopflow_inbox_status ON sopflow_inbox (tenant, status);
CREATE INDEX sopflow_inbox_case ON sopflow_inbox (tenant, case_id, status);
COMMIT;
