package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-id/lintel/internal/store"
)

type migrateCmd struct {
	configFlag
	Check bool `help:"Change nothing; fail when there is something to do."`
}

// Run migrates the configured database. On SQLite the server must be stopped meanwhile.
func (m migrateCmd) Run(p Process) (err error) {
	cfg, err := m.load(p)
	if err != nil {
		return err
	}
	ctx := context.Background()
	st, err := store.Open(ctx, cfg.Database.URL.Reveal(), store.Options{Server: !m.Check})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	have, want, err := st.Schema(ctx)
	switch {
	case err != nil:
		return err
	case have == want:
		fmt.Fprintf(p.Out, "The schema is up to date: version %d.\n", have)
		return nil
	case m.Check:
		return fmt.Errorf("the database has schema version %d and this binary needs %d\n  run: lintel migrate", have, want)
	}
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "Migrated the schema from version %d to %d.\n", have, want)
	return nil
}
