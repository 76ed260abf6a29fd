-- People: who administers, how each signs in, and what lets further people in.

ALTER TABLE principals ADD COLUMN administrator BIGINT NOT NULL DEFAULT 0;
ALTER TABLE principals ADD COLUMN login_name TEXT;
ALTER TABLE principals ADD COLUMN email TEXT;
ALTER TABLE principals ADD COLUMN password_hash TEXT;
ALTER TABLE principals ADD COLUMN password_changed_at_ms BIGINT;
ALTER TABLE principals ADD COLUMN disabled_at_ms BIGINT;
-- The row of a deleted account stays, so that the audit log can name it.
ALTER TABLE principals ADD COLUMN deleted_at_ms BIGINT;
-- Wrong passwords since the last good one, and until when new devices may not try.
ALTER TABLE principals ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE principals ADD COLUMN locked_until_ms BIGINT NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX principals_by_login_name ON principals (login_name);

UPDATE principals SET administrator = 1
WHERE id = (SELECT id FROM principals ORDER BY created_at_ms, id LIMIT 1);

-- What a link is for: `enter` signs in, `reset` sets a password.
ALTER TABLE grants ADD COLUMN purpose TEXT NOT NULL DEFAULT 'enter';

-- A browser's `device` is its user agent. A token has a name and, perhaps, bounds; `workspaces` is
-- a JSON list of ids.
ALTER TABLE logins ADD COLUMN device TEXT;
ALTER TABLE logins ADD COLUMN address TEXT;
ALTER TABLE logins ADD COLUMN name TEXT;
ALTER TABLE logins ADD COLUMN read_only BIGINT NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN workspaces TEXT;

CREATE INDEX logins_by_principal ON logins (principal);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    note TEXT NOT NULL,
    workspace TEXT REFERENCES workspaces (id),
    role TEXT,
    created_by TEXT NOT NULL REFERENCES principals (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    uses_max BIGINT NOT NULL
);

CREATE INDEX invitations_by_workspace ON invitations (workspace);

-- Accounts at an OpenID provider, by what the provider never gives to another.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    principal TEXT NOT NULL REFERENCES principals (id),
    email TEXT,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_by_principal ON identities (principal);
