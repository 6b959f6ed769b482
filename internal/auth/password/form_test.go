package password

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const (
	salt16   = "AAAAAAAAAAAAAAAAAAAAAA"                      // 16 bytes
	digest32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 32 bytes
	digest64 = digest32 + digest32                           // 64 bytes, or the 86 characters of sha512_crypt
	bcrypt53 = salt16 + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)

// TestAnUnusableHashIsAnError holds the strict parser: what is unknown, malformed or would cost too much never runs.
func TestAnUnusableHashIsAnError(t *testing.T) {
	for _, hash := range []string{
		"", "$", "$$", "plain", "x$2b$04$" + bcrypt53, "$1$salt$digest", "$5$salt$" + digest32, "$y$j9T$salt$digest",
		"$7$CU..../....salt$" + digest32, "{SSHA}AAAA", "$argon2i$v=19$m=64,t=1,p=1$" + salt16 + "$" + digest32,

		"$2$04$" + bcrypt53, "$2x$04$" + bcrypt53, "$2b$03$" + bcrypt53, "$2b$16$" + bcrypt53, "$2b$31$" + bcrypt53,
		"$2b$+4$" + bcrypt53, "$2b$04$" + bcrypt53[1:], "$2b$04$" + bcrypt53 + "A", "$2b$04$=" + bcrypt53[1:],
		"$2b$04A" + bcrypt53, "$2b$04$" + bcrypt53 + "\n",

		"$bcrypt-sha256$v=2,t=2b,r=16$" + salt16 + "$" + bcrypt53[22:], "$bcrypt-sha256$v=2,t=2b,r=04$" + salt16 + "$" + bcrypt53[22:],
		"$bcrypt-sha256$v=3,t=2b,r=4$" + salt16 + "$" + bcrypt53[22:], "$bcrypt-sha256$v=2,t=2a,r=4$" + salt16 + "$" + bcrypt53[22:],
		"$bcrypt-sha256$r=4,t=2b,v=2$" + salt16 + "$" + bcrypt53[22:], "$bcrypt-sha256$2y,4$" + salt16 + "$" + bcrypt53[22:],
		"$bcrypt-sha256$2b,4$" + salt16 + "$" + bcrypt53[23:], "$bcrypt-sha256$2b,4$" + salt16,

		"$scrypt$ln=0,r=8,p=1$" + salt16 + "$" + digest32, "$scrypt$ln=22,r=1,p=1$" + salt16 + "$" + digest32,
		"$scrypt$ln=63,r=8,p=1$" + salt16 + "$" + digest32, "$scrypt$ln=19,r=8,p=1$" + salt16 + "$" + digest32,
		"$scrypt$ln=18,r=8,p=2$" + salt16 + "$" + digest32, "$scrypt$ln=4,r=0,p=1$" + salt16 + "$" + digest32,
		"$scrypt$ln=1,r=129,p=1$" + salt16 + "$" + digest32, "$scrypt$ln=4,r=8,p=17$" + salt16 + "$" + digest32,
		"$scrypt$ln=4,r=8,p=0$" + salt16 + "$" + digest32, "$scrypt$ln=4,r=8$" + salt16 + "$" + digest32,
		"$scrypt$r=8,ln=4,p=1$" + salt16 + "$" + digest32, "$scrypt$ln=4,r=8,p=1$" + salt16 + "$" + salt16,
		"$scrypt$ln=4,r=8,p=1$" + salt16 + "$", "$scrypt$ln=4,r=8,p=1$" + salt16 + "=$" + digest32, "$scrypt$" + salt16,

		"$pbkdf2-sha512$0$" + salt16 + "$" + digest64, "$pbkdf2-sha512$4000001$" + salt16 + "$" + digest64,
		"$pbkdf2-sha512$4294967297$" + salt16 + "$" + digest64, "$pbkdf2-sha512$-1$" + salt16 + "$" + digest64,
		"$pbkdf2-sha512$010$" + salt16 + "$" + digest64, "$pbkdf2-sha512$10$" + salt16 + "$" + digest32,
		"$pbkdf2-sha512$10$" + salt16 + "\n$" + digest64, "$pbkdf2-sha512$10$A$" + digest64, "$pbkdf2-sha512$10$" + salt16,

		"$6$rounds=999$salt$" + digest64, "$6$rounds=2000001$salt$" + digest64, "$6$rounds=5e3$salt$" + digest64,
		"$6$rounds=1000$$salt$" + digest64, "$6$saltsaltsaltsalts$" + digest64, "$6$sa:lt$" + digest64, "$6$salt$" + digest64[1:],
		"$6$salt$" + digest64 + "A", "$6$salt$=" + digest64[1:], "$6$salt", "$6",

		"$argon2id$v=16$m=64,t=1,p=1$" + salt16 + "$" + digest32, "$argon2id$m=64,t=1,p=1$" + salt16 + "$" + digest32,
		"$argon2id$v=19$m=262145,t=1,p=1$" + salt16 + "$" + digest32, "$argon2id$v=19$m=65536,t=33,p=1$" + salt16 + "$" + digest32,
		"$argon2id$v=19$m=4294967295,t=4294967295,p=1$" + salt16 + "$" + digest32, "$argon2id$v=19$m=64,t=0,p=1$" + salt16 + "$" + digest32,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt16 + "$" + digest32, "$argon2id$v=19$m=64,t=1,p=9$" + salt16 + "$" + digest32,
		"$argon2id$v=19$m=64,t=1,p=257$" + salt16 + "$" + digest32, "$argon2id$v=19$m=064,t=1,p=1$" + salt16 + "$" + digest32,
		"$argon2id$v=19$m=64,t=1,p=1$AAAA$" + digest32, "$argon2id$v=19$m=64,t=1,p=1$" + salt16 + "$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt16 + "$" + digest64 + "AA", "$argon2id$v=19$m=64,t=1,p=1$" + salt16[1:] + "B$" + digest32,
		"$argon2id$v=19$m=64,t=1,p=1,keyid=1$" + salt16 + "$" + digest32, "$argon2id$v=19$m=64,t=1,p=1$" + salt16 + "$" + digest32 + "$",

		"$pbkdf2-sha512$10$" + strings.Repeat("A", 1024) + "$" + digest64,
	} {
		form, err := parse(hash)
		if !errors.Is(err, ErrForm) || form != nil {
			t.Errorf("%q is read as %#v, %v", hash, form, err)
		}
		if err != nil && len(hash) > 20 && strings.Contains(err.Error(), hash[len(hash)-20:]) {
			t.Errorf("the error holds a part of %q: %v", hash, err)
		}
	}
}

// TestTheHighestCostsAreStillRead is the other side of the bounds.
func TestTheHighestCostsAreStillRead(t *testing.T) {
	for _, hash := range []string{
		"$2b$15$" + bcrypt53,
		"$2a$04$" + bcrypt53,
		"$2y$04$" + bcrypt53,
		"$bcrypt-sha256$v=2,t=2b,r=15$" + salt16 + "$" + bcrypt53[22:],
		"$bcrypt-sha256$2a,15$" + salt16 + "$" + bcrypt53[22:],
		"$scrypt$ln=18,r=8,p=1$" + salt16 + "$" + digest32,
		"$scrypt$ln=21,r=1,p=1$" + salt16 + "$" + digest32,
		"$pbkdf2-sha512$4000000$" + salt16 + "$" + digest64,
		"$6$rounds=2000000$saltsaltsaltsalt$" + digest64,
		"$6$$" + digest64,
		"$argon2id$v=19$m=262144,t=8,p=255$" + salt16 + "$" + digest32,
	} {
		if _, err := parse(hash); err != nil {
			t.Errorf("%q: %v", hash, err)
		}
	}
}

// TestALongSecretIsRefusedBySHA512Crypt: 512 bytes verify, one more does not.
func TestALongSecretIsRefusedBySHA512Crypt(t *testing.T) {
	h := quick(t)
	longest := strings.Repeat("p", maxSHA512Secret)
	s := sha512Crypt{rounds: minSHA512Crypt, salt: "salt"}
	hash := "$6$rounds=1000$salt$" + encodeSHA512Crypt(s.derive([]byte(longest)))
	if ok, _ := verify(t, h, hash, longest); !ok {
		t.Error("512 bytes do not verify")
	}
	if ok, _ := verify(t, h, hash, longest+"p"); ok {
		t.Error("513 bytes verify as their head")
	}
}

// FuzzParse holds that whatever is read is cheap enough to run: the cost of each form stays within its bound.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Hash)
	}
	for _, hash := range []string{"", "$", "$6$$", "$2b$31$" + bcrypt53, "$scrypt$ln=63,r=8,p=1$" + salt16 + "$" + digest32} {
		f.Add(hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		form, err := parse(hash)
		if err != nil {
			if !errors.Is(err, ErrForm) || form != nil {
				t.Fatalf("%#v, %v", form, err)
			}
			return
		}
		if seconds, bytes := price(t, form); seconds > 10 || bytes > 257<<20 {
			t.Errorf("%q would take %.1f s and %d bytes", hash, seconds, bytes)
		}
	})
}

// price estimates what one run of a form takes, from times measured on one busy core in 2026.
func price(t *testing.T, f form) (seconds float64, bytes int) {
	switch f := f.(type) {
	case argon2id:
		if again := f.encode(); !sameForm(again, f) {
			t.Errorf("%#v is written as %q", f, again)
		}
		return float64(f.costs.memory) * float64(f.costs.time) * 1.3e-6, int(f.costs.memory) << 10
	case bcryptHash:
		var cost int
		for _, digit := range f[4:6] {
			cost = cost*10 + int(digit-'0')
		}
		return 2 * float64(uint(1)<<cost) * 1.4e-4, 1 << 20
	case bcryptSHA256:
		return price(t, f.inner)
	case scryptHash:
		return float64(f.r*f.p<<f.logN) * 2.5e-6, 128*f.r<<f.logN + 128*f.r*(f.p+2)
	case pbkdf2SHA512:
		return float64(f.rounds) * 1.6e-6, 1 << 20
	case sha512Crypt:
		return float64(f.rounds) * (2*maxSHA512Secret + 128) * 3.2e-9, 1 << 20
	}
	t.Fatalf("no price for %T", f)
	return 0, 0
}

func sameForm(hash string, want argon2id) bool {
	got, err := parse(hash)
	a, ok := got.(argon2id)
	return err == nil && ok && a.costs == want.costs && bytes.Equal(a.salt, want.salt) && bytes.Equal(a.tag, want.tag)
}
