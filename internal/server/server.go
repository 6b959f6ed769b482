package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/systemd"
	"github.com/lintel-id/lintel/internal/telemetry"
)

// Options of a server process.
type Options struct {
	Config  *config.Config
	Log     *telemetry.Log
	Version string
	Migrate bool // bring the schema up to date first

	// Setup prepares the cloud before the first request; base is "http://host:port". May be nil.
	Setup func(ctx context.Context, c *core.Core, base string) error
	// Ready is called once requests are answered. May be nil.
	Ready func(base string)

	Signals <-chan os.Signal // the first drains, the second ends at once; at least 2 places

	// Supervised processes take sockets from a service manager, tell it how they are, and can hand over.
	Supervised bool
	Handovers  <-chan os.Signal // start a successor and let it take over

	// Hashing is a command that calls HashPasswords with its standard input. nil: this process hashes.
	Hashing []string

	Hangups <-chan os.Signal               // reload what Reload reads, and the certificate
	Reload  func() (*config.Config, error) // nil: the configuration stays
}

const (
	housekeeping     = time.Minute
	gcCheckLoading   = 50 * time.Millisecond
	gcCheck          = time.Second      // thousands of connections may come in a few of them
	usesWritten      = 20 * time.Second // half a minute at most between a use and its row
	certificateCheck = 10 * time.Second
	shutdownDeadline = 30 * time.Second
)

// Run serves until a signal or a successor has drained it. It returns nil when every request was answered.
func Run(ctx context.Context, o Options) (err error) {
	var files []*os.File
	var notifier *systemd.Notifier
	if o.Supervised {
		notifier = systemd.NewNotifier()
		if files, err = systemd.Inherit(); err != nil {
			return err
		}
	}
	places, err := openSockets(ctx, o.Config.Server, files)
	if err != nil {
		return err
	}
	defer places.close()
	metrics := telemetry.NewMetrics(o.Version)
	stopTuning := startTuningGC(ctx, gcCheckLoading, whileLoading)
	c, err := OpenCore(ctx, o.Config, CoreOptions{Server: true, Successor: places.predecessor != nil, Address: places.api.Addr().String(), Version: o.Version,
		Migrate: o.Migrate, Hashing: o.Hashing, Log: o.Log.Logger, BarrierWaited: metrics.BarrierWaited})
	stopTuning()
	if err != nil {
		return err
	}
	defer func() {
		leave(c, o.Log)
		c.Passwords.Close()
		err = errors.Join(err, c.Store.Close())
	}()
	if err := c.EnsureKeys(ctx); err != nil {
		return err
	}
	if err := c.CheckKeys(); err != nil {
		return err
	}
	base := baseURL(o.Config.Server, places.api.Addr())
	if o.Setup != nil {
		if err := o.Setup(ctx, c, base); err != nil {
			return err
		}
	}
	s := &service{options: &o, log: o.Log, sockets: places, notifier: notifier, metrics: metrics,
		drain: &drain{preDrain: o.Config.Server.Drain.Duration, deadline: shutdownDeadline}}
	return s.run(ctx, c, base)
}

// service is one server process from its configuration to its end.
type service struct {
	options  *Options
	log      *telemetry.Log
	sockets  *sockets
	notifier *systemd.Notifier // nil: nobody wants to know
	metrics  *telemetry.Metrics
	drain    *drain
	cert     *certificate // nil: plain HTTP
	current  atomic.Pointer[reading]
}

// run builds what answers, takes over from a predecessor, and serves.
func (s *service) run(ctx context.Context, c *core.Core, base string) error {
	cfg := s.options.Config
	s.take(cfg, c)
	n := &node{core: c, log: s.log}
	h := &health{ready: n.ready, draining: s.drain.leaving.Load}
	watch(s.metrics, c, s.log)
	n.watch(s.metrics)
	server := newHTTP(cfg.Server, s.drain.wrap(mount(h.mux(), s)), s.log.Logger)
	if err := s.useTLS(server, cfg); err != nil {
		return err
	}
	if err := s.succeed(ctx, c); err != nil {
		return err
	}
	stopMetrics := s.serveMetrics(newHTTP(cfg.Server, h.operatorMux(s.metrics.Handler()), s.log.Logger))
	defer stopMetrics()

	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	defer startTuningGC(background, gcCheck, whileServing)()
	tasks.Go(func() { n.run(background, h.reason) })
	tasks.Go(func() { every(background, housekeeping, func() { s.current.Load().core.KeepHouse(background) }) })
	tasks.Go(func() { c.KeepUses(background, usesWritten) })
	tasks.Go(func() { s.reloads(background) })
	tasks.Go(func() { s.feedWatchdog(background) })
	handing, stay := context.WithCancel(background)
	successors := make(chan successor, 1)
	tasks.Go(func() { s.handOver(handing, successors) })

	address := s.sockets.api.Addr().String()
	s.log.Info("listening", "address", address, "inherited", s.sockets.inherited, "tls", s.cert != nil, "version", s.options.Version,
		"database", c.Store.Engine(), "revision", c.Live.Current().Rev)
	s.tell("READY=1", "STATUS=answering on "+address)
	if s.options.Ready != nil {
		tasks.Go(func() { s.options.Ready(base) })
	}
	return s.drain.serve(server, s.sockets.api, s.options.Signals, successors, func() {
		stay()
		s.tell("STOPPING=1", "STATUS=answering the last requests")
	})
}

// ServeHTTP answers by the configuration in force when the request begins.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.current.Load().api.ServeHTTP(w, r)
}

func (s *service) useTLS(server *http.Server, cfg *config.Config) (err error) {
	if cfg.Server.TLSCert == "" {
		return nil
	}
	if s.cert, err = loadCertificate(cfg.Server.TLSCert, cfg.Server.TLSKey, s.log.Logger); err != nil {
		return err
	}
	server.TLSConfig = s.cert.config()
	return trustClients(server.TLSConfig, cfg.OAuth2.ClientCA)
}

// tell tells the service manager.
func (s *service) tell(assignments ...string) {
	if err := s.notifier.Notify(assignments...); err != nil {
		s.log.Warn("the service manager cannot be told", "error", err)
	}
}

// feedWatchdog says twice in the manager's time that this process lives. It says nothing of the database: a restart would
// not bring it back, and validation goes on for a while without.
func (s *service) feedWatchdog(ctx context.Context) {
	if span := s.notifier.Watchdog(); span > 0 {
		every(ctx, span/2, func() { s.tell("WATCHDOG=1") })
	}
}

// every calls f now and once in each span until ctx ends.
func every(ctx context.Context, span time.Duration, f func()) {
	tick := time.NewTicker(span)
	defer tick.Stop()
	for {
		f()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// mount puts the health routes beside the API without a ServeMux, whose cleaning of paths
// would answer a strange path before the edge has seen it.
func mount(health, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthcheck", "/livez", "/readyz":
			health.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

func watch(m *telemetry.Metrics, c *core.Core, log *telemetry.Log) {
	m.WatchSnapshot(func() uint64 { return uint64(c.Live.Current().Rev) }, c.Live.Staleness)
	m.WatchPasswords(
		func() int { running, _, _ := c.Passwords.Stats(); return running },
		func() int { _, waiting, _ := c.Passwords.Stats(); return waiting })
	m.WatchLog(log)
}

// serveMetrics runs the operator's listener, when there is one, and returns what stops it.
func (s *service) serveMetrics(server *http.Server) (stop func()) {
	if s.sockets.metrics == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(s.sockets.metrics); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the metrics listener ended", "error", err)
		}
	}()
	return func() {
		server.Close()
		<-done
	}
}

// baseURL is where clients on this machine find the server.
func baseURL(s config.Server, address net.Addr) string {
	scheme := "http"
	if s.TLSCert != "" {
		scheme = "https"
	}
	if s.PublicEndpoint != "" {
		return s.PublicEndpoint
	}
	return fmt.Sprintf("%s://%s", scheme, address)
}
