package token

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// Ring is all unsealed keys of one snapshot. It never changes and is safe for concurrent use; a new snapshot of keys
// is a new Ring. It never prints a key.
type Ring struct {
	methods Methods

	tokens fernet.Ring // the primary, our others, then those of a Keystone
	own    int         // how many of tokens are ours
	memo   *memo

	receipts fernet.Ring   // derived from our token keys, in their order
	notes    []cipher.AEAD // the same

	secrets map[string]*[keySize]byte
	secret  string // id of the primary

	blobs map[string]cipher.AEAD
	blob  string // id of the primary
}

// NewRing opens keys with the master key. keystone are further keys that open tokens but seal none, and methods is
// the list of the Keystone they are from.
//
// It is an error if a key does not open, which is what a wrong master key looks like, if an id comes twice, or if a
// purpose has not exactly one primary key. Errors name keys by their id.
func NewRing(m MasterKey, keys []identity.SealedKey, keystone []fernet.Key, methods Methods) (*Ring, error) {
	if err := methods.check(); err != nil {
		return nil, err
	}
	for _, purpose := range purposes() {
		if _, err := primary(keys, purpose); err != nil {
			return nil, err
		}
	}
	r := &Ring{
		methods: slices.Clone(methods),
		memo:    newMemo(),
		secrets: map[string]*[keySize]byte{},
		blobs:   map[string]cipher.AEAD{},
	}
	seen := map[string]bool{}
	for _, k := range primaryFirst(keys) {
		if seen[k.ID] {
			return nil, fmt.Errorf("token: key %s comes twice", k.ID)
		}
		seen[k.ID] = true
		if err := r.add(m, k); err != nil {
			return nil, err
		}
	}
	r.own = len(r.tokens)
	r.tokens = append(r.tokens, keystone...)
	return r, nil
}

// add opens one key and puts it where its purpose wants it.
func (r *Ring) add(m MasterKey, k identity.SealedKey) error {
	raw, err := unseal(m, k)
	if err != nil {
		return err
	}
	isPrimary := k.State == identity.KeyPrimary
	switch k.Purpose {
	case identity.TokenKeys:
		r.tokens = append(r.tokens, fernet.KeyFromBytes(raw))
		r.receipts = append(r.receipts, receiptKey(raw))
		r.notes = append(r.notes, noteKey(raw))
	case identity.SecretKeys:
		r.secrets[k.ID] = &raw
		if isPrimary {
			r.secret = k.ID
		}
	case identity.CredentialKeys:
		r.blobs[k.ID] = newAEAD(raw)
		if isPrimary {
			r.blob = k.ID
		}
	default:
		return fmt.Errorf("token: key %s has the unknown purpose %q", k.ID, k.Purpose)
	}
	return nil
}

func unseal(m MasterKey, k identity.SealedKey) (raw [keySize]byte, err error) {
	plain, err := m.Open(string(k.Purpose), k.ID, k.Sealed)
	if err != nil {
		return raw, fmt.Errorf("token: %s key %s does not open with this master key: it was sealed by another master key, or altered", k.Purpose, k.ID)
	}
	if len(plain) != keySize {
		return raw, fmt.Errorf("token: %s key %s has %d bytes, not %d", k.Purpose, k.ID, len(plain), keySize)
	}
	return [keySize]byte(plain), nil
}

// Mint returns the text of t, sealed by the primary token key. It sets t.IssuedAt to now and cuts both times to whole
// seconds, as Open will read them. The errors are those of Append, and that of a token with too many groups.
func (r *Ring) Mint(t *identity.Token, now time.Time) (string, error) {
	payload, err := r.methods.Append(make([]byte, 0, 256), t)
	if err != nil {
		return "", err
	}
	if len(payload) > fernet.MaxPayload {
		return "", errors.New("token: more groups than a token has room for")
	}
	t.IssuedAt = time.Unix(now.Unix(), 0).UTC()
	t.ExpiresAt = time.Unix(t.ExpiresAt.Unix(), 0).UTC()
	return string(r.tokens[0].Seal(nil, payload, t.IssuedAt)), nil
}

// Open reads a token that any key of the ring sealed: staged, primary, secondary or a Keystone's, which fromKeystone
// tells. Whether the token is still good is not judged. The error wraps ErrInvalid; only for a token that a key of
// the ring did seal does it say what is wrong. The token is shared with others who open the same: do not write to it.
func (r *Ring) Open(text string) (t *identity.Token, fromKeystone bool, err error) {
	if len(text) > fernet.MaxToken {
		return nil, false, ErrInvalid
	}
	known, hash := r.memo.get(text)
	if known != nil {
		return known.token, known.fromKeystone, nil
	}
	payload, issued, key, err := r.tokens.Open(nil, text)
	if err != nil {
		return nil, false, ErrInvalid
	}
	t, err = r.methods.Parse(payload)
	if err != nil {
		return nil, false, err
	}
	t.IssuedAt = issued
	r.memo.put(&opened{hash: hash, text: strings.Clone(text), token: t, fromKeystone: key >= r.own})
	return t, key >= r.own, nil
}

// String, GoString and LogValue keep the keys out of logs and errors.
func (*Ring) String() string       { return redacted }
func (*Ring) GoString() string     { return redacted }
func (*Ring) LogValue() slog.Value { return slog.StringValue(redacted) }

func purposes() [3]identity.KeyPurpose {
	return [...]identity.KeyPurpose{identity.TokenKeys, identity.CredentialKeys, identity.SecretKeys}
}

// primary returns the one primary key of a purpose.
func primary(keys []identity.SealedKey, p identity.KeyPurpose) (identity.SealedKey, error) {
	found := ofState(keys, p, identity.KeyPrimary)
	if len(found) != 1 {
		return identity.SealedKey{}, fmt.Errorf("token: %d primary %s keys, exactly one is needed", len(found), p)
	}
	return found[0], nil
}

func ofState(keys []identity.SealedKey, p identity.KeyPurpose, s identity.KeyState) []identity.SealedKey {
	var found []identity.SealedKey
	for _, k := range keys {
		if k.Purpose == p && k.State == s {
			found = append(found, k)
		}
	}
	return found
}

// primaryFirst orders keys by how likely a token was sealed by them: primary, the newest secondary ones, staged.
func primaryFirst(keys []identity.SealedKey) []identity.SealedKey {
	return slices.SortedStableFunc(slices.Values(keys), func(a, b identity.SealedKey) int {
		if (a.State == identity.KeyPrimary) != (b.State == identity.KeyPrimary) {
			if a.State == identity.KeyPrimary {
				return -1
			}
			return 1
		}
		return b.PrimaryAt.Compare(a.PrimaryAt)
	})
}
