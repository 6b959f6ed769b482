-- +goose Up

-- Secrets are sealed: the server must know them to compare signatures.
CREATE TABLE consumer (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    description TEXT COLLATE "C" NOT NULL,
    sealed      BYTEA NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    extra       TEXT COLLATE "C" NOT NULL
);

-- user_id and verifier_hash: of who authorised the token; NULL and '' for nobody yet.
CREATE TABLE request_token (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    consumer_id   TEXT COLLATE "C" NOT NULL REFERENCES consumer (id) ON DELETE CASCADE,
    project_id    TEXT COLLATE "C" NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    user_id       TEXT COLLATE "C" REFERENCES "user" (id) ON DELETE CASCADE,
    verifier_hash TEXT COLLATE "C" NOT NULL,
    sealed        BYTEA  NOT NULL,
    key_id        TEXT COLLATE "C" NOT NULL,
    expires_at    BIGINT NOT NULL
);
CREATE INDEX request_token_consumer ON request_token (consumer_id);
CREATE INDEX request_token_project ON request_token (project_id);
CREATE INDEX request_token_user ON request_token (user_id);
CREATE INDEX request_token_expires ON request_token (expires_at);

CREATE TABLE request_token_role (
    request_token_id TEXT COLLATE "C" NOT NULL REFERENCES request_token (id) ON DELETE CASCADE,
    role_id          TEXT COLLATE "C" NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (request_token_id, role_id)
);
CREATE INDEX request_token_role_role ON request_token_role (role_id);

-- No cascade: access tokens are in the model, and their end is noted.
CREATE TABLE access_token (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    consumer_id TEXT COLLATE "C" NOT NULL REFERENCES consumer (id),
    user_id     TEXT COLLATE "C" NOT NULL REFERENCES "user" (id),
    project_id  TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    sealed      BYTEA  NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX access_token_consumer ON access_token (consumer_id);
CREATE INDEX access_token_user ON access_token (user_id);
CREATE INDEX access_token_project ON access_token (project_id);
CREATE INDEX access_token_expires ON access_token (expires_at);
CREATE INDEX credential_access_token ON credential (access_token_id);

CREATE TABLE access_token_role (
    access_token_id TEXT COLLATE "C" NOT NULL REFERENCES access_token (id) ON DELETE CASCADE,
    role_id         TEXT COLLATE "C" NOT NULL REFERENCES role (id),
    PRIMARY KEY (access_token_id, role_id)
);
CREATE INDEX access_token_role_role ON access_token_role (role_id);

-- The signed requests that were accepted: none is accepted twice.
CREATE TABLE oauth1_nonce (
    digest     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth1_nonce_expires ON oauth1_nonce (expires_at);
