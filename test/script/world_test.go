package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

type storyKey struct{}

type object = map[string]any

// story is what one file has done so far.
type story struct {
	site
	run   string // makes names unique on a shared site
	token string // sent with requests; "" for none
	admin string // the administrator's token, for making the world
	last  *answer
	made  []string          // paths of what was made, in that order
	roles map[string]string // ids by name
}

// ask is a request of the administrator that must succeed.
func (st *story) ask(method, path string, body any) (*answer, error) {
	if st.admin == "" {
		a, err := st.issue(object{"name": st.user, "domain": object{"id": st.userDomain}, "password": st.password},
			object{"project": object{"name": st.project, "domain": object{"id": st.projectDomain}}})
		if err != nil {
			return nil, err
		}
		if a.status != http.StatusCreated {
			return nil, fmt.Errorf("the administrator cannot log in: %s", a)
		}
		st.admin = a.header.Get("X-Subject-Token")
	}
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	a, err := st.do(method, path, text, "X-Auth-Token:"+st.admin)
	if err == nil && a.status >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %s", method, path, a)
	}
	return a, err
}

// issue asks for a token by password.
func (st *story) issue(user object, scope any) (*answer, error) {
	auth := object{"identity": object{"methods": []string{"password"}, "password": object{"user": user}}}
	if scope != nil {
		auth["scope"] = scope
	}
	body, err := json.Marshal(object{"auth": auth})
	if err != nil {
		return nil, err
	}
	return st.do(http.MethodPost, "/v3/auth/tokens", body)
}

// create makes a thing, puts its id and name in variables and remembers it for the end.
func (st *story) create(ts *testscript.TestScript, noun, name string, spec object) error {
	spec["name"] = name + "-" + st.run
	a, err := st.ask(http.MethodPost, "/v3/"+noun+"s", object{noun: spec})
	if err != nil {
		return err
	}
	var body map[string]struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return err
	}
	id := body[noun].ID
	ts.Setenv(variable(name), id)
	ts.Setenv(variable(name)+"_NAME", name+"-"+st.run)
	st.made = append(st.made, "/v3/"+noun+"s/"+id)
	return nil
}

func variable(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }

// cleanUp removes what was made, last first. What the story itself removed is gone already.
func (st *story) cleanUp(t testing.TB) {
	for _, path := range slices.Backward(st.made) {
		if strings.HasPrefix(path, "/v3/domains/") {
			if a, err := st.ask(http.MethodPatch, path, object{"domain": object{"enabled": false}}); err != nil && !gone(a) {
				t.Error(err)
			}
		}
		if a, err := st.ask(http.MethodDelete, path, nil); err != nil && !gone(a) {
			t.Error(err)
		}
	}
}

func gone(a *answer) bool { return a != nil && a.status == http.StatusNotFound }

func (st *story) cmdDomain(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: domain NAME")
	}
	return st.create(ts, "domain", args[0], object{})
}

func (st *story) cmdProject(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 3 || args[1] != "in" {
		return errors.New("usage: project NAME in DOMAIN")
	}
	return st.create(ts, "project", args[0], object{"domain_id": ts.Getenv(variable(args[2]))})
}

func (st *story) cmdUser(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 3 || args[1] != "in" {
		return errors.New("usage: user NAME in DOMAIN")
	}
	password := "Pass-" + randomText()
	ts.Setenv(variable(args[0])+"_PASSWORD", password)
	return st.create(ts, "user", args[0], object{"domain_id": ts.Getenv(variable(args[2])), "password": password})
}

func (st *story) cmdRole(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: role NAME")
	}
	return st.create(ts, "role", args[0], object{})
}

// target is the end of a sentence: on project demo, on domain acme, on system.
func target(ts *testscript.TestScript, words []string) (path string, scope object, err error) {
	switch {
	case len(words) == 3 && words[0] == "on" && (words[1] == "project" || words[1] == "domain"):
		id := ts.Getenv(variable(words[2]))
		return words[1] + "s/" + id, object{words[1]: object{"id": id}}, nil
	case slices.Equal(words, []string{"on", "system"}):
		return "system", object{"system": object{"all": true}}, nil
	case slices.Equal(words, []string{"on", "nothing"}):
		return "", object{"unscoped": object{}}, nil
	}
	return "", nil, fmt.Errorf("%q is not: on project P, on domain D, on system, on nothing", words)
}

func (st *story) cmdGrant(ts *testscript.TestScript, _ bool, args []string) error {
	if len(args) < 5 || args[1] != "to" {
		return errors.New("usage: grant ROLE to USER on project P | on domain D | on system")
	}
	path, _, err := target(ts, args[3:])
	if err != nil {
		return err
	}
	role := ts.Getenv(variable(args[0])) // one that the story made
	if role == "" {
		if role, err = st.roleID(args[0]); err != nil {
			return err
		}
	}
	_, err = st.ask(http.MethodPut, "/v3/"+path+"/users/"+ts.Getenv(variable(args[2]))+"/roles/"+role, nil)
	return err
}

func (st *story) roleID(name string) (string, error) {
	if st.roles[name] == "" {
		a, err := st.ask(http.MethodGet, "/v3/roles", nil)
		if err != nil {
			return "", err
		}
		var body struct {
			Roles []struct{ ID, Name string }
		}
		if err := json.Unmarshal(a.body, &body); err != nil {
			return "", err
		}
		for _, r := range body.Roles {
			st.roles[r.Name] = r.ID
		}
	}
	if st.roles[name] == "" {
		return "", fmt.Errorf("there is no role %s", name)
	}
	return st.roles[name], nil
}

func (st *story) cmdLogin(ts *testscript.TestScript, neg bool, args []string) (err error) {
	if len(args) == 0 {
		return errors.New("usage: login USER [on project P | on domain D | on system | on nothing]")
	}
	name := args[0]
	user := object{"id": ts.Getenv(variable(name)), "password": ts.Getenv(variable(name) + "_PASSWORD")}
	var scope any
	if name == "admin" {
		user = object{"name": st.user, "domain": object{"id": st.userDomain}, "password": st.password}
		scope = object{"project": object{"name": st.project, "domain": object{"id": st.projectDomain}}}
	}
	if len(args) > 1 {
		if _, scope, err = target(ts, args[1:]); err != nil {
			return err
		}
	}
	if st.last, err = st.issue(user, scope); err != nil {
		return err
	}
	want := http.StatusCreated
	if neg {
		want = http.StatusUnauthorized
	}
	if st.last.status != want {
		return fmt.Errorf("%s: status %d, want %d", name, st.last.status, want)
	}
	if !neg {
		st.token = st.last.header.Get("X-Subject-Token")
		ts.Setenv(variable(name)+"_TOKEN", st.token)
	}
	return nil
}

func (st *story) cmdAs(ts *testscript.TestScript, _ bool, args []string) error {
	switch {
	case slices.Equal(args, []string{"anonymous"}):
		st.token = ""
		return nil
	case len(args) == 2 && args[0] == "token" && args[1] != "":
		st.token = args[1]
		return nil
	case len(args) == 1 && ts.Getenv(variable(args[0])+"_TOKEN") != "":
		st.token = ts.Getenv(variable(args[0]) + "_TOKEN")
		return nil
	}
	return errors.New("usage: as anonymous | as USER, once logged in | as token $TOKEN")
}
