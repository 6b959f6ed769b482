package core

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/lintel-id/lintel/internal/auth/ec2"
	"github.com/lintel-id/lintel/internal/auth/password"
	"github.com/lintel-id/lintel/internal/cluster"
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
	Barrier   *cluster.Barrier
	Node      *store.Member // nil where this process is no server
	Policy    *policy.Engine
	Passwords *password.Hasher
	Master    token.MasterKey
	Keystone  []fernet.Key // of a Keystone whose tokens are accepted; may be empty
	Settings  Settings
	Now       func() time.Time
	Log       *slog.Logger
	Writing   chan struct{} // of capacity 1: holds a value while this process writes

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

	Strict bool          // each decision asks the database whether it knows the newest revision
	Grace  time.Duration // how much longer than its lease a model may decide while the database cannot be reached
}

// Separate says whether the users of a domain have a second password for the APIs.
func (s *Settings) Separate(d identity.DomainID) bool {
	return s.SeparatePasswords != nil && s.SeparatePasswords(d)
}

// LongestLife is the longest time any token can live.
func (s *Settings) LongestLife() time.Duration {
	return max(s.ApplicationCredentialLife, s.PasswordLife, s.EC2Life, s.DefaultLife, s.V2Life)
}

// How long a request waits for the database before it is told to come again.
const (
	readThrough = 300 * time.Millisecond // its lease has run out, or each decision is to be confirmed
	waitForRev  = time.Second            // it names a revision, or its token does
)

// behind says that a token was minted at a revision that this node has not seen yet. It is what to answer where the
// database has none such: it has been restored, and the token comes from another past.
type behind struct {
	error
	rev int64
}

func (b behind) Unwrap() error { return b.error }

// decide evaluates f on the newest snapshot and returns its verdict if the snapshot was still
// fresh afterwards. If not it reads through once; without an answer from the database nobody
// is let in (reliability: the lease), but for the grace that the operator may have given.
func (c *Core) decide(ctx context.Context, f func(*snapshot.Snapshot) error) error {
	if c.Settings.Strict {
		if err := c.confirm(ctx); err != nil {
			return err
		}
	}
	for attempt := 0; ; attempt++ {
		s := c.Live.Current()
		err := f(s)
		if b, ok := err.(behind); ok && attempt == 0 { //nolint:errorlint // open returns it as it is, and this is the hot path
			err := c.AtLeast(ctx, b.rev)
			if errors.Is(err, snapshot.ErrPast) {
				return b.error
			}
			if err != nil {
				return err
			}
			continue
		}
		if s.Fresh(c.Now()) {
			return err
		}
		if attempt > 0 {
			return stale(nil)
		}
		if broken := c.renew(ctx); broken != nil {
			if c.Settings.Grace > 0 && s.FreshWithin(c.Now(), c.Settings.Grace) {
				return err
			}
			return broken
		}
	}
}

// fresh returns a snapshot that may be trusted now, for reads that decide nothing.
func (c *Core) fresh(ctx context.Context) (*snapshot.Snapshot, error) {
	if s := c.Live.Current(); s.Fresh(c.Now()) {
		return s, nil
	}
	if err := c.renew(ctx); err != nil {
		return nil, err
	}
	return c.Live.Current(), nil
}

// named finds what a login names, on a snapshot that may be trusted now. What this node has not, another may have made a
// moment ago: then the newest snapshot is asked for, once for all who wait. Without an answer it is nil, as far as is known.
func named[T any](ctx context.Context, c *Core, find func(*snapshot.Snapshot) *T) (*snapshot.Snapshot, *T, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, nil, err
	}
	found := find(s)
	if found == nil && c.confirm(ctx) == nil {
		s = c.Live.Current()
		found = find(s)
	}
	return s, found, nil
}

func (c *Core) renew(ctx context.Context) error { return within(ctx, readThrough, c.Live.Renew) }

func (c *Core) confirm(ctx context.Context) error { return within(ctx, readThrough, c.Live.Confirm) }

// within runs a wait for the database that ends after span. Its errors are Unavailable.
func within(ctx context.Context, span time.Duration, wait func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, span)
	defer cancel()
	if err := wait(ctx); err != nil {
		return stale(err)
	}
	return nil
}

// AtLeast returns once this node answers from a revision or a later one. Unavailable when it
// does not get there in a second, or (with snapshot.ErrPast) when the database has no such revision.
func (c *Core) AtLeast(ctx context.Context, rev int64) error {
	return within(ctx, waitForRev, func(ctx context.Context) error { return c.Live.WaitFor(ctx, rev) })
}

// RevHeader is the revision this node answers from, as the value of a header.
func (c *Core) RevHeader() []string { return c.Live.Current().RevHeader() }

func stale(cause error) error {
	return identity.Busy("The identity database cannot be reached. Try again shortly.", cause, time.Second)
}

// listed turns rows into the pointers that the model and the faces use.
func listed[T any](rows []T, err error) ([]*T, error) {
	out := make([]*T, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	return out, err
}
