package config

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrNoMasterKey says that neither the file nor the environment names a master key.
var ErrNoMasterKey = errors.New("no master key: set [keys] master_key_file or LINTEL_MASTER_KEY to the base64 of 32 random bytes")

// credentialName is the file in $CREDENTIALS_DIRECTORY (systemd's LoadCredential=) that holds the master key.
const credentialName = "master.key"

// MasterKey returns the 32 bytes that seal stored secrets, from LINTEL_MASTER_KEY or from the file. The file must be a
// regular one that only its owner can open (CVE-2013-1977). Naming both is an error, because only one can be meant.
// A service manager's credential goes before the file, which then need not be readable here.
// No error repeats any part of the key.
func (k Keys) MasterKey() ([32]byte, error) {
	switch {
	case k.credential != "":
		// The manager keeps others out of the directory, and gives the file to us by an access list, of which the mode's
		// bits of the group are the sum.
		return k.fromFile(k.credential, 0o007)
	case k.environmentKey != nil && k.MasterKeyFile != "":
		return [32]byte{}, errors.New("the master key is given twice: remove [keys] master_key_file or LINTEL_MASTER_KEY")
	case k.environmentKey != nil:
		return decodeKey("LINTEL_MASTER_KEY", []byte(k.environmentKey()))
	case k.MasterKeyFile != "":
		return k.fromFile(k.MasterKeyFile, 0o077)
	}
	return [32]byte{}, ErrNoMasterKey
}

func (k Keys) fromFile(path string, forbidden fs.FileMode) ([32]byte, error) {
	text, err := readPrivate(path, forbidden)
	if err != nil {
		return [32]byte{}, err
	}
	return decodeKey(path, bytes.TrimSuffix(text, []byte("\n")))
}

// readPrivate looks at the mode of the opened file, not of the name, so that the two cannot differ.
func readPrivate(path string, forbidden fs.FileMode) (text []byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("master key: %s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return nil, fmt.Errorf("master key: others than the owner can open %s (mode %04o): chmod 0600 %s", path, mode, path)
	}
	const enough = 64
	text, err = io.ReadAll(io.LimitReader(file, enough))
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return text, nil
}

// decodeKey takes the standard alphabet (openssl rand -base64 32) or the URL one (a Fernet key), in its one canonical form.
func decodeKey(source string, text []byte) (key [32]byte, err error) {
	for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		raw, decodeErr := alphabet.DecodeString(string(text))
		if decodeErr == nil && len(raw) == len(key) && alphabet.EncodeToString(raw) == string(text) {
			copy(key[:], raw)
			return key, nil
		}
	}
	return key, fmt.Errorf("master key: %s must hold 44 characters, the base64 of 32 bytes; it holds %d bytes", source, len(text))
}
