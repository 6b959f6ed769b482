-- +goose Up

-- authorization_ttl is in minutes; NULL is the server's default.
CREATE TABLE identity_provider (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    domain_id         TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    enabled           BOOLEAN NOT NULL,
    description       TEXT COLLATE "C" NOT NULL,
    authorization_ttl BIGINT
);
CREATE INDEX identity_provider_domain ON identity_provider (domain_id);

CREATE TABLE identity_provider_remote_id (
    remote_id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    identity_provider_id TEXT COLLATE "C" NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE
);
CREATE INDEX identity_provider_remote_id_of ON identity_provider_remote_id (identity_provider_id);

CREATE TABLE mapping (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    schema_version TEXT COLLATE "C" NOT NULL,
    rules          TEXT COLLATE "C" NOT NULL
);

-- A mapping may be deleted while a protocol names it, as in Keystone.
CREATE TABLE federation_protocol (
    identity_provider_id TEXT COLLATE "C" NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    id                   TEXT COLLATE "C" NOT NULL,
    mapping_id           TEXT COLLATE "C" NOT NULL,
    remote_id_attribute  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (identity_provider_id, id)
);

CREATE TABLE federated_user (
    identity_provider_id TEXT COLLATE "C" NOT NULL,
    protocol_id          TEXT COLLATE "C" NOT NULL,
    unique_id            TEXT COLLATE "C" NOT NULL,
    user_id              TEXT COLLATE "C" NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    PRIMARY KEY (identity_provider_id, protocol_id, unique_id),
    FOREIGN KEY (identity_provider_id, protocol_id) REFERENCES federation_protocol (identity_provider_id, id) ON DELETE CASCADE
);
CREATE INDEX federated_user_user ON federated_user (user_id);

CREATE TABLE service_provider (
    id                 TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    enabled            BOOLEAN NOT NULL,
    description        TEXT COLLATE "C" NOT NULL,
    auth_url           TEXT COLLATE "C" NOT NULL,
    sp_url             TEXT COLLATE "C" NOT NULL,
    relay_state_prefix TEXT COLLATE "C" NOT NULL
);
