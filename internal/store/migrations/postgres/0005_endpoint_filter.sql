-- +goose Up

-- An empty filter_* column does not filter.
CREATE TABLE endpoint_group (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name              TEXT COLLATE "C" NOT NULL,
    description       TEXT COLLATE "C" NOT NULL,
    filter_interface  TEXT COLLATE "C" NOT NULL,
    filter_service_id TEXT COLLATE "C" NOT NULL,
    filter_region_id  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX endpoint_group_name ON endpoint_group (name);

CREATE TABLE project_endpoint (
    project_id  TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES endpoint (id),
    PRIMARY KEY (project_id, endpoint_id)
);
CREATE INDEX project_endpoint_endpoint ON project_endpoint (endpoint_id);

CREATE TABLE project_endpoint_group (
    project_id        TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    endpoint_group_id TEXT COLLATE "C" NOT NULL REFERENCES endpoint_group (id),
    PRIMARY KEY (project_id, endpoint_group_id)
);
CREATE INDEX project_endpoint_group_group ON project_endpoint_group (endpoint_group_id);

CREATE TABLE policy (
    id    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    type  TEXT COLLATE "C" NOT NULL,
    blob  TEXT COLLATE "C" NOT NULL,
    extra TEXT COLLATE "C" NOT NULL
);

-- Of an endpoint, of a service, or of a service in a region; each has at most one policy.
CREATE TABLE policy_association (
    policy_id   TEXT COLLATE "C" NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    endpoint_id TEXT COLLATE "C" REFERENCES endpoint (id) ON DELETE CASCADE,
    service_id  TEXT COLLATE "C" REFERENCES service (id) ON DELETE CASCADE,
    region_id   TEXT COLLATE "C" REFERENCES region (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX policy_association_of ON policy_association (COALESCE(endpoint_id, ''), COALESCE(service_id, ''), COALESCE(region_id, ''));
CREATE INDEX policy_association_policy ON policy_association (policy_id);
CREATE INDEX policy_association_endpoint ON policy_association (endpoint_id);
CREATE INDEX policy_association_service ON policy_association (service_id);
CREATE INDEX policy_association_region ON policy_association (region_id);
