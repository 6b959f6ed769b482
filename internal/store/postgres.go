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
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func postgresDialect() dialect {
	return dialect{
		name:  "postgres",
		bind:  func(text string) string { return text },
		fault: postgresFault,
		// A node that stops in the middle of a transaction must not stop the others' writes for good.
		begin:     []string{`SET LOCAL lock_timeout = '3s'`, `SET LOCAL idle_in_transaction_session_timeout = '10s'`},
		revision:  `SELECT rev FROM revision WHERE id = 1 FOR UPDATE`,
		hasSchema: `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('goose_db_version')`,
		isolation: sql.LevelRepeatableRead,
	}
}

// openPostgres opens a pool for writing and one for reading. They are two so that a read is
// never kept waiting by writers that wait for each other.
func (s *Store) openPostgres(ctx context.Context, rawURL string, o Options) error {
	s.engine = postgresDialect()
	config, err := pgx.ParseConfig(rawURL)
	if err != nil {
		return fmt.Errorf("store: %w", err) // pgx leaves the password out of it
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "lintel"
	}
	writers := max(1, o.MaxConns/4)
	s.writers = postgresPool(config, writers)
	s.readers = postgresPool(config, max(1, o.MaxConns-writers))
	return s.engine.translate(ctx, s.readers.PingContext(ctx))
}

func postgresPool(config *pgx.ConnConfig, conns int) *sql.DB {
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return db
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
