package restart

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// build makes the program as it ships.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "lintel")
	if out, err := exec.Command("go", "build", "-o", binary, "../../../cmd/lintel").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

func TestARestartLosesNoRequest(t *testing.T) {
	binary := build(t)
	for _, way := range []Way{Supervised, Handover} {
		t.Run(string(way), func(t *testing.T) {
			r, err := Run(t.Context(), Options{Binary: binary, Way: way, Restarts: 4, Clients: 8, Requests: 2000})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			if r.Failed != 0 || r.Restarts != 4 || r.Requests < 2000 {
				t.Errorf("%s\n%q", r, r.Failures)
			}
		})
	}
	// What is counted can fail.
	for _, way := range []Way{Undrained, Killed} {
		t.Run(string(way), func(t *testing.T) {
			r, err := Run(t.Context(), Options{Binary: binary, Way: way, Restarts: 4, Clients: 32, Requests: 2000})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r, r.Failures)
			if r.Failed == 0 {
				t.Errorf("a negative control lost nothing: %s", r)
			}
		})
	}
}
