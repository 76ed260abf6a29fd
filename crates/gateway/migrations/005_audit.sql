-- Outcomes, facts and searches of the audit log; what kernels' outboxes handed over.

ALTER TABLE audit ADD COLUMN login TEXT;
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN details TEXT;
ALTER TABLE audit ADD COLUMN follows BIGINT;

-- Rows that wait for the row with their outcome.
CREATE TABLE audit_open (
    seq BIGINT PRIMARY KEY
);

-- Up to which number the outbox of each workspace's kernel was written down.
CREATE TABLE audit_outboxes (
    workspace TEXT PRIMARY KEY,
    outbox TEXT NOT NULL,
    number BIGINT NOT NULL
);

CREATE INDEX audit_by_time ON audit (time_ms, seq);
CREATE INDEX audit_by_workspace ON audit (workspace, time_ms, seq);
CREATE INDEX audit_by_principal ON audit (principal, time_ms, seq);
CREATE INDEX audit_by_verb ON audit (verb, time_ms, seq);
CREATE INDEX audit_by_outcome ON audit (outcome, time_ms, seq);
