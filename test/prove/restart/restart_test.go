package restart

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRestarts(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "lintel")
	if out, err := exec.Command("go", "build", "-o", binary, "../../../cmd/lintel").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, way := range []Way{Supervised, Handover} {
		t.Run("no request is lost when "+string(way), func(t *testing.T) {
			r, err := Run(t.Context(), Options{Binary: binary, Way: way, Restarts: 4, Clients: 8, Requests: 2000})
			must(t, err)
			t.Log(r)
			if r.Failed != 0 || r.Restarts != 4 || r.Requests < 2000 {
				t.Errorf("%s\n%q", r, r.Failures)
			}
		})
	}
	for _, way := range []Way{Undrained, Killed} {
		t.Run("requests are lost when "+string(way), func(t *testing.T) {
			r, err := Run(t.Context(), Options{Binary: binary, Way: way, Restarts: 4, Clients: 32, Requests: 2000})
			must(t, err)
			t.Log(r)
			if r.Failed == 0 {
				t.Errorf("a negative control lost nothing: %s", r)
			}
		})
	}
	t.Run("a process that cannot start leaves the old one serving", func(t *testing.T) { testBrokenSuccessor(t, binary) })
	t.Run("a stop during a handover leaves no process", func(t *testing.T) { testStopDuringHandover(t, binary) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until ready is true.
func eventually(t *testing.T, what string, ready func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !ready(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

func started(t *testing.T, binary string) *server {
	t.Helper()
	s, err := newServer(t.TempDir(), Options{Binary: binary, Way: Handover})
	must(t, err)
	t.Cleanup(func() { must(t, s.close()) })
	must(t, s.bootstrap(t.Context()))
	must(t, s.start(t.Context()))
	return s
}

func testBrokenSuccessor(t *testing.T, binary string) {
	s := started(t, binary)
	login, err := s.credential()
	must(t, err)
	file := filepath.Join(s.dir, configName)
	good, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, append([]byte("unknown = 1\n"), good...), 0o600))
	must(t, s.process.Signal(syscall.SIGUSR2))
	eventually(t, "the failure is not in the log", func() bool { return strings.Contains(s.logTail(), "the new process did not take over") })
	if log := s.logTail(); !strings.Contains(log, "lintel.toml:1:1: unknown") || !strings.Contains(log, "exit status 1") {
		t.Errorf("the log does not say why:\n%s", log)
	}
	c := &client{address: s.address}
	_, err = c.do(http.MethodPost, "/v3/auth/tokens", nil, login, http.StatusCreated)
	must(t, err)
	must(t, os.WriteFile(file, good, 0o600))
	must(t, s.restart(t.Context()))
	_, err = c.do(http.MethodPost, "/v3/auth/tokens", nil, login, http.StatusCreated)
	must(t, err)
}

func testStopDuringHandover(t *testing.T, binary string) {
	s := started(t, binary)
	// The new process hangs in reading its configuration, until somebody writes it.
	file := filepath.Join(s.dir, configName)
	must(t, os.Remove(file))
	must(t, syscall.Mkfifo(file, 0o600))
	must(t, s.process.Signal(syscall.SIGUSR2))
	var pipe *os.File
	eventually(t, "no new process reads the configuration", func() (open bool) {
		var err error
		pipe, err = os.OpenFile(file, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	defer func() { _ = pipe.Close() }()
	must(t, s.process.Signal(syscall.SIGTERM))
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the old process: %v\n%s", err, s.logTail())
	}
	if _, err := pipe.WriteString("#"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("the new process still reads: %v", err)
	}
}
