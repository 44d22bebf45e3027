-- The ledger: entries stand at dense indexes, claimed by raising ledger_head.size in the same transaction.
CREATE TABLE ledger_head (one INTEGER PRIMARY KEY CHECK (one = 1), size BIGINT NOT NULL);
INSERT INTO ledger_head (one, size) VALUES (1, 0);
CREATE TABLE ledger_entry (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL);

-- The head last signed. One row, replaced; the publisher goes only forward from it.
CREATE TABLE ledger_published (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size BIGINT NOT NULL,
  note TEXT NOT NULL,
  at_ms BIGINT NOT NULL
);

-- Who may do what only one process at a time may do, and until when.
CREATE TABLE lease (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_ms BIGINT NOT NULL) WITHOUT ROWID;

-- Evidence. salt, body: kept for years. content: its first 16 bytes are its salt; erased by setting it to NULL.
CREATE TABLE record (
  idx INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  side TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  kind TEXT NOT NULL,
  partner TEXT NOT NULL,
  system TEXT NOT NULL,
  service TEXT NOT NULL,
  agreement TEXT NOT NULL,
  outcome TEXT NOT NULL,
  rule TEXT NOT NULL,
  salt BLOB NOT NULL,
  body BLOB NOT NULL,
  content BLOB,
  erased_ms BIGINT
);
CREATE UNIQUE INDEX record_key ON record (id, side, partner);
CREATE INDEX record_at ON record (at_ms);
CREATE INDEX record_partner ON record (partner);
CREATE INDEX record_agreement ON record (agreement);

-- How much of an agreement's daily allowance is used; day counts from 1970-01-01 UTC.
CREATE TABLE daily_use (
  agreement TEXT NOT NULL,
  partner TEXT NOT NULL,
  side TEXT NOT NULL,
  day BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (agreement, partner, side, day)
) WITHOUT ROWID;

-- Small documents; every change takes the next number of document_head.revision.
CREATE TABLE document_head (one INTEGER PRIMARY KEY CHECK (one = 1), revision BIGINT NOT NULL);
INSERT INTO document_head (one, revision) VALUES (1, 0);
CREATE TABLE document (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  revision BIGINT NOT NULL,
  format BIGINT NOT NULL,
  deleted BIGINT NOT NULL,
  body BLOB NOT NULL,
  updated_ms BIGINT NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE UNIQUE INDEX document_revision ON document (revision);

-- Work to be done later, at least once.
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  run_at_ms BIGINT NOT NULL,
  leased_until_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  enqueued_ms BIGINT NOT NULL
);
CREATE INDEX job_due ON job (topic, run_at_ms);
