package token

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/token/fernet"
)

// ReadKeystoneKeys reads a Keystone's key repository (/etc/keystone/fernet-keys or credential-keys): one key in each
// file named by a number. The highest number, the primary, comes first, and the staged 0 last. Directories, empty files
// and other names are skipped, as Keystone skips them.
//
// It is an error, naming the file, if a key cannot be read or is none, and one if the directory has no key at all.
func ReadKeystoneKeys(dir string) ([]fernet.Key, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("token: key repository: %w", err)
	}
	found := map[uint64]fernet.Key{}
	for _, entry := range entries {
		number, err := strconv.ParseUint(entry.Name(), 10, 32)
		if err != nil || strconv.FormatUint(number, 10) != entry.Name() {
			continue
		}
		key, ok, err := readKeystoneKey(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if ok {
			found[number] = key
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("token: key repository %s holds no key", dir)
	}
	var keys []fernet.Key
	for _, number := range slices.Backward(slices.Sorted(maps.Keys(found))) {
		keys = append(keys, found[number])
	}
	return keys, nil
}

// readKeystoneKey reads one file; ok is false for a directory or an empty file.
func readKeystoneKey(path string) (key fernet.Key, ok bool, err error) {
	info, err := os.Stat(path) // follows links, as configuration managers make them
	if err != nil {
		return key, false, fmt.Errorf("token: key repository: %w", err)
	}
	if info.IsDir() || info.Size() == 0 {
		return key, false, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key, false, fmt.Errorf("token: key repository: %w", err)
	}
	key, err = fernet.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		return key, false, fmt.Errorf("token: %s: %w", path, err)
	}
	return key, true, nil
}
