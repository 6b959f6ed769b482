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
// A method that Lintel knows and the list lacks has a fixed bit, from 2^32 on. The first two are Keystone's own, for
// methods that no request names. It has packed ec2credential in three ways: with no bit at all, so that such a token
// reads as having no method; with 2^32 (Debian's 22.0.2-0+deb12u6); and with a place in the list (30.0). The bit of the
// place is written, and all are read.
type Methods []string

const firstFixed = 32 // and so the number of methods that a list may have

// DefaultMethods returns the default list of Keystone 30.0, of which that of earlier releases is the beginning.
func DefaultMethods() Methods {
	return Methods{
		"external", identity.MethodPassword, identity.MethodToken, identity.MethodOAuth1, "mapped",
		identity.MethodApplicationCredential, identity.MethodEC2,
	}
}

// fixed returns the methods of the bits 2^32, 2^33 and so on. Tokens hold these bits: new ones go to the end.
func fixed() [9]string {
	return [...]string{
		identity.MethodEC2, identity.MethodOAuth2, identity.MethodTOTP, identity.MethodPassword, identity.MethodToken,
		identity.MethodApplicationCredential, "mapped", identity.MethodOAuth1, "external",
	}
}

// check refuses a list in which a method has no bit, or two.
func (m Methods) check() error {
	if len(m) > firstFixed {
		return fmt.Errorf("token: %d authentication methods, at most %d have a bit", len(m), firstFixed)
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
	if listed := slices.Index(m, name); listed >= 0 {
		return listed
	}
	known := fixed()
	if i := slices.Index(known[:], name); i >= 0 {
		return firstFixed + i
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
	names = make([]string, 0, bits.OnesCount64(bitmap))
	bitmap, ok = m.place(bitmap)
	for ; bitmap != 0 && ok; bitmap &= bitmap - 1 {
		switch bit := bits.TrailingZeros64(bitmap); {
		case bit < len(m):
			names = append(names, m[bit])
		case bit >= firstFixed:
			names = append(names, fixed()[bit-firstFixed])
		default:
			return nil, false
		}
	}
	return names, ok
}

// place moves the fixed bits of listed methods to their places; ok is false for a fixed bit that has no method.
func (m Methods) place(bitmap uint64) (placed uint64, ok bool) {
	for high := bitmap >> firstFixed; high != 0; high &= high - 1 {
		i := bits.TrailingZeros64(high)
		known := fixed()
		if i >= len(known) {
			return 0, false
		}
		bitmap = bitmap&^(1<<(firstFixed+i)) | 1<<m.bit(known[i])
	}
	return bitmap, true
}
