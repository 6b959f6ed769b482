package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate reports every setting that cannot work, as joined *Error values; Load adds the file and the lines.
func (c *Config) Validate() error { return joined(c.problems()) }

func joined(problems []*Error) error {
	all := make([]error, len(problems))
	for i, p := range problems {
		all[i] = p
	}
	return errors.Join(all...)
}

// findings collects what is wrong, so that an operator sees all of it at once.
type findings []*Error

func (f *findings) unless(ok bool, key, format string, arguments ...any) {
	if !ok {
		*f = append(*f, &Error{Key: key, Text: fmt.Sprintf(format, arguments...)})
	}
}

func (f *findings) positive(key string, d Duration) {
	f.unless(d.Duration > 0, key, "must be longer than zero")
}

// life asks for a second or more, because token formats carry whole seconds.
func (f *findings) life(key string, d time.Duration) {
	f.unless(d >= time.Second, key, "must be one second or longer")
}

func (f *findings) oneOf(key, value string, allowed ...string) {
	f.unless(slices.Contains(allowed, value), key, "%q is none of %s", value, strings.Join(allowed, ", "))
}

func (f *findings) atLeast(key string, value, least int64) {
	f.unless(value >= least, key, "%d is less than %d", value, least)
}

func (c *Config) problems() []*Error {
	var f findings
	c.Server.check(&f)
	f.unless(c.Database.URL.raw != "", "database.url", "must be set")
	f.atLeast("database.max_connections", int64(c.Database.MaxConnections), 1)
	c.Token.check(&f)
	c.checkCluster(&f)
	c.checkKeys(&f)
	c.Identity.check(&f)
	c.API.check(&f)
	f.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	f.oneOf("log.format", c.Log.Format, "json", "text")
	c.Password.check(&f)
	f.atLeast("application_credential.user_limit", int64(c.ApplicationCredential.UserLimit), -1)
	f.atLeast("credential.user_limit", int64(c.Credential.UserLimit), -1)
	f.unless(c.TOTP.IncludedPreviousWindows >= 0 && c.TOTP.IncludedPreviousWindows <= 10, "totp.included_previous_windows", "must be from 0 to 10")
	f.life("receipt.expiration", c.Receipt.Expiration.Duration)
	f.atLeast("ec2.max_per_user_project", int64(c.EC2.MaxPerUserProject), -1)
	f.life("ec2.clock_skew", c.EC2.ClockSkew.Duration)
	f.life("ec2.s3_max_age", c.EC2.S3MaxAge.Duration)
	f.atLeast("trust.max_redelegation_count", int64(c.Trust.MaxRedelegationCount), 0)
	f.unless(c.OAuth1.RequestTokenDuration.Duration >= 0, "oauth1.request_token_duration", "must not be negative")
	f.unless(c.OAuth1.AccessTokenDuration.Duration >= 0, "oauth1.access_token_duration", "must not be negative")
	c.checkOAuth2(&f)
	c.SecurityCompliance.check(&f)
	c.RateLimit.check(&f)
	f.unless(strings.TrimSpace(c.Portal.Name) != "", "portal.name", "must not be blank")
	f.life("portal.idle_timeout", c.Portal.IdleTimeout.Duration)
	f.life("portal.session", c.Portal.Session.Duration)
	f.life("portal.confirm", c.Portal.Confirm.Duration)
	f.oneOf("unified_limit.enforcement_model", c.UnifiedLimit.EnforcementModel, "flat", "strict_two_level")
	return f
}

func (s Server) check(f *findings) {
	f.unless(address(s.Listen), "server.listen", "%q is not host:port", s.Listen)
	f.unless(s.MetricsListen == "" || address(s.MetricsListen), "server.metrics_listen", "%q is not host:port", s.MetricsListen)
	f.unless(s.MetricsListen != s.Listen || strings.HasSuffix(s.Listen, ":0"), "server.metrics_listen", "is the address of server.listen")
	f.unless(s.PublicEndpoint == "" || baseURL(s.PublicEndpoint), "server.public_endpoint",
		"%q is not an http or https URL without user, query and fragment", s.PublicEndpoint)
	f.unless(s.TLSCert != "" || s.TLSKey == "", "server.tls_cert", "must be set when server.tls_key is")
	f.unless(s.TLSKey != "" || s.TLSCert == "", "server.tls_key", "must be set when server.tls_cert is")
	f.unless(s.InsecureHTTP || s.TLSCert != "" || !address(s.Listen) || loopback(s.Listen), "server.listen",
		"%s is reachable from outside and there is no certificate, so passwords and tokens would travel in the clear: "+
			"set tls_cert and tls_key, or insecure_http = true behind a proxy that ends TLS", s.Listen)
	for _, p := range s.TrustedProxies {
		f.unless(p == p.Masked(), "server.trusted_proxies", "%s has bits outside its mask; write %s", p, p.Masked())
	}
	f.atLeast("server.max_body_bytes", s.MaxBodyBytes, 1024)
	f.atLeast("server.max_header_bytes", int64(s.MaxHeaderBytes), 8192)
	f.unless(s.Drain.Duration >= 0, "server.drain", "must not be negative")
	f.positive("server.read_header_timeout", s.ReadHeader)
	f.positive("server.read_timeout", s.Read)
	f.positive("server.write_timeout", s.Write)
	f.positive("server.idle_timeout", s.Idle)
}

func (t Token) check(f *findings) {
	f.life("token.application_credential", t.ApplicationCredential.Duration)
	f.life("token.password", t.Password.Duration)
	f.life("token.ec2credential", t.EC2Credential.Duration)
	f.life("token.v2", t.V2Life())
	f.life("token.default", t.Default.Duration)
	f.unless(t.AllowExpiredWindow.Duration >= 0, "token.allow_expired_window", "must not be negative")
}

func (c *Config) checkOAuth2(f *findings) {
	o := c.OAuth2
	f.unless(o.ClientCA == "" || c.Server.TLSCert != "", "oauth2.client_ca", "needs server.tls_cert: without TLS nobody shows a certificate")
	f.unless(o.CertificateHeader == "" || len(c.Server.TrustedProxies) > 0, "oauth2.certificate_header", "needs server.trusted_proxies, or anybody could write it")
	f.unless(headerName(o.CertificateHeader), "oauth2.certificate_header", "%q is not the name of a header", o.CertificateHeader)
	f.unless(o.Mapping != "", "oauth2.cert_dn_mapping_id", "must not be empty")
}

// headerName refuses underscores too, which software in front may take for hyphens.
func headerName(text string) bool {
	return strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (c *Config) checkCluster(f *findings) {
	k := c.Cluster
	f.oneOf("cluster.consistency", string(k.Consistency), string(ConsistencyBounded), string(ConsistencyStrict))
	f.unless(k.Poll.Duration >= 50*time.Millisecond, "cluster.poll", "must be 50ms or longer")
	f.unless(k.Lease.Duration >= 4*k.Poll.Duration && k.Lease.Duration >= time.Second, "cluster.lease", "must be 1s or longer, and four times cluster.poll")
	f.unless(k.OutageGrace.Duration >= 0 && k.OutageGrace.Duration <= time.Minute, "cluster.outage_grace", "must be between 0s and 1m")
	f.unless(c.Server.Write.Duration > (k.Lease.Duration+k.OutageGrace.Duration)*11/10, "server.write_timeout",
		"must be longer than cluster.lease and cluster.outage_grace together: a revocation may wait that long for a node that does not answer")
}

func (c *Config) checkKeys(f *findings) {
	k := c.Keys
	f.unless(k.RotationInterval.Duration >= time.Minute, "keys.rotation_interval", "must be one minute or longer")
	if k.RotationInterval.Duration >= time.Minute && k.MaxActive != 0 {
		f.unless(k.MaxActive >= c.NeededKeys(), "keys.max_active_keys",
			"%d is too few: tokens live up to %s, may be validated %s longer and keys rotate every %s, so %d keys are needed (0 computes it)",
			k.MaxActive, c.Token.Longest(), c.Token.AllowExpiredWindow, k.RotationInterval, c.NeededKeys())
	}
	f.unless(len(k.KeystoneAuthMethods) > 0, "keys.keystone_auth_methods", "must not be empty")
	distinct(f, "keys.keystone_auth_methods", k.KeystoneAuthMethods)
}

func (i Identity) check(f *findings) {
	f.unless(i.DefaultDomainID != "", "identity.default_domain_id", "must not be empty")
	f.oneOf("identity.password_mode", string(i.PasswordMode), string(PasswordShared), string(PasswordSeparate))
	distinct(f, "identity.separate_password_domains", i.SeparatePasswordDomains)
	f.atLeast("identity.max_password_length", int64(i.MaxPasswordLength), 1)
}

func (a API) check(f *findings) {
	f.atLeast("api.max_page", int64(a.MaxPage), 1)
	f.atLeast("api.list_limit", int64(a.ListLimit), 0)
	for _, o := range a.CORS.AllowedOrigins {
		f.unless(o == "*" || origin(o), "api.cors.allowed_origins", "%q is not an origin such as https://cloud.example.com", o)
	}
}

// check holds argon2id to the bounds of RFC 9106 section 3.1.
func (p Password) check(f *findings) {
	f.atLeast("password.argon2_time", int64(p.Time), 1)
	f.atLeast("password.argon2_threads", int64(p.Threads), 1)
	f.unless(p.MemoryKiB >= 8*uint32(p.Threads), "password.argon2_memory_kib", "must be at least 8 KiB for each thread")
	f.atLeast("password.workers", int64(p.Workers), 0)
	f.atLeast("password.queue", int64(p.Queue), 0)
}

func distinct(f *findings, key string, values []string) {
	for i, v := range values {
		f.unless(v != "", key, "holds an empty name")
		f.unless(!slices.Contains(values[:i], v), key, "names %q twice", v)
	}
}

func address(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// loopback does not resolve names: what a name means may change after the check.
func loopback(text string) bool {
	host, _, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func baseURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && !strings.Contains(text, "#")
}

func origin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && baseURL(text) && u.Path == "" && u.Host == strings.ToLower(u.Host)
}
