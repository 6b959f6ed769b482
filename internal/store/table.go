package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
)

// table is a table whose rows a backup keeps, as a SQLite schema tells it. PostgreSQL has the
// same tables and columns.
type table struct {
	name    string
	columns []column
	key     []string // names of the columns that order the rows: the primary key, or all
	parent  string   // the column that refers to the table's own id; "" for none
	refers  []string // other tables that must have their rows first
}

type column struct{ name, kind string }

// notKept are the tables that a backup leaves out, and why.
func notKept() map[string]string {
	return map[string]string{
		"revision":            "a restore goes on with a later revision, made from the one the backup names",
		"change_log":          "nobody follows it over a restore: everybody loads afresh",
		"login_failure":       "who was locked out then need not be locked out now",
		"portal_session":      "a restore ends every session",
		"portal_session_used": "a restore ends every session",
		"activity":            "it is about the database's own last weeks",
		"node":                "who served the database then does not serve it now",
		"compatibility":       "it is about the schema",
		"goose_db_version":    "a database knows by itself which migrations it has had",
		"backup":              "it is about the backup",
		"backup_table":        "it is about the backup",
	}
}

// tablesOf reads the tables of a SQLite schema that a backup keeps, each after those that it
// refers to.
func tablesOf(ctx context.Context, r reader) ([]table, error) {
	names, err := collect(ctx, r, scanOne[string], `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	var tables []table
	for _, name := range names {
		if notKept()[name] != "" {
			continue
		}
		t, err := tableOf(ctx, r, name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return inOrder(tables)
}

func tableOf(ctx context.Context, r reader, name string) (table, error) {
	t := table{name: name}
	type keyed struct {
		column
		place int // in the primary key, from 1; 0: not in it
	}
	columns, err := collect(ctx, r, func(row scanner) (k keyed, err error) {
		err = row.Scan(&k.name, &k.kind, &k.place)
		return k, err
	}, `SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid`, name)
	if err != nil {
		return t, err
	}
	for _, k := range columns {
		t.columns = append(t.columns, k.column)
	}
	slices.SortStableFunc(columns, func(a, b keyed) int { return a.place - b.place })
	for _, k := range columns {
		if k.place > 0 || columns[len(columns)-1].place == 0 {
			t.key = append(t.key, k.name)
		}
	}
	type reference struct{ to, from string }
	references, err := collect(ctx, r, func(row scanner) (f reference, err error) {
		err = row.Scan(&f.to, &f.from)
		return f, err
	}, `SELECT "table", "from" FROM pragma_foreign_key_list($1)`, name)
	for _, f := range references {
		if f.to == name {
			t.parent = f.from
		} else {
			t.refers = append(t.refers, f.to)
		}
	}
	return t, err
}

// inOrder puts each table after those that it refers to.
func inOrder(tables []table) ([]table, error) {
	var done []table
	has := map[string]bool{}
	for len(done) < len(tables) {
		before := len(done)
		for _, t := range tables {
			if !has[t.name] && !slices.ContainsFunc(t.refers, func(to string) bool { return !has[to] }) {
				has[t.name], done = true, append(done, t)
			}
		}
		if len(done) == before {
			return nil, fmt.Errorf("store: tables refer to each other in a circle, or to none of %d others", len(tables))
		}
	}
	return done, nil
}

func quoted(name string) string { return `"` + name + `"` }

func quotedList(prefix string, names []string, suffix string) string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+quoted(name)+suffix)
	}
	return strings.Join(all, ", ")
}

func (t table) columnNames() (names []string) {
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}

// sorted selects all rows in an order that is the same on both engines.
func (t table) sorted() string {
	nulls := ""
	if len(t.key) == len(t.columns) {
		nulls = " NULLS FIRST" // there may be some; asked of a primary key, it would keep PostgreSQL from using the index
	}
	return `SELECT ` + quotedList("", t.columnNames(), "") + ` FROM ` + quoted(t.name) + ` ORDER BY ` + quotedList("", t.key, nulls)
}

// parentsFirst selects all rows so that a row's parent comes before it.
func (t table) parentsFirst() string {
	if t.parent == "" {
		return t.sorted()
	}
	return `WITH RECURSIVE tree (id, depth) AS (SELECT id, 0 FROM ` + quoted(t.name) + ` WHERE ` + quoted(t.parent) + ` IS NULL
		UNION ALL SELECT c.id, tree.depth + 1 FROM tree JOIN ` + quoted(t.name) + ` c ON c.` + quoted(t.parent) + ` = tree.id)
		SELECT ` + quotedList("t.", t.columnNames(), "") + ` FROM tree JOIN ` + quoted(t.name) + ` t ON t.id = tree.id ORDER BY tree.depth, t.id`
}

// each hands every row that a select of all columns finds to do, which may not keep it.
func (t table) each(ctx context.Context, r reader, text string, do func(row []any) error) error {
	values, places := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		places[i] = &values[i]
	}
	return each(ctx, r, func(rows scanner) ([]any, error) {
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		for i, c := range t.columns {
			var ok bool
			if values[i], ok = c.value(values[i]); !ok {
				return nil, fmt.Errorf("%s.%s holds something that is no %s", t.name, c.name, c.kind)
			}
		}
		return values, nil
	}, do, text)
}

// value is what a driver read, as the same type on both engines.
func (c column) value(v any) (any, bool) {
	if v == nil {
		return nil, true
	}
	switch c.kind {
	case "TEXT":
		_, ok := v.(string)
		return v, ok
	case "BIGINT", "INTEGER":
		_, ok := v.(int64)
		return v, ok
	case "BLOB":
		b, ok := v.([]byte)
		return blob(b), ok
	case "BOOLEAN":
		if n, number := v.(int64); number && n>>1 == 0 {
			return n == 1, true
		}
		_, ok := v.(bool)
		return v, ok
	}
	return nil, false
}

// digest is of the rows of a table in their order.
type digest struct {
	hash hash.Hash
	row  []byte
}

func newDigest() *digest { return &digest{hash: sha256.New()} }

// add writes each value as its type, its length where that differs, and its bytes.
func (d *digest) add(row []any) {
	d.row = d.row[:0]
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			d.row = append(d.row, 'n')
		case bool:
			d.row = strconv.AppendBool(append(d.row, 'b'), v)
		case int64:
			d.row = binary.BigEndian.AppendUint64(append(d.row, 'i'), uint64(v))
		case string:
			d.row = append(binary.AppendUvarint(append(d.row, 't'), uint64(len(v))), v...)
		case []byte:
			d.row = append(binary.AppendUvarint(append(d.row, 'x'), uint64(len(v))), v...)
		}
	}
	d.hash.Write(d.row)
}

func (d *digest) sum() string { return fmt.Sprintf("%x", d.hash.Sum(nil)) }

// rowsPerInsert makes a statement worth its way and keeps its parameters within limits.
const rowsPerInsert = 50

// inserter writes rows to a SQLite file, many with one statement.
type inserter struct {
	t    table
	to   reader
	args []any
	full string // the statement for as many rows as fit
}

func (i *inserter) add(ctx context.Context, row []any) error {
	for _, v := range row {
		if b, ok := v.([]byte); ok {
			v = slices.Clone(b) // the row's bytes are the driver's
		}
		i.args = append(i.args, v)
	}
	if len(i.args) < rowsPerInsert*len(i.t.columns) {
		return nil
	}
	return i.flush(ctx)
}

func (i *inserter) flush(ctx context.Context) error {
	if len(i.args) == 0 {
		return nil
	}
	text := i.full
	if full := len(i.args) == rowsPerInsert*len(i.t.columns); !full || text == "" {
		text = i.t.insert(len(i.args))
		if full {
			i.full = text
		}
	}
	_, err := i.to.q.ExecContext(ctx, text, i.args...)
	i.args = i.args[:0]
	return i.to.d.translate(ctx, err)
}

// insert is the statement for that many values.
func (t table) insert(values int) string {
	var w strings.Builder
	w.WriteString(`INSERT INTO ` + quoted(t.name) + ` (` + quotedList("", t.columnNames(), "") + `) VALUES `)
	for n := range values {
		switch {
		case n == 0:
			w.WriteString("(?")
		case n%len(t.columns) == 0:
			w.WriteString("), (?")
		default:
			w.WriteString(", ?") // the driver looks for each parameter that has a number among all of them
		}
	}
	return w.String() + ")"
}

// copyRows reads the rows of a table with a select of all columns, writes them, and returns how
// many they are and their digest.
func (t table) copyRows(ctx context.Context, from reader, text string, to reader, progress func(table string, rows int64)) (rows int64, sum string, err error) {
	d := newDigest()
	err = t.write(ctx, to, func(add func(row []any) error) error {
		return t.each(ctx, from, text, func(row []any) error {
			d.add(row)
			rows++
			if rows%progressRows == 0 && progress != nil {
				progress(t.name, rows)
			}
			return add(row)
		})
	})
	return rows, d.sum(), err
}

// write writes the rows that read finds.
func (t table) write(ctx context.Context, to reader, read func(add func(row []any) error) error) error {
	if p, ok := to.q.(*pipeline); ok {
		return to.d.translate(ctx, p.copyIn(ctx, t, read))
	}
	in := inserter{t: t, to: to}
	if err := read(func(row []any) error { return in.add(ctx, row) }); err != nil {
		return err
	}
	return in.flush(ctx)
}

const progressRows = 10_000

// digestRows returns how many rows a table has, and their digest.
func (t table) digestRows(ctx context.Context, r reader) (rows int64, sum string, err error) {
	d := newDigest()
	err = t.each(ctx, r, t.sorted(), func(row []any) error {
		d.add(row)
		rows++
		return nil
	})
	return rows, d.sum(), err
}
