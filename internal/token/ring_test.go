package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

var _ slog.LogValuer = (*Ring)(nil)

func start() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func newRing(t testing.TB, keystone ...fernet.Key) *Ring {
	t.Helper()
	m := NewMasterKey()
	return ringOf(t, m, Initial(m, start()), keystone...)
}

func ringOf(t testing.TB, m MasterKey, keys []identity.SealedKey, keystone ...fernet.Key) *Ring {
	t.Helper()
	ring, err := NewRing(m, keys, keystone, DefaultMethods())
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func sampleToken() *identity.Token {
	return &identity.Token{
		UserID: identity.UserID(identity.NewID()), ProjectID: identity.ProjectID(identity.NewID()),
		Methods: []string{"password"}, AuditIDs: []identity.AuditID{identity.NewAuditID(1)},
		ExpiresAt: start().Add(time.Hour),
	}
}

func mustMint(t testing.TB, r *Ring, token *identity.Token, now time.Time) string {
	t.Helper()
	text, err := r.Mint(token, now)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAnyMintedTokenOpensToWhatItSays(t *testing.T) {
	ring := newRing(t, fernet.NewKey())
	rapid.Check(t, func(rt *rapid.T) {
		want := anyToken(DefaultMethods()).Draw(rt, "token")
		want.ExpiresAt = want.ExpiresAt.Add(time.Duration(rapid.IntRange(0, 1e9-1).Draw(rt, "fraction")))
		now := start().Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(rt, "now")))
		text, err := ring.Mint(want, now)
		if err != nil {
			rt.Fatal(err)
		}
		if !want.IssuedAt.Equal(now.Truncate(time.Second)) {
			rt.Fatalf("issued at %v, minted at %v", want.IssuedAt, now)
		}
		got, fromKeystone, err := ring.Open(text)
		if err != nil || fromKeystone {
			rt.Fatalf("from Keystone %v, error %v", fromKeystone, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestATokenOfAProjectIsShorterThan255Characters(t *testing.T) {
	token := sampleToken()
	token.ApplicationCredentialID = identity.ApplicationCredentialID(identity.NewID())
	token.AuditIDs = make([]identity.AuditID, 2)
	if text := mustMint(t, newRing(t), token, start()); len(text) > 255 {
		t.Errorf("%d characters", len(text))
	}
}

func TestATokenWithTooManyGroupsIsRefused(t *testing.T) {
	token := sampleToken()
	token.IdentityProviderID, token.ProtocolID = "idp", "openid"
	token.GroupIDs = slices.Repeat([]identity.GroupID{identity.GroupID(identity.NewID())}, 200)
	if _, err := newRing(t).Mint(token, start()); err == nil {
		t.Error("it is minted")
	}
}

func TestEveryKeyOpensAndThePrimarySeals(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	put, _, err := Rotate(m, keys, start().Add(time.Hour), Limits{TokenLife: time.Hour, MaxActive: 9})
	if err != nil {
		t.Fatal(err)
	}
	keystone := fernet.NewKey()
	ring := ringOf(t, m, apply(keys, put, nil), keystone)
	sealed := mustMint(t, ring, sampleToken(), start())
	for _, k := range put {
		raw, err := m.Open(string(k.Purpose), k.ID, k.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		key := fernet.KeyFromBytes([keySize]byte(raw))
		_, _, index, _ := fernet.Ring{key}.Open(nil, sealed)
		if isPrimary := k.State == identity.KeyPrimary; (index == 0) != isPrimary {
			t.Errorf("the %s key sealed the token: %v", k.State, index == 0)
		}
		payload, err := DefaultMethods().Append(nil, sampleToken())
		if err != nil {
			t.Fatal(err)
		}
		if _, fromKeystone, err := ring.Open(string(key.Seal(nil, payload, start()))); err != nil || fromKeystone {
			t.Errorf("%s key: from Keystone %v, error %v", k.State, fromKeystone, err)
		}
		if _, fromKeystone, err := ring.Open(string(keystone.Seal(nil, payload, start()))); err != nil || !fromKeystone {
			t.Errorf("Keystone's key: from Keystone %v, error %v", fromKeystone, err)
		}
	}
}

func TestKeysAreTriedFromTheLikeliestOn(t *testing.T) {
	m := NewMasterKey()
	now, keys := start(), Initial(m, start())
	for range 3 {
		now = now.Add(time.Hour)
		put, drop, err := Rotate(m, keys, now, Limits{TokenLife: 24 * time.Hour, MaxActive: 9})
		if err != nil {
			t.Fatal(err)
		}
		keys = apply(keys, put, drop)
	}
	var ages []string
	for _, k := range primaryFirst(keys) {
		if k.Purpose == identity.TokenKeys {
			ages = append(ages, fmt.Sprintf("%s %d", k.State, max(0, k.PrimaryAt.Sub(start()))/time.Hour))
		}
	}
	want := []string{"primary 3", "secondary 2", "secondary 1", "secondary 0", "staged 0"}
	if diff := cmp.Diff(want, ages); diff != "" {
		t.Error(diff)
	}
}

func TestAForeignTokenIsInvalid(t *testing.T) {
	ring := newRing(t)
	for _, text := range []string{"", "gAAAAA", mustMint(t, newRing(t), sampleToken(), start()), strings.Repeat("A", 5000)} {
		if token, fromKeystone, err := ring.Open(text); !errors.Is(err, ErrInvalid) || token != nil || fromKeystone {
			t.Errorf("%.20q opens: %v", text, err)
		}
	}
}

func TestAWrongMasterKeyIsNamedAsTheCause(t *testing.T) {
	m := NewMasterKey()
	for i, k := range Initial(m, start()) {
		keys := Initial(NewMasterKey(), start())
		for j := range keys {
			keys[j].Sealed = NewMasterKey().Seal(string(keys[j].Purpose), keys[j].ID, make([]byte, keySize))
		}
		_, err := NewRing(m, keys, nil, DefaultMethods())
		if err == nil || !strings.Contains(err.Error(), "master key") {
			t.Errorf("key %d: %v", i, err)
		}
		keys = Initial(m, start())
		keys[i].Sealed = NewMasterKey().Seal(string(k.Purpose), keys[i].ID, make([]byte, keySize))
		_, err = NewRing(m, keys, nil, DefaultMethods())
		if err == nil || !strings.Contains(err.Error(), keys[i].ID) {
			t.Errorf("key %s is not named: %v", keys[i].ID, err)
		}
	}
}

func TestARingOfUnsoundKeysIsRefused(t *testing.T) {
	m := NewMasterKey()
	for reason, change := range map[string]func([]identity.SealedKey) []identity.SealedKey{
		"no keys":          func([]identity.SealedKey) []identity.SealedKey { return nil },
		"no token primary": func(k []identity.SealedKey) []identity.SealedKey { k[1].State = identity.KeySecondary; return k },
		"two primaries":    func(k []identity.SealedKey) []identity.SealedKey { k[0].State = identity.KeyPrimary; return k },
		"an id twice":      func(k []identity.SealedKey) []identity.SealedKey { return append(k, k[0]) },
		"swapped bytes": func(k []identity.SealedKey) []identity.SealedKey {
			k[0].Sealed, k[1].Sealed = k[1].Sealed, k[0].Sealed
			return k
		},
		"swapped purposes": func(k []identity.SealedKey) []identity.SealedKey {
			k[2].Purpose, k[3].Purpose = k[3].Purpose, k[2].Purpose
			return k
		},
		"a short key": func(k []identity.SealedKey) []identity.SealedKey {
			return append(k, sealedAs(m, identity.TokenKeys, 31))
		},
		"an unknown purpose": func(k []identity.SealedKey) []identity.SealedKey { return append(k, sealedAs(m, "tea", keySize)) },
	} {
		if _, err := NewRing(m, change(Initial(m, start())), nil, DefaultMethods()); err == nil {
			t.Errorf("%s: accepted", reason)
		}
	}
	for reason, methods := range map[string]Methods{
		"a method listed twice": {"password", "password"},
		"a method without name": {""},
		"33 methods":            strings.Split("abcdefghijklmnopqrstuvwxyz0123456", ""),
	} {
		if _, err := NewRing(m, Initial(m, start()), nil, methods); err == nil {
			t.Errorf("%s: accepted", reason)
		}
	}
}

func sealedAs(m MasterKey, p identity.KeyPurpose, size int) identity.SealedKey {
	id := identity.NewID()
	return identity.SealedKey{ID: id, Purpose: p, State: identity.KeySecondary, Sealed: m.Seal(string(p), id, make([]byte, size))}
}

func TestNoKeyIsEverPrinted(t *testing.T) {
	raw := randomKey()
	m := MasterKeyFromBytes(raw)
	keys := Initial(m, start())
	ring := ringOf(t, m, keys)
	secrets := [][]byte{raw[:]}
	for _, k := range keys {
		raw, err := m.Open(string(k.Purpose), k.ID, k.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, raw)
	}
	var out bytes.Buffer
	type holder struct {
		M MasterKey
		R *Ring
	}
	for _, v := range []any{m, &m, ring, holder{m, ring}, &holder{m, ring}, []MasterKey{m}, map[string]*Ring{"r": ring}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, secret := range secrets {
		for _, form := range []string{
			string(secret), fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprintf("%d", secret), "[]"),
			base64.RawURLEncoding.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret),
		} {
			if strings.Contains(out.String(), form[:len(form)/2]) {
				t.Errorf("printed: %q", form)
			}
		}
	}
}

func FuzzRingOpen(f *testing.F) {
	var keys []fernet.Key
	known := map[string]bool{}
	for _, v := range readVectors(f) {
		f.Add(v.Token)
		keys = append(keys, keystoneKey(f, v.Key))
		known[v.Token] = !v.Receipt
	}
	ring := newRing(f, keys...)
	f.Fuzz(func(t *testing.T, text string) {
		token, _, err := ring.Open(text)
		if (err == nil) != known[text] || (err == nil) != (token != nil) {
			t.Fatalf("%q: %+v, %v", text, token, err)
		}
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatal(err)
		}
	})
}
