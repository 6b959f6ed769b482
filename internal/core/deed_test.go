package core

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

func deed(user, reason, client string) identity.Deed {
	return identity.Deed{UserID: identity.UserID(user), Kind: identity.UseEC2Key, Credential: "key", Reason: reason, Address: netip.MustParseAddr("192.0.2.1"), Client: client}
}

// An S3 gateway makes a deed with each of its requests.
func TestADeedThatIsKnownCostsNoAllocation(t *testing.T) {
	var d deeds
	what, now := deed("ada", "", "aws-cli/2"), time.Now()
	d.note(what, now, 1)
	if n := testing.AllocsPerRun(100, func() { d.note(what, now, 1); clientText("aws-cli/2") }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestDeedsAreBoundedWhoeverMakesThem(t *testing.T) {
	var d deeds
	now := time.Now()
	for i := range 1000 {
		d.note(deed("ada", "wrong", fmt.Sprint("guess ", i)), now, 1)
	}
	d.note(deed("ada", "", "her own"), now, 1)
	all, count := d.take(), int64(0)
	for _, a := range all {
		count += a.Count
	}
	if len(all) != maxFailures+2 || count != 1001 {
		t.Errorf("%d kinds of deeds, %d in all", len(all), count)
	}
	if again := d.take(); len(again) != 0 {
		t.Errorf("%d are told twice", len(again))
	}
	for i := range maxDeeds + 10 {
		d.note(deed(fmt.Sprint(i), "", "x"), now, 1)
	}
	if all := d.take(); len(all) != maxDeeds {
		t.Errorf("%d kinds of deeds in the memory", len(all))
	}
}

func TestAClientsNameIsShortAndPrintable(t *testing.T) {
	for name, want := range map[string]string{"curl/8": "curl/8", "": "", "a\x00b\r\nc": "abc", "\xff\xfe": "", "\u202eevil": "evil", strings.Repeat("x", 999): strings.Repeat("x", maxText)} {
		if got := clientText(name); got != want {
			t.Errorf("%q is kept as %q, want %q", name, got, want)
		}
	}
}
