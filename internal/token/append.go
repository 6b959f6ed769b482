package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/lintel-id/lintel/internal/identity"
)

// Append appends to dst the payload of t, byte for byte as Keystone packs it. ExpiresAt loses its fraction of
// a second; IssuedAt is not part of it: the envelope has it.
//
// It is an error if a method has no bit, if no version holds all that t says (a token of a trust and of an
// application credential, for example), or if an id is empty, longer than 256 bytes or, for a trust, no UUID. With an
// error the result is nil.
func (m Methods) Append(dst []byte, t *identity.Token) ([]byte, error) {
	v := versionOf(t)
	l, _ := layoutOf(v)
	if f := l.lost(t); f != none {
		return nil, fmt.Errorf("token: payload version %d cannot hold the %s", v, f)
	}
	bitmap, missing := m.bitmap(t.Methods)
	if missing != "" {
		return nil, fmt.Errorf("token: authentication method %q has no bit", missing)
	}
	w := writer{out: msgp.AppendArrayHeader(dst, uint32(l.items()))}
	w.out = msgp.AppendUint64(w.out, uint64(v))
	w.id(string(t.UserID))
	w.out = msgp.AppendUint64(w.out, bitmap)
	if w.bad {
		return nil, errors.New("token: no payload can hold this user id")
	}
	for _, f := range l {
		w.field(v, f, t)
		if w.bad {
			return nil, fmt.Errorf("token: payload version %d cannot hold this %s", v, f)
		}
	}
	return w.out, nil
}

// writer appends one item after another; bad says that one of them cannot be written.
type writer struct {
	out []byte
	bad bool
}

func (w *writer) field(v version, f field, t *identity.Token) {
	switch f {
	case none:
	case project:
		w.scope(v, string(t.ProjectID))
	case domain:
		w.scope(v, string(t.DomainID))
	case system:
		w.text(systemAll)
	case trust:
		w.uuid(string(t.TrustID))
	case accessToken:
		w.id(string(t.AccessTokenID))
	case applicationCredential:
		w.id(string(t.ApplicationCredentialID))
	case groups:
		w.out = msgp.AppendArrayHeader(w.out, uint32(len(t.GroupIDs)))
		for _, id := range t.GroupIDs {
			w.id(string(id))
		}
	case identityProvider:
		w.id(t.IdentityProviderID)
	case protocol:
		w.text(t.ProtocolID)
	case thumbprint:
		w.pair(false)
		w.text(t.Thumbprint)
	case expiry:
		seconds, ok := toSeconds(t.ExpiresAt)
		w.bad = w.bad || !ok
		w.out = msgp.AppendFloat64(w.out, seconds)
	case audits:
		w.bad = w.bad || len(t.AuditIDs) < 1 || len(t.AuditIDs) > maxAudits
		w.out = msgp.AppendArrayHeader(w.out, uint32(len(t.AuditIDs)))
		for i := range t.AuditIDs {
			w.out = msgp.AppendBytes(w.out, t.AuditIDs[i][:])
		}
	}
}

// scope writes the project or domain of a token. Version 1 alone has its domain without the pair around it.
func (w *writer) scope(v version, id string) {
	switch {
	case v == domainScoped && isUUID(id):
		w.uuid(id)
	case v == domainScoped:
		// Old encoders wrote a UUID as 16 bytes of text, so no other id can be told from one.
		w.bad = w.bad || len(id) == uuidSize
		w.text(id)
	case id == "" && v.scopeMayBeNil():
		w.pair(false)
		w.out = msgp.AppendNil(w.out)
	default:
		w.id(id)
	}
}

// id writes the pair of an id: [true, 16 bytes] or [false, text].
func (w *writer) id(id string) {
	packed := isUUID(id)
	w.pair(packed)
	if packed {
		w.uuid(id)
		return
	}
	w.text(id)
}

func (w *writer) pair(packed bool) {
	w.out = msgp.AppendArrayHeader(w.out, 2)
	w.out = msgp.AppendBool(w.out, packed)
}

func (w *writer) uuid(id string) {
	var raw [uuidSize]byte
	if !isUUID(id) {
		w.bad = true
		return
	}
	_, err := hex.Decode(raw[:], []byte(id))
	w.bad = w.bad || err != nil
	w.out = msgp.AppendBytes(w.out, raw[:])
}

func (w *writer) text(s string) {
	w.bad = w.bad || !isText(s)
	w.out = msgp.AppendString(w.out, s)
}

// isUUID says whether 16 bytes give back exactly this text: 32 lower-case hex digits. Keystone also packs other
// spellings of a UUID, and then forgets how they were written.
func isUUID(id string) bool {
	if len(id) != 2*uuidSize {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isText(s string) bool {
	return s != "" && len(s) <= maxText && utf8.ValidString(s)
}
