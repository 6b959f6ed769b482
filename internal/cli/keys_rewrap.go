package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
)

// keysRewrapCmd takes master keys from files alone: arguments can be seen by every user of the
// machine.
type keysRewrapCmd struct {
	configFlag
	New string `help:"File of the new master key; made when it is missing. Without it, the configured one." type:"path" placeholder:"FILE"`
	Old string `help:"File of the old master key. Without it, the configured one." type:"path" placeholder:"FILE"`
}

// Run seals the key ring with the new master key, in one transaction. Running servers go on with
// the keys that they have opened.
func (k keysRewrapCmd) Run(p Process) error {
	cfg, err := k.load(p)
	if err != nil {
		return err
	}
	if k.New == "" && k.Old == "" {
		return errors.New("name the file of the new master key\n  run: lintel keys rewrap --new FILE")
	}
	if err := ensureMasterKey(p, k.New); err != nil {
		return err
	}
	from, err := masterKey(cfg, k.Old)
	if err != nil {
		return err
	}
	to, err := masterKey(cfg, k.New)
	if err != nil {
		return err
	}
	if from == to {
		return errors.New("the old and the new master key are the same")
	}
	return withCore(p, cfg, false, func(ctx context.Context, c *core.Core) error {
		n, err := c.RewrapKeys(ctx, from, to)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err = fmt.Fprintln(p.Out, "The keys are sealed with the new master key already; nothing was changed.")
			return err
		}
		_, err = fmt.Fprintf(p.Out, "Sealed %d keys with the new master key; the old one opens none of them.\n"+
			"  next: configure the new one on every node, and restart each server before the next rotation; until then running ones go on\n"+
			"  keep: the old one as long as there are backups that were made before\n", n)
		return err
	})
}

// masterKey reads a file, or else the configured master key.
func masterKey(cfg *config.Config, file string) ([32]byte, error) {
	if file == "" {
		return cfg.Keys.MasterKey()
	}
	return config.Keys{MasterKeyFile: file}.MasterKey()
}
