package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// querier is what a transaction and a pool of connections both are.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanner is a row of an answer: of database/sql, or of pgx.
type scanner interface {
	Scan(dest ...any) error
}

// reader asks: of the pool (in a Store), or of a transaction (in a Tx). Statements name their
// parameters $1, $2, ...
type reader struct {
	q querier
	d dialect
}

// each runs a query and hands every row it finds to do.
func each[T any](ctx context.Context, r reader, scan func(scanner) (T, error), do func(T) error, text string, args ...any) (err error) {
	rows, err := r.q.QueryContext(ctx, r.d.bind(text), args...)
	if err != nil {
		return r.d.translate(ctx, err)
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = r.d.translate(ctx, closing)
		}
	}()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return r.d.translate(ctx, err)
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return r.d.translate(ctx, rows.Err())
}

// collect returns all rows that a query finds.
func collect[T any](ctx context.Context, r reader, scan func(scanner) (T, error), text string, args ...any) ([]T, error) {
	var all []T
	err := each(ctx, r, scan, func(v T) error {
		all = append(all, v)
		return nil
	}, text, args...)
	return all, err
}

// first returns the first row that a query finds, and whether there is one.
func first[T any](ctx context.Context, r reader, scan func(scanner) (T, error), text string, args ...any) (v T, found bool, err error) {
	all, err := collect(ctx, r, scan, text, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	return all[0], true, nil
}

// scanOne scans a row of one column.
func scanOne[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// where gathers the conditions of a list and their values. Conditions are constants of this
// package with a ? for each value; nothing a client sent becomes SQL.
type where struct {
	conditions []string
	args       []any
	limit      int
}

func (w *where) add(condition string, args ...any) {
	for _, arg := range args {
		w.args = append(w.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// equal compares a column unless value is empty.
func equal[S ~string](w *where, column string, value S) {
	if value != "" {
		w.add(column+" = ?", string(value))
	}
}

// flag compares a boolean column unless value is nil.
func (w *where) flag(column string, value *bool) {
	if value != nil {
		w.add(column+" = ?", *value)
	}
}

// times compares a column of micros with each filter. No time at all is in no filter.
func (w *where) times(column string, filters []identity.TimeFilter) error {
	operators := map[identity.TimeOrder]string{identity.Before: "<", identity.NotAfter: "<=", identity.After: ">",
		identity.NotBefore: ">=", identity.AtTime: "=", identity.AtOtherTime: "<>"}
	for _, f := range filters {
		operator, ok := operators[f.Order]
		if !ok {
			return identity.Invalidf("Times cannot be compared by %q.", f.Order)
		}
		w.add(column+" <> 0 AND "+column+" "+operator+" ?", micros(f.Time))
	}
	return nil
}

// tags adds a condition on a set of tags, unless it is empty: % stands for the tags and, if
// counted, a last ? for how many they are.
func (w *where) tags(tags []string, condition string, counted bool) {
	if len(tags) == 0 {
		return
	}
	var args []any
	for _, tag := range slices.Compact(slices.Sorted(slices.Values(tags))) {
		args = append(args, tag)
	}
	condition = strings.Replace(condition, "%", strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", "), 1)
	if counted {
		args = append(args, len(args))
	}
	w.add(condition, args...)
}

// text adds the inexact filters, which may be on the given columns only.
func (w *where) text(filters []identity.TextFilter, columns ...string) error {
	for _, f := range filters {
		i := slices.Index(columns, f.Attribute)
		if i < 0 {
			return identity.Invalidf("The list cannot be filtered by %q.", f.Attribute)
		}
		column, value := columns[i], f.Value
		if f.Fold {
			column, value = "lower("+column+")", identity.FoldASCII(value) // which is all that lower() folds, on both engines here
		}
		pattern := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(value)
		if f.Match != identity.StartsWith {
			pattern = "%" + pattern
		}
		if f.Match != identity.EndsWith {
			pattern += "%"
		}
		w.add(column+` LIKE ? ESCAPE '\'`, pattern)
	}
	return nil
}

func (w *where) page(p identity.Page) {
	if p.Marker != "" {
		w.add("id > ?", p.Marker)
	}
	w.limit = p.Limit
}

// sql returns the clauses from WHERE on, in ascending order of the given columns.
func (w *where) sql(order string) string {
	var b strings.Builder
	if len(w.conditions) > 0 {
		b.WriteString(" WHERE " + strings.Join(w.conditions, " AND "))
	}
	b.WriteString(" ORDER BY " + order)
	if w.limit > 0 {
		b.WriteString(" LIMIT " + strconv.Itoa(w.limit))
	}
	return b.String()
}
