package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func serve(t *testing.T, h http.HandlerFunc) *address {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &address{hostPort: strings.TrimPrefix(server.URL, "http://")}
}

func getLoad(n int) *load {
	l := &load{want: 200, contains: []byte("right")}
	for range n {
		l.requests = append(l.requests, []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	}
	return l
}

func drive(t *testing.T, l *load, a *address, c int, rate float64) *tally {
	t.Helper()
	got, err := l.drive(context.Background(), a, c, 50*time.Millisecond, rate)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Each answer that is not the right one is counted, as what it is.
func TestWrongAnswersAreCounted(t *testing.T) {
	var asked, statuses, bodies, cut atomic.Int64
	a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) % 4 {
		case 0:
			fmt.Fprint(w, "right")
		case 1:
			statuses.Add(1)
			w.WriteHeader(http.StatusTeapot)
		case 2:
			bodies.Add(1)
			fmt.Fprint(w, "something else")
		case 3:
			cut.Add(1)
			panic(http.ErrAbortHandler)
		}
	})
	got := drive(t, getLoad(1), a, 2, 0)
	if got.statuses[http.StatusTeapot] != statuses.Load() || got.wrong != bodies.Load() || got.network != cut.Load() || len(got.statuses) != 1 {
		t.Errorf("counted %v, %d and %d of %d, %d and %d", got.statuses, got.wrong, got.network, statuses.Load(), bodies.Load(), cut.Load())
	}
	if n := int64(got.times.n) + got.network; n != asked.Load() || n < 4 {
		t.Errorf("%d requests are counted of %d", n, asked.Load())
	}
}

// A server that announces that it closes a connection is not at fault.
func TestConnectionsThatTheServerClosesAreOpenedAnew(t *testing.T) {
	a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		fmt.Fprint(w, "right")
	})
	if got := drive(t, getLoad(1), a, 2, 0); got.network != 0 || got.wrong != 0 || got.times.n < 4 {
		t.Errorf("%d errors, %d wrong, %d answers", got.network, got.wrong, got.times.n)
	}
}

// Requests that work only once are sent once, and the turn ends with the last.
func TestRequestsThatWorkOnceAreSentOnce(t *testing.T) {
	var asked atomic.Int64
	a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, "right")
	})
	l := getLoad(7)
	l.once = true
	if got := drive(t, l, a, 3, 0); got.times.n != 7 || asked.Load() != 7 {
		t.Errorf("%d answers to %d requests, want 7", got.times.n, asked.Load())
	}
}

// At a rate a request counts from when it was due: a server that answers one request after
// another, and slowly, is charged with the wait of those that it kept from being sent.
func TestAtARateTheWaitOfLateRequestsCounts(t *testing.T) {
	release := make(chan struct{})
	var once sync.Once
	a := serve(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { time.AfterFunc(50*time.Millisecond, func() { close(release) }) })
		<-release
		fmt.Fprint(w, "right")
	})
	got := drive(t, getLoad(1), a, 1, 100) // due at 0, 10, 20, 30 and 40 ms
	if got.times.n != 5 {
		t.Fatalf("%d requests, want 5", got.times.n)
	}
	// The third was due at 20 ms and could not be answered before 50 ms.
	if q := got.times.quantile(.5); q < 30*time.Millisecond {
		t.Errorf("the median is %v", q)
	}
}

func TestAServerThatIsNotThereIsAnError(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	a := &address{hostPort: strings.TrimPrefix(server.URL, "http://")}
	server.Close()
	if _, err := getLoad(1).drive(context.Background(), a, 1, time.Millisecond, 0); err == nil {
		t.Error("no error")
	}
}

func TestTheFirstAnswerMustBeRight(t *testing.T) {
	for status, body := range map[int]string{200: "wrong", 401: "right"} {
		a := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		if _, err := getLoad(1).probe(context.Background(), a); err == nil {
			t.Errorf("status %d with %q is taken for right", status, body)
		}
	}
}
