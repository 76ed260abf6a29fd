-- Moves of workspaces between machines (docs/decisions/020), the last one of each workspace. The row
-- of one that is not over stays when the workspace goes: something is left to delete.

-- `source` and `target` are machines; empty is the gateway's own provider. `gateway` carries it out.
CREATE TABLE moves (
    workspace TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    phase TEXT NOT NULL,
    bytes_done BIGINT NOT NULL,
    bytes_total BIGINT NOT NULL,
    left_out BIGINT NOT NULL,
    error TEXT,
    cancelled BIGINT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    gateway TEXT NOT NULL
);
