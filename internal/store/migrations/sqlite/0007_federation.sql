-- +goose Up

-- authorization_ttl is in minutes; NULL is the server's default.
CREATE TABLE identity_provider (
    id                TEXT    NOT NULL PRIMARY KEY,
    domain_id         TEXT    NOT NULL REFERENCES project (id),
    enabled           BOOLEAN NOT NULL,
    description       TEXT    NOT NULL,
    authorization_ttl BIGINT
) WITHOUT ROWID;
CREATE INDEX identity_provider_domain ON identity_provider (domain_id);

CREATE TABLE identity_provider_remote_id (
    remote_id            TEXT NOT NULL PRIMARY KEY,
    identity_provider_id TEXT NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX identity_provider_remote_id_of ON identity_provider_remote_id (identity_provider_id);

CREATE TABLE mapping (
    id             TEXT NOT NULL PRIMARY KEY,
    schema_version TEXT NOT NULL,
    rules          TEXT NOT NULL
) WITHOUT ROWID;

-- A mapping may be deleted while a protocol names it, as in Keystone.
CREATE TABLE federation_protocol (
    identity_provider_id TEXT NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
    id                   TEXT NOT NULL,
    mapping_id           TEXT NOT NULL,
    remote_id_attribute  TEXT NOT NULL,
    PRIMARY KEY (identity_provider_id, id)
) WITHOUT ROWID;

CREATE TABLE federated_user (
    identity_provider_id TEXT NOT NULL,
    protocol_id          TEXT NOT NULL,
    unique_id            TEXT NOT NULL,
    user_id              TEXT NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    PRIMARY KEY (identity_provider_id, protocol_id, unique_id),
    FOREIGN KEY (identity_provider_id, protocol_id) REFERENCES federation_protocol (identity_provider_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX federated_user_user ON federated_user (user_id);

CREATE TABLE service_provider (
    id                 TEXT    NOT NULL PRIMARY KEY,
    enabled            BOOLEAN NOT NULL,
    description        TEXT    NOT NULL,
    auth_url           TEXT    NOT NULL,
    sp_url             TEXT    NOT NULL,
    relay_state_prefix TEXT    NOT NULL
) WITHOUT ROWID;
