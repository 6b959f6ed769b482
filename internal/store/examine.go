package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/lintel-id/lintel/internal/identity"
)

// Examination is how a database keeps what it is given, for the operator. One of the two is nil.
type Examination struct {
	SQLite   *SQLiteState
	Postgres *PostgresState
}

// SQLiteState is that of a file.
type SQLiteState struct {
	File        string
	Mode        fs.FileMode // permissions of the file and of those beside it, added up
	Size, Free  int64       // bytes: of the file, and left on its file system for others than root
	JournalMode string
	Synchronous int64  // 2 is FULL
	Checked     bool   // false: the file is too large to read for this
	Fault       string // what PRAGMA quick_check found first; "" for nothing
}

// PostgresState is that of a server, as this client sees it.
type PostgresState struct {
	Version  string
	Settings map[string]string // see postgresSettings; without those that the server does not have
	Used     int               // connections, of all clients
	Limit    int               // connections for those who are no superuser
	Standby  bool
	Shared   bool // a pool in between hands one session to several clients
	Prepares bool // statements, which a shared session cannot have
}

// checkedSize is as much as is read to look for damage.
const checkedSize = 1 << 30

// Examine asks the engine how it works.
func (s *Store) Examine(ctx context.Context) (x Examination, err error) {
	if s.file != "" {
		x.SQLite, err = s.examineSQLite(ctx)
	} else {
		x.Postgres, err = s.examinePostgres(ctx)
	}
	return x, s.engine.translate(ctx, err)
}

func (s *Store) examineSQLite(ctx context.Context) (*SQLiteState, error) {
	x := &SQLiteState{File: s.file}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(s.file + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		x.Mode |= info.Mode().Perm()
		x.Size += info.Size()
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(s.file), &disk); err != nil {
		return nil, fmt.Errorf("statfs: %w", err)
	}
	x.Free = int64(disk.Bavail) * disk.Bsize
	if err := s.writers.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&x.JournalMode); err != nil {
		return nil, err
	}
	if err := s.writers.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&x.Synchronous); err != nil {
		return nil, err
	}
	if x.Checked = x.Size <= checkedSize; !x.Checked {
		return x, nil
	}
	faults, err := collect(ctx, reader{q: s.readers, d: s.engine}, scanOne[string], `PRAGMA quick_check(1)`)
	if err != nil {
		x.Fault = err.Error()
	} else if text := strings.Join(faults, "; "); text != "ok" {
		x.Fault = text
	}
	return x, nil
}

// postgresSettings are those on which it depends whether an acknowledged write can be lost.
func postgresSettings() []string {
	return []string{"fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names"}
}

// unprepared lets a statement through where a pool in between loses those that are prepared.
const unprepared = pgx.QueryExecModeSimpleProtocol

// PoolBetween says whether an error is what comes of a pool that hands one session of PostgreSQL to several clients.
func PoolBetween(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "42P05" || e.Code == "26000") // a prepared statement is there already, or is gone
}

func (s *Store) examinePostgres(ctx context.Context) (*PostgresState, error) {
	mode := s.hosts.each[0].DefaultQueryExecMode
	x := &PostgresState{Settings: map[string]string{}, Prepares: mode != pgx.QueryExecModeExec && mode != pgx.QueryExecModeSimpleProtocol}
	for _, name := range postgresSettings() {
		var value sql.NullString
		if err := s.writers.QueryRowContext(ctx, `SELECT current_setting($1, TRUE)`, unprepared, name).Scan(&value); err != nil {
			return nil, err
		}
		if value.Valid {
			x.Settings[name] = value.String
		}
	}
	err := s.writers.QueryRowContext(ctx, `SELECT current_setting('server_version'), pg_is_in_recovery(), (SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
		current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`, unprepared).Scan(&x.Version, &x.Standby, &x.Used, &x.Limit)
	if err == nil {
		x.Shared, err = s.sharesSessions(ctx)
	}
	return x, err
}

// sharesSessions says whether two connections of ours are one session of the server's. A pool that hands out sessions
// for single transactions gives the one that was just given back; one that answers in the server's place tells
// another process id than the server's.
func (s *Store) sharesSessions(ctx context.Context) (bool, error) {
	process := func(q interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (pid uint32, err error) {
		err = q.QueryRowContext(ctx, `SELECT pg_backend_pid()`, unprepared).Scan(&pid)
		return pid, err
	}
	one, err := s.readers.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = one.Close() }() // it is given back
	two, err := s.writers.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = two.Close() }() // it is given back
	first, err := process(one)
	if err != nil {
		return false, err
	}
	var told uint32
	if err := one.Raw(func(c any) error { told = c.(*stdlib.Conn).Conn().PgConn().PID(); return nil }); err != nil || told == first {
		return false, err // the server's own
	}
	t, err := two.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = t.Rollback() }() // it holds the session and nothing else
	second, err := process(t)
	if err != nil {
		return false, err
	}
	again, err := process(one)
	return second == first || again != first, err
}

// Administrators counts the enabled users that have a role on the system, by its name: as their own or their group's, or
// by one that implies it.
func (s *Store) Administrators(ctx context.Context, role string) (n int64, err error) {
	n, _, err = first(ctx, s.reader, scanOne[int64], `WITH RECURSIVE gives (id) AS (SELECT id FROM role WHERE domain_id = '' AND name = $1
			UNION SELECT i.prior_role_id FROM implication i JOIN gives ON i.implied_role_id = gives.id),
		holder (kind, id) AS (SELECT actor_kind, actor_id FROM assignment WHERE target_kind = 'system' AND role_id IN (SELECT id FROM gives))
		SELECT COUNT(*) FROM "user" u JOIN project d ON d.id = u.domain_id WHERE u.enabled AND d.enabled AND (
			u.id IN (SELECT id FROM holder WHERE kind = 'user') OR u.id IN (SELECT m.user_id FROM membership m JOIN holder h ON h.kind = 'group' AND h.id = m.group_id))`, role)
	return n, err
}

// LastChange is when the newest change that is still logged was made, by the clock of who made it; zero for none.
func (s *Store) LastChange(ctx context.Context) (time.Time, error) {
	at, _, err := first(ctx, s.reader, scanOne[int64], `SELECT COALESCE(MAX(at), 0) FROM change_log WHERE rev = (SELECT MAX(rev) FROM change_log)`)
	return fromMicros(at), err
}

// ListKeys lists the sealed keys.
func (r reader) ListKeys(ctx context.Context) ([]identity.SealedKey, error) {
	return collect(ctx, r, scanKey, selectKey+` ORDER BY purpose, created_at, id`)
}
