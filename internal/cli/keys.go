package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
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
	Rewrap keysRewrapCmd `cmd:"" help:"Seal the keys with another master key."`
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
	Secrets      *int                `json:"secrets"` // that it has sealed, of a credential key
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
		sealed, err := c.Store.CountSealed(ctx)
		if err != nil {
			return err
		}
		rows := keyRows(keys, sealed)
		if k.JSON {
			return json.MarshalWrite(p.Out, rows, jsontext.Multiline(true))
		}
		if err := printKeys(p.Out, rows); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Out, "\nThe token key rotates every %s; at most %d token keys are kept, which covers every living token.\n",
			c.Settings.KeyRotation, c.Settings.MaxActiveKeys)
		return err
	})
}

func printKeys(out io.Writer, rows []keyRow) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PURPOSE\tSTATE\tID\tCREATED\tPRIMARY SINCE\tRETIRED\tSECRETS")
	for _, r := range rows {
		secrets := "-"
		if r.Secrets != nil {
			secrets = strconv.Itoa(*r.Secrets)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Purpose, r.State, r.ID, r.CreatedAt, orDash(r.PrimarySince), orDash(r.RetiredAt), secrets)
	}
	return w.Flush()
}

// keyRows are the keys, and how many secrets each credential key has sealed.
func keyRows(keys []identity.SealedKey, sealed map[string]int) []keyRow {
	rows := []keyRow{}
	for _, k := range keys {
		row := keyRow{k.Purpose, k.ID, k.State, k.CreatedAt.UTC().Format(time.RFC3339), timeText(k.PrimaryAt), timeText(k.RetiredAt), nil}
		if n := sealed[k.ID]; k.Purpose == identity.CredentialKeys {
			row.Secrets = &n
		}
		rows = append(rows, row)
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
	EndAllTokens bool `xor:"what" help:"Drop all other token keys too, which ends every token: after a leak, or when the database was restored by other means than lintel restore."`
	Credentials  bool `xor:"what" help:"Rotate the key of credentials instead, and seal all secrets anew."`
}

// Run rotates the token keys. Running servers follow within their poll interval; the staged
// key has been known to them since the last rotation, so no token is refused.
func (k keysRotateCmd) Run(p Process) error {
	cfg, err := k.load(p)
	if err != nil {
		return err
	}
	return withCore(p, cfg, false, func(ctx context.Context, c *core.Core) error {
		if k.Credentials {
			return rotateCredentials(ctx, p, c)
		}
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

// rotateCredentials rotates the key of credentials and does the first pass of sealing anew. What
// ends it ends nothing: a server goes on, and so does the same command.
func rotateCredentials(ctx context.Context, p Process, c *core.Core) error {
	if err := c.RotateCredentialKeys(ctx); err != nil {
		return err
	}
	did, err := c.Reseal(ctx)
	if err != nil {
		return fmt.Errorf("the key was rotated, and %d secrets are sealed anew; a server does the rest: %w", did.Rows, err)
	}
	if did.Damaged > 0 {
		fmt.Fprintf(p.Err, "lintel: warning: %d secrets cannot be opened; they stay as they are, and so does their key\n", did.Damaged)
	}
	_, err = fmt.Fprintf(p.Out, "Rotated the key of credentials and sealed %d secrets anew. A server drops the old key in a minute or two.\n  look: lintel keys status\n", did.Rows)
	return err
}
