-- What documents are listed and found by: '' (every one of its kind), '=' and a tag, '~' and a word of its text. place:
-- lists go by it, then by key.
CREATE TABLE document_term (
  kind TEXT NOT NULL,
  term TEXT NOT NULL,
  place BIGINT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (kind, term, place, key)
) WITHOUT ROWID;
CREATE INDEX document_term_of ON document_term (kind, key);

-- By which version of its kind's listing a document's terms were made; 0: it has none.
ALTER TABLE document ADD COLUMN listed BIGINT NOT NULL DEFAULT 0;

-- Lists of records go by idx, which every index of SQLite ends in.
CREATE INDEX record_kind ON record (kind);
CREATE INDEX record_outcome ON record (outcome);
-- The counters of a few agreements are read without those of all others.
CREATE INDEX exchange_count_agreement ON exchange_count (agreement, month);

-- The same counters summed over agreements, services and purposes: what figures over a year are made of.
CREATE TABLE exchange_total (
  month BIGINT NOT NULL,
  side TEXT NOT NULL,
  kind TEXT NOT NULL,
  partner TEXT NOT NULL,
  outcome TEXT NOT NULL,
  rule TEXT NOT NULL,
  exchanges BIGINT NOT NULL,
  given BIGINT NOT NULL,
  withheld BIGINT NOT NULL,
  PRIMARY KEY (month, side, kind, partner, outcome, rule)
) WITHOUT ROWID;
INSERT INTO exchange_total
  SELECT month, side, kind, partner, outcome, rule, sum(exchanges), sum(given), sum(withheld)
  FROM exchange_count GROUP BY month, side, kind, partner, outcome, rule;
