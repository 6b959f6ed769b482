package portal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/server/servertest"
)

// The page knows for how long the session lasts, and asking to stay makes it last as long again, but not beyond its life.
func TestAnIdleSessionCanBeKept(t *testing.T) {
	clock := servertest.NewClock(time.Now().Truncate(time.Second))
	env := servertest.Start(t, servertest.Options{Now: clock.Now})
	b := newBrowser(t, env).signIn()
	if page := b.get(list).want(200); !strings.Contains(page.Body, `hidden data-left="870"`) {
		t.Error("the page does not say when the session ends")
	}
	for range 17 {
		clock.Add(14 * time.Minute)
		b.post("/portal/stay").want(200)
	}
	if left := b.post("/portal/stay").want(200).Body; left != "120" {
		t.Errorf("%s seconds are left 2 minutes before 4 hours are over", left)
	}
	clock.Add(2 * time.Minute)
	b.post("/portal/stay").redirected("/portal/sign-in?next=%2Fportal")
	if page := b.get("/portal/sign-in").want(200); strings.Contains(page.Body, "data-left") {
		t.Error("a session ends that there is none of")
	}
}
