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
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

func sqliteDialect() dialect {
	return dialect{
		name: "sqlite",
		// No statement of ours has a $ that is not a parameter.
		bind:  func(text string) string { return strings.ReplaceAll(text, "$", "?") },
		fault: sqliteFault,
		// BEGIN IMMEDIATE has locked the file already.
		revision:  `SELECT rev FROM revision WHERE id = 1`,
		hasSchema: `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`,
	}
}

// openSQLite opens one connection for writing and a pool that cannot write.
func (s *Store) openSQLite(ctx context.Context, u *url.URL, o Options) error {
	if u.Host != "" || u.RawQuery != "" || !filepath.IsAbs(u.Path) {
		return errors.New("store: a SQLite URL is sqlite:///absolute/path.db and nothing else")
	}
	s.engine, s.file = sqliteDialect(), u.Path
	// Created here, so that it is never readable by others; SQLite gives -wal and -shm the same mode.
	f, err := os.OpenFile(s.file, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
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
	if s.readers, err = sqlitePool(s.file, o.MaxConns, url.Values{"_pragma": pragmas, "_query_only": {"1"}}); err != nil {
		return err
	}
	// The writer goes first: it is the one that turns WAL on.
	if err := s.writers.PingContext(ctx); err != nil {
		return s.engine.translate(ctx, err)
	}
	return s.engine.translate(ctx, s.readers.PingContext(ctx))
}

func sqlitePool(file string, conns int, params url.Values) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: params.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// LockServer makes this process the one server of a SQLite file until Close, and refuses in
// words when another process is. Short commands write beside a server without it. On
// PostgreSQL many servers share a database, and LockServer does nothing.
func (s *Store) LockServer() error {
	if !s.OneServer() || s.lock != nil {
		return nil
	}
	f, err := os.OpenFile(s.file+".lock", os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.ReadAt(holder, 0) // the words below do without it
		return errors.Join(fmt.Errorf("store: %s is in use by %w (pid %s): stop that one first",
			s.file, errOtherServer, strings.TrimSpace(string(holder[:n]))), f.Close())
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store: %w", err), f.Close())
	}
	s.lock = f
	return nil
}

// errOtherServer says that LockServer may succeed later.
var errOtherServer = errors.New("another lintel server")

// OneServer says that only one process may serve from this database at a time.
func (s *Store) OneServer() bool { return s.file != "" }

// AwaitServer is LockServer that waits for the other server to end, or for ctx.
func (s *Store) AwaitServer(ctx context.Context) error {
	const often = 5 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		err := s.LockServer()
		if !errors.Is(err, errOtherServer) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
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
