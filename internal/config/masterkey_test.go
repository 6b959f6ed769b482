package config

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var testKey = [32]byte([]byte("0123456789abcdef?>?>?>?>89abcdef"))

func TestTheMasterKeyFileMustBePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	text := base64.StdEncoding.EncodeToString(testKey[:]) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := Keys{MasterKeyFile: path}
	for mode, refused := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o620: true, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got, err := keys.MasterKey()
		if refused && (err == nil || !strings.Contains(err.Error(), "chmod 0600 "+path)) {
			t.Errorf("mode %04o: %v", mode, err)
		}
		if !refused && (err != nil || got != testKey) {
			t.Errorf("mode %04o: %x, %v", mode, got, err)
		}
	}
}

func TestTheMasterKeyHasOneTextForm(t *testing.T) {
	standard := base64.StdEncoding.EncodeToString(testKey[:])
	url := base64.URLEncoding.EncodeToString(testKey[:])
	for _, good := range []string{standard, url} {
		if got, err := decodeKey("key", []byte(good)); err != nil || got != testKey {
			t.Errorf("%s: %x, %v", good, got, err)
		}
	}
	bad := []string{
		"", standard[:43], standard + "\n", standard + "=", " " + standard, standard[:20] + "\n" + standard[20:],
		strings.Replace(standard, "Y=", "Z=", 1), // bits after the last byte
		strings.Replace(standard, "/", "_", 1),   // both alphabets in one text
		base64.StdEncoding.EncodeToString(make([]byte, 31)), base64.StdEncoding.EncodeToString(make([]byte, 33)),
	}
	for _, text := range bad {
		if _, err := decodeKey("key", []byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		} else if len(text) > 30 && strings.Contains(err.Error(), text[4:30]) {
			t.Errorf("the error repeats the key: %v", err)
		}
	}
}

func TestTheMasterKeyIsGivenExactlyOnce(t *testing.T) {
	fromEnvironment := func() string { return base64.StdEncoding.EncodeToString(testKey[:]) }
	if got, err := (Keys{environmentKey: fromEnvironment}).MasterKey(); err != nil || got != testKey {
		t.Errorf("from the environment: %x, %v", got, err)
	}
	if _, err := (Keys{}).MasterKey(); !errors.Is(err, ErrNoMasterKey) {
		t.Errorf("none: %v", err)
	}
	if _, err := (Keys{environmentKey: fromEnvironment, MasterKeyFile: "x"}).MasterKey(); err == nil {
		t.Error("two keys were accepted")
	}
	if _, err := (Keys{MasterKeyFile: t.TempDir()}).MasterKey(); err == nil {
		t.Error("a directory was accepted")
	}
}

func FuzzMasterKey(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString(testKey[:])))
	f.Add([]byte(base64.URLEncoding.EncodeToString(testKey[:])))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := decodeKey("key", text)
		standard, url := base64.StdEncoding.EncodeToString(key[:]), base64.URLEncoding.EncodeToString(key[:])
		if err == nil && !bytes.Equal(text, []byte(standard)) && !bytes.Equal(text, []byte(url)) {
			t.Errorf("%q is a second text of a key", text)
		}
	})
}

// A service manager that hands the key over lets a server run as a user who cannot read the file.
func TestTheMasterKeyMayBeACredential(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "master.key")
	env := func(name string) (string, bool) { return dir, name == "CREDENTIALS_DIRECTORY" }
	load := func() (key [32]byte, err error) {
		c, err := Load(file(t, "[keys]\nmaster_key_file = \"/nowhere/master.key\""), env)
		if err != nil {
			t.Fatal(err)
		}
		return c.Keys.MasterKey()
	}
	if _, err := load(); err == nil || !strings.Contains(err.Error(), "/nowhere/master.key") {
		t.Errorf("without the credential: %v", err)
	}
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(testKey[:])), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, refused := range map[os.FileMode]bool{0o400: false, 0o440: false, 0o444: true} { // 0440 is what an access list looks like
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got, err := load(); (err != nil) != refused || !refused && got != testKey {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
}
