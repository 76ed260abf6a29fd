-- Shares: who sees a workspace's app by an address. The row of an ended share stays without its
-- slug, its password and its people, so that its link can say what became of it.

CREATE TABLE shares (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    owner TEXT NOT NULL REFERENCES principals (id),
    hash TEXT NOT NULL UNIQUE,
    link BIGINT NOT NULL,
    access BIGINT NOT NULL,
    mode TEXT NOT NULL,
    password_hash TEXT,
    slug TEXT,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT,
    ended_at_ms BIGINT,
    views BIGINT NOT NULL,
    viewed_at_ms BIGINT
);

CREATE UNIQUE INDEX shares_by_slug ON shares (owner, slug);

CREATE INDEX shares_by_workspace ON shares (workspace);

CREATE TABLE share_people (
    share TEXT NOT NULL REFERENCES shares (id),
    principal TEXT NOT NULL REFERENCES principals (id),
    PRIMARY KEY (share, principal)
);

CREATE INDEX share_people_by_principal ON share_people (principal);
