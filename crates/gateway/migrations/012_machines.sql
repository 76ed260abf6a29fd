-- Machines that joined (docs/decisions/019), what lets one in, and which workspace is where.

-- The row of a removed machine stays, so that its certificate is refused.
CREATE TABLE machines (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key TEXT NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    joined_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    certificate_expires_at_ms BIGINT NOT NULL
);

-- By hash; a row goes when it is used. With `machine` set, that one joins again as itself.
CREATE TABLE machine_tokens (
    hash TEXT PRIMARY KEY,
    name TEXT,
    machine TEXT,
    created_by TEXT NOT NULL REFERENCES principals (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

-- Empty: the gateway's own provider. `epoch` grows whenever the workspace is placed.
ALTER TABLE workspaces ADD COLUMN machine TEXT NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;

CREATE INDEX workspaces_by_machine ON workspaces (machine);
