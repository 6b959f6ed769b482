package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/store"
)

// The environment that makes the test binary a writer: see TestMain.
const (
	writerURL  = "LINTEL_TEST_WRITER_URL"
	writerName = "LINTEL_TEST_WRITER_NAME"
)

// write adds services with two endpoints each until it is killed, and says which are committed.
func write(rawURL, name string) int {
	ctx := context.Background()
	s, err := store.Open(ctx, rawURL, store.Options{})
	for n := 0; err == nil; n++ {
		id := identity.ServiceID(fmt.Sprintf("%s-%d", name, n))
		_, err = s.Update(ctx, func(tx *store.Tx) error {
			if err := tx.InsertService(ctx, &identity.Service{ID: id, Type: name}); err != nil {
				return err
			}
			for _, i := range []identity.Interface{identity.PublicInterface, identity.InternalInterface} {
				err := tx.InsertEndpoint(ctx, &identity.Endpoint{ID: identity.EndpointID(id) + "-" + identity.EndpointID(i), ServiceID: id, Interface: i})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			_, err = fmt.Println(id)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// killed runs a writer, kills it after some acknowledgements, and returns all it gave.
func killed(t *testing.T, rawURL, name string, after int) (acknowledged []string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerURL+"="+rawURL, writerName+"="+name)
	var words strings.Builder
	cmd.Stderr = &words
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Error(err)
			break
		}
		acknowledged = append(acknowledged, strings.TrimSpace(line))
		if len(acknowledged) == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); len(acknowledged) < after {
		t.Errorf("writer %s ended by itself: %v %s", name, err, words.String())
	}
	return acknowledged
}

// testKilledWriters has two processes at a time write beside a server, and kills them with
// SIGKILL at different moments.
func testKilledWriters(t *testing.T, e engine) {
	rawURL := e(t)
	s := open(t, rawURL, store.Options{Server: true})
	acknowledged := map[string]bool{}
	for round := range 3 {
		both := make(chan []string)
		for _, name := range []string{"a", "b"} {
			go func() { both <- killed(t, rawURL, fmt.Sprint(name, round), 20+17*round) }()
		}
		for range 2 {
			for _, id := range <-both {
				acknowledged[id] = true
			}
		}
		_, err := s.Update(t.Context(), func(tx *store.Tx) error {
			return tx.PutKey(t.Context(), &identity.SealedKey{ID: fmt.Sprint("server", round)})
		})
		if err != nil {
			t.Fatalf("the server cannot write after others were killed: %v", err)
		}
	}
	auditKilled(t, open(t, rawURL, store.Options{}), acknowledged)
}

// auditKilled checks that every acknowledged write is there, that no write is there by half,
// and that the log tells the same as the rows.
func auditKilled(t *testing.T, s *store.Store, acknowledged map[string]bool) {
	t.Helper()
	services, endpoints := 0, 0
	loaded, followed := map[string]any{}, map[string]any{}
	rev, err := s.Load(t.Context(), func(c identity.Change) error {
		switch v := c.Object.(type) {
		case *identity.Service:
			services++
			delete(acknowledged, string(v.ID))
		case *identity.Endpoint:
			endpoints++
		}
		loaded[string(c.Kind)+c.Key] = c.Object
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged writes are lost: %v", len(acknowledged), acknowledged)
	}
	if endpoints != 2*services {
		t.Errorf("%d services have %d endpoints", services, endpoints)
	}
	if want := int64(services + 3); rev != want {
		t.Errorf("revision %d after %d commits", rev, want)
	}
	if _, err := s.Changes(t.Context(), 0, func(c identity.Change) error {
		followed[string(c.Kind)+c.Key] = c.Object
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(loaded, followed); d != "" {
		t.Errorf("rows and log (-rows +log):\n%s", d)
	}
}
