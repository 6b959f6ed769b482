-- +goose Up

-- It outlives its service and region, as Keystone's does: its limits are somebody's decisions.
CREATE TABLE registered_limit (
    id            TEXT   NOT NULL PRIMARY KEY,
    service_id    TEXT   NOT NULL,
    region_id     TEXT  ,
    resource_name TEXT   NOT NULL,
    default_limit BIGINT NOT NULL,
    description   TEXT   NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX registered_limit_of ON registered_limit (service_id, COALESCE(region_id, ''), resource_name);
CREATE INDEX registered_limit_region ON registered_limit (region_id);

-- project_id is that of a project or of a domain.
CREATE TABLE project_limit (
    id                  TEXT   NOT NULL PRIMARY KEY,
    project_id          TEXT   NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    registered_limit_id TEXT   NOT NULL REFERENCES registered_limit (id) ON DELETE CASCADE,
    resource_limit      BIGINT NOT NULL,
    description         TEXT   NOT NULL,
    UNIQUE (project_id, registered_limit_id)
) WITHOUT ROWID;
CREATE INDEX project_limit_registered ON project_limit (registered_limit_id);
