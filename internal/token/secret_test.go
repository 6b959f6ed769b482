package token

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/identity"
)

// TestMACIsHMACSHA256 uses values of Python's hmac.new(bytes(range(32)), text, "sha256").
func TestMACIsHMACSHA256(t *testing.T) {
	m := NewMasterKey()
	keys := Initial(m, start())
	for i, k := range keys {
		if k.Purpose == identity.SecretKeys {
			raw := make([]byte, keySize)
			for j := range raw {
				raw[j] = byte(j)
			}
			keys[i].ID = "k1"
			keys[i].Sealed = m.Seal(string(k.Purpose), "k1", raw)
		}
	}
	ring := ringOf(t, m, keys)
	for secret, want := range map[string]string{
		"":                       "d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb",
		"secret":                 "723f228d66d0f98dd0b43d22396eda3938365077ed1737631b6ca62d2dca6b43",
		strings.Repeat("x", 100): "d1c86a42d627e0de515d31da2dd2c101f2b49ffba04d04685fe4b05d877c5601",
	} {
		keyID, sum := ring.MAC(secret)
		if got := hex.EncodeToString(sum[:]); got != want || keyID != "k1" {
			t.Errorf("MAC(%q) = %s by %s, want %s", secret, got, keyID, want)
		}
		if !ring.CheckMAC("k1", secret, sum) {
			t.Errorf("%q is not verified", secret)
		}
	}
	if got, want := ring.HashSecret("secret"), "$hmac-sha256$k1$cj8ijWbQ+Y3QtD0iOW7aOTg2UHftFzdjG2ymLS3Ka0M"; got != want {
		t.Errorf("HashSecret = %s, want %s", got, want)
	}
}

func TestOnlyTheSecretItselfIsVerified(t *testing.T) {
	ring := newRing(t)
	keyID, sum := ring.MAC("secret")
	hash := ring.HashSecret("secret")
	if ok, known := ring.VerifySecret(hash, "secret"); !ok || !known {
		t.Errorf("the secret: %v, %v", ok, known)
	}
	for _, wrong := range []string{"", "Secret", "secret ", "secret\x00"} {
		if ok, known := ring.VerifySecret(hash, wrong); ok || !known {
			t.Errorf("%q: %v, %v", wrong, ok, known)
		}
		if ring.CheckMAC(keyID, wrong, sum) {
			t.Errorf("CheckMAC takes %q", wrong)
		}
	}
	for i := range sum {
		altered := sum
		altered[i] ^= 1
		if ring.CheckMAC(keyID, "secret", altered) {
			t.Errorf("byte %d does not matter", i)
		}
	}
	if ring.CheckMAC("other", "secret", sum) || ring.CheckMAC("", "secret", sum) {
		t.Error("an unknown key verifies")
	}
}

func TestAHashOfAnotherSchemeIsNotKnown(t *testing.T) {
	ring := newRing(t)
	hash := ring.HashSecret("secret")
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(alphabet, hash[len(hash)-1])
	leftOverBits := hash[:len(hash)-1] + alphabet[last+1:last+2]
	for _, foreign := range []string{
		"", "secret", "$2b$12$abcdefghijklmnopqrstuu", hash[1:], hash[:len(hash)-1], hash + "A", hash + "$", hash + "\n",
		leftOverBits, strings.TrimPrefix(hash, secretScheme),
		newRing(t).HashSecret("secret"), "$hmac-sha256$$" + strings.Repeat("A", 43),
	} {
		if ok, known := ring.VerifySecret(foreign, "secret"); ok || known {
			t.Errorf("%q: %v, %v", foreign, ok, known)
		}
	}
}

func TestAGeneratedSecretIs64RandomBytes(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Za-z0-9_-]{86}$`)
	seen := map[string]bool{}
	for range 100 {
		secret := GenerateSecret().Reveal()
		if !shape.MatchString(secret) || seen[secret] {
			t.Fatalf("%q", secret)
		}
		seen[secret] = true
	}
}

func TestNoTwoPlacesAreBoundAlike(t *testing.T) {
	part := rapid.SampledFrom([]string{"", "\x00", "\x01", "\x02", "a", "\x01a", "a\x01", "a\x01a"})
	parts := rapid.SliceOfN(part, 1, 3)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := parts.Draw(rt, "a"), parts.Draw(rt, "b")
		if slices.Equal(a, b) != bytes.Equal(bind(a...), bind(b...)) {
			rt.Fatalf("%q and %q", bind(a...), bind(b...))
		}
	})
	if bytes.Equal(bind("a", "a"), bind("a\x01a")) {
		t.Error("a border inside a part is taken for one between parts")
	}
}

func TestABlobOpensOnlyInItsOwnRow(t *testing.T) {
	ring := newRing(t)
	sealed, keyID := ring.SealBlob("id", "owner", "ec2", []byte("blob"))
	if plain, err := ring.OpenBlob("id", "owner", "ec2", keyID, sealed); err != nil || string(plain) != "blob" {
		t.Fatalf("%q, %v", plain, err)
	}
	again, _ := ring.SealBlob("id", "owner", "ec2", []byte("blob"))
	if bytes.Equal(again, sealed) {
		t.Error("the same blob is sealed to the same bytes")
	}
	other := newRing(t)
	for reason, open := range map[string]func() ([]byte, error){
		"another id":       func() ([]byte, error) { return ring.OpenBlob("i2", "owner", "ec2", keyID, sealed) },
		"another owner":    func() ([]byte, error) { return ring.OpenBlob("id", "other", "ec2", keyID, sealed) },
		"another type":     func() ([]byte, error) { return ring.OpenBlob("id", "owner", "totp", keyID, sealed) },
		"a shifted border": func() ([]byte, error) { return ring.OpenBlob("ido", "wner", "ec2", keyID, sealed) },
		"an unknown key":   func() ([]byte, error) { return ring.OpenBlob("id", "owner", "ec2", "k", sealed) },
		"another ring":     func() ([]byte, error) { return other.OpenBlob("id", "owner", "ec2", other.blob, sealed) },
		"a cut":            func() ([]byte, error) { return ring.OpenBlob("id", "owner", "ec2", keyID, sealed[:20]) },
		"nothing":          func() ([]byte, error) { return ring.OpenBlob("id", "owner", "ec2", keyID, nil) },
	} {
		if plain, err := open(); err == nil || plain != nil {
			t.Errorf("%s: opens to %q", reason, plain)
		}
	}
	for i := range sealed {
		altered := append([]byte(nil), sealed...)
		altered[i] ^= 1
		if _, err := ring.OpenBlob("id", "owner", "ec2", keyID, altered); err == nil {
			t.Errorf("byte %d does not matter", i)
		}
	}
}
