package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

type keysCmd struct {
	Status keysStatusCmd `cmd:"" help:"Show the keys and their states."`
	Rotate keysRotateCmd `cmd:"" help:"Make the staged token key primary and stage a new one. The server does this by itself."`
}

type keysStatusCmd struct {
	configFlag
	JSON bool `name:"json" help:"Print JSON."`
}

// keyRow is a key as status prints it. No bytes of it are ever shown.
type keyRow struct {
	Purpose      identity.KeyPurpose `json:"purpose"`
	ID           string              `json:"id"`
	State        identity.KeyState   `json:"state"`
	CreatedAt    string              `json:"created_at"`
	PrimarySince *string             `json:"primary_since"`
	RetiredAt    *string             `json:"retired_at"`
}

// Run prints the key ring.
func (k keysStatusCmd) Run(p Process) error {
	cfg, err := k.load(p)
	if err != nil {
		return err
	}
	return withCore(p, cfg, false, func(ctx context.Context, c *core.Core) error {
		keys, err := c.Keys(ctx)
		if err != nil {
			return err
		}
		if err := c.CheckKeys(); err != nil {
			return err
		}
		rows := keyRows(keys)
		if k.JSON {
			return json.MarshalWrite(p.Out, rows, jsontext.Multiline(true))
		}
		w := tabwriter.NewWriter(p.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PURPOSE\tSTATE\tID\tCREATED\tPRIMARY SINCE\tRETIRED")
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Purpose, r.State, r.ID, r.CreatedAt, orDash(r.PrimarySince), orDash(r.RetiredAt))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Out, "\nThe token key rotates every %s; at most %d token keys are kept, which covers every living token.\n",
			c.Settings.KeyRotation, c.Settings.MaxActiveKeys)
		return err
	})
}

func keyRows(keys []identity.SealedKey) []keyRow {
	rows := []keyRow{}
	for _, k := range keys {
		rows = append(rows, keyRow{k.Purpose, k.ID, k.State, k.CreatedAt.UTC().Format(time.RFC3339), timeText(k.PrimaryAt), timeText(k.RetiredAt)})
	}
	slices.SortFunc(rows, func(a, b keyRow) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return rows
}

func timeText(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

type keysRotateCmd struct {
	configFlag
	EndAllTokens bool `help:"Drop all other token keys too, which ends every token: after a leak, or a restored backup."`
}

// Run rotates the token keys. Running servers follow within their poll interval; the staged
// key has been known to them since the last rotation, so no token is refused.
func (k keysRotateCmd) Run(p Process) error {
	cfg, err := k.load(p)
	if err != nil {
		return err
	}
	return withCore(p, cfg, false, func(ctx context.Context, c *core.Core) error {
		if k.EndAllTokens {
			if err := c.ReplaceTokenKeys(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.Out, "Made new token keys and dropped all others. Every token issued before is void.")
			return err
		}
		if err := c.RotateKeys(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(p.Out, "Rotated the token keys. Tokens issued before stay valid.\n  look: lintel keys status")
		return err
	})
}
