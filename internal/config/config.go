// Package config owns the operator's settings: one struct, its defaults, and the reading and checking of the TOML file
// that changes them.
//
// It refuses what it does not understand. An unknown key, a wrong type or a value that cannot work is an error that names
// file, line, column and key; nothing is corrected silently. It opens no socket and no database, and it never prints a
// secret: the database password and the master key are redacted in every text form.
package config

import (
	"net/netip"
	"time"
)

// Config is everything an operator can choose. Default returns a usable one; Load reads a file over the defaults. A running
// server takes up all that is not marked change:"restart" when it is told to: see Update.
type Config struct {
	Server                Server                `toml:"server"`
	Database              Database              `toml:"database" change:"restart"`
	Cluster               Cluster               `toml:"cluster" change:"restart"`
	Keys                  Keys                  `toml:"keys"`
	Token                 Token                 `toml:"token"`
	Identity              Identity              `toml:"identity"`
	API                   API                   `toml:"api"`
	Log                   Log                   `toml:"log"`
	Policy                Policy                `toml:"policy"`
	Password              Password              `toml:"password" change:"restart"`
	ApplicationCredential ApplicationCredential `toml:"application_credential"`
	Credential            Credential            `toml:"credential"`
	EC2                   EC2                   `toml:"ec2"`
	TOTP                  TOTP                  `toml:"totp"`
	Receipt               Receipt               `toml:"receipt"`
	Trust                 Trust                 `toml:"trust"`
	OAuth1                OAuth1                `toml:"oauth1"`
	OAuth2                OAuth2                `toml:"oauth2"`
	EndpointFilter        EndpointFilter        `toml:"endpoint_filter"`
	UnifiedLimit          UnifiedLimit          `toml:"unified_limit"`
	SecurityCompliance    SecurityCompliance    `toml:"security_compliance"`
	RateLimit             RateLimit             `toml:"rate_limit"`
	Portal                Portal                `toml:"portal"`
}

// Server says where and how the process listens.
type Server struct {
	Listen         string         `toml:"listen" change:"restart"`   // host:port of the API
	PublicEndpoint string         `toml:"public_endpoint"`           // base URL in links; "" = taken from each request
	TLSCert        string         `toml:"tls_cert" change:"restart"` // PEM file; set together with TLSKey
	TLSKey         string         `toml:"tls_key" change:"restart"`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies"` // peers whose Forwarded and X-Forwarded-* headers are believed
	MaxBodyBytes   int64          `toml:"max_body_bytes"`
	MetricsListen  string         `toml:"metrics_listen" change:"restart"` // host:port of metrics and pprof; "" = off
	Drain          Duration       `toml:"drain" change:"restart"`          // time between SIGTERM and closing the listener
	InsecureHTTP   bool           `toml:"insecure_http" change:"restart"`  // allow plain HTTP on an address that is not loopback
	ReadHeader     Duration       `toml:"read_header_timeout" change:"restart"`
	Read           Duration       `toml:"read_timeout" change:"restart"`
	Write          Duration       `toml:"write_timeout" change:"restart"`
	Idle           Duration       `toml:"idle_timeout" change:"restart"`
	MaxHeaderBytes int            `toml:"max_header_bytes" change:"restart"`
}

// Database says where the rows are.
type Database struct {
	URL            DatabaseURL `toml:"url"`
	MaxConnections int         `toml:"max_connections"`
}

// Cluster says how servers on one database keep together.
type Cluster struct {
	Name        string      `toml:"name"`         // of this node; "" = the machine's
	Lease       Duration    `toml:"lease"`        // how long a node may answer without having heard from the database
	Poll        Duration    `toml:"poll"`         // how often it asks, when nobody tells it of a change
	Consistency Consistency `toml:"consistency"`  // of decisions
	OutageGrace Duration    `toml:"outage_grace"` // how much longer than Lease it decides while the database cannot be reached
}

// Consistency says what a decision has seen.
type Consistency string

// With ConsistencyBounded a decision has seen all that was answered before it began: writes wait for the nodes. With
// ConsistencyStrict it has seen all that was committed before it began, too: each asks the database, many at once.
const (
	ConsistencyBounded Consistency = "bounded"
	ConsistencyStrict  Consistency = "strict"
)

// Keys says which keys seal tokens and stored secrets.
type Keys struct {
	MasterKeyFile        string   `toml:"master_key_file" change:"restart"` // 44 characters of base64, mode 0600; or $LINTEL_MASTER_KEY
	RotationInterval     Duration `toml:"rotation_interval"`
	MaxActive            int      `toml:"max_active_keys"` // 0 = Config.MaxActiveKeys computes it
	KeystoneKeyDirectory string   `toml:"keystone_key_directory" change:"restart"`
	KeystoneAuthMethods  []string `toml:"keystone_auth_methods" change:"restart"` // [auth] methods of keystone.conf: those there are, in the order of the bitmap

	// environmentKey gives $LINTEL_MASTER_KEY, nil when unset. It is a function because fmt, with the wrong verb, prints
	// what any other kind of unexported field holds.
	environmentKey func() string
	credential     string // path of the master key that a service manager hands over; "" = none
}

// Token holds the life of a token by the way it was obtained, and how long it may be looked at afterwards.
type Token struct {
	ApplicationCredential   Duration `toml:"application_credential"`
	Password                Duration `toml:"password"`
	EC2Credential           Duration `toml:"ec2credential"`
	V2                      Duration `toml:"v2"` // zero = as Password; see V2Life
	Default                 Duration `toml:"default"`
	AllowExpiredWindow      Duration `toml:"allow_expired_window"`
	AllowRescopeScopedToken bool     `toml:"allow_rescope_scoped_token"`
}

// Identity holds the rules of domains, users and their passwords.
type Identity struct {
	DefaultDomainID         string       `toml:"default_domain_id"`
	PasswordMode            PasswordMode `toml:"password_mode"`
	SeparatePasswordDomains []string     `toml:"separate_password_domains"` // ids of domains that are separate whatever the mode
	MaxPasswordLength       int          `toml:"max_password_length"`       // characters
	ExpireOnAccessLoss      bool         `toml:"expire_on_access_loss"`
}

// PasswordMode says whether the API takes the user's login password or one of its own.
type PasswordMode string

// The two password modes.
const (
	PasswordShared   PasswordMode = "shared"
	PasswordSeparate PasswordMode = "separate"
)

// API holds what the HTTP faces offer.
type API struct {
	V2              bool `toml:"v2"`
	V2RequireTenant bool `toml:"v2_require_tenant"`
	MaxPage         int  `toml:"max_page"`
	ListLimit       int  `toml:"list_limit"` // 0 = none
	CORS            CORS `toml:"cors"`
}

// CORS lists the web origins whose pages may read answers; none by default.
type CORS struct {
	AllowedOrigins []string `toml:"allowed_origins"`
}

// Log says what is written to standard error.
type Log struct {
	Level  string `toml:"level"`                   // debug, info, warn or error
	Format string `toml:"format" change:"restart"` // json or text
	Access bool   `toml:"access"`                  // one line for each request
}

// Policy names the operator's rules, in the language of oslo.policy.
type Policy struct {
	File         string `toml:"file"`
	EnforceScope bool   `toml:"enforce_scope"`
}

// Password holds the cost of a password hash (argon2id, RFC 9106) and how many may be computed at once.
type Password struct {
	MemoryKiB uint32 `toml:"argon2_memory_kib"`
	Time      uint32 `toml:"argon2_time"`
	Threads   uint8  `toml:"argon2_threads"`
	Workers   int    `toml:"workers"` // 0 = one for every two processors
	Queue     int    `toml:"queue"`   // logins that may wait; more are answered 503
}

// ApplicationCredential holds the limits of application credentials.
type ApplicationCredential struct {
	UserLimit int `toml:"user_limit"` // -1 = none
}

// Credential holds the limits of credentials.
type Credential struct {
	UserLimit int `toml:"user_limit"` // of any type; -1 = none
}

// TOTP says which passcodes are good.
type TOTP struct {
	IncludedPreviousWindows int `toml:"included_previous_windows"` // besides that of the current 30 seconds
}

// Receipt says how long a multi-factor login may take.
type Receipt struct {
	Expiration Duration `toml:"expiration"` // from the first methods to the last
}

// EC2 holds the limits of EC2 credentials and of the signatures made with them.
type EC2 struct {
	MaxPerUserProject int      `toml:"max_per_user_project"` // -1 = none
	ClockSkew         Duration `toml:"clock_skew"`           // how far a signature's time may be from now, either way
	S3MaxAge          Duration `toml:"s3_max_age"`           // how old a signature may be that an S3 gateway asks about
	OldVersions       bool     `toml:"old_versions"`         // accept signatures of versions 0 and 1
	Undated           bool     `toml:"undated"`              // accept signatures of version 2 without a time
}

// UnifiedLimit holds the rules of limits.
type UnifiedLimit struct {
	EnforcementModel string `toml:"enforcement_model"` // flat or strict_two_level
}

// EndpointFilter says what tokens show that no endpoint is associated with.
type EndpointFilter struct {
	ReturnAllIfNoFilter bool `toml:"return_all_endpoints_if_no_filter"`
}

// Trust says whether a trustee may pass on what it was trusted with.
type Trust struct {
	AllowRedelegation    bool `toml:"allow_redelegation"`
	MaxRedelegationCount int  `toml:"max_redelegation_count"` // how long a chain of trusts may hang on one
}

// OAuth1 says how long the tokens of OAuth 1.0 live. Zero is for ever.
type OAuth1 struct {
	RequestTokenDuration Duration `toml:"request_token_duration"` // until it must have been authorised and exchanged
	AccessTokenDuration  Duration `toml:"access_token_duration"`
}

// OAuth2 says which client certificates get tokens. Without a certificate authority and a header there are none.
type OAuth2 struct {
	ClientCA          string `toml:"client_ca" change:"restart"` // PEM file: clients of our own TLS listener may show a certificate of these authorities
	CertificateHeader string `toml:"certificate_header"`         // in which a trusted proxy passes the certificate that it has verified
	Mapping           string `toml:"cert_dn_mapping_id"`         // makes users of certificates
}

// UsesCertificates says whether any client can show a certificate.
func (o OAuth2) UsesCertificates() bool { return o.ClientCA != "" || o.CertificateHeader != "" }

// Portal holds the settings of the web pages at /portal.
type Portal struct {
	Enabled     bool     `toml:"enabled"`
	Name        string   `toml:"name"`         // heading of every page
	IdleTimeout Duration `toml:"idle_timeout"` // a session ends this long after its last request
	Session     Duration `toml:"session"`      // and this long after the sign-in
	Confirm     Duration `toml:"confirm"`      // a proof that is older than this is asked for again before a sensitive act
}

// Default returns the settings of an empty file. docs/operate/lintel.example.toml lists the same values.
func Default() *Config {
	const hour = time.Hour
	return &Config{
		Server: Server{
			Listen:         "127.0.0.1:5000",
			TrustedProxies: []netip.Prefix{},
			MaxBodyBytes:   114688,
			MetricsListen:  "127.0.0.1:5001",
			Drain:          Duration{5 * time.Second},
			ReadHeader:     Duration{5 * time.Second},
			Read:           Duration{30 * time.Second},
			Write:          Duration{60 * time.Second},
			Idle:           Duration{120 * time.Second},
			MaxHeaderBytes: 16384,
		},
		Database: Database{URL: DatabaseURL{"sqlite:///var/lib/lintel/lintel.db"}, MaxConnections: 10},
		Cluster:  Cluster{Lease: Duration{5 * time.Second}, Poll: Duration{500 * time.Millisecond}, Consistency: ConsistencyBounded},
		Keys: Keys{
			RotationInterval:    Duration{168 * hour},
			KeystoneAuthMethods: []string{"external", "password", "token", "oauth1", "mapped", "application_credential", "ec2credential", "totp"},
		},
		Token: Token{
			ApplicationCredential:   Duration{24 * hour},
			Password:                Duration{4 * hour},
			EC2Credential:           Duration{4 * hour},
			Default:                 Duration{4 * hour},
			AllowExpiredWindow:      Duration{48 * hour},
			AllowRescopeScopedToken: true,
		},
		Identity: Identity{
			DefaultDomainID:         "default",
			PasswordMode:            PasswordShared,
			SeparatePasswordDomains: []string{},
			MaxPasswordLength:       4096,
			ExpireOnAccessLoss:      true,
		},
		API:                   API{V2: true, MaxPage: 1000, CORS: CORS{AllowedOrigins: []string{}}},
		Log:                   Log{Level: "info", Format: "json", Access: true},
		Policy:                Policy{EnforceScope: true},
		Password:              Password{MemoryKiB: 19456, Time: 2, Threads: 1, Queue: 64},
		ApplicationCredential: ApplicationCredential{UserLimit: -1},
		Credential:            Credential{UserLimit: -1},
		EC2:                   EC2{MaxPerUserProject: -1, ClockSkew: Duration{15 * time.Minute}, S3MaxAge: Duration{7 * 24 * hour}},
		TOTP:                  TOTP{IncludedPreviousWindows: 1},
		Receipt:               Receipt{Expiration: Duration{5 * time.Minute}},
		Trust:                 Trust{MaxRedelegationCount: 3},
		OAuth1:                OAuth1{RequestTokenDuration: Duration{8 * hour}, AccessTokenDuration: Duration{24 * hour}},
		OAuth2:                OAuth2{Mapping: "oauth2_mapping"},
		EndpointFilter:        EndpointFilter{ReturnAllIfNoFilter: true},
		UnifiedLimit:          UnifiedLimit{EnforcementModel: "flat"},
		Portal: Portal{Enabled: true, Name: "Cloud Management Portal", IdleTimeout: Duration{15 * time.Minute}, Session: Duration{4 * hour},
			Confirm: Duration{15 * time.Minute}},
		SecurityCompliance: SecurityCompliance{LockoutDuration: Duration{30 * time.Minute}},
	}
}

// V2Life is the life of a token obtained through POST /v2.0/tokens with a password.
func (t Token) V2Life() time.Duration {
	if t.V2.Duration == 0 {
		return t.Password.Duration
	}
	return t.V2.Duration
}

// Longest is the longest life any token can have.
func (t Token) Longest() time.Duration {
	return max(t.ApplicationCredential.Duration, t.Password.Duration, t.EC2Credential.Duration, t.V2Life(), t.Default.Duration)
}

// NeededKeys is the smallest number of token keys with which no token outlives its key: one staged, one primary, and as
// many retired ones as rotations fit into the longest life plus the time an expired token may still be validated.
func (c *Config) NeededKeys() int {
	life, interval := c.Token.Longest()+c.Token.AllowExpiredWindow.Duration, c.Keys.RotationInterval.Duration
	return int((life+interval-1)/interval) + 2
}

// MaxActiveKeys is the number of token keys to keep: the configured one, or NeededKeys.
func (c *Config) MaxActiveKeys() int {
	if c.Keys.MaxActive == 0 {
		return c.NeededKeys()
	}
	return c.Keys.MaxActive
}

// SeparatePassword reports whether users of the domain have an API password apart from their login password.
func (i Identity) SeparatePassword(domainID string) bool {
	if i.PasswordMode == PasswordSeparate {
		return true
	}
	for _, id := range i.SeparatePasswordDomains {
		if id == domainID {
			return true
		}
	}
	return false
}
