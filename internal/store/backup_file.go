package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// backupFormat is the version of the two tables below.
const backupFormat = 1

// backupTables say what a backup is of. sha256 is of everything else that they say.
const backupTables = `CREATE TABLE backup (
    format   BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    engine   TEXT   NOT NULL,
    version  TEXT   NOT NULL,
    schema   BIGINT NOT NULL,
    sha256   TEXT   NOT NULL
);
CREATE TABLE backup_table (
    name   TEXT   NOT NULL PRIMARY KEY,
    rows   BIGINT NOT NULL,
    sha256 TEXT   NOT NULL
) WITHOUT ROWID`

// BackupInfo is what a backup says of itself.
type BackupInfo struct {
	Revision int64
	TakenAt  time.Time
	Engine   string // it was taken from
	Version  string // of the lintel that took it
	Schema   int64
	Tables   []BackupTable // in order of name
}

// BackupTable is a table of a backup. SHA256 is the hexadecimal digest of its rows in the order
// of their key, the same whatever engine they are on.
type BackupTable struct {
	Name   string
	Rows   int64
	SHA256 string
}

// sum is the digest of all that a backup says of itself.
func (b *BackupInfo) sum() string {
	text := fmt.Sprintf("%d %d %d %q %q %d", backupFormat, b.Revision, b.TakenAt.UnixMicro(), b.Engine, b.Version, b.Schema)
	for _, t := range b.Tables {
		text += fmt.Sprintf("\n%q %d %q", t.Name, t.Rows, t.SHA256)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

func (b *BackupInfo) write(ctx context.Context, r reader) error {
	_, err := r.q.ExecContext(ctx, r.d.bind(`UPDATE revision SET rev = $1, log_from = $1 WHERE id = 1`), b.Revision)
	if err != nil {
		return r.d.translate(ctx, err)
	}
	_, err = r.q.ExecContext(ctx, r.d.bind(`INSERT INTO backup (format, revision, taken_at, engine, version, schema, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)`),
		backupFormat, b.Revision, b.TakenAt.UnixMicro(), b.Engine, b.Version, b.Schema, b.sum())
	for _, t := range b.Tables {
		if err == nil {
			_, err = r.q.ExecContext(ctx, r.d.bind(`INSERT INTO backup_table (name, rows, sha256) VALUES ($1, $2, $3)`), t.Name, t.Rows, t.SHA256)
		}
	}
	return r.d.translate(ctx, err)
}

// Backup is an open backup.
type Backup struct {
	BackupInfo
	file   string
	db     *sql.DB
	tables []table // each after those that it refers to
}

// OpenBackup opens a file that Store.Backup wrote. It refuses one that is something else, whose
// schema is not the one this binary knows by that version, or whose words about itself were
// altered; for its rows see Verify. Close it after use.
func OpenBackup(ctx context.Context, file string) (*Backup, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if info, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("store: %s is not a file", file)
	}
	// immutable: nothing is written beside the file, not even a lock.
	db, err := sqlitePool(file, 1, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": {"trusted_schema(OFF)", "cell_size_check(ON)"}, "_query_only": {"1"}})
	if err != nil {
		return nil, err
	}
	b := &Backup{file: file, db: db}
	if err := b.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %s %w", file, err), db.Close())
	}
	return b, nil
}

// Close closes the file.
func (b *Backup) Close() error { return b.db.Close() }

func (b *Backup) reader() reader { return reader{q: b.db, d: sqliteDialect()} }

// open fails with words that go on from the file's name.
func (b *Backup) open(ctx context.Context) error {
	r := b.reader()
	marked, err := collect(ctx, r, scanOne[string], `SELECT name FROM sqlite_master WHERE name IN ('backup', 'backup_table')`)
	if err != nil {
		return fmt.Errorf("cannot be read, or is damaged: %w", err)
	}
	if len(marked) != 2 {
		return errors.New("is no backup made by lintel backup")
	}
	if err := b.readInfo(ctx, r); err != nil {
		return err
	}
	b.tables, err = b.checkSchema(ctx, r)
	return err
}

// Verify reads all of the backup: the pages of the file, the references between rows, and each
// table's rows against their digest.
func (b *Backup) Verify(ctx context.Context) error {
	if err := b.verify(ctx, b.reader()); err != nil {
		return fmt.Errorf("store: %s %w", b.file, err)
	}
	return nil
}

func (b *Backup) verify(ctx context.Context, r reader) error {
	faults, err := collect(ctx, r, scanOne[string], `PRAGMA integrity_check(1)`)
	if err != nil || len(faults) != 1 || faults[0] != "ok" {
		return damaged(err, "%s", strings.Join(faults, "; "))
	}
	dangling, err := collect(ctx, r, scanOne[string], `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`)
	if err != nil || len(dangling) > 0 {
		return damaged(err, "rows are missing that %s refers to", strings.Join(dangling, ""))
	}
	return b.checkRows(ctx, r)
}

func (b *Backup) readInfo(ctx context.Context, r reader) error {
	var format, taken int64
	var sum string
	rows, err := collect(ctx, r, func(row scanner) (i BackupInfo, err error) {
		err = row.Scan(&format, &i.Revision, &taken, &i.Engine, &i.Version, &i.Schema, &sum)
		i.TakenAt = time.UnixMicro(taken).UTC()
		return i, err
	}, `SELECT format, revision, taken_at, engine, version, schema, sha256 FROM backup`)
	if err != nil || len(rows) != 1 {
		return damaged(err, "it does not say what it is of")
	}
	b.BackupInfo = rows[0]
	if format != backupFormat {
		return fmt.Errorf("has format %d, this lintel knows %d: use the lintel %s that made it", format, backupFormat, b.Version)
	}
	b.Tables, err = collect(ctx, r, func(row scanner) (t BackupTable, err error) {
		err = row.Scan(&t.Name, &t.Rows, &t.SHA256)
		return t, err
	}, `SELECT name, rows, sha256 FROM backup_table ORDER BY name`)
	if err != nil || b.sum() != sum {
		return damaged(err, "what it says of itself was altered")
	}
	return nil
}

// damaged goes on from the file's name; err may be nil.
func damaged(err error, format string, args ...any) error {
	text := "is damaged: " + fmt.Sprintf(format, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return errors.New(text)
}

// checkSchema compares the schema with that of a database made now, so that nothing but our
// tables is ever read. It returns the tables.
func (b *Backup) checkSchema(ctx context.Context, r reader) ([]table, error) {
	known, err := latest("sqlite")
	if err != nil {
		return nil, err
	}
	if b.Schema > known {
		return nil, fmt.Errorf("has schema version %d, this lintel knows versions up to %d: use the lintel %s that made it", b.Schema, known, b.Version)
	}
	made, err := newSQLite(ctx, ":memory:", b.Schema)
	if err != nil {
		return nil, err
	}
	defer func() { _ = made.Close() }() // it was never written down
	model := reader{q: made, d: r.d}
	want, err := schemaText(ctx, model)
	if err != nil {
		return nil, err
	}
	have, err := schemaText(ctx, r)
	if err != nil || have != want {
		return nil, damaged(err, "its tables are not those of schema version %d", b.Schema)
	}
	return tablesOf(ctx, model)
}

// newSQLite makes a database with the schema of a version and the tables of a backup.
func newSQLite(ctx context.Context, dsn string, version int64) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(1) // of :memory: each connection would have its own
	if err = migrateSQLite(ctx, db, version); err == nil {
		_, err = db.ExecContext(ctx, backupTables)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), db.Close())
	}
	return db, nil
}

func schemaText(ctx context.Context, r reader) (text string, err error) {
	err = each(ctx, r, func(row scanner) (line string, err error) {
		var kind, name, of string
		var made sql.NullString
		err = row.Scan(&kind, &name, &of, &made)
		return fmt.Sprintf("%q %q %q %q\n", kind, name, of, made.String), err
	}, func(line string) error {
		text += line
		return nil
	}, `SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name`)
	return text, err
}

func (b *Backup) checkRows(ctx context.Context, r reader) error {
	for _, t := range b.tables {
		rows, sum, err := t.digestRows(ctx, r)
		if err == nil {
			err = b.check(t, rows, sum)
		}
		if err != nil {
			return damaged(err, "table %s", t.name)
		}
	}
	if len(b.Tables) != len(b.tables) {
		return damaged(nil, "it names %d tables and has %d", len(b.Tables), len(b.tables))
	}
	if rev, _, err := revision(ctx, r); err != nil || rev != b.Revision {
		return damaged(err, "it is of revision %d and of revision %d", b.Revision, rev)
	}
	return nil
}

// check compares a table's rows with those that the backup was made with.
func (b *BackupInfo) check(t table, rows int64, sum string) error {
	for _, made := range b.Tables {
		if made == (BackupTable{t.name, rows, sum}) {
			return nil
		}
	}
	return fmt.Errorf("its %d rows are not those that the backup was made with", rows)
}
