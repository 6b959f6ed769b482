package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// A follower within the log's reach catches up after a prune; one beyond it is told to load.
func TestPruneKeepsTheLogThatIsYoungOrShort(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, "sqlite://"+filepath.Join(t.TempDir(), "l.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := s.Update(ctx, func(tx *Tx) error {
			if err := tx.PutKey(ctx, &identity.SealedKey{ID: "a"}); err != nil {
				return err
			}
			return tx.PutKey(ctx, &identity.SealedKey{ID: "b"})
		}); err != nil {
			t.Fatal(err)
		}
	}
	// The log has 10 rows, 2 for each revision. logRows 3 keeps revision 4, part of which is needed.
	for _, step := range []struct {
		rows    int64
		after   time.Duration
		reaches int64 // the lowest revision that can still catch up
	}{
		{1_000_000, 25 * time.Hour, 0}, // old, but short
		{3, 23 * time.Hour, 0},         // long, but young
		{3, 25 * time.Hour, 3},
		{1, 25 * time.Hour, 4},
	} {
		s.logRows = step.rows
		if err := s.Prune(ctx, time.Now().Add(step.after)); err != nil {
			t.Fatal(err)
		}
		for since := range int64(6) {
			_, err := s.Changes(ctx, since, func(identity.Change) error { return nil })
			if gap := errors.Is(err, identity.ErrChangeGap); gap != (since < step.reaches) || (!gap && err != nil) {
				t.Errorf("%+v: changes since %d: %v", step, since, err)
			}
		}
	}
}
