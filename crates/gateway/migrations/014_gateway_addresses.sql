-- Where machines that joined reach the gateways on this database (docs/decisions/019). Longer kept
-- than the gateways' own rows, so that one that is restarted is dialled meanwhile. Times by the
-- database's clock.
CREATE TABLE gateway_addresses (
    url TEXT PRIMARY KEY,
    seen_at_ms BIGINT NOT NULL
);
