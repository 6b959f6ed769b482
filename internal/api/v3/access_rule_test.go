package v3_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

func accessRule(method, path string) map[string]any {
	return map[string]any{"service": "identity", "method": method, "path": path}
}

func rules(of ...map[string]any) map[string]any { return map[string]any{"access_rules": of} }

func TestAnAccessRuleIsTheUsersAndUsedAgain(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	one, two := accessRule("GET", "/v3/users"), accessRule("POST", "/v3/users/*")
	first := l.lend(alice, "first", rules(one, two, one)).Want(201)
	id := first.Text("application_credential.access_rules.0.id")
	for path, want := range map[string]any{"0.service": "identity", "0.method": "GET", "0.path": "/v3/users", "1.method": "POST", "2": nil} {
		if got := first.Get("application_credential.access_rules." + path); got != want {
			t.Errorf("rule %s is %v, want %v", path, got, want)
		}
	}
	again := l.lend(alice, "again", rules(one, map[string]any{"id": id})).Want(201)
	if again.Get("application_credential.access_rules.0.id") != id || again.Get("application_credential.access_rules.1") != nil {
		t.Errorf("the rule is not used again: %s", again.Body)
	}
	other := l.lend(alice, "other", rules(map[string]any{"id": id, "service": "image", "method": "GET", "path": "/**"})).Want(201)
	if got := other.Get("application_credential.access_rules.0.path"); got != one["path"] {
		t.Errorf("the rule of the id became %v", got)
	}
	path := "/v3/users/" + l.alice + "/access_rules"
	for query, want := range map[string]int{"": 2, "?service=identity": 2, "?service=image": 0, "?method=POST": 1, "?path=/v3/users": 1, "?method=POST&path=/v3/users": 0} {
		if got := l.Do("GET", path+query, alice, nil).Want(200).Get("access_rules").([]any); len(got) != want {
			t.Errorf("%q lists %d, want %d", query, len(got), want)
		}
	}
	show := l.Do("GET", path+"/"+id, alice, nil).Want(200)
	if show.Get("access_rule.path") != "/v3/users" || show.Get("access_rule.links.self") != l.URL+path+"/"+id {
		t.Errorf("shown %s", show.Body)
	}
}

func TestTheOwnerDecidesWhoSeesAnAccessRule(t *testing.T) {
	l := startLender(t, servertest.Options{})
	id := l.lend(l.token(l.alice, l.red), "a", rules(accessRule("GET", "/"))).Want(201).Text("application_credential.access_rules.0.id")
	bob, bobs, alices := l.token(l.bob, l.red), "/v3/users/"+l.bob+"/access_rules", "/v3/users/"+l.alice+"/access_rules"
	for _, path := range []string{bobs, alices} {
		l.Do("GET", path+"/"+id, bob, nil).Want(403)
		l.Do("DELETE", path+"/"+id, bob, nil).Want(403)
		l.Do("GET", path+"/"+id, "", nil).Want(401)
	}
	l.Do("GET", alices+"/"+id, l.SystemToken(), nil).Want(200)
	l.Do("GET", bobs+"/"+id, l.SystemToken(), nil).Want(404) // it is not Bob's
	l.Do("GET", alices, bob, nil).Want(403)
	l.Do("GET", alices+"/nothing", bob, nil).Want(403)
	l.Do("GET", bobs+"/nothing", bob, nil).Want(404)
	l.Do("DELETE", bobs+"/nothing", bob, nil).Want(404)
	body := map[string]any{"application_credential": map[string]any{"name": "stolen", "access_rules": []any{map[string]any{"id": id}}}}
	l.Do("POST", "/v3/users/"+l.bob+"/application_credentials", bob, body).Want(404)
	if got := l.Do("GET", "/v3/users/"+l.bob+"/application_credentials", bob, nil).Want(200).Get("application_credentials").([]any); len(got) != 0 {
		t.Errorf("the refused one stands: %v", got)
	}
}

func TestAnAccessRuleThatIsNeededStays(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	r := l.lend(alice, "a", rules(accessRule("GET", "/"))).Want(201)
	path := "/v3/users/" + l.alice + "/access_rules/" + r.Text("application_credential.access_rules.0.id")
	l.Do("DELETE", path, alice, nil).Want(403)
	l.Do("DELETE", l.credentials+"/"+r.Text("application_credential.id"), alice, nil).Want(204)
	l.Do("GET", path, alice, nil).Want(200)
	l.Do("DELETE", path, alice, nil).Want(204)
	l.Do("GET", path, alice, nil).Want(404)
}

func TestAccessRulesHoldOnOurOwnAPI(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	_, token := l.borrow(alice, "a", rules(accessRule("GET", "/v3/users/{user_id}"), map[string]any{"service": "image", "method": "GET", "path": "/**"}))
	l.Do("GET", "/v3/users/"+l.alice, token, nil).Want(200)
	for _, request := range [][2]string{{"HEAD", "/v3/users/" + l.alice}, {"GET", "/v3/users/" + l.alice + "/projects"}, {"GET", "/v3/auth/projects"},
		{"GET", l.credentials}, {"GET", "/v3/nowhere"}, {"GET", "/v2.0/tenants"}, {"POST", "/v3"}} {
		l.Do(request[0], request[1], token, nil).Want(403)
	}
	for _, path := range []string{"/v3", "/v3/"} {
		l.Do("GET", path, token, nil).Want(200)
	}
	l.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", alice).Want(403)
	l.Do("DELETE", "/v3/auth/tokens", token, nil, "X-Subject-Token", alice).Want(403)
	l.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token, "OpenStack-Identity-Access-Rules", "1").Want(200)
	l.Do("GET", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(404)
	l.Do("DELETE", "/v3/auth/tokens", token, nil, "X-Subject-Token", token).Want(204)
	l.Do("GET", "/v3/users/"+l.alice, token, nil).Want(401)
}

// send makes a request whose target is sent as it stands, and returns the answer's status and body.
func (l *lender) send(token, target string) (int, []byte) {
	l.t.Helper()
	host := strings.TrimPrefix(l.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		l.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nX-Auth-Token: %s\r\nConnection: close\r\n\r\n", target, host, token); err != nil {
		l.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		l.t.Fatal(err)
	}
	return resp.StatusCode, body.Bytes()
}

// S-25: the path that is compared with a rule is the path that is routed by, however it is spelled.
func TestNoSpellingOfAPathGetsPastAnAccessRule(t *testing.T) {
	l := startLender(t, servertest.Options{})
	alice := l.token(l.alice, l.red)
	_, token := l.borrow(alice, "a", rules(accessRule("GET", "/v3/auth/projects/**"), accessRule("GET", "/v3/users/*")))
	const allowed = "/v3/auth/projects/x"
	forbidden := l.credentials
	if code, _ := l.send(alice, forbidden); code != 200 {
		t.Fatalf("without rules the path answers %d", code)
	}
	if code, _ := l.send(token, "/v3/users/"+l.alice+"/"); code != 200 {
		t.Fatalf("the allowed path answers %d", code)
	}
	tricks := []string{"", "/", "//", "/./", "/../", "/.%2e/", "/%2e./", "/%2e%2e/", "%2f", "%2F", "/%2f", "%5c", "\\", "/..\\", "%00", "%0a", "%0d", "%09", ";", ";x=1",
		"/..;/", "/;/", "%3b", "%20", "?", "%3f", "#", "%23", "%252f", "%252e%252e/", "%u002f", "%c0%af", "%ef%bc%8f", "%e2%80%ae", "\x80", "/*/", "%2a", "@", ":80/", "*"}
	variants := map[string]bool{strings.ToUpper(forbidden): true, strings.Replace(forbidden, "v3", "V3", 1): true, l.URL + forbidden: true, "http://else" + forbidden: true,
		strings.Replace(forbidden, "v3", "%763", 1): true, strings.ReplaceAll(forbidden, "a", "%61"): true, forbidden + "/": true, forbidden + "?x=" + allowed: true}
	for _, trick := range tricks {
		for i := range forbidden {
			if forbidden[i] == '/' {
				variants[forbidden[:i]+trick+forbidden[i:]] = true
				variants[forbidden[:i]+trick+forbidden[i+1:]] = true
			}
		}
		variants[forbidden+trick] = true
		variants[allowed+trick+forbidden] = true
		variants[allowed+strings.Repeat("/.."+trick, 4)+forbidden] = true
		variants["/v3/users/"+l.alice+trick+"application_credentials"] = true
	}
	if len(variants) < 200 {
		t.Fatalf("only %d variants", len(variants))
	}
	for target := range variants {
		if strings.Contains(target, " ") {
			t.Fatalf("%q is no request target", target)
		}
		code, body := l.send(token, target)
		if code == 200 && bytes.Contains(body, []byte("application_credentials")) {
			t.Errorf("%q gets past the rules", target)
		}
		if code != 200 && code != 400 && code != 403 && code != 404 {
			t.Errorf("%q: status %d", target, code)
		}
	}
}
