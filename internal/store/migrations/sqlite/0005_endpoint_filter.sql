-- +goose Up

-- An empty filter_* column does not filter.
CREATE TABLE endpoint_group (
    id                TEXT NOT NULL PRIMARY KEY,
    name              TEXT NOT NULL,
    description       TEXT NOT NULL,
    filter_interface  TEXT NOT NULL,
    filter_service_id TEXT NOT NULL,
    filter_region_id  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX endpoint_group_name ON endpoint_group (name);

CREATE TABLE project_endpoint (
    project_id  TEXT NOT NULL REFERENCES project (id),
    endpoint_id TEXT NOT NULL REFERENCES endpoint (id),
    PRIMARY KEY (project_id, endpoint_id)
) WITHOUT ROWID;
CREATE INDEX project_endpoint_endpoint ON project_endpoint (endpoint_id);

CREATE TABLE project_endpoint_group (
    project_id        TEXT NOT NULL REFERENCES project (id),
    endpoint_group_id TEXT NOT NULL REFERENCES endpoint_group (id),
    PRIMARY KEY (project_id, endpoint_group_id)
) WITHOUT ROWID;
CREATE INDEX project_endpoint_group_group ON project_endpoint_group (endpoint_group_id);

CREATE TABLE policy (
    id    TEXT NOT NULL PRIMARY KEY,
    type  TEXT NOT NULL,
    blob  TEXT NOT NULL,
    extra TEXT NOT NULL
) WITHOUT ROWID;

-- Of an endpoint, of a service, or of a service in a region; each has at most one policy.
CREATE TABLE policy_association (
    policy_id   TEXT NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    endpoint_id TEXT REFERENCES endpoint (id) ON DELETE CASCADE,
    service_id  TEXT REFERENCES service (id) ON DELETE CASCADE,
    region_id   TEXT REFERENCES region (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX policy_association_of ON policy_association (COALESCE(endpoint_id, ''), COALESCE(service_id, ''), COALESCE(region_id, ''));
CREATE INDEX policy_association_policy ON policy_association (policy_id);
CREATE INDEX policy_association_endpoint ON policy_association (endpoint_id);
CREATE INDEX policy_association_service ON policy_association (service_id);
CREATE INDEX policy_association_region ON policy_association (region_id);
