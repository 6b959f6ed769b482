package token

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
)

const keySize = 32

// errSealed does not say what is wrong: GCM does not know.
var errSealed = errors.New("token: sealed bytes do not open: another key, another owner, or altered")

// newAEAD returns AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits in front of each sealed text. One key
// may seal 2^32 texts; rotation comes long before.
func newAEAD(raw [keySize]byte) cipher.AEAD {
	block, err := aes.NewCipher(raw[:])
	if err != nil {
		panic(err) // aes refuses only lengths other than 16, 24 and 32
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // it refuses only blocks that are not AES
	}
	return aead
}

func open(aead cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	plain, err := aead.Open(nil, nil, sealed, bound)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// bind makes the additional data that ties sealed bytes to their place. Each part has its length in front, so that no
// two lists of parts give the same data.
func bind(parts ...string) []byte {
	var data []byte
	for _, part := range parts {
		data = binary.AppendUvarint(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}
