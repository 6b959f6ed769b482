package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lintel-id/lintel/internal/auth/ec2"
	"github.com/lintel-id/lintel/internal/auth/password"
	"github.com/lintel-id/lintel/internal/cluster"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
	"github.com/lintel-id/lintel/internal/ratelimit"
	"github.com/lintel-id/lintel/internal/snapshot"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// CoreOptions say how a process uses the database.
type CoreOptions struct {
	Server    bool     // this is a server: on SQLite the only one, on PostgreSQL a node among others
	Successor bool     // the server before it still runs: on SQLite this one does not serve until that has ended
	Address   string   // of the server
	Version   string   // of the server
	Migrate   bool     // bring the schema up to date first
	Hashing   []string // a command that hashes passwords, as in Options
	Log       *slog.Logger
	Now       func() time.Time // nil: time.Now

	BarrierWaited func(time.Duration) // told how long each write waited for the other nodes; may be nil
}

// OpenCore builds the verbs from a configuration, over an open database with a loaded model.
// Close c.Store when done.
func OpenCore(ctx context.Context, cfg *config.Config, o CoreOptions) (c *core.Core, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	c = &core.Core{Settings: settings(cfg), RateLimits: rateLimits(cfg.RateLimit), Memory: new(core.Memory), Writing: make(chan struct{}, 1), Now: o.Now, Log: o.Log}
	if err := openSecrets(cfg, c); err != nil {
		return nil, err
	}
	if c.Policy, err = OpenPolicy(cfg.Policy); err != nil {
		return nil, err
	}
	if c.Passwords, err = openPasswords(cfg.Password, o); err != nil {
		return nil, err
	}
	c.Store, err = store.Open(ctx, cfg.Database.URL.Reveal(), store.Options{Server: o.Server && !o.Successor, MaxConns: cfg.Database.MaxConnections, Log: o.Log})
	if err != nil {
		return nil, err
	}
	if err := openModel(ctx, cfg, c, o); err != nil {
		return nil, errors.Join(err, c.Store.Close())
	}
	return c, nil
}

func openPasswords(p config.Password, o CoreOptions) (*password.Hasher, error) {
	options := password.Options{Memory: p.MemoryKiB, Time: p.Time, Threads: p.Threads, Workers: p.Workers, Queue: p.Queue, Log: o.Log}
	if o.Hashing != nil {
		options.Aside = func() (io.ReadWriteCloser, error) { return startHashing(o.Hashing) }
	}
	return password.New(options)
}

func openModel(ctx context.Context, cfg *config.Config, c *core.Core, o CoreOptions) (err error) {
	if o.Migrate {
		if err := c.Store.Migrate(ctx); err != nil {
			return err
		}
	}
	have, want, err := c.Store.Schema(ctx)
	if err != nil {
		return err
	}
	if have < want {
		return fmt.Errorf("the database has schema version %d and this binary needs %d\n  run: lintel migrate", have, want)
	}
	k := cfg.Cluster
	lease := k.Lease.Duration + k.OutageGrace.Duration
	n := identity.Node{ID: identity.NewID(), Name: k.Name, Address: o.Address, Version: o.Version, Lease: lease, State: starting}
	if n.Name == "" {
		if n.Name, err = os.Hostname(); err != nil {
			return err
		}
	}
	c.Barrier = cluster.New(c.Store, cluster.Options{Self: n.ID, Lease: lease, Log: o.Log, Waited: o.BarrierWaited})
	options := snapshot.Options{Lease: k.Lease.Duration, Poll: k.Poll.Duration, Now: o.Now, Log: o.Log}
	if !o.Server {
		c.Live, err = snapshot.New(ctx, bystander{c.Store}, options)
		return err
	}
	options.Repair = c.Repair
	c.Node = c.Store.Member(n)
	c.Live, err = snapshot.New(ctx, c.Node, options)
	return err
}

// starting is the state of a node that does not answer yet.
const starting = "starting"

// bystander is how a command that serves nobody follows the model: nobody has to wait for it.
type bystander struct{ *store.Store }

// Join does nothing.
func (bystander) Join(context.Context) error { return nil }

// Follow is Changes.
func (b bystander) Follow(ctx context.Context, since int64, emit func(identity.Change) error, applied func(rev int64)) error {
	rev, err := b.Changes(ctx, since, emit)
	if err == nil {
		applied(rev)
	}
	return err
}

func openSecrets(cfg *config.Config, c *core.Core) error {
	key, err := cfg.Keys.MasterKey()
	if err != nil {
		return err
	}
	c.Master = token.MasterKeyFromBytes(key)
	if dir := cfg.Keys.KeystoneKeyDirectory; dir != "" {
		var keys []fernet.Key
		if keys, err = token.ReadKeystoneKeys(dir); err != nil {
			return err
		}
		c.Keystone = keys
	}
	return nil
}

// OpenPolicy reads the rules: the defaults with the operator's file over them. Its errors name
// file, line and rule (policy.LoadError).
func OpenPolicy(p config.Policy) (*policy.Engine, error) {
	engine, err := policy.Defaults()
	if err != nil {
		return nil, err
	}
	if p.File != "" {
		text, err := os.ReadFile(p.File)
		if err != nil {
			return nil, fmt.Errorf("[policy] file: %w", err)
		}
		if engine, err = engine.With(text, p.File); err != nil {
			return nil, err
		}
	}
	if !p.EnforceScope {
		engine = engine.WithoutScopes()
	}
	return engine, nil
}

func settings(cfg *config.Config) core.Settings {
	t := cfg.Token
	return core.Settings{
		Methods:                   token.Methods(cfg.Keys.KeystoneAuthMethods),
		ApplicationCredentialLife: t.ApplicationCredential.Duration, PasswordLife: t.Password.Duration, EC2Life: t.EC2Credential.Duration,
		DefaultLife: t.Default.Duration, V2Life: t.V2Life(), AllowExpiredWindow: t.AllowExpiredWindow.Duration, AllowRescope: t.AllowRescopeScopedToken,
		KeyRotation: cfg.Keys.RotationInterval.Duration, MaxActiveKeys: cfg.MaxActiveKeys(),
		DefaultDomain:              identity.DomainID(cfg.Identity.DefaultDomainID),
		SeparatePasswords:          func(d identity.DomainID) bool { return cfg.Identity.SeparatePassword(string(d)) },
		MaxPasswordLength:          cfg.Identity.MaxPasswordLength,
		LockoutAttempts:            cfg.SecurityCompliance.LockoutFailureAttempts,
		LockoutDuration:            cfg.SecurityCompliance.LockoutDuration.Duration,
		InactiveDays:               cfg.SecurityCompliance.DisableUserAccountDaysInactive,
		Passwords:                  passwordRules(cfg.SecurityCompliance),
		ExpireOnLoss:               cfg.Identity.ExpireOnAccessLoss,
		ApplicationCredentialLimit: cfg.ApplicationCredential.UserLimit,
		EC2Limit:                   cfg.EC2.MaxPerUserProject,
		Signatures:                 ec2.Rules{Skew: cfg.EC2.ClockSkew.Duration, MaxAge: cfg.EC2.S3MaxAge.Duration, Old: cfg.EC2.OldVersions, Undated: cfg.EC2.Undated},
		CredentialLimit:            cfg.Credential.UserLimit,
		TOTPWindows:                cfg.TOTP.IncludedPreviousWindows,
		ReceiptLife:                cfg.Receipt.Expiration.Duration,
		V2RequireTenant:            cfg.API.V2RequireTenant,
		AllowRedelegation:          cfg.Trust.AllowRedelegation,
		MaxRedelegation:            cfg.Trust.MaxRedelegationCount,
		RequestTokenLife:           cfg.OAuth1.RequestTokenDuration.Duration,
		AccessTokenLife:            cfg.OAuth1.AccessTokenDuration.Duration,
		CertificateMapping:         certificateMapping(cfg.OAuth2),
		HideUnassociated:           !cfg.EndpointFilter.ReturnAllIfNoFilter,
		LimitModel:                 identity.LimitModel(cfg.UnifiedLimit.EnforcementModel),
		Strict:                     cfg.Cluster.Consistency == config.ConsistencyStrict,
		Grace:                      cfg.Cluster.OutageGrace.Duration,
	}
}

// certificateMapping is "" where no client can show a certificate.
func certificateMapping(o config.OAuth2) identity.MappingID {
	if !o.UsesCertificates() {
		return ""
	}
	return identity.MappingID(o.Mapping)
}

func passwordRules(s config.SecurityCompliance) core.PasswordRules {
	const day = 24 * time.Hour
	return core.PasswordRules{
		Pattern: s.PasswordRegex.String(), Matches: s.PasswordRegex.Matches, Description: s.PasswordRegexDescription, History: s.UniqueLastPasswordCount,
		MinAge: time.Duration(s.MinimumPasswordAge) * day, Life: time.Duration(s.PasswordExpiresDays) * day, ChangeFirst: s.ChangePasswordUponFirstUse,
	}
}

// rateLimits are those of this process: several servers do not share them.
func rateLimits(r config.RateLimit) core.RateLimits {
	limiter := func(r config.Rate, burst int) *ratelimit.Limiter {
		if r.Count == 0 {
			return nil
		}
		return ratelimit.New(ratelimit.Limit{Count: r.Count, Per: r.Per, Burst: burst})
	}
	return core.RateLimits{Address: limiter(r.Address, r.AddressBurst), Account: limiter(r.Account, r.AccountBurst)}
}
