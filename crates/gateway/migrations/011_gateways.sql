-- Several gateways on one database: which there are, what each has begun, what they tell each other.

-- Gateways that run; one that was not seen for a while is gone. Times by the database's clock.
CREATE TABLE gateways (
    id TEXT PRIMARY KEY,
    started_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL
);

-- What others may remember and must forget, in the order in which it was written.
CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    gateway TEXT NOT NULL,
    change TEXT NOT NULL,
    time_ms BIGINT NOT NULL
);

-- Grants for previews that wait for their browser, which may reach another gateway; by hash.
CREATE TABLE preview_grants (
    hash TEXT PRIMARY KEY,
    grantee TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

-- Which gateway goes on with it; when that is gone, another one clears up.
ALTER TABLE audit_open ADD COLUMN gateway TEXT;
ALTER TABLE workspaces ADD COLUMN gateway TEXT;
