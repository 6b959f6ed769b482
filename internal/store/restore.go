package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// RestoreOptions say how a backup is restored.
type RestoreOptions struct {
	Replace  bool                           // what the database holds is lost
	Progress func(table string, rows int64) // is told how far it is; may be nil
}

const (
	// restoreGap is more changes than can have been made between a backup and its restore: a month of the
	// most that one database commits. A revision has 40 bits: there is room for 4096 restores.
	restoreGap = 1 << 28
	// maxRevision is the last that the audit id of a token has room for.
	maxRevision = 1<<40 - 1
)

// Restore fills the database with the rows of a backup in one transaction, and returns the
// revision that it then has. A backup with an older schema is brought up to date in a copy; a
// database that was never migrated is migrated first.
//
// The revision is later than any that the database or the one that was backed up can have had,
// and the change log begins anew: whoever has seen one of them loads afresh. plan judges the
// sealed keys of the backup before anything is changed, and returns what to add to the
// transaction.
//
// A database that others serve is refused, and one that holds anything, unless it is to be
// replaced. After any error the database is what it was.
func (s *Store) Restore(ctx context.Context, b *Backup, o RestoreOptions, plan func(keys []identity.SealedKey) (finish func(tx *Tx) error, err error)) (rev int64, err error) {
	if err := s.readyToRestore(ctx); err != nil {
		return 0, err
	}
	if s.file != "" {
		// Indexes are sorted, and memory must not grow with the cloud.
		if _, err := s.writers.ExecContext(ctx, `PRAGMA temp_store = FILE`); err != nil {
			return 0, s.engine.translate(ctx, err)
		}
	}
	b, done, err := b.upToDate(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, done()) }()
	keys, err := collect(ctx, b.reader(), scanKey, selectKey)
	if err != nil {
		return 0, err
	}
	finish, err := plan(keys)
	if err != nil {
		return 0, err
	}
	err = s.retry(ctx, func() error {
		rev, err = s.once(ctx, true, func(tx *Tx) error {
			if err := tx.restore(ctx, b, o); err != nil {
				return err
			}
			return finish(tx)
		})
		return err
	})
	return rev, err
}

func (s *Store) readyToRestore(ctx context.Context) error {
	if err := s.LockServer(); err != nil {
		return err
	}
	have, want, err := s.Schema(ctx)
	switch {
	case err != nil:
		return err
	case have == 0:
		if err := s.Migrate(ctx); err != nil {
			return err
		}
	case have > want:
		return newerSchema(have, want)
	case s.outdated != nil:
		return s.outdated
	}
	serving, err := s.Serving(ctx)
	if err == nil && len(serving) > 0 {
		err = fmt.Errorf("store: the database is in use by %d lintel servers (%s): stop them first", len(serving), names(serving))
	}
	return err
}

func names(nodes []identity.Node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, strings.TrimSpace(n.Name+" "+n.Address))
	}
	return strings.Join(all, ", ")
}

// Serving lists the servers that have joined and may be alive: that were seen within two leases. A
// process that holds the lock of a SQLite file is none.
func (s *Store) Serving(ctx context.Context) ([]identity.Node, error) {
	nodes, err := s.Nodes(ctx)
	if err != nil || len(nodes) == 0 {
		return nil, err
	}
	now, err := s.DatabaseTime(ctx)
	return slices.DeleteFunc(nodes, func(n identity.Node) bool { return now.Sub(n.SeenAt) > 2*n.Lease+time.Second }), err
}

func (tx *Tx) restore(ctx context.Context, b *Backup, o RestoreOptions) error {
	if tx.d.name == "postgres" {
		// Sorting what the backup holds may take longer than a transaction may be idle.
		if _, err := tx.exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil {
			return err
		}
	}
	if err := tx.empty(ctx, b.tables, o.Replace); err != nil {
		return err
	}
	for _, t := range b.tables {
		if err := tx.restoreTable(ctx, b, t, o.Progress); err != nil {
			return fmt.Errorf("%s, table %s: %w", b.file, t.name, err)
		}
	}
	if err := tx.moveCounters(ctx); err != nil {
		return err
	}
	tx.RaiseRevision(b.Revision + restoreGap)
	if tx.NextRev() > maxRevision {
		return errors.New("the revision would be too large for tokens to carry")
	}
	return nil
}

func (tx *Tx) restoreTable(ctx context.Context, b *Backup, t table, progress func(table string, rows int64)) error {
	text := t.sorted()
	if tx.d.name == "sqlite" {
		text = t.parentsFirst() // it looks at references with each statement
	}
	var rows int64
	var sum string
	fill := func() (err error) {
		rows, sum, err = t.copyRows(ctx, b.reader(), text, tx.reader, progress)
		return err
	}
	large := slices.ContainsFunc(b.Tables, func(of BackupTable) bool { return of.Name == t.name && of.Rows >= rebuildRows })
	var err error
	if large && tx.d.indexes != "" {
		err = tx.withoutIndexes(ctx, t, fill)
	} else {
		err = fill()
	}
	if err == nil && text != t.sorted() {
		rows, sum, err = t.digestRows(ctx, tx.reader) // they did not come in the digest's order
	}
	if err == nil {
		err = b.check(t, rows, sum)
	}
	return err
}

// empty makes sure that there is no row in the way.
func (tx *Tx) empty(ctx context.Context, tables []table, replace bool) error {
	// What a backup leaves out and a restore forgets, each before what it refers to.
	names := []string{"change_log", "login_failure", "portal_session_used", "portal_session", "activity"}
	var holds []string
	for _, t := range slices.Backward(tables) {
		names = append(names, quoted(t.name))
		if replace {
			continue
		}
		n, _, err := first(ctx, tx.reader, scanOne[int64], `SELECT COUNT(*) FROM `+quoted(t.name))
		if err != nil {
			return err
		}
		if n > 0 {
			holds = append(holds, fmt.Sprintf("%s %d", t.name, n))
		}
	}
	if len(holds) > 0 {
		return &NotEmptyError{Holds: strings.Join(holds, ", ")}
	}
	return tx.wipe(ctx, names)
}

// wipe deletes all rows of tables, each of which comes before those that it refers to.
func (tx *Tx) wipe(ctx context.Context, names []string) error {
	atOnce := tx.d.mayTruncate != ""
	for i := 0; atOnce && i < len(names); i++ {
		var err error
		if atOnce, _, err = first(ctx, tx.reader, scanOne[bool], tx.d.mayTruncate, names[i]); err != nil {
			return err
		}
	}
	if atOnce { // and without a look at who refers to each row
		_, err := tx.exec(ctx, `TRUNCATE `+strings.Join(names, ", "))
		return err
	}
	for _, name := range names {
		if _, err := tx.exec(ctx, `DELETE FROM `+name); err != nil {
			return err
		}
	}
	return nil
}

// NotEmptyError says what a database holds that a restore would lose: names of tables with
// numbers of rows.
type NotEmptyError struct{ Holds string }

func (e *NotEmptyError) Error() string { return "the database is not empty: " + e.Holds }

// moveCounters makes PostgreSQL count on after the rows that came with a number of their own.
// Counters are in no transaction, so they only move on. SQLite looks at the rows by itself.
func (tx *Tx) moveCounters(ctx context.Context) error {
	if tx.d.name != "postgres" {
		return nil
	}
	_, err := tx.exec(ctx, `SELECT setval(s.name, GREATEST(nextval(s.name), (SELECT COALESCE(MAX(seq), 0) FROM password)))
		FROM (SELECT pg_get_serial_sequence('password', 'seq') AS name) s`)
	return err
}

// upToDate returns a backup with the schema that this binary knows, and what to do with it at
// the end: itself, or a copy that was migrated.
func (b *Backup) upToDate(ctx context.Context) (current *Backup, done func() error, err error) {
	known, err := latest("sqlite")
	if err != nil || b.Schema == known {
		return b, func() error { return nil }, err
	}
	dir, err := os.MkdirTemp("", "lintel-restore-") // for its owner only
	if err != nil {
		return nil, nil, fmt.Errorf("store: %w", err)
	}
	current, err = b.migrated(ctx, filepath.Join(dir, "copy.db"), known)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return current, func() error { return errors.Join(current.Close(), os.RemoveAll(dir)) }, nil
}

// migrated copies a backup to a new file and brings that up to a version of the schema.
func (b *Backup) migrated(ctx context.Context, file string, version int64) (*Backup, error) {
	db, err := newSQLite(ctx, thrownAway(file), b.Schema)
	if err != nil {
		return nil, err
	}
	copied := &Backup{file: b.file, db: db, BackupInfo: b.BackupInfo}
	copied.Schema, copied.Tables = version, nil
	err = fill(ctx, db, func(to reader) error {
		for _, t := range b.tables {
			rows, sum, err := t.copyRows(ctx, b.reader(), t.sorted(), to, nil)
			if err == nil {
				err = b.check(t, rows, sum)
			}
			if err != nil {
				return fmt.Errorf("store: %s, table %s: %w", b.file, t.name, err)
			}
		}
		return nil
	})
	if err == nil {
		err = migrateSQLite(ctx, db, version)
	}
	if err == nil {
		err = copied.digestAll(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return copied, nil
}

// digestAll looks at what there is.
func (b *Backup) digestAll(ctx context.Context) (err error) {
	if b.tables, err = tablesOf(ctx, b.reader()); err != nil {
		return err
	}
	for _, t := range b.tables {
		rows, sum, err := t.digestRows(ctx, b.reader())
		if err != nil {
			return err
		}
		b.Tables = append(b.Tables, BackupTable{t.name, rows, sum})
	}
	return nil
}
