package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server"
)

// TestMain lets this binary be the process that hashes passwords.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "hash-passwords" {
		os.Exit(m.Run())
	}
	if err := server.HashPasswords(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hashers are the ids of the processes that hash for this one.
func hashers(t *testing.T) (ids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	must(t, err)
	for _, path := range stats {
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline")) // processes come and go
		_, after := stat(path)
		if len(after) > 1 && after[1] == strconv.Itoa(os.Getpid()) && after[0] != "Z" && strings.Contains(string(command), "hash-passwords") {
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			ids = append(ids, id)
		}
	}
	return ids
}

// stat is what /proc says of a process or a thread: its name, and the fields after it, the state and the parent first.
func stat(path string) (name string, after []string) {
	text, _ := os.ReadFile(path)
	name, rest, _ := strings.Cut(string(text), ") ")
	return name, strings.Fields(rest)
}

// TestPasswordsAreHashedByAnotherProcessOfLowPriority that outlives the signals which drain a server, is missed by nobody
// when it is killed, and ends with the server.
func TestPasswordsAreHashedByAnotherProcessOfLowPriority(t *testing.T) {
	t.Run("server", func(t *testing.T) {
		p := serve(t, "")
		p.login()
		if res, text := p.do("POST", "/v3/auth/tokens", "", strings.Replace(loginBody, "reload-Pass-1", "another-Pass-1", 1)); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("another password: %d %s", res.StatusCode, text)
		}
		first := hashers(t)
		if len(first) != 1 {
			t.Fatalf("%d processes hash", len(first))
		}
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", first[0]))
		must(t, err)
		for _, path := range threads {
			if name, after := stat(path); len(after) > 16 && after[16] != "10" {
				t.Errorf("thread %s has the priority %s", name, after[16])
			}
		}
		environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", first[0]))
		if err != nil || len(environment) > 0 {
			t.Errorf("its environment: %q, %v", environment, err)
		}
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
			must(t, syscall.Kill(first[0], signal))
		}
		p.login()
		if again := hashers(t); len(again) != 1 || again[0] != first[0] {
			t.Errorf("after signals: %v, before: %v", again, first)
		}
		must(t, syscall.Kill(first[0], syscall.SIGKILL))
		p.login()
		p.logged("the process that hashes passwords cannot be used")
		p.login()
		if again := hashers(t); len(again) != 1 || again[0] == first[0] {
			t.Errorf("after its end: %v, before: %v", again, first)
		}
	})
	for deadline := time.After(patience); len(hashers(t)) > 0; {
		select {
		case <-deadline:
			t.Fatalf("the server has ended and %v have not", hashers(t))
		default:
		}
	}
}
