package v3_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	a := &authority{t: t}
	pair := (&authority{t: t}).issue(pkix.Name{CommonName: name}, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
	})
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// issue signs a certificate; the zero authority's are signed by themselves.
func (a *authority) issue(subject pkix.Name, change func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	change(template)
	parent, signer := template, key
	if a.cert != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func as(*x509.Certificate) {}

// person is the subject of a user's certificate: the name, and the user's id as UID.
func person(name, id string) pkix.Name {
	return pkix.Name{CommonName: name, Organization: []string{"Default"}, ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, Value: id}}}
}

const certificateHeader = "X-Ssl-Client-Cert"

// certified is a cloud behind a proxy that passes on the certificates of clients.
type certified struct {
	*cloud
	authority     *authority
	user, project string
}

func startCertified(t *testing.T, now func() time.Time) *certified {
	c := &certified{authority: newAuthority(t, "Users CA")}
	c.cloud = startCloud(t, servertest.Options{Now: now, Config: func(cfg *config.Config) {
		cfg.OAuth2.CertificateHeader = certificateHeader
		cfg.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}})
	c.user, c.project = c.member("alice")
	c.Do("PATCH", "/v3/users/"+c.user, c.admin, body{"user": body{"default_project_id": c.project}}).Want(200)
	c.rule(`{"name": "{0}", "id": "{1}", "domain": {"name": "{2}"}}`)
	return c
}

// rule makes users of certificates of the authority, by CN, UID and O.
func (c *certified) rule(user string) {
	c.t.Helper()
	rules := `[{"local": [{"user": ` + user + `}], "remote": [{"type": "SSL_CLIENT_SUBJECT_DN_CN"}, {"type": "SSL_CLIENT_SUBJECT_DN_UID"}, {"type": "SSL_CLIENT_SUBJECT_DN_O"},
		{"type": "SSL_CLIENT_ISSUER_DN_CN", "any_one_of": ["Users CA"]}]}]`
	c.Do("DELETE", "/v3/OS-FEDERATION/mappings/oauth2_mapping", c.admin, nil)
	c.Do("PUT", "/v3/OS-FEDERATION/mappings/oauth2_mapping", c.admin, `{"mapping": {"rules": `+rules+`}}`).Want(201)
}

// escaped is a certificate as nginx passes it on.
func escaped(cert tls.Certificate) string {
	return url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})))
}

func (c *certified) askAs(user, certificate string) *servertest.Response {
	c.t.Helper()
	return c.Do("POST", oauth2Path, "", grant("client_id", user).Encode(), "Content-Type", "application/x-www-form-urlencoded", certificateHeader, certificate)
}

// thumbprint is what keystonemiddleware compares: of the PEM text, with padding.
func thumbprint(cert tls.Certificate) string {
	sum := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}))
	return base64.URLEncoding.EncodeToString(sum[:])
}

func TestACertificateGetsATokenThatIsBoundToIt(t *testing.T) {
	c := startCertified(t, nil)
	cert := c.authority.issue(person("alice", c.user), as)
	res := c.askAs(c.user, escaped(cert)).Want(http.StatusOK)
	token := res.Text("access_token")
	if res.Text("token_type") != "Bearer" || res.Get("expires_in").(float64) < 60 || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", res.Header, res.Body)
	}
	seen := c.validate(token).Want(http.StatusOK)
	if seen.Get("token.user.id") != c.user || seen.Get("token.project.id") != c.project || seen.Get("token.oauth2_credential.x5t#S256") != thumbprint(cert) ||
		seen.Get("token.methods.0") != "oauth2_credential" {
		t.Errorf("the token is %s", seen.Body)
	}
	// Whoever has stolen the token has not the certificate.
	other := c.authority.issue(person("alice", c.user), as)
	for what, r := range map[string]struct {
		certificate string
		want        int
	}{"no certificate": {"", 401}, "another one of the same user": {escaped(other), 401}, "its own": {escaped(cert), 200},
		"its own from HAProxy": {base64.StdEncoding.EncodeToString(cert.Certificate[0]), 200}, "its own by RFC 9440": {":" + base64.StdEncoding.EncodeToString(cert.Certificate[0]) + ":", 200}} {
		if got := c.Do("GET", "/v3/auth/projects", token, nil, certificateHeader, r.certificate).Status; got != r.want {
			t.Errorf("used with %s: %d, want %d", what, got, r.want)
		}
	}
	// And it cannot be turned into one that is free.
	c.Do("POST", authPath, "", exchange(token, servertest.Project(c.project)), certificateHeader, escaped(cert)).Want(http.StatusForbidden)
	c.del("projects", c.project, "users", c.user, "roles", c.role("member"))
	c.validate(token).Want(http.StatusNotFound)
	c.askAs(c.user, escaped(cert)).Want(http.StatusUnauthorized)
}

func TestACertificateThatIsNotTheUsersIsRefused(t *testing.T) {
	c := startCertified(t, nil)
	bob, _ := c.member("bob") // without a default project
	stranger := newAuthority(t, "Another CA")
	past := func(x *x509.Certificate) { x.NotAfter = time.Now().Add(-time.Minute) }
	future := func(x *x509.Certificate) { x.NotBefore = time.Now().Add(time.Minute) }
	elsewhere := person("alice", c.user)
	elsewhere.Organization = []string{"Elsewhere"}
	for what, r := range map[string]struct {
		user string
		cert tls.Certificate
	}{
		"another user's":              {bob, c.authority.issue(person("alice", c.user), as)},
		"of another name":             {c.user, c.authority.issue(person("bob", c.user), as)},
		"of another id":               {c.user, c.authority.issue(person("alice", bob), as)},
		"of another domain":           {c.user, c.authority.issue(elsewhere, as)},
		"of another authority":        {c.user, stranger.issue(person("alice", c.user), as)},
		"no more valid":               {c.user, c.authority.issue(person("alice", c.user), past)},
		"not yet valid":               {c.user, c.authority.issue(person("alice", c.user), future)},
		"without what the rule needs": {c.user, c.authority.issue(pkix.Name{CommonName: "alice"}, as)},
		"of nobody":                   {strings.Repeat("f", 32), c.authority.issue(person("alice", c.user), as)},
		"for no project":              {bob, c.authority.issue(person("bob", bob), as)},
	} {
		if res := c.askAs(r.user, escaped(r.cert)); res.Status != 401 || res.Text("error") != "invalid_client" {
			t.Errorf("a certificate %s: %d %s", what, res.Status, res.Body)
		}
	}
	good := escaped(c.authority.issue(person("alice", c.user), as))
	c.askAs(c.user, good).Want(http.StatusOK)
	for _, bad := range []string{"x", "-----BEGIN CERTIFICATE-----", strings.Replace(good, "CERTIFICATE", "PRIVATE%20KEY", 2), good + good, ":" + base64.StdEncoding.EncodeToString([]byte("x"))} {
		c.askAs(c.user, bad).Want(http.StatusBadRequest)
	}
	c.askAs(c.user, base64.StdEncoding.EncodeToString([]byte("no certificate"))).Want(http.StatusUnauthorized)
}

// A mapping must say which user a certificate is; in Keystone one that says nothing fits all.
func TestAMappingMustSayWhoseACertificateIs(t *testing.T) {
	c := startCertified(t, nil)
	cert := escaped(c.authority.issue(person("alice", c.user), as))
	for user, want := range map[string]int{
		`{"id": "{1}"}`:   200,
		`{"name": "{0}"}`: 401, // in whichever domain?
		`{"name": "{0}", "domain": {"id": "default"}}`:                200,
		`{"name": "{0}", "domain": {"name": "{2}"}}`:                  200,
		`{"name": "{0}", "domain": {"id": "other"}}`:                  401,
		`{"name": "{2}", "domain": {"id": "default"}}`:                401,
		`{"email": "{0}"}`:                                            401,
		`{"id": "{1}", "email": "{0}"}`:                               401,
		`{"id": "{1}", "type": "local"}`:                              200,
		`{"name": "{0}", "domain": {"name": "{2}"}, "type": "local"}`: 200,
	} {
		c.rule(user)
		if got := c.askAs(c.user, cert).Status; got != want {
			t.Errorf("%s: %d, want %d", user, got, want)
		}
	}
	c.del("OS-FEDERATION/mappings/oauth2_mapping")
	c.askAs(c.user, cert).Want(http.StatusUnauthorized)
}

func TestACertificateInAHeaderCountsOnlyFromAProxy(t *testing.T) {
	authority := newAuthority(t, "Users CA")
	for what, change := range map[string]func(*config.Config){
		"a server without certificates": func(*config.Config) {},
		"a client that is no proxy": func(cfg *config.Config) {
			cfg.OAuth2.CertificateHeader = certificateHeader
			cfg.Server.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
		},
	} {
		c := &certified{authority: authority, cloud: startCloud(t, servertest.Options{Config: change})}
		c.user, c.project = c.member("alice")
		c.Do("PATCH", "/v3/users/"+c.user, c.admin, body{"user": body{"default_project_id": c.project}}).Want(200)
		c.rule(`{"id": "{1}"}`)
		if res := c.askAs(c.user, escaped(authority.issue(person("alice", c.user), as))); res.Status != 401 || res.Text("error") != "invalid_client" {
			t.Errorf("%s: %d %s", what, res.Status, res.Body)
		}
	}
}

// Without a proxy the certificate is that of the connection.
func TestACertificateOfTheConnectionGetsAToken(t *testing.T) {
	ca := newAuthority(t, "Users CA")
	c := &certified{authority: ca, cloud: startCloud(t, servertest.Options{Config: func(cfg *config.Config) { cfg.OAuth2.ClientCA = "set" }})}
	c.user, c.project = c.member("alice")
	c.Do("PATCH", "/v3/users/"+c.user, c.admin, body{"user": body{"default_project_id": c.project}}).Want(200)
	c.rule(`{"id": "{1}"}`)
	server := httptest.NewUnstartedServer(c.Handler)
	server.TLS = &tls.Config{ClientCAs: x509.NewCertPool(), ClientAuth: tls.VerifyClientCertIfGiven}
	server.TLS.ClientCAs.AddCert(ca.cert)
	server.StartTLS()
	t.Cleanup(server.Close)
	ask := func(cert ...tls.Certificate) (status int, token string) {
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = cert
		res, err := (&http.Client{Transport: transport}).PostForm(server.URL+oauth2Path, grant("client_id", c.user))
		if err != nil {
			t.Fatal(err)
		}
		defer transport.CloseIdleConnections()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		var in struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(text, &in); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return res.StatusCode, in.AccessToken
	}
	cert := ca.issue(person("alice", c.user), as)
	status, token := ask(cert)
	if status != 200 || c.validate(token).Want(200).Get("token.oauth2_credential.x5t#S256") != thumbprint(cert) {
		t.Errorf("status %d, token %q", status, token)
	}
	if status, _ := ask(); status != 401 {
		t.Errorf("without a certificate: %d", status)
	}
	if status, _ := ask(ca.issue(person("bob", "bob"), as)); status != 401 {
		t.Errorf("with another's certificate: %d", status)
	}
}
