-- +goose Up

-- The one row that orders all changes. log_from: change_log is whole for revisions above it.
CREATE TABLE revision (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    rev      BIGINT NOT NULL,
    log_from BIGINT NOT NULL
);
INSERT INTO revision (id, rev, log_from) VALUES (1, 0, 0);

CREATE TABLE change_log (
    rev  BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    kind TEXT   NOT NULL,
    key  TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    PRIMARY KEY (rev, n)
) WITHOUT ROWID;

-- Times are microseconds since 1970 in UTC; 0 is none. A domain is a project whose domain_id
-- is '', so that UNIQUE (domain_id, name) holds for both.
CREATE TABLE project (
    id          TEXT    NOT NULL PRIMARY KEY,
    domain_id   TEXT    NOT NULL,
    parent_id   TEXT    REFERENCES project (id),
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    is_domain   BOOLEAN NOT NULL,
    options     TEXT    NOT NULL,
    extra       TEXT    NOT NULL,
    UNIQUE (domain_id, name)
) WITHOUT ROWID;
CREATE INDEX project_parent ON project (parent_id);
CREATE INDEX project_name ON project (name);

CREATE TABLE project_tag (
    project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    PRIMARY KEY (project_id, name)
) WITHOUT ROWID;
CREATE INDEX project_tag_name ON project_tag (name);

-- The *_password_* columns say which row of password is current.
CREATE TABLE "user" (
    id                        TEXT    NOT NULL PRIMARY KEY,
    domain_id                 TEXT    NOT NULL REFERENCES project (id),
    name                      TEXT    NOT NULL,
    enabled                   BOOLEAN NOT NULL,
    default_project_id        TEXT    NOT NULL,
    email                     TEXT    NOT NULL,
    options                   TEXT    NOT NULL,
    extra                     TEXT    NOT NULL,
    created_at                BIGINT  NOT NULL,
    login_password_id         TEXT    NOT NULL DEFAULT '',
    login_password_expires_at BIGINT  NOT NULL DEFAULT 0,
    api_password_id           TEXT    NOT NULL DEFAULT '',
    api_password_expires_at   BIGINT  NOT NULL DEFAULT 0,
    UNIQUE (domain_id, name)
) WITHOUT ROWID;
CREATE INDEX user_name ON "user" (name);
CREATE INDEX user_default_project ON "user" (default_project_id);

CREATE TABLE password (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    user_id      TEXT    NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    hash         TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    self_service BOOLEAN NOT NULL
);
CREATE INDEX password_user ON password (user_id, kind, created_at, seq);

CREATE TABLE login_failure (
    user_id TEXT   NOT NULL PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
    count   BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE "group" (
    id          TEXT NOT NULL PRIMARY KEY,
    domain_id   TEXT NOT NULL REFERENCES project (id),
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    extra       TEXT NOT NULL,
    UNIQUE (domain_id, name)
) WITHOUT ROWID;
CREATE INDEX group_name ON "group" (name);

CREATE TABLE membership (
    user_id  TEXT NOT NULL REFERENCES "user" (id),
    group_id TEXT NOT NULL REFERENCES "group" (id),
    PRIMARY KEY (user_id, group_id)
) WITHOUT ROWID;
CREATE INDEX membership_group ON membership (group_id);

-- A global role has the domain_id ''.
CREATE TABLE role (
    id          TEXT NOT NULL PRIMARY KEY,
    domain_id   TEXT NOT NULL,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    options     TEXT NOT NULL,
    extra       TEXT NOT NULL,
    UNIQUE (domain_id, name)
) WITHOUT ROWID;

CREATE TABLE implication (
    prior_role_id   TEXT NOT NULL REFERENCES role (id),
    implied_role_id TEXT NOT NULL REFERENCES role (id),
    PRIMARY KEY (prior_role_id, implied_role_id)
) WITHOUT ROWID;
CREATE INDEX implication_implied ON implication (implied_role_id);

CREATE TABLE assignment (
    actor_kind  TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    target_kind TEXT    NOT NULL,
    target_id   TEXT    NOT NULL,
    role_id     TEXT    NOT NULL REFERENCES role (id),
    inherited   BOOLEAN NOT NULL,
    PRIMARY KEY (actor_kind, actor_id, target_kind, target_id, role_id, inherited)
) WITHOUT ROWID;
CREATE INDEX assignment_target ON assignment (target_kind, target_id);
CREATE INDEX assignment_role ON assignment (role_id);

CREATE TABLE region (
    id          TEXT NOT NULL PRIMARY KEY,
    parent_id   TEXT REFERENCES region (id),
    description TEXT NOT NULL,
    extra       TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX region_parent ON region (parent_id);

CREATE TABLE service (
    id          TEXT    NOT NULL PRIMARY KEY,
    type        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    extra       TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX service_type ON service (type);
CREATE INDEX service_name ON service (name);

CREATE TABLE endpoint (
    id         TEXT    NOT NULL PRIMARY KEY,
    interface  TEXT    NOT NULL,
    service_id TEXT    NOT NULL REFERENCES service (id),
    region_id  TEXT    REFERENCES region (id),
    url        TEXT    NOT NULL,
    enabled    BOOLEAN NOT NULL,
    extra      TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX endpoint_service ON endpoint (service_id);
CREATE INDEX endpoint_region ON endpoint (region_id);
CREATE INDEX endpoint_interface ON endpoint (interface);

CREATE TABLE application_credential (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES "user" (id),
    project_id   TEXT    NOT NULL REFERENCES project (id),
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    unrestricted BOOLEAN NOT NULL,
    secret_hash  TEXT    NOT NULL,
    disabled     BOOLEAN NOT NULL,
    created_at   BIGINT  NOT NULL,
    UNIQUE (user_id, name)
) WITHOUT ROWID;
CREATE INDEX application_credential_project ON application_credential (project_id);

CREATE TABLE application_credential_role (
    application_credential_id TEXT NOT NULL REFERENCES application_credential (id) ON DELETE CASCADE,
    role_id                   TEXT NOT NULL REFERENCES role (id),
    PRIMARY KEY (application_credential_id, role_id)
) WITHOUT ROWID;
CREATE INDEX application_credential_role_role ON application_credential_role (role_id);

CREATE TABLE access_rule (
    id      TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES "user" (id),
    service TEXT NOT NULL,
    path    TEXT NOT NULL,
    method  TEXT NOT NULL,
    UNIQUE (user_id, service, path, method)
) WITHOUT ROWID;

CREATE TABLE application_credential_access_rule (
    application_credential_id TEXT   NOT NULL REFERENCES application_credential (id) ON DELETE CASCADE,
    access_rule_id            TEXT   NOT NULL REFERENCES access_rule (id),
    n                         BIGINT NOT NULL,
    PRIMARY KEY (application_credential_id, access_rule_id)
) WITHOUT ROWID;
CREATE INDEX application_credential_access_rule_rule ON application_credential_access_rule (access_rule_id);

CREATE TABLE credential (
    id                        TEXT   NOT NULL PRIMARY KEY,
    user_id                   TEXT   NOT NULL REFERENCES "user" (id),
    project_id                TEXT   NOT NULL,
    type                      TEXT   NOT NULL,
    sealed                    BLOB   NOT NULL,
    key_id                    TEXT   NOT NULL,
    extra                     TEXT   NOT NULL,
    access                    TEXT   NOT NULL,
    application_credential_id TEXT   NOT NULL,
    trust_id                  TEXT   NOT NULL,
    created_at                BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX credential_user ON credential (user_id);
CREATE INDEX credential_project ON credential (project_id);

CREATE TABLE revocation (
    kind       TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    rev        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX revocation_expires ON revocation (expires_at);

CREATE TABLE key_ring (
    id         TEXT   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    sealed     BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    primary_at BIGINT NOT NULL,
    retired_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
