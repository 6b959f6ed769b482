package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

func sqliteDialect() dialect {
	return dialect{
		name: "sqlite",
		// No statement of ours has a $ that is not a parameter.
		bind:      func(text string) string { return strings.ReplaceAll(text, "$", "?") },
		fault:     sqliteFault,
		bytes:     "BLOB",
		now:       `CAST(unixepoch('subsec') * 1000000 AS INTEGER)`,
		texts:     `SELECT value FROM json_each($1)`,
		hasSchema: `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`,
		indexes:   sqliteIndexes,
	}
}

// openSQLite opens one connection for writing and a pool that cannot write.
func (s *Store) openSQLite(ctx context.Context, u *url.URL, o Options) error {
	if u.Host != "" || u.RawQuery != "" || !filepath.IsAbs(u.Path) {
		return errors.New("store: a SQLite URL is sqlite:///absolute/path.db and nothing else")
	}
	s.engine, s.file = sqliteDialect(), u.Path
	// Created here, so that it is never readable by others; SQLite gives -wal and -shm the same mode.
	flags := os.O_RDWR | syscall.O_CLOEXEC
	if !o.Existing {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(s.file, flags, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if o.Server {
		if err := s.LockServer(); err != nil {
			return err
		}
	}
	// Names are told apart by case; LIKE would not on SQLite without the pragma.
	// SQLite waits for a lock without looking at the context, so it waits shortly and retry does the rest.
	pragmas := []string{"busy_timeout(100)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)", "case_sensitive_like(ON)"}
	if s.writers, err = sqlitePool(s.file, 1, url.Values{"_pragma": append(pragmas, "journal_mode(WAL)", "cache_size(-65536)"), "_txlock": {"immediate"}}); err != nil {
		return err
	}
	reading := url.Values{"_pragma": pragmas, "_query_only": {"1"}}
	if s.readers, err = sqlitePool(s.file, o.MaxConns, reading); err != nil {
		return err
	}
	if s.model, err = sqlitePool(s.file, modelConns, reading); err != nil {
		return err
	}
	// The writer goes first: it is the one that turns WAL on.
	if err := s.writers.PingContext(ctx); err != nil {
		return s.engine.translate(ctx, err)
	}
	if err := s.readers.PingContext(ctx); err != nil {
		return s.engine.translate(ctx, err)
	}
	return s.refuseBackup(ctx)
}

// refuseBackup refuses to use a backup as a database: it would bring revoked tokens back to life.
func (s *Store) refuseBackup(ctx context.Context) error {
	var tables int
	err := s.readers.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'backup_table'`).Scan(&tables)
	if err == nil && tables > 0 {
		err = fmt.Errorf("%s is a backup, in which revoked tokens are good again: run lintel restore with a database of another name", s.file)
	}
	return s.engine.translate(ctx, err)
}

func sqlitePool(file string, conns int, params url.Values) (*sql.DB, error) {
	db, err := sql.Open("sqlite", sqliteDSN(file, params))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func sqliteDSN(file string, params url.Values) string {
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: params.Encode()}
	return dsn.String()
}

// sqliteFault reads SQLite's (extended) result codes.
func sqliteFault(err error) fault {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return faultOther
	}
	switch e.Code() {
	case codes.SQLITE_CONSTRAINT_UNIQUE:
		return faultDuplicate
	case codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		return faultDuplicateID
	case codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		return faultReference
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return faultContention
	case codes.SQLITE_IOERR, codes.SQLITE_FULL, codes.SQLITE_CANTOPEN, codes.SQLITE_READONLY:
		return faultUnavailable
	}
	return faultOther
}
