-- Machines that are emptied (docs/decisions/020): the last time of each. `gateway` carries it out,
-- and notes in `running`, as JSON, which workspaces wait because a session runs in them.
CREATE TABLE drains (
    machine TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    stop BIGINT NOT NULL,
    error TEXT,
    running TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    gateway TEXT NOT NULL
);
