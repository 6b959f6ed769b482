package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
)

// modelConns are the connections for the model: one to follow the changes, one to read a change that a request waits for.
const modelConns = 2

// Options say how a database is opened.
type Options struct {
	Server   bool // SQLite: refuse when another server has the file open (see LockServer)
	Existing bool // SQLite: refuse when the file is not there, instead of making it
	MaxConns int  // connections at most; 0 means 8. SQLite has one more, for writing
	Log      *slog.Logger
}

// Store is an open database. Its reads go to a pool of their own and see the last commit;
// inside Update use the same reads of Tx. It is safe for concurrent use.
type Store struct {
	reader
	engine   dialect
	readers  *sql.DB
	writers  *sql.DB
	model    *sql.DB // for the read model alone: no request can keep it from being refreshed
	hosts    *hosts  // PostgreSQL only
	origin   string  // of this process's announcements
	log      *slog.Logger
	file     string   // SQLite only
	lock     *os.File // held by a server on SQLite
	told     int64    // the revision in it
	outdated error    // why nothing but Migrate works
	logRows  int64    // Prune keeps at least this many rows of change_log

	timelineOf string // PostgreSQL: what tells one primary from the next; see Member
	replicated replication
}

// Open opens the database at rawURL: sqlite:///absolute/path.db, or postgres://... as libpq
// writes it. A schema newer than this binary knows is refused. With an older one, or none,
// the store opens but everything except Schema, Migrate and Close fails with an error that
// says to migrate.
func Open(ctx context.Context, rawURL string, o Options) (*Store, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("store: the database URL cannot be read (want sqlite:///absolute/path.db or postgres://...)")
	}
	if o.MaxConns <= 0 {
		o.MaxConns = 8
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{log: o.Log, logRows: logRows}
	switch u.Scheme {
	case "sqlite":
		err = s.openSQLite(ctx, u, o)
	case "postgres", "postgresql":
		err = s.openPostgres(ctx, rawURL, o)
	default:
		err = fmt.Errorf("store: unknown database %q (want sqlite:///absolute/path.db or postgres://...)", u.Scheme)
	}
	if err == nil {
		err = s.checkSchema(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Engine is "sqlite" or "postgres".
func (s *Store) Engine() string { return s.engine.name }

// Close gives back all connections and the server lock.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.readers, s.writers, s.model} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}
