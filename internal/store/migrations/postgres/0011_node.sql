-- +goose Up

-- The servers on this database. rev: what the server's model has, told before a write that waits for it is answered.
CREATE TABLE node (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    version    TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    beats      BIGINT NOT NULL,
    rev        BIGINT NOT NULL,
    lease      BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL
);

-- The oldest schema version whose binaries can still work on this schema. A migration that only adds leaves it as it is,
-- so that servers of two versions run beside each other while a cluster is upgraded.
CREATE TABLE compatibility (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    oldest BIGINT NOT NULL
);
INSERT INTO compatibility (id, oldest) VALUES (1, 11);
