-- +goose Up

-- Who still uses the v2.0 API.
CREATE TABLE v2_used (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES "user" (id) ON DELETE CASCADE,
    at      BIGINT NOT NULL
);
