package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// The latest denials are found, as many as there is room for; the oldest makes way.
func TestTheLatestDenialsAreRemembered(t *testing.T) {
	c := &Core{Now: time.Now, Memory: new(Memory)}
	const all = maxDenials + 7
	for i := range all {
		c.KeepDenial(identity.Caller{RequestID: fmt.Sprint("req-", i)}, identity.NotAuthorized("identity:list_users"))
	}
	for i := range all {
		if found := c.Memory.denials.find(fmt.Sprint("req-", i)) != nil; found != (i >= 7) {
			t.Fatalf("denial %d of %d is remembered: %v", i, all, found)
		}
		if i == 100 {
			break
		}
	}
	if c.Memory.denials.find(fmt.Sprint("req-", all-1)) == nil {
		t.Error("the last denial is forgotten")
	}
}

// Only a 403 is a denial.
func TestOtherErrorsAreNoDenials(t *testing.T) {
	c := &Core{Now: time.Now, Memory: new(Memory)}
	for _, err := range []error{identity.Unauthenticated("x"), identity.Missing("user", "x"), identity.Invalidf("x"), fmt.Errorf("x")} {
		c.KeepDenial(identity.Caller{RequestID: "req"}, err)
	}
	if c.Memory.denials.find("req") != nil {
		t.Error("remembered")
	}
}
