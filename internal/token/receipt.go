package token

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// receiptItems are the user, the bitmap of methods, the expiry and the audit id.
const receiptItems = 4

// receiptKey derives from a token key the one that seals receipts (HKDF, RFC 5869). It rotates with the token key, and
// neither opens what the other sealed: whatever a receipt says, it cannot be taken for a token, nor a token for one.
func receiptKey(tokenKey [keySize]byte) fernet.Key {
	raw, err := hkdf.Key(sha256.New, tokenKey[:], nil, "lintel receipt", keySize)
	if err != nil {
		panic(err) // hkdf refuses only lengths above 255 hashes, and short keys where FIPS 140 is enforced
	}
	return fernet.KeyFromBytes([keySize]byte(raw))
}

// MintReceipt returns the text of a receipt. It sets r.IssuedAt to now and cuts both times to whole seconds, as
// OpenReceipt will read them. It is an error if a method has no bit, or if the user's id is empty or too long.
func (r *Ring) MintReceipt(receipt *identity.Receipt, now time.Time) (string, error) {
	bitmap, missing := r.methods.bitmap(receipt.Methods)
	if missing != "" {
		return "", fmt.Errorf("token: authentication method %q has no bit", missing)
	}
	w := writer{out: msgp.AppendArrayHeader(make([]byte, 0, 64), receiptItems)}
	w.id(string(receipt.UserID))
	w.out = msgp.AppendUint64(w.out, bitmap)
	expires, ok := toSeconds(receipt.ExpiresAt)
	if w.bad || !ok {
		return "", errors.New("token: no receipt can hold this user id or expiry")
	}
	w.out = msgp.AppendFloat64(w.out, expires)
	w.out = msgp.AppendBytes(w.out, receipt.AuditID[:])
	receipt.IssuedAt = time.Unix(now.Unix(), 0).UTC()
	receipt.ExpiresAt = time.Unix(receipt.ExpiresAt.Unix(), 0).UTC()
	return string(r.receipts[0].Seal(nil, w.out, receipt.IssuedAt)), nil
}

// OpenReceipt reads a receipt that any of our token keys sealed. Whether it is still good is not judged. The error wraps
// ErrInvalid and never holds the text.
func (r *Ring) OpenReceipt(text string) (*identity.Receipt, error) {
	payload, issued, _, err := r.receipts.Open(nil, text)
	if err != nil {
		return nil, ErrInvalid
	}
	receipt, err := r.methods.parseReceipt(payload)
	if err != nil {
		return nil, err
	}
	receipt.IssuedAt = issued
	return receipt, nil
}

// parseReceipt reads what MintReceipt packed, all of it.
func (m Methods) parseReceipt(payload []byte) (*identity.Receipt, error) {
	r := reader{rest: payload}
	r.must(r.array() == receiptItems)
	receipt := &identity.Receipt{UserID: identity.UserID(r.id())}
	methods, ok := m.names(r.uint())
	r.must(ok)
	receipt.Methods = methods
	expires, ok := fromSeconds(r.float())
	r.must(ok)
	receipt.ExpiresAt = expires
	id := r.bytes()
	r.must(len(id) == len(receipt.AuditID))
	copy(receipt.AuditID[:], id)
	if r.bad || len(r.rest) > 0 {
		return nil, fmt.Errorf("%w: not the items of a receipt", ErrInvalid)
	}
	return receipt, nil
}
