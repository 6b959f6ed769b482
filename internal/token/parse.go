package token

import (
	"encoding/hex"
	"fmt"

	"github.com/tinylib/msgp/msgp"

	"github.com/lintel-id/lintel/internal/identity"
)

// Parse reads a payload that Append or a Keystone wrote, all of it: exactly the items of its version, of their
// types, and nothing behind them. Only where old msgpack encoders wrote raw bytes for both kinds are text and bytes
// taken for each other. IssuedAt is left zero: the envelope has it.
//
// The error wraps ErrInvalid and says which item is wrong; it never holds the payload.
func (m Methods) Parse(payload []byte) (*identity.Token, error) {
	r := reader{rest: payload}
	items := r.array()
	number := r.uint()
	v := version(number)
	l, known := layoutOf(v)
	if !known || uint64(v) != number {
		return nil, fmt.Errorf("%w: unknown payload version", ErrInvalid)
	}
	if items != l.items() {
		return nil, fmt.Errorf("%w: payload version %d of %d items", ErrInvalid, v, items)
	}
	t := &identity.Token{UserID: identity.UserID(r.id())}
	methods, ok := m.names(r.uint())
	if !ok || r.bad {
		return nil, fmt.Errorf("%w: user or methods, which may have been listed differently where it was minted", ErrInvalid)
	}
	t.Methods = methods
	for _, f := range l {
		r.field(v, f, t)
		if r.bad {
			return nil, fmt.Errorf("%w: %s of payload version %d", ErrInvalid, f, v)
		}
	}
	if len(r.rest) > 0 || t.ProjectID != "" && t.DomainID != "" {
		return nil, fmt.Errorf("%w: trailing bytes or two scopes", ErrInvalid)
	}
	return t, nil
}

// reader takes one item after another from rest. After the first one that is wrong, bad is set and rest is empty.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) field(v version, f field, t *identity.Token) {
	switch f {
	case none:
	case project:
		t.ProjectID = identity.ProjectID(r.scope(v))
	case domain:
		t.DomainID = identity.DomainID(r.scope(v))
	case system:
		t.System = string(r.bytes()) == systemAll
		r.must(t.System)
	case trust:
		t.TrustID = identity.TrustID(r.uuid(r.bytes()))
	case accessToken:
		t.AccessTokenID = identity.AccessTokenID(r.id())
	case applicationCredential:
		t.ApplicationCredentialID = identity.ApplicationCredentialID(r.id())
	case groups:
		t.GroupIDs = r.groups()
	case identityProvider:
		t.IdentityProviderID = r.id()
	case protocol:
		t.ProtocolID = r.text(r.bytes())
	case thumbprint:
		t.Thumbprint = r.id()
	case expiry:
		at, ok := fromSeconds(r.float())
		r.must(ok)
		t.ExpiresAt = at
	case audits:
		t.AuditIDs = r.audits()
	}
}

// must ends the reading unless ok.
func (r *reader) must(ok bool) {
	if !ok {
		r.bad, r.rest = true, nil
	}
}

// took goes on behind an item, unless msgp found it wrong.
func (r *reader) took(rest []byte, err error) {
	r.rest = rest
	r.must(err == nil)
}

func (r *reader) array() int {
	n, rest, err := msgp.ReadArrayHeaderBytes(r.rest)
	r.took(rest, err)
	r.must(uint64(n) <= uint64(len(rest))) // an item has a byte at least
	return int(n)
}

func (r *reader) uint() uint64 {
	n, rest, err := msgp.ReadUint64Bytes(r.rest)
	r.took(rest, err)
	return n
}

func (r *reader) float() float64 {
	r.must(msgp.NextType(r.rest) == msgp.Float64Type) // msgp would take a float32 too
	f, rest, err := msgp.ReadFloat64Bytes(r.rest)
	r.took(rest, err)
	return f
}

// bytes takes bytes or text, without a copy.
func (r *reader) bytes() []byte {
	read := msgp.ReadStringZC
	if msgp.NextType(r.rest) == msgp.BinType {
		read = msgp.ReadBytesZC
	}
	b, rest, err := read(r.rest)
	r.took(rest, err)
	return b
}

// scope takes the project or domain of a token; "" for none.
func (r *reader) scope(v version) string {
	if v == domainScoped {
		b := r.bytes()
		if len(b) == uuidSize {
			return r.uuid(b)
		}
		return r.text(b)
	}
	return r.pair(v.scopeMayBeNil())
}

// id takes the pair of an id.
func (r *reader) id() string { return r.pair(false) }

// pair takes [true, 16 bytes], [false, text] or, if it may be nil, [false, nil].
func (r *reader) pair(mayBeNil bool) string {
	r.must(r.array() == 2)
	packed, rest, err := msgp.ReadBoolBytes(r.rest)
	r.took(rest, err)
	switch {
	case packed:
		return r.uuid(r.bytes())
	case mayBeNil && msgp.IsNil(r.rest):
		r.rest = r.rest[1:]
		return ""
	}
	return r.text(r.bytes())
}

func (r *reader) uuid(b []byte) string {
	r.must(len(b) == uuidSize)
	if r.bad {
		return ""
	}
	var text [2 * uuidSize]byte
	hex.Encode(text[:], b)
	return string(text[:])
}

func (r *reader) text(b []byte) string {
	s := string(b)
	r.must(isText(s))
	return s
}

func (r *reader) groups() []identity.GroupID {
	n := r.array()
	if r.bad || n == 0 {
		return nil
	}
	ids := make([]identity.GroupID, n)
	for i := range ids {
		ids[i] = identity.GroupID(r.id())
	}
	return ids
}

func (r *reader) audits() []identity.AuditID {
	n := r.array()
	r.must(n >= 1 && n <= maxAudits)
	if r.bad {
		return nil
	}
	ids := make([]identity.AuditID, n)
	for i := range ids {
		b := r.bytes()
		r.must(len(b) == len(ids[i]))
		copy(ids[i][:], b)
	}
	return ids
}
