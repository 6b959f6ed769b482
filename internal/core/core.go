package core

import (
	"context"
	"log/slog"
	"time"

	"github.com/lintel-id/lintel/internal/auth/ec2"
	"github.com/lintel-id/lintel/internal/auth/password"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// Core is the verbs. Fill it with a literal; all fields without a comment are needed.
type Core struct {
	Store     *store.Store
	Live      *snapshot.Live
	Policy    *policy.Engine
	Passwords *password.Hasher
	Master    token.MasterKey
	Keystone  []fernet.Key // of a Keystone whose tokens are accepted; may be empty
	Settings  Settings
	Now       func() time.Time
	Log       *slog.Logger

	RateLimits RateLimits // may be zero
	Memory     *Memory
}

// Settings are the operator's choices that verbs obey.
type Settings struct {
	Methods token.Methods // the methods there are, in their order in tokens

	ApplicationCredentialLife time.Duration
	PasswordLife              time.Duration
	EC2Life                   time.Duration
	DefaultLife               time.Duration
	V2Life                    time.Duration // 0: PasswordLife
	AllowExpiredWindow        time.Duration
	AllowRescope              bool // of tokens that have a scope

	KeyRotation   time.Duration
	MaxActiveKeys int

	DefaultDomain     identity.DomainID
	SeparatePasswords func(identity.DomainID) bool // domains whose API password is apart from the login password
	MaxPasswordLength int
	Passwords         PasswordRules
	TOTPWindows       int           // passcodes before the current one that are still good
	ReceiptLife       time.Duration // how long the rest of a multi-factor login may take
	LockoutAttempts   int           // 0: no lock-out
	LockoutDuration   time.Duration // 0: until the user is enabled again
	InactiveDays      int           // without a login with a password until a user counts as disabled; 0: never
	ExpireOnLoss      bool          // losing the last role on a project ends its tokens and credentials for good

	ApplicationCredentialLimit int // of a user; < 0: none
	EC2Limit                   int // of a user in a project; < 0: none
	Signatures                 ec2.Rules
	CredentialLimit            int // of a user, EC2 keys too; < 0: none
	V2RequireTenant            bool

	AllowRedelegation bool // of trusts
	MaxRedelegation   int  // the longest chain of redelegated trusts

	RequestTokenLife time.Duration // of OAuth 1.0; 0: for ever
	AccessTokenLife  time.Duration // of OAuth 1.0; 0: for ever

	CertificateMapping identity.MappingID // makes users of client certificates; "": there are none

	LimitModel identity.LimitModel

	HideUnassociated bool // tokens without associated endpoints show none instead of all
}

// separate says whether the users of a domain have a second password for the APIs.
func (s *Settings) separate(d identity.DomainID) bool {
	return s.SeparatePasswords != nil && s.SeparatePasswords(d)
}

// LongestLife is the longest time any token can live.
func (s *Settings) LongestLife() time.Duration {
	return max(s.ApplicationCredentialLife, s.PasswordLife, s.EC2Life, s.DefaultLife, s.V2Life)
}

// readThrough bounds the wait of a request that found the lease run out.
const readThrough = 300 * time.Millisecond

// decide evaluates f on the newest snapshot and returns its verdict if the snapshot was still
// fresh afterwards. If not it reads through once; without an answer from the database nobody
// is let in (reliability: the lease).
func (c *Core) decide(ctx context.Context, f func(*snapshot.Snapshot) error) error {
	for attempt := 0; ; attempt++ {
		s := c.Live.Current()
		err := f(s)
		if s.Fresh(c.Now()) {
			return err
		}
		if attempt > 0 {
			return stale(nil)
		}
		if err := c.refresh(ctx); err != nil {
			return err
		}
	}
}

// fresh returns a snapshot that may be trusted now, for reads that decide nothing.
func (c *Core) fresh(ctx context.Context) (*snapshot.Snapshot, error) {
	if s := c.Live.Current(); s.Fresh(c.Now()) {
		return s, nil
	}
	if err := c.refresh(ctx); err != nil {
		return nil, err
	}
	return c.Live.Current(), nil
}

func (c *Core) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readThrough)
	defer cancel()
	if err := c.Live.Refresh(ctx); err != nil {
		return stale(err)
	}
	return nil
}

func stale(cause error) error {
	return identity.Busy("The identity database cannot be reached. Try again shortly.", cause, time.Second)
}

// write is a model-changing transaction and the state it starts from.
type write struct {
	*store.Tx
	model  *snapshot.Snapshot
	caller identity.Caller // authorised anew on model
}

// update runs f in a transaction that holds the revision: model is exactly the state that f
// changes, and the caller has been authorised on it. It returns when this node's model has
// the change. Nobody gets as far as the transaction.
func (c *Core) update(ctx context.Context, caller identity.Caller, f func(*write) error) error {
	if !caller.Known() {
		return identity.Unauthenticated("no token was given")
	}
	rev, err := c.Store.Update(ctx, func(tx *store.Tx) error {
		if err := c.Live.WaitFor(ctx, tx.Rev()); err != nil {
			return stale(err)
		}
		w := &write{Tx: tx, model: c.Live.Current(), caller: caller}
		if caller.Authorization != nil {
			a, err := c.authorize(w.model, caller.Token, asOf{now: c.Now()})
			if err != nil {
				return err
			}
			w.caller.Authorization = a
		}
		return f(w)
	})
	if err != nil {
		return err
	}
	if err := c.Live.WaitFor(ctx, rev); err != nil {
		return stale(err)
	}
	return nil
}

// listed turns rows into the pointers that the model and the faces use.
func listed[T any](rows []T, err error) ([]*T, error) {
	out := make([]*T, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	return out, err
}
