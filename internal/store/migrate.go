package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the version of the database's schema (0 for an empty database) and the one
// this binary wants.
func (s *Store) Schema(ctx context.Context) (have, want int64, err error) {
	if want, err = latest(s.engine.name); err != nil {
		return 0, 0, err
	}
	var tables int
	if err := s.readers.QueryRowContext(ctx, s.engine.hasSchema).Scan(&tables); err != nil {
		return 0, want, s.engine.translate(ctx, err)
	}
	if tables == 0 {
		return 0, want, nil
	}
	var applied sql.NullInt64
	err = s.readers.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	return applied.Int64, want, s.engine.translate(ctx, err)
}

// latest is the newest version of an engine's schema.
func latest(engine string) (version int64, err error) {
	names, err := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	if err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("store: migration %s: %w", name, err)
		}
		version = max(version, n)
	}
	return version, nil
}

// checkSchema refuses a schema that is too new, and puts the store off until Migrate when it
// is too old.
func (s *Store) checkSchema(ctx context.Context) error {
	have, want, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	s.reader, s.outdated = reader{q: s.readers, d: s.engine}, nil
	switch {
	case have > want:
		oldest, found, err := first(ctx, s.reader, scanOne[int64], `SELECT oldest FROM compatibility WHERE id = 1`)
		if err != nil {
			return err
		}
		if found && oldest <= want {
			s.log.Info("the database's schema is newer than this lintel and agrees with it", "schema", have, "mine", want)
			return nil
		}
		return fmt.Errorf("store: the database has schema version %d, this lintel knows versions up to %d: "+
			"run the lintel that upgraded it, or restore the backup made before the upgrade", have, want)
	case have < want:
		s.outdated = fmt.Errorf("store: the database has schema version %d, this lintel wants %d: run lintel migrate", have, want)
		s.reader.q = refusing{s.outdated}
	}
	return nil
}

// Migrate brings the schema to the version this binary wants. On PostgreSQL concurrent calls
// wait for each other; on SQLite Migrate is refused while another process serves the file.
// It must end before the store is used by anyone else.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.checkSchema(ctx); err != nil || s.outdated == nil {
		return err
	}
	options := gooseOptions()
	engine := goose.DialectSQLite3
	if s.file == "" {
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // asks every second, for 5 minutes
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else if s.lock == nil {
		if err := s.LockServer(); err != nil {
			return err
		}
		defer s.unlockServer()
	}
	provider, err := migrationsOf(engine, s.engine.name, s.writers, options)
	if err != nil {
		return err
	}
	if err := s.retry(ctx, func() error { _, err := provider.Up(ctx); return err }); err != nil {
		return err
	}
	s.log.Info("database migrated", "engine", s.engine.name)
	return s.checkSchema(ctx)
}

func migrationsOf(engine goose.Dialect, name string, db *sql.DB, options []goose.ProviderOption) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+name)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	provider, err := goose.NewProvider(engine, db, dir, options...)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return provider, nil
}

func gooseOptions() []goose.ProviderOption {
	return []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
}

// migrateSQLite brings a SQLite database that nobody else uses to a version of the schema.
func migrateSQLite(ctx context.Context, db *sql.DB, version int64) error {
	provider, err := migrationsOf(goose.DialectSQLite3, "sqlite", db, gooseOptions())
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

func (s *Store) unlockServer() {
	if err := s.lock.Close(); err != nil {
		s.log.Warn("server lock", "err", err)
	}
	s.lock = nil
}

// refusing answers every read of a store that must be migrated first.
type refusing struct{ err error }

func (r refusing) ExecContext(context.Context, string, ...any) (sql.Result, error) { return nil, r.err }
func (r refusing) QueryContext(context.Context, string, ...any) (*sql.Rows, error) { return nil, r.err }
