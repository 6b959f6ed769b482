-- +goose Up

-- The oldest schema version whose binaries can still work on this schema. A migration that only adds leaves it as it is.
-- The servers of a cluster have a table beside this one on PostgreSQL; here there is one server, and it holds a lock.
CREATE TABLE compatibility (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    oldest BIGINT NOT NULL
);
INSERT INTO compatibility (id, oldest) VALUES (1, 11);
