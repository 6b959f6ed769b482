package totp_test

import (
	"encoding/base32"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lintel-id/lintel/internal/auth/totp"
)

// rfcSecret is the ASCII text "12345678901234567890" of the RFCs' test vectors.
const rfcSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func parse(t rapid.TB, text string) totp.Secret {
	t.Helper()
	s, err := totp.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return s
}

func TestPasscodesAreThoseOfRFC4226(t *testing.T) {
	s := parse(t, rfcSecret)
	for step, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := s.Passcode(int64(step)); got != want {
			t.Errorf("step %d: %s, want %s", step, got, want)
		}
	}
}

// The RFC's passcodes have eight digits; six of them are the last six.
func TestPasscodesAreThoseOfRFC6238(t *testing.T) {
	s := parse(t, rfcSecret)
	for seconds, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		at := time.Unix(seconds, 0)
		if got := s.Passcode(totp.Step(at)); got != want[2:] {
			t.Errorf("at %d: %s, want %s", seconds, got, want[2:])
		}
		if step, ok := s.Verify(want[2:], at, 0); !ok || step != totp.Step(at) {
			t.Errorf("at %d: %s is step %d, %v", seconds, want[2:], step, ok)
		}
		if _, ok := s.Verify(want, at, 0); ok {
			t.Errorf("at %d: eight digits are taken", seconds)
		}
	}
}

func TestASecretIsReadHoweverAuthenticatorsShowIt(t *testing.T) {
	const passcode = "755224"
	padded := base32.StdEncoding.EncodeToString([]byte("12345678901234567890-a"))
	for _, same := range [][]string{
		{rfcSecret, strings.ToLower(rfcSecret), "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", " " + rfcSecret + " "},
		{padded, strings.TrimRight(padded, "="), strings.ToLower(padded)},
	} {
		want := parse(t, same[0]).Passcode(7)
		for _, text := range same[1:] {
			if got := parse(t, text).Passcode(7); got != want {
				t.Errorf("%q: %s, want %s", text, got, want)
			}
		}
	}
	if got := parse(t, rfcSecret).Passcode(0); got != passcode {
		t.Errorf("%s, want %s", got, passcode)
	}
}

func TestASecretNobodyShouldUseIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":              "",
		"120 bits":             base32.StdEncoding.EncodeToString([]byte("123456789012345")),
		"a foreign letter":     "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
		"a look-alike":         "geſdgnbvgy3tqojqgezdgnbvgy3tqojq",
		"a line end":           rfcSecret[:16] + "\n" + rfcSecret[16:],
		"padding in between":   rfcSecret[:16] + "=" + rfcSecret[16:],
		"wrong padding":        rfcSecret + "=",
		"a row of padding":     rfcSecret + "========",
		"an impossible length": rfcSecret + "A",
		"far too much":         strings.Repeat(rfcSecret, 40),
	} {
		if _, err := totp.Parse(text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A passcode is good in its own step and in as many later ones as are asked for, and Verify
// says which step it was, so that it can be taken once.
func TestAPasscodeIsGoodForItsStepAndTheGivenWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := parse(t, base32.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 16, 40).Draw(t, "key")))
		now := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "now"), 0)
		earlier := rapid.IntRange(0, 10).Draw(t, "earlier")
		age := rapid.Int64Range(-3, 13).Draw(t, "age")
		step, ok := s.Verify(s.Passcode(totp.Step(now)-age), now, earlier)
		if want := age >= 0 && age <= int64(earlier); want && !ok {
			t.Fatalf("%d steps old with %d windows: refused", age, earlier)
		}
		if ok && s.Passcode(step) != s.Passcode(totp.Step(now)-age) {
			t.Fatalf("step %d has another passcode", step)
		}
		if ok && (step > totp.Step(now) || step < totp.Step(now)-int64(earlier)) {
			t.Fatalf("step %d is outside of the windows", step)
		}
	})
}

func TestASecretNeverPrints(t *testing.T) {
	s := parse(t, rfcSecret)
	holder := struct{ S totp.Secret }{s}
	text := fmt.Sprint(s, holder) + fmt.Sprintf("%v %+v %#v %s %x %q", s, holder, holder, holder, s, s) + slog.AnyValue(s).Resolve().String()
	for _, secret := range []string{rfcSecret, "12345678901234567890", fmt.Sprintf("%x", "12345678901234567890")} {
		if strings.Contains(text, secret) {
			t.Errorf("printed: %s", text)
		}
	}
}

// Whatever somebody stored as a secret, it is read or refused, and what is read has passcodes of six digits.
func FuzzParse(f *testing.F) {
	for _, text := range []string{rfcSecret, strings.ToLower(rfcSecret), rfcSecret + "A=======", "", "=", "\x00", "GE ZD", "ſ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := totp.Parse(text)
		if err != nil {
			return
		}
		passcode := s.Passcode(1)
		if len(passcode) != totp.Digits || strings.Trim(passcode, "0123456789") != "" {
			t.Errorf("the passcode is %q", passcode)
		}
		if again, err := totp.Parse(strings.ToLower(text)); err != nil || again.Passcode(1) != passcode {
			t.Errorf("in lower case it is another secret: %v", err)
		}
	})
}
