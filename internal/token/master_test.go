package token

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAMasterKeyHasOneText(t *testing.T) {
	m := NewMasterKey()
	text := m.Encode()
	sealed := m.Seal("purpose", "id", []byte("plain"))
	again, err := ParseMasterKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open("purpose", "id", sealed); err != nil || string(plain) != "plain" {
		t.Errorf("%q, %v", plain, err)
	}
	bad := []string{"", text + "\n", text + "=", " " + text, text[:43], text[:42] + "_=", text[:42] + "/=", text[:42] + "=="}
	for i := range text {
		bad = append(bad, text[:i]+"\n"+text[i:], text[:i]+"\r\n\r\n"+text[min(i+4, len(text)):])
	}
	for _, b := range bad {
		if _, err := ParseMasterKey(b); err == nil {
			t.Errorf("%q is read", b)
		} else if len(b) > 40 && strings.Contains(err.Error(), b[20:30]) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

func TestAMasterKeyIsReadInBothAlphabets(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xff}, keySize/2)
	for _, text := range []string{base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw)} {
		m, err := ParseMasterKey(text)
		if err != nil || m.Encode() != base64.StdEncoding.EncodeToString(raw) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSealedBytesOpenOnlyForTheirPurposeAndID(t *testing.T) {
	m := NewMasterKey()
	sealed := m.Seal("token", "id", []byte("plain"))
	for _, c := range []struct{ purpose, id string }{{"secret", "id"}, {"token", "i"}, {"toke", "nid"}, {"token|id", ""}} {
		if _, err := m.Open(c.purpose, c.id, sealed); err == nil {
			t.Errorf("opens for %+v", c)
		}
	}
	if _, err := NewMasterKey().Open("token", "id", sealed); err == nil {
		t.Error("another master key opens it")
	}
	if bytes.Contains(sealed, []byte("plain")) || len(sealed) != len("plain")+28 {
		t.Errorf("%d bytes: %q", len(sealed), sealed)
	}
}

func TestAMasterKeyFileIsItsOwnersAlone(t *testing.T) {
	m := NewMasterKey()
	path := filepath.Join(t.TempDir(), "master.key")
	for _, text := range []string{m.Encode(), m.Encode() + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := LoadMasterKey(path)
		if err != nil || got.Encode() != m.Encode() {
			t.Errorf("%q is not loaded: %v", text, err)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o644, 0o660, 0o610, 0o601, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadMasterKey(path); err == nil || !strings.Contains(err.Error(), "only its owner") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestWhatIsNoMasterKeyFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "garbage": "garbage", "two": NewMasterKey().Encode() + "\n\n", "long": strings.Repeat("x", 1<<20)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadMasterKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "missing")} {
		if _, err := LoadMasterKey(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
