package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/lintel-id/lintel/internal/config"
	"github.com/lintel-id/lintel/internal/core"
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
	Hangups <-chan os.Signal // reload certificates
}

const (
	housekeeping     = time.Minute
	usesWritten      = 20 * time.Second // half a minute at most between a use and its row
	certificateCheck = 10 * time.Second
	shutdownDeadline = 30 * time.Second
)

// Run serves until a signal has drained it. It returns nil when every request was answered.
func Run(ctx context.Context, o Options) (err error) {
	cfg := o.Config
	listener, err := listen(ctx, cfg.Server.Listen, "--listen HOST:PORT or [server] listen")
	if err != nil {
		return err
	}
	defer listener.Close()
	c, err := OpenCore(ctx, cfg, CoreOptions{Server: true, Migrate: o.Migrate, Log: o.Log.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Store.Close()) }()
	if err := c.EnsureKeys(ctx); err != nil {
		return err
	}
	if err := c.CheckKeys(); err != nil {
		return err
	}
	base := baseURL(cfg.Server, listener.Addr())
	if o.Setup != nil {
		if err := o.Setup(ctx, c, base); err != nil {
			return err
		}
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer stop()
	tasks.Go(func() { c.Live.Run(background) })
	tasks.Go(func() { every(background, housekeeping, func() { c.KeepHouse(background) }) })
	tasks.Go(func() { c.KeepUses(background, usesWritten) })
	return o.serve(background, &tasks, listener, c, base)
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

// serve builds the handlers and runs both listeners.
func (o *Options) serve(ctx context.Context, tasks *sync.WaitGroup, listener net.Listener, c *core.Core, base string) error {
	cfg := o.Config
	d := &drain{preDrain: cfg.Server.Drain.Duration, deadline: shutdownDeadline}
	h := &health{ready: readiness(c), draining: d.started}
	metrics := telemetry.NewMetrics(o.Version)
	watch(metrics, c, o.Log)
	api := NewHandler(cfg, c, o.Log.Logger, metrics)
	server := newHTTP(cfg.Server, d.wrap(mount(h.mux(), api)), o.Log.Logger)
	if cfg.Server.TLSCert != "" {
		cert, err := loadCertificate(cfg.Server.TLSCert, cfg.Server.TLSKey, o.Log.Logger)
		if err != nil {
			return err
		}
		server.TLSConfig = cert.config()
		if err := trustClients(server.TLSConfig, cfg.OAuth2.ClientCA); err != nil {
			return err
		}
		tick := time.NewTicker(certificateCheck)
		defer tick.Stop()
		tasks.Go(func() { cert.watch(ctx, tick.C, o.Hangups) })
	}
	stopMetrics, err := o.serveMetrics(ctx, h, metrics)
	if err != nil {
		return err
	}
	defer stopMetrics()
	tasks.Go(func() { tuneGC(ctx, housekeeping) })
	o.Log.Info("listening", "address", listener.Addr().String(), "tls", server.TLSConfig != nil, "version", o.Version,
		"database", c.Store.Engine(), "revision", c.Live.Current().Rev)
	if o.Ready != nil {
		tasks.Go(func() { o.Ready(base) })
	}
	return d.serve(server, listener, o.Signals)
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

// readiness fails while the model cannot be trusted or the keys cannot be opened.
func readiness(c *core.Core) func() error {
	return func() error {
		if !c.Live.Current().Fresh(c.Now()) {
			return errors.New("the model's lease has run out: the database cannot be reached")
		}
		return c.CheckKeys()
	}
}

func watch(m *telemetry.Metrics, c *core.Core, log *telemetry.Log) {
	m.WatchSnapshot(func() uint64 { return uint64(c.Live.Current().Rev) }, c.Live.Staleness)
	m.WatchPasswords(
		func() int { running, _, _ := c.Passwords.Stats(); return running },
		func() int { _, waiting, _ := c.Passwords.Stats(); return waiting })
	m.WatchLog(log)
}

// serveMetrics runs the operator's listener, when there is one, and returns what stops it.
func (o *Options) serveMetrics(ctx context.Context, h *health, m *telemetry.Metrics) (stop func(), err error) {
	address := o.Config.Server.MetricsListen
	if address == "" {
		return func() {}, nil
	}
	listener, err := listen(ctx, address, `[server] metrics_listen ("" for none)`)
	if err != nil {
		return nil, err
	}
	server := newHTTP(o.Config.Server, h.operatorMux(m.Handler()), o.Log.Logger)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("the metrics listener ended", "error", err)
		}
	}()
	return func() {
		server.Close()
		<-done
	}, nil
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
