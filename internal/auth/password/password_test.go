package password

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNewHashesAreArgon2idAtTheDefaultCosts(t *testing.T) {
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(hash) {
		t.Errorf("hash %q", hash)
	}
	if ok, upgrade := verify(t, h, hash, "secret"); !ok || upgrade {
		t.Errorf("ok %v, upgrade %v", ok, upgrade)
	}
}

func TestASecretVerifiesAndNoOtherDoes(t *testing.T) {
	h := quick(t)
	rapid.Check(t, func(r *rapid.T) {
		secret := string(rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(r, "secret"))
		at := rapid.IntRange(0, len(secret)-1).Draw(r, "at")
		hash, err := h.Hash(t.Context(), secret)
		if err != nil {
			r.Fatal(err)
		}
		if ok, upgrade := verify(t, h, hash, secret); !ok || upgrade {
			r.Fatalf("ok %v, upgrade %v", ok, upgrade)
		}
		for _, wrong := range []string{flip(secret, at), secret + "\x00", secret[:len(secret)-1], secret + secret} {
			if ok, upgrade := verify(t, h, hash, wrong); ok || upgrade {
				r.Fatalf("%q: ok %v, upgrade %v", wrong, ok, upgrade)
			}
		}
	})
}

func TestTwoHashesOfOneSecretDiffer(t *testing.T) {
	h := quick(t)
	first, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.Hash(t.Context(), "secret")
	if err != nil || first == second {
		t.Errorf("the salt was used twice: %s, %v", first, err)
	}
}

// TestLongSecretsAreWholeOrRefused is CVE-2021-3563 for our own hashes.
func TestLongSecretsAreWholeOrRefused(t *testing.T) {
	h := quick(t)
	longest := strings.Repeat("p", MaxSecret)
	for _, size := range []int{54, 55, 72, 73, 128, MaxSecret} {
		hash, err := h.Hash(t.Context(), longest[:size])
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{flip(longest[:size], size-1), longest[:size-1], longest[:size] + "p"} {
			if ok, _ := verify(t, h, hash, wrong); ok {
				t.Errorf("a secret of %d bytes verifies with one of %d", size, len(wrong))
			}
		}
		if ok, _ := verify(t, h, hash, longest[:size]); !ok {
			t.Errorf("a secret of %d bytes does not verify", size)
		}
	}
	if hash, err := h.Hash(t.Context(), longest+"p"); !errors.Is(err, ErrTooLong) || hash != "" {
		t.Errorf("%d bytes: %q, %v", MaxSecret+1, hash, err)
	}
}

func TestAnEmptySecretNeverVerifies(t *testing.T) {
	h := quick(t)
	if hash, err := h.Hash(t.Context(), ""); !errors.Is(err, ErrEmpty) || hash != "" {
		t.Errorf("hashed as %q, %v", hash, err)
	}
	ofEmpty := argon2id{costs: h.costs, salt: random(argonSalt)}
	ofEmpty.tag = h.costs.derive("", ofEmpty.salt, argonTag)
	if ok, _ := verify(t, h, ofEmpty.encode(), ""); ok {
		t.Error("an empty secret verifies with the hash of an empty secret")
	}
}

func TestUpgradeIsAskedForWhenTheCostsDiffer(t *testing.T) {
	old := quick(t)
	hash, err := old.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"more memory": {Memory: 128, Time: 1},
		"more passes": {Memory: 64, Time: 2},
		"more lanes":  {Memory: 64, Time: 1, Threads: 2},
		"less memory": {Memory: 32, Time: 1},
	} {
		h, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if ok, upgrade := verify(t, h, hash, "secret"); !ok || !upgrade {
			t.Errorf("%s: ok %v, upgrade %v", name, ok, upgrade)
		}
		if ok, upgrade := verify(t, h, hash, "wrong"); ok || upgrade {
			t.Errorf("%s, wrong secret: ok %v, upgrade %v", name, ok, upgrade)
		}
	}
	for _, sizes := range [][2]int{{8, argonTag}, {argonSalt, 16}} {
		short := argon2id{costs: old.costs, salt: random(sizes[0])}
		short.tag = old.costs.derive("secret", short.salt, sizes[1])
		if ok, upgrade := verify(t, old, short.encode(), "secret"); !ok || !upgrade {
			t.Errorf("salt and tag of %v bytes: ok %v, upgrade %v", sizes, ok, upgrade)
		}
	}
}

// TestAnUnknownUserCostsAVerification is S-07: the dummy is a hash of the current form and costs, which Verify itself
// runs, and no secret has it.
func TestAnUnknownUserCostsAVerification(t *testing.T) {
	h, err := New(Options{Memory: 256, Time: 3, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	dummy, err := parse(h.dummy)
	if err != nil || !h.isCurrent(dummy) {
		t.Errorf("the dummy is %#v, %v", dummy, err)
	}
	known, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), gone} {
		for _, secret := range []string{"", "secret", strings.Repeat("p", MaxSecret), strings.Repeat("p", MaxSecret+1)} {
			_, _, want := h.Verify(ctx, known, secret)
			if got := h.VerifyDummy(ctx, secret); !errors.Is(got, want) {
				t.Errorf("%d bytes: %v, but %v for a known user", len(secret), got, want)
			}
		}
	}
	other, err := New(Options{})
	if err != nil || other.dummy == h.dummy {
		t.Errorf("two hashers share a dummy, %v", err)
	}
}

func TestNewRefusesCostsItCouldNotVerify(t *testing.T) {
	for name, o := range map[string]Options{
		"too little memory for the lanes": {Memory: 31, Threads: 4},
		"more memory than allowed":        {Memory: 256*1024 + 1, Time: 1},
		"more passes than allowed":        {Memory: 64 * 1024, Time: 33},
		"negative workers":                {Workers: -1},
		"negative queue":                  {Queue: -1},
		"negative wait":                   {MaxWait: -time.Second},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	h, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := h.VerifyDummy(b.Context(), "secret"); err != nil {
			b.Fatal(err)
		}
	}
}
