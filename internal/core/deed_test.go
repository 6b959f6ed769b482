package core

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
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
	d.take()
	if n := testing.AllocsPerRun(100, func() { d.note(what, now, 1); clientText("aws-cli/2") }); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// What is counted while the deeds are told of is told of now or the next time, and once.
func TestNoDeedIsLostWhileTheyAreWrittenDown(t *testing.T) {
	var d deeds
	const each, kinds = 2000, 3
	var makers sync.WaitGroup
	for i := range 4 {
		makers.Go(func() {
			for n := range each {
				d.note(deed("ada", "", fmt.Sprint((i+n)%kinds)), time.Now(), 1)
			}
		})
	}
	over := make(chan struct{})
	go func() { makers.Wait(); close(over) }()
	total := int64(0)
	count := func() {
		for _, a := range d.take() {
			total += a.Count
		}
	}
	for done := false; !done; {
		select {
		case <-over:
			done = true
		default:
		}
		count()
	}
	if count(); total != 4*each {
		t.Errorf("%d deeds of %d were told of", total, 4*each)
	}
	if left := len(*d.known.Load()) + len(d.fresh); left != 0 {
		t.Errorf("%d deeds of nobody stay in the memory", left)
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
