package v3_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/auth/totp"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
)

const receiptHeader = "Openstack-Auth-Receipt"

// rules sets alice's multi-factor rules.
func (f *secondFactor) rules(rules ...[]string) {
	f.t.Helper()
	f.options(body{"multi_factor_auth_rules": rules})
}

func (f *secondFactor) options(options body) {
	f.t.Helper()
	f.Do("PATCH", "/v3/users/"+f.alice, f.AdminToken(), body{"user": body{"options": options}}).Want(200)
}

func (f *secondFactor) password(scope any) *servertest.Response {
	f.t.Helper()
	return f.login(servertest.PasswordAuth(f.alice, lenderPassword, scope))
}

// parsed is the whole body of an answer.
func parsed(t *testing.T, r *servertest.Response) (whole body) {
	t.Helper()
	if err := json.Unmarshal(r.Body, &whole); err != nil {
		t.Fatal(err)
	}
	return whole
}

// receipt is what alice gets for her password alone.
func (f *secondFactor) receipt() string {
	f.t.Helper()
	text := f.password(nil).Want(401).Header.Get(receiptHeader)
	if text == "" {
		f.t.Fatal("there is no receipt")
	}
	return text
}

// goOn shows a receipt with the current passcode.
func (f *secondFactor) goOn(receipt string) *servertest.Response {
	f.t.Helper()
	return f.login(totpAuth(body{"id": f.alice}, f.code(0), servertest.Project(f.red)), receiptHeader, receipt)
}

// plain401 is a failed login: it gives no receipt and has Keystone's error.
func (f *secondFactor) plain401(r *servertest.Response) {
	f.t.Helper()
	if r.Want(401).Header.Get(receiptHeader) != "" || r.Get("error.code") != 401.0 {
		f.t.Errorf("answered %v %s", r.Header, r.Body)
	}
}

func TestALoginThatNeedsMoreMethodsGetsAReceipt(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp"}, []string{"application_credential"}, []string{"password", "palm"}, []string{"password", "token"})
	r := f.password(servertest.Project(f.red)).Want(401)
	if r.Header.Get(receiptHeader) == "" || r.Header.Get("X-Subject-Token") != "" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", r.Header)
	}
	issued, expires := r.Text("receipt.issued_at"), r.Text("receipt.expires_at")
	from, ok := identity.ParseTime(issued)
	until, ok2 := identity.ParseTime(expires)
	if !ok || !ok2 || until.Sub(from) != 5*time.Minute || !strings.HasSuffix(issued, ".000000Z") {
		t.Errorf("from %s until %s", issued, expires)
	}
	want := body{
		"receipt": body{"methods": []any{"password"}, "issued_at": issued, "expires_at": expires,
			"user": body{"id": f.alice, "name": "alice", "domain": body{"id": "default", "name": "Default"}}},
		"required_auth_methods": []any{[]any{"password", "totp"}, []any{"password", "token"}},
	}
	if diff := cmp.Diff(want, parsed(t, r)); diff != "" {
		t.Error(diff)
	}
}

func TestAReceiptAndTheRestAreALogin(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp"})
	receipt := f.receipt()
	r := f.goOn(receipt).Want(201)
	if diff := cmp.Diff([]any{"password", "totp"}, r.Get("token.methods")); diff != "" || r.Get("token.project.id") != f.red {
		t.Errorf("the token is %s", r.Body)
	}
	if r.Header.Get(receiptHeader) != "" {
		t.Error("there is a receipt as well")
	}
	f.wait(totp.Period)
	first := f.show(f.code(0)).Want(401).Header.Get(receiptHeader)
	f.login(servertest.PasswordAuth(f.alice, lenderPassword, nil), receiptHeader, first).Want(201)
	f.wait(totp.Period)
	f.login(f.both(lenderPassword, f.code(0), nil)).Want(201)
}

func TestAReceiptIsItsUsersOwnAndNothingElse(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp"})
	receipt := f.receipt()
	f.plain401(f.login(servertest.PasswordAuth(f.bob, lenderPassword, nil), receiptHeader, receipt))
	for name, bad := range map[string]string{"a token": f.token(f.bob, f.red), "an altered one": receipt[:40] + "A" + receipt[41:] + "A", "no such thing": "bogus-receipt"} {
		f.wait(totp.Period)
		if r := f.goOn(bad); r.Status != 401 || r.Header.Get(receiptHeader) != "" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	// It opens no door.
	f.Do("GET", "/v3/auth/projects", receipt, nil).Want(401)
	f.Do("GET", "/v3/auth/tokens", f.AdminToken(), nil, "X-Subject-Token", receipt).Want(404)
	f.login(exchange(receipt, nil)).Want(404)
	// And what fails gets none.
	f.plain401(f.login(servertest.PasswordAuth(f.alice, "wrong", nil)))
	f.plain401(f.login(f.both(lenderPassword, f.wrong(), nil)))
	f.plain401(f.login(totpAuth(body{"id": f.alice}, f.wrong(), nil), receiptHeader, receipt))
}

func TestAReceiptEndsWithItsTimeItsUserAndItsPassword(t *testing.T) {
	user := func(f *secondFactor, change body) {
		f.Do("PATCH", "/v3/users/"+f.alice, f.AdminToken(), body{"user": change}).Want(200)
	}
	for name, end := range map[string]func(f *secondFactor){
		"its time":                     func(f *secondFactor) { f.wait(5 * time.Minute) },
		"disabling the user for good":  func(f *secondFactor) { user(f, body{"enabled": false}) },
		"disabling the user for once":  func(f *secondFactor) { user(f, body{"enabled": false}); user(f, body{"enabled": true}) },
		"another password":             func(f *secondFactor) { user(f, body{"password": "another-Pass-1"}) },
		"the same password, set again": func(f *secondFactor) { user(f, body{"password": lenderPassword}) },
	} {
		f := startSecondFactor(t, nil)
		f.rules([]string{"password", "totp"})
		receipt := f.receipt()
		end(f)
		if r := f.goOn(receipt); r.Status != 401 || r.Header.Get(receiptHeader) != "" {
			t.Errorf("after %s: %d %s", name, r.Status, r.Body)
		}
	}
	f := startSecondFactor(t, func(c *config.Config) { c.Receipt.Expiration = config.Duration{Duration: time.Hour} })
	f.rules([]string{"password", "totp"})
	receipt := f.receipt()
	f.wait(time.Hour - time.Second)
	f.goOn(receipt).Want(201)
}

// Each step of a login does not begin the time anew.
func TestAReceiptThatGoesOnEndsWithTheFirst(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp", "token"})
	first := f.password(nil).Want(401)
	f.wait(time.Minute)
	second := f.goOn(first.Header.Get(receiptHeader)).Want(401)
	if diff := cmp.Diff([]any{"password", "totp"}, second.Get("receipt.methods")); diff != "" || second.Get("receipt.expires_at") != first.Get("receipt.expires_at") {
		t.Errorf("the second is %s", second.Body)
	}
}

func TestExchangingATokenThatFulfilledTheRulesNeedsNoMore(t *testing.T) {
	f := startSecondFactor(t, nil)
	old := f.token(f.alice, f.red)
	f.rules([]string{"password", "totp"})
	text := f.login(f.both(lenderPassword, f.code(0), servertest.Project(f.red))).Want(201).Header.Get("X-Subject-Token")
	r := f.login(exchange(text, servertest.Project(f.blue))).Want(201)
	if diff := cmp.Diff([]any{"password", "token", "totp"}, r.Get("token.methods")); diff != "" {
		t.Error(diff)
	}
	// One that did not is no way round them, nor does a receipt take what it was worth with it.
	f.plain401(f.login(exchange(old, servertest.Project(f.blue))))
	f.wait(totp.Period)
	auth := exchange(old, servertest.Project(f.blue))
	in := auth["auth"].(body)["identity"].(body)
	in["methods"], in["totp"] = []string{"token", "totp"}, body{"user": body{"id": f.alice, "passcode": f.code(0)}}
	f.login(auth).Want(201)
}

// As in Keystone, an application credential is a method like the others: a rule must name it.
func TestApplicationCredentialsNeedARuleOfTheirOwn(t *testing.T) {
	f := startSecondFactor(t, nil)
	r := f.lend(f.token(f.alice, f.red), "robot", nil).Want(201)
	robot := credentialAuth(r.Text("application_credential.id"), r.Text("application_credential.secret"))
	f.rules([]string{"password", "totp"})
	f.plain401(f.login(robot)) // no receipt: with one, what comes next would not be limited to the credential
	f.rules([]string{"password", "totp"}, []string{"application_credential"})
	if got := f.login(robot).Want(201).Get("token.application_credential.restricted"); got != true {
		t.Errorf("restricted is %v", got)
	}
	f.receipt()
}

// Keystone drops the method from the rule, and one factor is enough then.
func TestARuleWithAMethodThatCannotBeUsedIsNeverFulfilled(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "palm"}, []string{"palm"})
	r := f.password(nil).Want(401)
	if diff := cmp.Diff([]any{}, r.Get("required_auth_methods")); diff != "" {
		t.Error(diff)
	}
	f.options(body{"multi_factor_auth_enabled": false})
	f.password(nil).Want(201)
	f.options(body{"multi_factor_auth_enabled": true})
	f.password(nil).Want(401)
	f.options(body{"multi_factor_auth_rules": nil})
	f.password(nil).Want(201)
}

func TestOneRuleOfSeveralIsEnough(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp"}, []string{"password"})
	f.password(nil).Want(201)
	r := f.show(f.code(0)).Want(401)
	if diff := cmp.Diff([]any{[]any{"password", "totp"}}, r.Get("required_auth_methods")); diff != "" {
		t.Error(diff)
	}
}

// The password's owner has as many tries of the second factor as the lock-out allows: neither
// the right password, nor a receipt, nor a new password gives more.
func TestKnowingOneFactorGivesNoFurtherTriesOfTheOther(t *testing.T) {
	f := startSecondFactor(t, func(c *config.Config) { c.SecurityCompliance.LockoutFailureAttempts = 3 })
	f.rules([]string{"password", "totp"})
	f.login(f.both(lenderPassword, f.wrong(), nil)).Want(401)
	receipt := f.receipt()
	f.login(totpAuth(body{"id": f.alice}, f.wrong(), nil), receiptHeader, receipt).Want(401)
	f.receipt()
	f.Do("POST", "/v3/users/"+f.alice+"/password", "", body{"user": body{"original_password": lenderPassword, "password": "another-Pass-1"}}).Want(204)
	f.login(f.both("another-Pass-1", f.wrong(), nil)).Want(401)
	f.plain401(f.goOn(receipt))
	f.plain401(f.login(servertest.PasswordAuth(f.alice, "another-Pass-1", nil)))
	f.wait(time.Hour)
	f.login(f.both("another-Pass-1", f.code(0), nil)).Want(201)
}

func TestTheV2APIKnowsNoReceipts(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.rules([]string{"password", "totp"})
	f.plain401(f.Do("POST", "/v2.0/tokens", "", body{"auth": body{"passwordCredentials": body{"username": "alice", "password": lenderPassword}}}))
}
