package token

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/token/fernet"
)

func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheKeysOfAKeystoneAreReadPrimaryFirst(t *testing.T) {
	staged, old, primary := fernet.NewKey().Encode(), fernet.NewKey().Encode(), fernet.NewKey().Encode()
	dir := repository(t, map[string]string{
		"0": staged, "9": old + "\n", "10": primary,
		"0.tmp": "garbage", "readme": "garbage", "11": "", "-1": "garbage", "+12": "garbage", "013": "garbage",
	})
	if err := os.Mkdir(filepath.Join(dir, "12"), 0o700); err != nil {
		t.Fatal(err)
	}
	keys, err := ReadKeystoneKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range keys {
		got = append(got, k.Encode())
	}
	if want := []string{primary, old, staged}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%d keys, or another order", len(got))
	}
}

func TestAKeyThatCannotBeReadIsNamed(t *testing.T) {
	secret := fernet.NewKey().Encode()
	dangling := repository(t, map[string]string{"0": secret})
	if err := os.Symlink("nowhere", filepath.Join(dangling, "1")); err != nil {
		t.Fatal(err)
	}
	for dir, file := range map[string]string{
		repository(t, map[string]string{"0": secret, "1": secret[:40]}): "1",
		dangling:           "1",
		repository(t, nil): "",
		repository(t, map[string]string{"0": ""}): "",
		filepath.Join(t.TempDir(), "missing"):     "",
	} {
		_, err := ReadKeystoneKeys(dir)
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, file)) {
			t.Errorf("%s: %v", dir, err)
		} else if strings.Contains(err.Error(), secret[:20]) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}
