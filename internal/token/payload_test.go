package token

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tinylib/msgp/msgp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

func anyUUID() *rapid.Generator[string] { return rapid.StringMatching(`[0-9a-f]{32}`) }

func anyID() *rapid.Generator[string] {
	return rapid.OneOf(anyUUID(), rapid.StringMatching(`[0-9A-Fa-f]{32}`), rapid.StringN(1, 64, maxText))
}

// anyToken draws a token of any version, with times in whole seconds.
func anyToken(m Methods) *rapid.Generator[*identity.Token] {
	return rapid.Custom(func(rt *rapid.T) *identity.Token {
		v := version(rapid.IntRange(int(unscoped), int(oauth2Scoped)).Draw(rt, "version"))
		l, _ := layoutOf(v)
		t := &identity.Token{
			UserID:    identity.UserID(anyID().Draw(rt, "user")),
			ExpiresAt: time.Unix(rapid.Int64Range(0, maxSeconds).Draw(rt, "expiry"), 0).UTC(),
		}
		all := append(slices.Clone(m), identity.MethodOAuth2, identity.MethodTOTP)
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, len(all), rapid.ID).Draw(rt, "methods")
		t.Methods = slices.DeleteFunc(all, func(s string) bool { return !slices.Contains(chosen, s) })
		for range rapid.IntRange(1, 2).Draw(rt, "audits") {
			raw := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "audit")
			t.AuditIDs = append(t.AuditIDs, identity.AuditID(raw))
		}
		for _, f := range l {
			drawField(rt, v, f, t)
		}
		return t
	})
}

func drawField(rt *rapid.T, v version, f field, t *identity.Token) {
	may := !v.scopeMayBeNil() || rapid.Bool().Draw(rt, "scoped")
	switch f {
	case project:
		if may {
			t.ProjectID = identity.ProjectID(anyID().Draw(rt, "project"))
		}
	case domain:
		if may && t.ProjectID == "" {
			fits := func(id string) bool { return len(id) != uuidSize }
			t.DomainID = identity.DomainID(anyID().Filter(fits).Draw(rt, "domain"))
		}
	case system:
		t.System = true
	case trust:
		t.TrustID = identity.TrustID(anyUUID().Draw(rt, "trust"))
	case accessToken:
		t.AccessTokenID = identity.AccessTokenID(anyID().Draw(rt, "access token"))
	case applicationCredential:
		t.ApplicationCredentialID = identity.ApplicationCredentialID(anyID().Draw(rt, "application credential"))
	case groups:
		for _, id := range rapid.SliceOfN(anyID(), 0, 5).Draw(rt, "groups") {
			t.GroupIDs = append(t.GroupIDs, identity.GroupID(id))
		}
	case identityProvider:
		t.IdentityProviderID = anyID().Draw(rt, "identity provider")
	case protocol:
		t.ProtocolID = anyID().Draw(rt, "protocol")
	case thumbprint:
		t.Thumbprint = anyID().Draw(rt, "thumbprint")
	}
}

func TestWhatAnyTokenSaysSurvivesItsPayload(t *testing.T) {
	m := DefaultMethods()
	rapid.Check(t, func(rt *rapid.T) {
		want := anyToken(m).Draw(rt, "token")
		payload, err := m.Append([]byte("before"), want)
		if err != nil {
			rt.Fatal(err)
		}
		payload, ok := bytes.CutPrefix(payload, []byte("before"))
		if !ok {
			rt.Fatal("Append does not append")
		}
		got, err := m.Parse(payload)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestAPayloadIsReadWholeOrNotAtAll(t *testing.T) {
	m := DefaultMethods()
	rapid.Check(t, func(rt *rapid.T) {
		payload, err := m.Append(nil, anyToken(m).Draw(rt, "token"))
		if err != nil {
			rt.Fatal(err)
		}
		for n := range payload {
			if _, err := m.Parse(payload[:n]); !errors.Is(err, ErrInvalid) {
				rt.Fatalf("the first %d of %d bytes are read: %v", n, len(payload), err)
			}
		}
		extra := rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(rt, "extra")
		if _, err := m.Parse(append(payload, extra...)); !errors.Is(err, ErrInvalid) {
			rt.Fatalf("trailing %x is read: %v", extra, err)
		}
	})
}

const (
	userPair = "92c3c410" + "000102030405060708090a0b0c0d0e0f"
	aTime    = "cb41dac0b650000000"
	anAudit  = "91c410" + "000102030405060708090a0b0c0d0e0f"
)

func TestOnlyExactTypesAreRead(t *testing.T) {
	parse := func(text string) error {
		payload, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = DefaultMethods().Parse(payload)
		return err
	}
	if err := parse("9500" + userPair + "02" + aTime + anAudit); err != nil {
		t.Fatalf("the sound payload: %v", err)
	}
	nan := hex.EncodeToString(msgp.AppendFloat64(nil, math.NaN()))
	for reason, text := range map[string]string{
		"nothing":                      "",
		"no array":                     "80",
		"version 11":                   "950b" + userPair + "02" + aTime + anAudit,
		"version 256":                  "95cd0100" + userPair + "02" + aTime + anAudit,
		"a negative version":           "95ff" + userPair + "02" + aTime + anAudit,
		"an item too many":             "9600" + userPair + "02" + aTime + anAudit + "c0",
		"the count of another version": "9502" + userPair + "02" + aTime + anAudit,
		"an array of 2^32-1 items":     "ddffffffff00" + userPair + "02" + aTime + anAudit,
		"a user that is no pair":       "9500" + "a161" + "02" + aTime + anAudit,
		"a pair of three":              "9500" + "93c2a161c0" + "02" + aTime + anAudit,
		"a pair of one":                "9500" + "91c2a161" + "02" + aTime + anAudit,
		"2^31 groups":                  "9804" + userPair + "02" + "dd7fffffff" + "92c2a169" + "a170" + aTime + anAudit,
		"a UUID of 15 bytes":           "9500" + "92c3c40f000102030405060708090a0b0c0d0e" + "02" + aTime + anAudit,
		"a nil user":                   "9500" + "92c2c0" + "02" + aTime + anAudit,
		"an empty user":                "9500" + "92c2a0" + "02" + aTime + anAudit,
		"a user that is not UTF-8":     "9500" + "92c2a1ff" + "02" + aTime + anAudit,
		"a user of 257 bytes":          "9500" + "92c2da0101" + strings.Repeat("61", 257) + "02" + aTime + anAudit,
		"a method that has no bit":     "9500" + userPair + "cd0100" + aTime + anAudit,
		"methods in text":              "9500" + userPair + "a132" + aTime + anAudit,
		"a time in an integer":         "9500" + userPair + "02" + "ce6b000000" + anAudit,
		"a time in a float32":          "9500" + userPair + "02" + "ca4e800000" + anAudit,
		"a time before 1970":           "9500" + userPair + "02" + "cbbff0000000000000" + anAudit,
		"a time that is no number":     "9500" + userPair + "02" + nan + anAudit,
		"a time after 9999":            "9500" + userPair + "02" + "cb7ff0000000000000" + anAudit,
		"no audit id":                  "9500" + userPair + "02" + aTime + "90",
		"three audit ids":              "9500" + userPair + "02" + aTime + "93" + strings.Repeat(anAudit[2:], 3),
		"a short audit id":             "9500" + userPair + "02" + aTime + "91c40100",
		"a project and a domain":       "980a" + userPair + "02" + userPair + userPair + aTime + anAudit + "92c2a174",
		"a project-scoped nil":         "9602" + userPair + "02" + "92c2c0" + aTime + anAudit,
		"a system that is not all":     "9608" + userPair + "02" + "a3616c6d" + aTime + anAudit,
		"a trust in a pair":            "9703" + userPair + "02" + userPair + aTime + anAudit + userPair,
		"more groups than bytes":       "9804" + userPair + "02" + "dc7fff" + "92c2a169" + "a170" + aTime + anAudit,
	} {
		if err := parse(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s is read: %v", reason, err)
		}
	}
}

func TestNothingThatATokenSaysIsLostSilently(t *testing.T) {
	sound := func() *identity.Token {
		return &identity.Token{
			UserID: "u", ProjectID: "p", Methods: []string{"password"},
			AuditIDs: make([]identity.AuditID, 1), ExpiresAt: time.Unix(1795305600, 0),
		}
	}
	if _, err := DefaultMethods().Append(nil, sound()); err != nil {
		t.Fatal(err)
	}
	for reason, change := range map[string]func(*identity.Token){
		"a trust and an application credential": func(t *identity.Token) {
			t.TrustID, t.ApplicationCredentialID = identity.TrustID(identity.NewID()), "a"
		},
		"an application credential and OAuth1":    func(t *identity.Token) { t.ApplicationCredentialID, t.AccessTokenID = "a", "b" },
		"an application credential and mTLS":      func(t *identity.Token) { t.ApplicationCredentialID, t.Thumbprint = "a", "b" },
		"a project and a domain":                  func(t *identity.Token) { t.DomainID = "d" },
		"a project and the system":                func(t *identity.Token) { t.System = true },
		"groups without an identity provider":     func(t *identity.Token) { t.GroupIDs = []identity.GroupID{"g"} },
		"a protocol without an identity provider": func(t *identity.Token) { t.ProtocolID = "p" },
		"an identity provider without a protocol": func(t *identity.Token) { t.IdentityProviderID = "i" },
		"an unknown method":                       func(t *identity.Token) { t.Methods = append(t.Methods, "abacus") },
		"no user":                                 func(t *identity.Token) { t.UserID = "" },
		"a user that is not UTF-8":                func(t *identity.Token) { t.UserID = "\xff" },
		"a user of 257 bytes":                     func(t *identity.Token) { t.UserID = identity.UserID(strings.Repeat("u", 257)) },
		"a trust that is no UUID":                 func(t *identity.Token) { t.TrustID = "t" },
		"an application credential, no project":   func(t *identity.Token) { t.ProjectID, t.ApplicationCredentialID = "", "a" },
		"a domain that could be a UUID's bytes":   func(t *identity.Token) { t.ProjectID, t.DomainID = "", "sixteen letters." },
		"no audit id":                             func(t *identity.Token) { t.AuditIDs = nil },
		"three audit ids":                         func(t *identity.Token) { t.AuditIDs = make([]identity.AuditID, 3) },
		"an expiry before 1970":                   func(t *identity.Token) { t.ExpiresAt = time.Time{} },
		"an expiry after 9999":                    func(t *identity.Token) { t.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		token := sound()
		change(token)
		if got, err := DefaultMethods().Append(nil, token); err == nil || got != nil {
			t.Errorf("%s is written: %x", reason, got)
		}
	}
}

func TestAnExpiryLosesItsFractionAsInKeystone(t *testing.T) {
	whole := sampleToken()
	late := *whole
	late.ExpiresAt = whole.ExpiresAt.Add(time.Second - 1)
	payload, err := DefaultMethods().Append(nil, whole)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DefaultMethods().Append(nil, &late); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("written as %x, error %v", got, err)
	}
	seconds := msgp.AppendFloat64(nil, float64(whole.ExpiresAt.Unix()))
	fraction := msgp.AppendFloat64(nil, float64(whole.ExpiresAt.Unix())+0.75)
	got, err := DefaultMethods().Parse(bytes.Replace(payload, seconds, fraction, 1))
	if err != nil || !got.ExpiresAt.Equal(whole.ExpiresAt) {
		t.Errorf("read as %+v, error %v", got, err)
	}
}

func TestMethodsKeepTheBitsOfEachKeystone(t *testing.T) {
	for _, c := range []struct {
		methods Methods
		names   []string
		bitmap  uint64
	}{
		{DefaultMethods(), []string{"password"}, 2},
		{DefaultMethods(), []string{"external", "token", "mapped"}, 1 | 4 | 16},
		{DefaultMethods(), []string{"application_credential", "ec2credential"}, 32 | 64},
		{DefaultMethods(), []string{"oauth2_credential"}, 1 << 33},
		{DefaultMethods(), []string{"password", "totp"}, 2 | 1<<34},
		{DefaultMethods()[:6], []string{"ec2credential"}, 1 << 32},
		{Methods{"totp", "password"}, []string{"totp", "password"}, 3},
		{Methods{"totp"}, []string{"totp", "password", "application_credential"}, 1 | 1<<35 | 1<<37},
		{nil, []string{}, 0},
	} {
		if got, missing := c.methods.bitmap(c.names); got != c.bitmap || missing != "" {
			t.Errorf("%v packs %v as %d, not %d (missing %q)", c.methods, c.names, got, c.bitmap, missing)
		}
		if got, ok := c.methods.names(c.bitmap); !ok || !slices.Equal(got, c.names) {
			t.Errorf("%v reads %d as %v, not %v", c.methods, c.bitmap, got, c.names)
		}
	}
	listed := append(DefaultMethods(), "totp")
	for bitmap, want := range map[uint64][]string{64 | 1<<32: {"ec2credential"}, 128 | 1<<32: {"ec2credential", "totp"}} {
		if got, ok := listed.names(bitmap); !ok || !slices.Equal(got, want) {
			t.Errorf("the fixed bit of a listed method: %d reads as %v, not %v", bitmap, got, want)
		}
	}
	for _, bit := range []int{7, 31, 41, 63} {
		if got, ok := DefaultMethods().names(1 << bit); ok {
			t.Errorf("bit %d reads as %v", bit, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		payload, err := hex.DecodeString(v.Payload)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	m := DefaultMethods()
	f.Fuzz(func(t *testing.T, payload []byte) {
		first, err := m.Parse(payload)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || first != nil {
				t.Fatalf("%v with %v", first, err)
			}
			return
		}
		again, err := m.Append(nil, first)
		if err != nil {
			t.Fatalf("%+v is read but not written: %v", first, err)
		}
		second, err := m.Parse(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
	})
}
