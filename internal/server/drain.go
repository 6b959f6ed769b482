package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// drain stops a server without losing a request. http.Server.Shutdown alone loses some: a connection whose request
// arrives after Shutdown began is closed without an answer (golang/go#75591).
//
// So on the first signal readiness fails and every answer says Connection: close, while all is served as before for the
// time of preDrain; load balancers and clients move on. Then the listener is closed, what was accepted last is answered,
// and only then Shutdown is called. It is the same, but that readiness stays, when another process takes over.
type drain struct {
	preDrain time.Duration
	deadline time.Duration // for requests still running at Shutdown
	closing  atomic.Bool   // every answer closes its connection
	leaving  atomic.Bool   // and nobody is known to take over
}

// settle is how long a connection accepted just before the listener closed may take to send its request.
const settle = 500 * time.Millisecond

// errForced says that a second signal ended the server at once.
var errForced = errors.New("server: a second signal ended it before all requests were answered")

// successor is a process that takes over the listener of this one.
type successor string

const (
	// waiting for this one to end: SQLite's file has one server.
	waiting successor = "waiting"
	// answering already.
	answering successor = "answering"
)

// wrap makes every answer close its connection once draining has started.
func (d *drain) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.closing.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// serve runs server on listener, with TLS when it has a TLSConfig, until a value from signals or a successor has drained
// it. The second signal ends it at once with errForced: a service manager may send one while a successor drains it. It
// calls leave at the beginning of a drain without a successor, and returns nil when every request was answered.
func (d *drain) serve(server *http.Server, listener net.Listener, signals <-chan os.Signal, successors <-chan successor, leave func()) error {
	served := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			served <- server.ServeTLS(listener, "", "")
			return
		}
		served <- server.Serve(listener)
	}()
	var next successor
	asked := false // by a signal
	select {
	case err := <-served:
		return fmt.Errorf("server: %w", err)
	case <-signals:
		asked = true
		d.leaving.Store(true)
		leave()
	case next = <-successors:
	}
	d.closing.Store(true)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- d.finish(ctx, server, listener, next) }()
	for {
		select {
		case err := <-done:
			return err
		case <-signals:
			if asked {
				cancel()
				<-done //nolint:errcheck // it ended because we cancelled it
				return errForced
			}
			asked = true
		}
	}
}

// finish ends early, with all connections closed, when ctx does.
func (d *drain) finish(ctx context.Context, server *http.Server, listener net.Listener, next successor) error {
	var closed error
	if next == answering {
		closed = listener.Close()
		pause(ctx, d.preDrain)
	} else {
		pause(ctx, d.preDrain)
		closed = listener.Close()
		pause(ctx, min(d.preDrain, settle))
	}

	ctx, cancel := context.WithTimeout(ctx, d.deadline)
	defer cancel()
	err := server.Shutdown(ctx)
	// Shutdown closes the listener a second time and says so.
	if err == nil || errors.Is(err, net.ErrClosed) {
		return closed
	}
	return errors.Join(fmt.Errorf("server: requests were still running after %s: %w", d.deadline, err), server.Close())
}

// pause waits for span or the end of ctx.
func pause(ctx context.Context, span time.Duration) {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
