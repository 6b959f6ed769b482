package server

import (
	"context"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
)

// Restore fills the configured database with a backup and returns the database's new revision;
// see core.Restore for what it changes and refuses.
func Restore(ctx context.Context, cfg *config.Config, st *store.Store, b *store.Backup, o store.RestoreOptions) (rev int64, err error) {
	key, err := cfg.Keys.MasterKey()
	if err != nil {
		return 0, err
	}
	r := core.Restore{Store: st, Backup: b, Master: token.MasterKeyFromBytes(key), Methods: token.Methods(cfg.Keys.KeystoneAuthMethods), Now: time.Now, Options: o}
	return r.Run(ctx)
}

// CheckKeys fails when the configured master key does not open the keys of a ring, or the keys of the configured
// Keystone cannot be read.
func CheckKeys(cfg *config.Config, keys []identity.SealedKey) error {
	var c core.Core
	if err := openSecrets(cfg, &c); err != nil {
		return err
	}
	_, err := token.NewRing(c.Master, keys, c.Keystone, token.Methods(cfg.Keys.KeystoneAuthMethods))
	return err
}
