package store

import (
	"context"
	"slices"
)

// rebuildRows is from how many rows on it takes less time to make a table's indexes, and to look at its references, when the
// rows are there than with each row.
const rebuildRows = 1000

// postgresIndexes finds how the references from and to a table, its constraints and its indexes are dropped and made. Only
// the owner may do so: to others it tells of none.
const postgresIndexes = `WITH t AS (SELECT c.oid FROM pg_class c WHERE c.oid = to_regclass($1) AND pg_has_role(c.relowner, 'USAGE'))
	SELECT gone, made FROM (
		SELECT CASE contype WHEN 'f' THEN 1 ELSE 2 END AS turn, format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS gone,
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid)) AS made
		FROM pg_constraint k, t WHERE contype = 'f' AND t.oid IN (conrelid, confrelid) OR contype IN ('p', 'u') AND t.oid = conrelid
		UNION ALL SELECT 3, format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
		FROM pg_index i, t WHERE indrelid = t.oid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)) all_of_it
	ORDER BY turn, gone`

// sqliteIndexes is the same of the indexes that are not part of the table.
const sqliteIndexes = `SELECT 'DROP INDEX "' || name || '"', sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND '"' || tbl_name || '"' = $1 ORDER BY name`

// withoutIndexes has fill write the rows of an empty table while it has no indexes.
func (tx *Tx) withoutIndexes(ctx context.Context, t table, fill func() error) error {
	type index struct{ gone, made string }
	indexes, err := collect(ctx, tx.reader, func(row scanner) (i index, err error) {
		err = row.Scan(&i.gone, &i.made)
		return i, err
	}, tx.d.indexes, quoted(t.name))
	if err != nil {
		return err
	}
	for _, i := range indexes {
		if _, err := tx.exec(ctx, i.gone); err != nil {
			return err
		}
	}
	if err := fill(); err != nil {
		return err
	}
	for _, i := range slices.Backward(indexes) {
		if _, err := tx.exec(ctx, i.made); err != nil {
			return err
		}
	}
	return nil
}
