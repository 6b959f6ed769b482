-- +goose Up

-- remaining_uses: -1 is any number. lent_until: when the last token got with a counted use has
-- expired. A trust without a project or an end may exist twice, as in Keystone.
CREATE TABLE trust (
    id                   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    trustor_user_id      TEXT COLLATE "C" NOT NULL REFERENCES "user" (id),
    trustee_user_id      TEXT COLLATE "C" NOT NULL REFERENCES "user" (id),
    project_id           TEXT COLLATE "C" REFERENCES project (id),
    impersonation        BOOLEAN NOT NULL,
    expires_at           BIGINT  NOT NULL,
    remaining_uses       BIGINT  NOT NULL CHECK (remaining_uses >= -1),
    redelegation_count   BIGINT  NOT NULL,
    redelegated_trust_id TEXT COLLATE "C" REFERENCES trust (id),
    extra                TEXT COLLATE "C" NOT NULL,
    lent_until           BIGINT  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX trust_duplicate ON trust (trustor_user_id, trustee_user_id, project_id, impersonation, expires_at) WHERE expires_at <> 0;
CREATE INDEX trust_trustor ON trust (trustor_user_id);
CREATE INDEX trust_trustee ON trust (trustee_user_id);
CREATE INDEX trust_project ON trust (project_id);
CREATE INDEX trust_redelegated ON trust (redelegated_trust_id);
CREATE INDEX trust_expires ON trust (expires_at);
CREATE INDEX credential_trust ON credential (trust_id);

-- No reference to role: a role that is deleted stays in the trust, which gives nothing from then on.
CREATE TABLE trust_role (
    trust_id TEXT COLLATE "C" NOT NULL REFERENCES trust (id) ON DELETE CASCADE,
    role_id  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (trust_id, role_id)
);
