package token

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
)

// Methods is the order of Keystone's option [auth] methods. The method at index i is bit 2^i of a payload, so a
// Lintel that opens the tokens of a Keystone needs that Keystone's list; new methods go to its end.
//
// No request names ec2credential and oauth2_credential, and Keystone has had three ways of packing them: no bit at
// all, so that such a token reads as having no method; the fixed bits 2^32 and 2^33 (Debian's 22.0.2-0+deb12u6); and
// a place of ec2credential in the list (30.0). A listed one has the bit of its place here, an unlisted one its fixed
// bit, and both bits are read.
type Methods []string

const (
	methodOAuth2 = "oauth2_credential"

	bitEC2     = 32
	bitOAuth2  = 33
	maxMethods = 32 // the bits below the fixed ones
)

// DefaultMethods returns the default list of Keystone 30.0, of which that of earlier releases is the beginning,
// followed by totp.
func DefaultMethods() Methods {
	return Methods{
		"external", identity.MethodPassword, identity.MethodToken, "oauth1", "mapped",
		identity.MethodApplicationCredential, identity.MethodEC2, "totp",
	}
}

// check refuses a list in which a method has no bit, or two.
func (m Methods) check() error {
	if len(m) > maxMethods {
		return fmt.Errorf("token: %d authentication methods, at most %d have a bit", len(m), maxMethods)
	}
	for i, name := range m {
		if name == "" || slices.Contains(m[:i], name) {
			return fmt.Errorf("token: authentication method %q is empty or listed twice", name)
		}
	}
	return nil
}

// bit returns the bit of a method: its place in the list, or else its fixed one; -1 for a method that has none.
func (m Methods) bit(name string) int {
	listed := slices.Index(m, name)
	switch {
	case listed >= 0:
		return listed
	case name == identity.MethodEC2:
		return bitEC2
	case name == methodOAuth2:
		return bitOAuth2
	}
	return -1
}

// bitmap returns the methods as Keystone packs them; missing is the first one without a bit.
func (m Methods) bitmap(names []string) (bitmap uint64, missing string) {
	for _, name := range names {
		bit := m.bit(name)
		if bit < 0 {
			return 0, name
		}
		bitmap |= 1 << bit
	}
	return bitmap, ""
}

// names returns the methods of a bitmap in the order of the list; ok is false when a bit has no method.
func (m Methods) names(bitmap uint64) (names []string, ok bool) {
	bitmap = m.listed(bitmap, bitEC2, identity.MethodEC2)
	bitmap = m.listed(bitmap, bitOAuth2, methodOAuth2)
	names = make([]string, 0, bits.OnesCount64(bitmap))
	for ; bitmap != 0; bitmap &= bitmap - 1 {
		switch bit := bits.TrailingZeros64(bitmap); {
		case bit < len(m):
			names = append(names, m[bit])
		case bit == bitEC2:
			names = append(names, identity.MethodEC2)
		case bit == bitOAuth2:
			names = append(names, methodOAuth2)
		default:
			return nil, false
		}
	}
	return names, true
}

// listed moves the fixed bit of a method, if it is set, to the method's place in the list, if it has one.
func (m Methods) listed(bitmap uint64, fixed int, name string) uint64 {
	if bitmap&(1<<fixed) == 0 {
		return bitmap
	}
	return bitmap&^(1<<fixed) | 1<<m.bit(name)
}
