-- +goose Up

-- value is JSON text, '' for a sensitive option; sealed is the same text sealed, NULL for any other.
CREATE TABLE domain_config (
    domain_id   TEXT COLLATE "C" NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    group_name  TEXT COLLATE "C" NOT NULL,
    option_name TEXT COLLATE "C" NOT NULL,
    value       TEXT COLLATE "C" NOT NULL,
    sealed      BYTEA,
    key_id      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (domain_id, group_name, option_name)
);
