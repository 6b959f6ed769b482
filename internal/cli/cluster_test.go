package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store/storetest"
)

// TestClusterStatusShowsEachServer of a database, and how far it is.
func TestClusterStatusShowsEachServer(t *testing.T) {
	postgres := storetest.Postgres(t)
	if postgres == "" {
		return // said by Postgres, and a failure where it is required
	}
	first := servertest.Start(t, servertest.Options{Database: storetest.NewDatabase(t, postgres)})
	servertest.Start(t, servertest.Options{Beside: first})
	file := filepath.Join(t.TempDir(), "lintel.toml")
	if err := os.WriteFile(file, []byte(first.ConfigText), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	p := Process{Out: &out, Err: &errs, Version: "test", Env: func(name string) (string, bool) { return first.MasterKey, name == "LINTEL_MASTER_KEY" }}
	if code := Main([]string{"cluster", "status", "--config", file}, p); code != 0 {
		t.Fatalf("status %d: %s", code, &errs)
	}
	if rows := regexp.MustCompile(`(?m)^\S+ .* \d+ +\d+ +\d+\.\d s ago$`).FindAllString(out.String(), -1); len(rows) != 2 {
		t.Errorf("want two servers:\n%s", &out)
	}
}
