//go:build !race

package password

import (
	"strings"
	"testing"
)

// The race detector makes these derivations a hundred times slower and finds nothing in them.
func TestTheDefaultCostsOfKeystoneVerify(t *testing.T) {
	seen := 0
	for _, v := range vectors(t) {
		if strings.HasSuffix(v.Form, atDefault) {
			seen++
			verifies(t, v)
		}
	}
	if seen != 5 {
		t.Errorf("%d forms, want bcrypt, bcrypt_sha256, scrypt, pbkdf2_sha512 and sha512_crypt", seen)
	}
}
