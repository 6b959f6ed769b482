package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/lintel-id/lintel/internal/identity"
)

const postgresNow = `(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT`

func postgresDialect() dialect {
	return dialect{
		name:      "postgres",
		bind:      func(text string) string { return text },
		fault:     postgresFault,
		bytes:     "BYTEA",
		now:       postgresNow,
		texts:     `SELECT json_array_elements_text($1::json)`,
		hasSchema: `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('goose_db_version')`,
		indexes:   postgresIndexes,
		isolation: sql.LevelRepeatableRead,

		mayTruncate: `SELECT has_table_privilege($1, 'TRUNCATE')`,
	}
}

// openPostgres opens a pool for writing, one for reading and a small one for the model. They are apart so that a read is
// never kept waiting by writers that wait for each other, nor the model by either.
func (s *Store) openPostgres(ctx context.Context, rawURL string, o Options) error {
	s.engine, s.origin = postgresDialect(), identity.NewID()
	s.engine.announce = `NOTIFY ` + channel + `, '` + s.origin + `'`
	config, err := pgx.ParseConfig(rawURL)
	if err != nil {
		return fmt.Errorf("store: %w", err) // pgx leaves the password out of it
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "lintel"
	}
	config.OnNotice = s.replicated.note
	s.hosts = newHosts(config)
	afterAWhile := func(idle time.Duration) bool { return idle > time.Second }
	writers := max(1, o.MaxConns/4)
	s.writers = s.hosts.pool(writers, afterAWhile)
	s.readers = s.hosts.pool(max(1, o.MaxConns-writers-modelConns), afterAWhile)
	// A ping before each use would take half of a lease when the database is slow. One refresh that fails instead does not matter.
	s.model = s.hosts.pool(modelConns, func(time.Duration) bool { return false })
	return s.findTimeline(ctx)
}

// findTimeline finds out how to ask for the timeline, which a new primary starts. Databases that only speak PostgreSQL's
// protocol have none, and fail over without one.
func (s *Store) findTimeline(ctx context.Context) error {
	s.timelineOf = `substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`
	var timeline string
	err := s.model.QueryRowContext(ctx, `SELECT `+s.timelineOf).Scan(&timeline)
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "42883", "0A000", "42501": // undefined_function, feature_not_supported, insufficient_privilege
			s.timelineOf, s.engine.indexes, s.engine.mayTruncate, err = `''`, "", "", nil
		case "55000": // object_not_in_prerequisite_state: a standby
			err = errors.New("this PostgreSQL is a standby; name the primary, or all of them with target_session_attrs=read-write")
		}
	}
	return s.engine.translate(ctx, err)
}

// replication remembers connections whose last commit PostgreSQL has made on this server only. When the wait for a
// synchronous standby is cancelled the commit is answered with success and a warning, and nothing else.
type replication struct{ local sync.Map }

// note takes PostgreSQL's notices. A transaction of ours gives no other cause for a warning.
func (r *replication) note(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		r.local.Store(c, true)
	}
}

// missed says whether the last commit on the connection may not be on the standby.
func (r *replication) missed(conn *sql.Conn) (missed bool) {
	_ = conn.Raw(func(driver any) error { // a connection that is gone has answered nothing
		if c, ok := driver.(*stdlib.Conn); ok {
			_, missed = r.local.LoadAndDelete(c.Conn().PgConn())
		}
		return nil
	})
	return missed
}

// postgresFault reads SQLSTATE codes (PostgreSQL manual, appendix A). What did not come from
// the server came from the connection to it.
func postgresFault(err error) fault {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		if connectionLost(err) {
			return faultUnavailable
		}
		return faultOther
	}
	switch e.Code {
	case "23505": // unique_violation
		if strings.HasSuffix(e.ConstraintName, "_pkey") {
			return faultDuplicateID
		}
		return faultDuplicate
	case "23503": // foreign_key_violation
		return faultReference
	case "22021", "22P05": // character_not_in_repertoire, untranslatable_character
		return faultValue
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return faultContention
	case "55P03": // lock_not_available: lock_timeout
		return faultLocked
	case "25P03", "25006": // idle_in_transaction_session_timeout, read_only_sql_transaction (a standby)
		return faultUnavailable
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "08", "53", "57": // connection exception, insufficient resources, operator intervention
		return faultUnavailable
	}
	return faultOther
}

func connectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}
