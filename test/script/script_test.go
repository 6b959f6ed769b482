// Package script runs the API's stories: *.txtar files of requests and expected answers, each
// of them one promise. They run against a server of their own, or against any Keystone:
//
//	LINTEL_TEST_URL=https://keystone.example:5000 OS_USERNAME=admin OS_PASSWORD=... go test ./test/script
//
// OS_PROJECT_NAME, OS_USER_DOMAIN_ID and OS_PROJECT_DOMAIN_ID are honoured; the administrator
// needs the role admin on its project and on the system. Stories whose name begins with
// lintel- promise more than Keystone does; LINTEL_TEST_PEER=keystone leaves them out.
//
// A story is a testscript with these commands besides the usual ones. Names are made unique,
// ids are put in variables, and everything made by them is removed at the end.
//
//	domain acme                        makes a domain: $ACME, $ACME_NAME
//	project demo in acme               makes a project: $DEMO, $DEMO_NAME
//	user alice in acme                 makes a user: $ALICE, $ALICE_NAME, $ALICE_PASSWORD
//	role cook                          makes a role: $COOK, $COOK_NAME
//	grant member to alice on project demo     (or: on domain acme, on system)
//	login alice on project demo        gets $ALICE_TOKEN and sends it from here on
//	                                   (or: on domain acme, on system, on nothing; without: the default)
//	! login alice on project demo      is refused with 401
//	as alice | as anonymous | as token $T     whose token is sent from here on
//
//	GET /v3/users Name:value ...       sends a request; so do HEAD POST PUT PATCH DELETE
//	POST /v3/users '{"user": {}}'      with a body: in quotes, or the name of a section below
//	status 201                         what was answered last
//	header Vary X-Auth-Token           has this header (with this value); ! header Location
//	json user.name alice               has this value; lists by number, * is any; ! json user.password
//	count users 2                      has a list, or an object, of this length
//	match token.issued_at '^\d+'       has a text that matches
//	same BODY                          is, to the byte, the body that was saved
//	save ID user.id                    puts a value in $ID
//	saveheader T X-Subject-Token       puts a header in $T
//	savebody BODY                      puts the body in $BODY
//	fill LONG 100000                   puts that many letters in $LONG
//	passcode CODE GEZDGNBV...          puts the authenticator's current passcode for a seed in $CODE
//	basic B alice secret               puts the credentials of HTTP Basic in $B
//
// Bodies may use variables; one that is not set fails the story.
package script

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// site is the server under test and its administrator.
type site struct {
	url                        string // without version
	user, userDomain, password string
	project, projectDomain     string
}

func TestStories(t *testing.T) {
	s := theSite(t)
	testscript.Run(t, testscript.Params{
		Files:               stories(t),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			st := &story{site: s, run: randomText(), roles: map[string]string{}}
			env.Setenv("URL", s.url)
			env.Setenv("RUN", st.run)
			env.Values[storyKey{}] = st
			env.Defer(func() { st.cleanUp(env.T().(testing.TB)) })
			return nil
		},
		Cmds: commands(),
	})
}

// theSite is the one of the environment, or a new one that lives until the end of the test.
func theSite(t *testing.T) site {
	url := os.Getenv("LINTEL_TEST_URL")
	if url == "" {
		env := servertest.Start(t, servertest.Options{})
		return site{url: env.URL, user: "admin", userDomain: "default", password: servertest.AdminPassword, project: "admin", projectDomain: "default"}
	}
	or := func(name, fallback string) string {
		if v := os.Getenv(name); v != "" {
			return v
		}
		return fallback
	}
	return site{url: strings.TrimSuffix(strings.TrimRight(url, "/"), "/v3"), user: or("OS_USERNAME", "admin"), userDomain: or("OS_USER_DOMAIN_ID", "default"),
		password: os.Getenv("OS_PASSWORD"), project: or("OS_PROJECT_NAME", "admin"), projectDomain: or("OS_PROJECT_DOMAIN_ID", "default")}
}

func stories(t *testing.T) (files []string) {
	found, err := filepath.Glob("*.txtar")
	if err != nil || len(found) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range found {
		if os.Getenv("LINTEL_TEST_PEER") != "keystone" || !strings.HasPrefix(file, "lintel-") {
			files = append(files, file)
		}
	}
	return files
}

func randomText() string {
	var b [4]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// command is one of a story: it returns why the story fails.
type command func(st *story, ts *testscript.TestScript, neg bool, args []string) error

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]command{
		"domain": (*story).cmdDomain, "project": (*story).cmdProject, "user": (*story).cmdUser, "role": (*story).cmdRole,
		"grant": (*story).cmdGrant, "login": (*story).cmdLogin, "as": (*story).cmdAs,
		"status": (*story).cmdStatus, "header": (*story).cmdHeader, "json": (*story).cmdJSON, "count": (*story).cmdCount, "match": (*story).cmdMatch,
		"same": (*story).cmdSame, "save": (*story).cmdSave, "saveheader": (*story).cmdSaveHeader, "savebody": (*story).cmdSaveBody, "fill": (*story).cmdFill,
		"passcode": (*story).cmdPasscode, "basic": (*story).cmdBasic,
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		all[method] = func(st *story, ts *testscript.TestScript, neg bool, args []string) error {
			return st.request(ts, method, neg, args)
		}
	}
	cmds := map[string]func(*testscript.TestScript, bool, []string){}
	for name, run := range all {
		cmds[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			st := ts.Value(storyKey{}).(*story)
			if err := run(st, ts, neg, args); err != nil {
				ts.Fatalf("%s: %v\nthe last answer was %s", name, err, st.last)
			}
		}
	}
	return cmds
}
