package password

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// atDefault ends the name of the forms whose vectors carry Keystone's own costs, up to half a second each.
const atDefault = " at its default cost"

// vector is a hash that another program made (test/vectors/password.py).
type vector struct {
	Source, Form, Password, Hash string
	Counts                       int // bytes of the password the hash depends on
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("../../../test/vectors/password.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// quick returns a Hasher whose own hashes cost next to nothing.
func quick(t testing.TB) *Hasher {
	t.Helper()
	h, err := New(Options{Memory: 64, Time: 1, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func verify(t testing.TB, h *Hasher, hash, secret string) (ok, upgrade bool) {
	t.Helper()
	ok, upgrade, err := h.Verify(t.Context(), hash, secret)
	if err != nil {
		t.Fatalf("%s: %v", hash, err)
	}
	return ok, upgrade
}

// TestEveryFormOfKeystoneVerifies also holds that each of them asks for an upgrade, and that the password with one
// bit changed does not verify.
func TestEveryFormOfKeystoneVerifies(t *testing.T) {
	forms := map[string]int{}
	for _, v := range vectors(t) {
		if !strings.HasSuffix(v.Form, atDefault) {
			forms[v.Form]++
			verifies(t, v)
		}
	}
	for _, form := range []string{
		"bcrypt 2a", "bcrypt 2b", "bcrypt 2y", "bcrypt_sha256 v1", "bcrypt_sha256 v2", "scrypt", "pbkdf2_sha512", "sha512_crypt", "argon2id",
	} {
		if forms[form] == 0 {
			t.Errorf("no vector for %s", form)
		}
	}
}

func verifies(t *testing.T, v vector) {
	t.Helper()
	h := quick(t)
	if ok, upgrade := verify(t, h, v.Hash, v.Password); !ok || !upgrade {
		t.Errorf("%s %s of %q: ok %v, upgrade %v", v.Source, v.Form, v.Password, ok, upgrade)
	}
	wrong := flip(v.Password, v.Counts-1)
	if ok, upgrade := verify(t, h, v.Hash, wrong); ok || upgrade {
		t.Errorf("%s %s of %q: %q gives ok %v, upgrade %v", v.Source, v.Form, v.Password, wrong, ok, upgrade)
	}
}

// TestEveryByteCounts changes what lies past bcrypt's 72 bytes (CVE-2021-3563): nothing but plain bcrypt may ignore it.
func TestEveryByteCounts(t *testing.T) {
	h := quick(t)
	for _, v := range vectors(t) {
		if v.Counts <= bcryptFull {
			continue
		}
		for at := range v.Counts {
			if at%16 != 0 && at != bcryptFull && at != v.Counts-1 {
				continue
			}
			if ok, _ := verify(t, h, v.Hash, flip(v.Password, at)); ok {
				t.Errorf("%s: byte %d of %d does not count", v.Form, at, v.Counts)
			}
		}
		if ok, _ := verify(t, h, v.Hash, v.Password+"!"); ok {
			t.Errorf("%s: one byte more does not count", v.Form)
		}
	}
}

// TestImportedBcryptCountsAsMuchAsItsKeystoneDid holds both cuts: what lies behind is ignored, what lies before is not.
func TestImportedBcryptCountsAsMuchAsItsKeystoneDid(t *testing.T) {
	h, seen := quick(t), 0
	for _, v := range vectors(t) {
		if v.Counts == len(v.Password) {
			continue
		}
		seen++
		if ok, _ := verify(t, h, v.Hash, flip(v.Password, v.Counts)); !ok {
			t.Errorf("%s: byte %d counts", v.Form, v.Counts)
		}
		if ok, _ := verify(t, h, v.Hash, v.Password[:v.Counts]); !ok {
			t.Errorf("%s: the first %d bytes alone do not verify", v.Form, v.Counts)
		}
		if ok, _ := verify(t, h, v.Hash, v.Password[:v.Counts-1]); ok {
			t.Errorf("%s: the first %d bytes alone verify", v.Form, v.Counts-1)
		}
	}
	if seen < 5 {
		t.Errorf("%d vectors with a cut", seen)
	}
}

// TestANulDoesNotHideInBcrypt: bcrypt repeats its key, so the secret written twice around a NUL hashes alike.
func TestANulDoesNotHideInBcrypt(t *testing.T) {
	h, seen := quick(t), 0
	for _, v := range vectors(t) {
		if v.Form == "bcrypt 2b" && v.Password == "secret" {
			seen++
			if ok, _ := verify(t, h, v.Hash, "secret\x00secret"); ok {
				t.Error("a second secret verifies")
			}
		}
	}
	if seen != 1 {
		t.Errorf("%d vectors", seen)
	}
}

// flip changes the lowest bit of one byte.
func flip(secret string, at int) string {
	b := []byte(secret)
	b[at] ^= 1
	return string(b)
}
