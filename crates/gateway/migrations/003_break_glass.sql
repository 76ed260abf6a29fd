-- Accesses that administrators took to workspaces of others. Rows stay when the access is over, so
-- that owners can see what there was.

CREATE TABLE break_glass (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    principal TEXT NOT NULL REFERENCES principals (id),
    -- The sign-in that it was taken with, and no other; the row of that may be gone.
    login TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    begun_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    -- Nobody when its time was over.
    ended_by TEXT
);

CREATE INDEX break_glass_by_workspace ON break_glass (workspace, begun_at_ms);

-- Which owners have seen which of them.
CREATE TABLE break_glass_seen (
    access TEXT NOT NULL REFERENCES break_glass (id),
    principal TEXT NOT NULL REFERENCES principals (id),
    PRIMARY KEY (access, principal)
);
