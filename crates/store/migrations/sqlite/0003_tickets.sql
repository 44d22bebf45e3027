-- Small things that pass: sessions, invitations, sign-ins half done, counts of attempts. What has expired counts as gone,
-- and is swept now and then. owner: whose they are, so that all of somebody's go at once.
CREATE TABLE ticket (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT NOT NULL,
  body BLOB NOT NULL,
  count BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX ticket_owner ON ticket (kind, owner);
CREATE INDEX ticket_expires ON ticket (expires_ms);
