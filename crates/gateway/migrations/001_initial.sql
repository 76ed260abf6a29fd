-- One text for SQLite and PostgreSQL: TEXT and BIGINT only, times in milliseconds since 1970.

CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    entered_at_ms BIGINT
);

CREATE TABLE grants (
    hash TEXT PRIMARY KEY,
    principal TEXT NOT NULL REFERENCES principals (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT
);

CREATE TABLE logins (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL REFERENCES principals (id),
    operator TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT
);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    owner TEXT NOT NULL REFERENCES principals (id),
    phase TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    opened_at_ms BIGINT NOT NULL
);

CREATE TABLE members (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    principal TEXT NOT NULL REFERENCES principals (id),
    role TEXT NOT NULL,
    PRIMARY KEY (workspace, principal)
);

CREATE INDEX members_by_principal ON members (principal);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    time_ms BIGINT NOT NULL,
    principal TEXT,
    operator TEXT,
    workspace TEXT,
    verb TEXT NOT NULL,
    object TEXT,
    outcome TEXT NOT NULL,
    request_id TEXT,
    hash TEXT NOT NULL
);

CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
