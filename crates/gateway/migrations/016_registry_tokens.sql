-- Tokens by which another installation asks this one for its runtime, and which do nothing else.
ALTER TABLE logins ADD COLUMN registry_only BIGINT NOT NULL DEFAULT 0;
