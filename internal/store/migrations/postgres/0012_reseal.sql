-- +goose Up

-- Which credentials a key has sealed: few, or all.
CREATE INDEX credential_key ON credential (key_id, id);
