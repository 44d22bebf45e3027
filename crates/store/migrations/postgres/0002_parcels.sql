-- Parcels: their state here, on each side that we stand on. body: what the gateway keeps of one. private: what only its
-- makers may read, erased by setting it to NULL. seq: 0, or the number taken from parcel_head when it was listed.
CREATE TABLE parcel_head (one BIGINT PRIMARY KEY CHECK (one = 1), seq BIGINT NOT NULL);
INSERT INTO parcel_head (one, seq) VALUES (1, 0);
CREATE TABLE parcel (
  id TEXT COLLATE "C" NOT NULL,
  side TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  partner TEXT NOT NULL,
  workflow TEXT NOT NULL,
  state TEXT NOT NULL,
  seq BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  changed_ms BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  payload TEXT NOT NULL,
  dispatch TEXT NOT NULL,
  hold BIGINT NOT NULL,
  body BYTEA NOT NULL,
  private BYTEA,
  PRIMARY KEY (id, side)
);
CREATE UNIQUE INDEX parcel_dispatch ON parcel (mailbox, dispatch) WHERE side = 'outbound' AND dispatch <> '';
CREATE INDEX parcel_listed ON parcel (mailbox, side, state, seq);
CREATE INDEX parcel_made ON parcel (mailbox, side, created_ms, id);
CREATE INDEX parcel_partner ON parcel (partner, side, state);
CREATE INDEX parcel_expires ON parcel (state, expires_ms);

-- What was said of a parcel, in the order in which it became known here: numbers are dense from 0. Evidence, which
-- outlives the parcel's row. recorded: whether the ledger has it.
CREATE TABLE parcel_statement (
  parcel TEXT COLLATE "C" NOT NULL,
  side TEXT NOT NULL,
  number BIGINT NOT NULL,
  id TEXT NOT NULL,
  event TEXT NOT NULL,
  by_organisation TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  body BYTEA NOT NULL,
  recorded BIGINT NOT NULL,
  PRIMARY KEY (parcel, side, number)
);
-- Of one parcel and not of all: who chooses an id can then only be in their own way.
CREATE UNIQUE INDEX parcel_statement_id ON parcel_statement (parcel, side, id);
CREATE INDEX parcel_statement_unrecorded ON parcel_statement (parcel, side, number) WHERE recorded = 0;
