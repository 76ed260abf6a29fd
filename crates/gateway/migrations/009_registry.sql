-- The registry (docs/decisions/016): remote runtimes, and what the embedded runtime keeps.

-- `sealed` holds address and token together.
CREATE TABLE registry_runtimes (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    sealed TEXT NOT NULL,
    key_id TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    created_by TEXT NOT NULL
);

-- One row: the embedded runtime. `installation` is what its hosts are named by.
CREATE TABLE worker_runtime (
    id TEXT PRIMARY KEY,
    installation TEXT NOT NULL,
    status TEXT NOT NULL,
    last_event BIGINT NOT NULL,
    workers BIGINT NOT NULL
);

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    intent TEXT NOT NULL,
    profile TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    items BIGINT NOT NULL
);

CREATE INDEX workers_by_status ON workers (status);

CREATE TABLE worker_items (
    worker TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    PRIMARY KEY (worker, sequence)
);

-- The newest ones, for those who come back.
CREATE TABLE worker_events (
    event_id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    worker TEXT,
    sequence BIGINT
);
