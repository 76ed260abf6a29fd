-- Variables, secrets and Git credentials of workspaces and of people; `owner` is the id of either.
-- `sealed` is what `key_id` of the key ring opens, and nothing else (vault.rs).

CREATE TABLE environment (
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    uses TEXT NOT NULL,
    sealed TEXT NOT NULL,
    key_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    updated_by TEXT,
    PRIMARY KEY (owner, name)
);

CREATE TABLE git_credentials (
    owner TEXT NOT NULL,
    host TEXT NOT NULL,
    username TEXT NOT NULL,
    sealed TEXT NOT NULL,
    key_id TEXT NOT NULL,
    updated_at_ms BIGINT NOT NULL,
    updated_by TEXT,
    PRIMARY KEY (owner, host)
);

-- Rises with every change of what an owner has; about the time of the change.
CREATE TABLE environment_revisions (
    owner TEXT PRIMARY KEY,
    revision BIGINT NOT NULL
);

-- Keys that sealed something here. The one that is not retired seals what is new.
CREATE TABLE secret_keys (
    id TEXT PRIMARY KEY,
    created_at_ms BIGINT NOT NULL,
    retired_at_ms BIGINT
);

-- Secrets of the gateway itself are sealed too; those from before have no key yet.
ALTER TABLE keys ADD COLUMN key_id TEXT;
