package token

import (
	"fmt"

	"github.com/lintel-id/lintel/internal/identity"
)

// SealBlob seals what must be read again, such as an EC2 secret, with the primary credential key, and returns that
// key's id. The bytes open only for the same credential id, owner and type, so that a row's blob is of no use in
// another row.
func (r *Ring) SealBlob(id, owner, typ string, plain []byte) (sealed []byte, keyID string) {
	return r.blobs[r.blob].Seal(nil, nil, plain, bindBlob(id, owner, typ, r.blob)), r.blob
}

// HasBlobKey says whether the ring has a credential key. A row can be newer than the ring.
func (r *Ring) HasBlobKey(keyID string) bool { return r.blobs[keyID] != nil }

// OpenBlob opens what SealBlob sealed under the key keyID. The error names a key that the ring has not; otherwise it
// does not tell altered bytes from those of another row.
func (r *Ring) OpenBlob(id, owner, typ, keyID string, sealed []byte) ([]byte, error) {
	aead, ok := r.blobs[keyID]
	if !ok {
		return nil, fmt.Errorf("token: no %s key %s", identity.CredentialKeys, keyID)
	}
	plain, err := open(aead, sealed, bindBlob(id, owner, typ, keyID))
	if err != nil {
		return nil, fmt.Errorf("token: blob of credential %s: %w", id, err)
	}
	return plain, nil
}

func bindBlob(id, owner, typ, keyID string) []byte {
	return bind(string(identity.CredentialKeys), id, owner, typ, keyID)
}
