-- When the person behind a sign-in last proved who it is. What was there before counts as long ago.
ALTER TABLE logins ADD COLUMN authenticated_at_ms BIGINT NOT NULL DEFAULT 0;

-- What a sign-in by this link inherits; a link without it is a proof by itself, when it is used.
ALTER TABLE grants ADD COLUMN authenticated_at_ms BIGINT;

UPDATE grants SET authenticated_at_ms = 0;
