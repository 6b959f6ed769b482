package identity

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTimesAreWrittenAsTheLayoutSays, whenever.
func TestTimesAreWrittenAsTheLayoutSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 300000000000).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns"))
		if got, want := FormatTime(at), at.UTC().Format(TimeLayout); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

// TestAnAuditIDRemembersItsRevision, and only ours have one.
func TestAnAuditIDRemembersItsRevision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rev := rapid.Int64Range(0, 1<<40-1).Draw(t, "rev")
		a := NewAuditID(rev)
		again, ok := ParseAuditID(a.String())
		if got, ours := a.Rev(); !ours || got != rev || !ok || again != a || len(a.String()) != 22 {
			t.Fatalf("%v: %d, %v", a, got, ours)
		}
		foreign := a
		foreign[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, ours := foreign.Rev(); ours {
			t.Fatal("an altered id is taken for ours")
		}
	})
}

// TestASecretNeverPrints, however it is printed and whatever holds it.
func TestASecretNeverPrints(t *testing.T) {
	const canary = "canary-4711"
	s := NewSecret(canary)
	holder := struct {
		Public  Secret
		private Secret
	}{s, s}
	var out strings.Builder
	for _, v := range []any{s, &s, holder, &holder, []Secret{s}, map[string]Secret{"x": s}, Some(s)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Error(out.String())
	}
	if holder.private.Reveal() != canary || !s.Equal(NewSecret(canary)) || s.Equal(NewSecret("other")) || !(Secret{}).Empty() {
		t.Error("a secret is not what it was made of")
	}
}

// TestURLFieldsAreAnAllowList: nothing of the server's configuration can be asked for (CVE-2014-3621).
func TestURLFieldsAreAnAllowList(t *testing.T) {
	good := map[string]int{"http://h/v1": 0, "http://h/$(project_id)s": 1, "http://h/%(tenant_id)s/$(user_id)s": 2, "http://h/a$b%%c": 0}
	for url, fields := range good {
		if u, err := ParseURLTemplate(url); err != nil || len(u.Fields) != fields || len(u.Text) != fields+1 {
			t.Errorf("%s: %v, %v", url, u, err)
		}
	}
	u, err := ParseURLTemplate("http://h/%(tenant_id)s/$(user_id)s/$(admin_port)s")
	if got := u.Fill("p", "u"); err != nil || got != "http://h/p/u/" {
		t.Errorf("filled in it is %s, %v", got, err)
	}
	for _, url := range []string{"$(admin_token)s", "%(password)s", "$(project_id)", "$(project_id)d", "%(", "100%", "$()s"} {
		if _, err := ParseURLTemplate(url); err == nil {
			t.Errorf("%s is taken", url)
		}
	}
}

func TestASecretIsNoOptionOfACommandLine(t *testing.T) {
	seen := map[string]bool{}
	for first := range 256 {
		secret := SecretOf([]byte{byte(first), 1, 2}).Reveal()
		if len(secret) != 4 || secret[0] == '-' {
			t.Errorf("bytes that begin with %#x: %q", first, secret)
		}
		seen[secret] = true
	}
	if len(seen) != 256-4 {
		t.Errorf("%d of 256 first bytes are told apart", len(seen))
	}
}
