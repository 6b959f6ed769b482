package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lintel-id/lintel/test/rig/wire"
)

// ledger holds what a server has acknowledged. It lives in this process, so that no death of a server can take it.
type ledger struct {
	mu    sync.Mutex
	paths []string // of what must be there
}

func (l *ledger) add(path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paths = append(l.paths, path)
}

func (l *ledger) acknowledged() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.paths)
}

// writer makes users, grants and application credentials, and enters what was acknowledged.
type writer struct {
	ledger  *ledger
	token   string // the administrator's
	admin   string // its user id
	project string // its project's id
	role    string // id of the role member
	names   *atomic.Int64
}

// newWriter looks up what it needs. All writers of a drill share names, because names are unique.
func newWriter(ctx context.Context, c *wire.Client, password string) (*writer, error) {
	w := &writer{ledger: &ledger{}, names: &atomic.Int64{}}
	var err error
	if w.token, err = c.Admin(ctx, password); err != nil {
		return nil, err
	}
	one := func(path, noun string) (id string, err error) {
		var answer map[string]any
		if _, err := c.Call(ctx, http.MethodGet, path, w.token, nil, &answer, http.StatusOK); err != nil {
			return "", err
		}
		list, _ := answer[noun].([]any)
		if len(list) != 1 {
			return "", fmt.Errorf("GET %s: %d %s, not 1", path, len(list), noun)
		}
		object, _ := list[0].(map[string]any)
		id, _ = object["id"].(string)
		return id, nil
	}
	var err1, err2, err3 error
	w.admin, err1 = one("/v3/users?name=admin", "users")
	w.project, err2 = one("/v3/projects?name=admin", "projects")
	w.role, err3 = one("/v3/roles?name=member", "roles")
	return w, errors.Join(err1, err2, err3)
}

// write makes one user, one grant and one application credential after the other until an answer is not the wanted one, which it
// returns.
func (w *writer) write(ctx context.Context, c *wire.Client) error {
	for {
		name := fmt.Sprintf("acked-%d", w.names.Add(1))
		user, _, err := c.Create(ctx, "/v3/users", w.token, "user", wire.Object{"name": name})
		if err != nil {
			return err
		}
		w.ledger.add("/v3/users/" + user)
		grant := "/v3/projects/" + w.project + "/users/" + user + "/roles/" + w.role
		if _, err := c.Call(ctx, http.MethodPut, grant, w.token, nil, nil, http.StatusNoContent); err != nil {
			return err
		}
		w.ledger.add(grant)
		credentials := "/v3/users/" + w.admin + "/application_credentials"
		id, _, err := c.Create(ctx, credentials, w.token, "application_credential", wire.Object{"name": name})
		if err != nil {
			return err
		}
		w.ledger.add(credentials + "/" + id)
	}
}

// lost asks for everything that was acknowledged and returns what is not there. Any other answer is an error.
func lost(ctx context.Context, c *wire.Client, token string, paths []string) (missing []string, err error) {
	const askers = 4
	var mu sync.Mutex
	var all sync.WaitGroup
	for first := range askers {
		all.Go(func() {
			for i := first; i < len(paths); i += askers {
				gone, e := isLost(ctx, c, token, paths[i])
				mu.Lock()
				if gone {
					missing = append(missing, paths[i])
				}
				err = errors.Join(err, e)
				mu.Unlock()
				if e != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return missing, err
}

func isLost(ctx context.Context, c *wire.Client, token, path string) (bool, error) {
	method, want := http.MethodGet, http.StatusOK
	if isGrant(path) {
		method, want = http.MethodHead, http.StatusNoContent
	}
	_, err := c.Call(ctx, method, path, token, nil, nil, want)
	if wire.StatusOf(err) == http.StatusNotFound {
		return true, nil
	}
	return false, err
}

func isGrant(path string) bool { return len(path) > 13 && path[:13] == "/v3/projects/" }
