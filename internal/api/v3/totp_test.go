package v3_test

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lintel-id/lintel/internal/auth/totp"
	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server/servertest"
	"github.com/lintel-id/lintel/internal/store"
	"github.com/lintel-id/lintel/internal/token"
)

const totpSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// secondFactor is a lender whose alice has an authenticator, and a clock that the test moves.
type secondFactor struct {
	*lender
	offset atomic.Int64
	start  time.Time
	seed   totp.Secret
	id     string // of the authenticator's credential
}

func startSecondFactor(t *testing.T, change func(*config.Config)) *secondFactor {
	f := &secondFactor{start: time.Now().Truncate(totp.Period)}
	f.lender = startLender(t, servertest.Options{Now: f.now, Config: change})
	f.id = f.keep(f.token(f.alice, f.red), f.alice, "totp", totpSeed, nil).Want(201).Text("credential.id")
	var err error
	if f.seed, err = totp.Parse(totpSeed); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *secondFactor) now() time.Time { return f.start.Add(time.Duration(f.offset.Load())) }

func (f *secondFactor) wait(d time.Duration) { f.offset.Add(int64(d)) }

// code is the passcode of so many steps ago.
func (f *secondFactor) code(ago int64) string { return f.seed.Passcode(totp.Step(f.now()) - ago) }

// wrong is a passcode that is none now.
func (f *secondFactor) wrong() string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		if code != f.code(-1) && code != f.code(0) && code != f.code(1) && code != f.code(2) {
			return code
		}
	}
	panic("four codes are the current ones")
}

// totpAuth is the body of a login by passcode.
func totpAuth(user body, passcode string, scope any) body {
	user["passcode"] = passcode
	auth := body{"identity": body{"methods": []string{"totp"}, "totp": body{"user": user}}}
	if scope != nil {
		auth["scope"] = scope
	}
	return body{"auth": auth}
}

func (f *secondFactor) show(passcode string) *servertest.Response {
	f.t.Helper()
	return f.Do("POST", "/v3/auth/tokens", "", totpAuth(body{"id": f.alice}, passcode, servertest.Project(f.red)))
}

// both is the body of a login by password and passcode.
func (f *secondFactor) both(password, passcode string, scope any) body {
	auth := servertest.PasswordAuth(f.alice, password, scope)
	in := auth["auth"].(body)["identity"].(body)
	in["methods"] = []string{"totp", "password"}
	in["totp"] = body{"user": body{"id": f.alice, "passcode": passcode}}
	return auth
}

func (f *secondFactor) login(auth body, header ...string) *servertest.Response {
	f.t.Helper()
	return f.Do("POST", "/v3/auth/tokens", "", auth, header...)
}

func TestAPasscodeIsALoginLikeAPassword(t *testing.T) {
	f := startSecondFactor(t, nil)
	r := f.show(f.code(0)).Want(201)
	if diff := cmp.Diff([]any{"totp"}, r.Get("token.methods")); diff != "" || r.Get("token.user.id") != f.alice || r.Get("token.project.id") != f.red {
		t.Errorf("the token is %s", r.Body)
	}
	text := r.Header.Get("X-Subject-Token")
	if got := f.Do("GET", "/v3/auth/tokens", text, nil, "X-Subject-Token", text).Want(200).Get("token.methods.0"); got != "totp" {
		t.Errorf("validated as %v", got)
	}
	f.wait(totp.Period)
	f.login(totpAuth(body{"name": "alice", "domain": body{"id": "default"}}, f.code(0), nil)).Want(201)
	neverKept(f.t, f.Env, totpSeed)
}

func TestAPasscodeIsGoodOnce(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.show(f.code(0)).Want(201)
	f.show(f.code(0)).Want(401)
	f.show(f.code(1)).Want(401) // older than the one that was used
	f.wait(totp.Period)
	f.show(f.code(1)).Want(401)
	f.show(f.code(0)).Want(201)
}

func TestOfManyWhoShowAPasscodeAtOnceOneGetsIn(t *testing.T) {
	f := startSecondFactor(t, nil)
	code := f.code(0)
	var in atomic.Int64
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			if r := f.show(code); r.Status == http.StatusCreated {
				in.Add(1)
			} else if r.Status != http.StatusUnauthorized {
				t.Errorf("status %d: %s", r.Status, r.Body)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in", in.Load())
	}
}

func TestAPasscodeIsGoodInItsWindowsOnly(t *testing.T) {
	for windows, good := range map[int]map[int64]bool{0: {0: true, 1: false}, 1: {1: true, 2: false, -1: false}, 3: {3: true, 4: false}} {
		f := startSecondFactor(t, func(c *config.Config) { c.TOTP.IncludedPreviousWindows = windows })
		for ago, ok := range good {
			if ok {
				f.show(f.code(ago)).Want(201)
			} else {
				f.show(f.code(ago)).Want(401)
			}
		}
	}
}

func TestEachAuthenticatorOfAUserWorks(t *testing.T) {
	f := startSecondFactor(t, nil)
	spaced := "mzxw 6ytb oizh kylt mvxg i2lo m4xs 4lro"
	f.keep(f.token(f.alice, f.red), f.alice, "totp", spaced, nil).Want(201)
	f.junkSeed("not base32 at all") // a Keystone would have taken it
	second, err := totp.Parse(spaced)
	if err != nil {
		t.Fatal(err)
	}
	f.show(f.code(0)).Want(201)
	f.show(second.Passcode(totp.Step(f.now()))).Want(201)
	f.Do("DELETE", allCredentials+"/"+f.id, f.token(f.alice, f.red), nil).Want(204)
	f.wait(totp.Period)
	f.show(f.code(0)).Want(401)
	f.show(second.Passcode(totp.Step(f.now()))).Want(201)
}

// junkSeed puts a row beside the verbs, as an import may.
func (f *secondFactor) junkSeed(blob string) {
	f.t.Helper()
	ring, err := token.NewRing(f.Core.Master, f.Core.Live.Current().KeyRing(), nil, f.Core.Settings.Methods)
	if err != nil {
		f.t.Fatal(err)
	}
	cred := &identity.Credential{ID: "0", UserID: identity.UserID(f.alice), Type: "totp"}
	cred.Sealed, cred.KeyID = ring.SealBlob("0", f.alice, "totp", []byte(blob))
	rev, err := f.Core.Store.Update(f.t.Context(), func(tx *store.Tx) error { return tx.InsertCredential(f.t.Context(), cred) })
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.Core.Live.WaitFor(f.t.Context(), rev); err != nil {
		f.t.Fatal(err)
	}
}

// Whoever fails learns nothing of why.
func TestEveryFailedPasscodeIsTheSame401(t *testing.T) {
	f := startSecondFactor(t, nil)
	want := f.show(f.wrong()).Want(401).Body
	f.Do("PATCH", "/v3/users/"+f.bob, f.AdminToken(), body{"user": body{"enabled": false}}).Want(200)
	for name, auth := range map[string]body{
		"an unknown user":                 totpAuth(body{"id": "nobody"}, f.code(0), nil),
		"an unknown name":                 totpAuth(body{"name": "nobody", "domain": body{"id": "default"}}, f.code(0), nil),
		"a user without authenticator":    totpAuth(body{"id": string(f.Admin.User)}, f.code(0), nil),
		"a disabled user":                 totpAuth(body{"id": f.bob}, f.code(0), nil),
		"an empty passcode":               totpAuth(body{"id": f.alice}, "", nil),
		"five digits":                     totpAuth(body{"id": f.alice}, f.code(0)[1:], nil),
		"a passcode with a blank":         totpAuth(body{"id": f.alice}, f.code(0)+" ", nil),
		"a passcode without end":          totpAuth(body{"id": f.alice}, f.code(0)+string(make([]byte, 5000)), nil),
		"the right one, for no role":      totpAuth(body{"id": f.alice}, f.code(1), servertest.Project(string(f.Admin.Project))),
		"two methods, of different users": withPassword(totpAuth(body{"id": f.alice}, f.code(0), nil), string(f.Admin.User)),
	} {
		if r := f.login(auth); r.Status != 401 || !bytes.Equal(r.Body, want) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	f.login(body{"auth": body{"identity": body{"methods": []string{"totp"}, "totp": body{"user": body{"id": f.alice}}}}}).Want(400)
	f.login(body{"auth": body{"identity": body{"methods": []string{"totp"}, "totp": body{"user": body{"passcode": "123456"}}}}}).Want(400)
	f.login(body{"auth": body{"identity": body{"methods": []string{"totp"}}}}).Want(400)
}

func withPassword(auth body, user string) body {
	in := auth["auth"].(body)["identity"].(body)
	in["methods"] = []string{"password", "totp"}
	in["password"] = body{"user": body{"id": user, "password": servertest.AdminPassword}}
	return auth
}

func TestWrongPasscodesLockTheUserOut(t *testing.T) {
	f := startSecondFactor(t, func(c *config.Config) { c.SecurityCompliance.LockoutFailureAttempts = 3 })
	for range 2 {
		f.show(f.wrong()).Want(401)
	}
	f.show(f.code(0)).Want(201) // forgets them
	f.show(f.code(0)).Want(401) // a used one is a wrong one
	f.show(f.wrong()).Want(401)
	f.login(servertest.PasswordAuth(f.alice, "wrong", nil)).Want(401)
	f.wait(totp.Period)
	f.show(f.code(0)).Want(401)
	f.login(servertest.PasswordAuth(f.alice, lenderPassword, nil)).Want(401)
	f.wait(time.Hour)
	f.show(f.code(0)).Want(201)
}

// A wrong password must not use up the passcode that came with it.
func TestAPasscodeIsProvedLast(t *testing.T) {
	f := startSecondFactor(t, nil)
	f.login(f.both("wrong", f.code(0), nil)).Want(401)
	f.login(f.both(lenderPassword, f.code(0), nil)).Want(201)
}

func TestAMethodThatTheOperatorDoesNotListCannotBeUsed(t *testing.T) {
	f := startSecondFactor(t, func(c *config.Config) { c.Keys.KeystoneAuthMethods = []string{"password", "token"} })
	for _, auth := range []body{totpAuth(body{"id": f.alice}, f.code(0), nil), credentialAuth("x", "y"),
		{"auth": body{"identity": body{"methods": []string{"palm"}, "palm": body{}}}}} {
		r := f.login(auth).Want(401)
		if r.Text("error.message") != "Attempted to authenticate with an unsupported method." {
			t.Errorf("says %s", r.Body)
		}
		if diff := cmp.Diff(map[string]any{"methods": []any{"password", "token"}}, r.Get("error.identity")); diff != "" {
			t.Errorf("names the methods there are: %s", diff)
		}
	}
	if got := f.login(servertest.PasswordAuth(f.alice, "wrong", nil)).Want(401).Get("error.identity"); got != nil {
		t.Errorf("a wrong password names %v", got)
	}
}
