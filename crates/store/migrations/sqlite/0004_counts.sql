-- How many exchanges there were, by the month of UTC that they arrived in (year × 12 + month - 1). Small: what has no
-- agreement is not told apart by service and purpose. Purposes are counted from this migration on.
CREATE TABLE exchange_count (
  month BIGINT NOT NULL,
  side TEXT NOT NULL,
  kind TEXT NOT NULL,
  partner TEXT NOT NULL,
  agreement TEXT NOT NULL,
  service TEXT NOT NULL,
  purpose TEXT NOT NULL,
  outcome TEXT NOT NULL,
  rule TEXT NOT NULL,
  exchanges BIGINT NOT NULL,
  given BIGINT NOT NULL,
  withheld BIGINT NOT NULL,
  PRIMARY KEY (month, side, kind, partner, agreement, service, purpose, outcome, rule)
) WITHOUT ROWID;
INSERT INTO exchange_count
  SELECT CAST(strftime('%Y', at_ms / 1000, 'unixepoch') AS INTEGER) * 12
       + CAST(strftime('%m', at_ms / 1000, 'unixepoch') AS INTEGER) - 1,
    side, kind, partner, agreement, CASE WHEN agreement = '' THEN '' ELSE service END, '', outcome, rule,
    count(*), 0, 0
  FROM record GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- The same by the part of the organisation that our own people work in.
CREATE TABLE staff_count (
  month BIGINT NOT NULL,
  tier TEXT NOT NULL,
  department TEXT NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  exchanges BIGINT NOT NULL,
  PRIMARY KEY (month, tier, department, kind, outcome)
) WITHOUT ROWID;

-- Whom a record is about, as digests under a key that is not in this database; erased with the record's content.
CREATE TABLE person_trace (digest BLOB NOT NULL, idx BIGINT NOT NULL, PRIMARY KEY (digest, idx)) WITHOUT ROWID;
CREATE INDEX person_trace_record ON person_trace (idx);
