package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// BackupOptions say how a backup is made.
type BackupOptions struct {
	Version  string                         // of the lintel that makes it
	Now      func() time.Time               // nil: time.Now
	Progress func(table string, rows int64) // is told how far it is; may be nil
}

// Backup writes all rows, as they were at one revision, to a new file: a SQLite database with the
// schema that the store has, whatever its engine. Others read and write meanwhile. The file
// appears under its name, readable by its owner only, when it was verified (see Backup.Verify),
// and never before; one that is there already is not replaced.
//
// Left out are the change log, failed logins, sessions of the portal, recent activity and who serves the database. Keys are in it as in
// the database, sealed by the master key, which is not.
func (s *Store) Backup(ctx context.Context, file string, o BackupOptions) (info BackupInfo, err error) {
	have, want, err := s.Schema(ctx)
	switch {
	case err != nil:
		return info, err
	case have == 0:
		return info, errors.New("store: there is nothing to back up: the database was never migrated")
	case have > want:
		return info, newerSchema(have, want)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return info, errors.Join(err, fmt.Errorf("store: %s is there already: name a file that is not", file))
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return info, fmt.Errorf("store: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*.part") // with mode 0600
	if err != nil {
		return info, fmt.Errorf("store: %w", err)
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if o.Now == nil {
		o.Now = time.Now
	}
	info = BackupInfo{TakenAt: o.Now().UTC().Truncate(time.Microsecond), Engine: s.engine.name, Version: o.Version, Schema: have}
	if err := s.writeBackup(ctx, f.Name(), &info, o.Progress); err != nil {
		return info, err
	}
	if err := f.Sync(); err != nil {
		return info, fmt.Errorf("store: %w", err)
	}
	b, err := OpenBackup(ctx, f.Name())
	if err != nil {
		return info, err
	}
	if err := errors.Join(b.Verify(ctx), b.Close()); err != nil {
		return info, err
	}
	return info, rename(f.Name(), file)
}

// newerSchema refuses what a binary may serve all the same.
func newerSchema(have, want int64) error {
	return fmt.Errorf("store: the database has schema version %d and this lintel knows all of version %d: use the lintel that migrated it", have, want)
}

// writeBackup makes the file's database and fills it with the rows.
func (s *Store) writeBackup(ctx context.Context, file string, info *BackupInfo, progress func(string, int64)) error {
	db, err := newSQLite(ctx, thrownAway(file), info.Schema)
	if err != nil {
		return err
	}
	tables, err := tablesOf(ctx, reader{q: db, d: sqliteDialect()})
	if err == nil {
		err = fill(ctx, db, func(to reader) error {
			err := s.asOfNow(ctx, func(from reader) (err error) {
				if info.Revision, _, err = revision(ctx, from); err != nil {
					return err
				}
				return info.copyTables(ctx, from, to, tables, progress)
			})
			if err != nil {
				return err
			}
			return info.write(ctx, to)
		})
	}
	return errors.Join(err, db.Close())
}

// thrownAway opens a file that is of no use after any error: it needs no journal.
func thrownAway(file string) (dsn string) {
	return sqliteDSN(file, url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)"}})
}

// fill writes to a new SQLite database in one transaction.
func fill(ctx context.Context, db *sql.DB, f func(to reader) error) error {
	d := sqliteDialect()
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return d.translate(ctx, err)
	}
	defer func() { _ = t.Rollback() }() // after a commit it does nothing
	if err := f(reader{q: newPrepared(t), d: d}); err != nil {
		return err
	}
	return d.translate(ctx, t.Commit())
}

func (b *BackupInfo) copyTables(ctx context.Context, from, to reader, tables []table, progress func(string, int64)) error {
	for _, t := range tables {
		rows, sum, err := t.copyRows(ctx, from, t.sorted(), to, progress)
		if err != nil {
			return err
		}
		b.Tables = append(b.Tables, BackupTable{Name: t.name, Rows: rows, SHA256: sum})
	}
	slices.SortFunc(b.Tables, func(x, y BackupTable) int { return strings.Compare(x.Name, y.Name) })
	return nil
}

// rename gives a file its name for good.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
