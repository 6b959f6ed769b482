package telemetry

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the registry of the process. Its methods hand out handles: take them once, at start, because finding one by
// its labels costs more than counting. Label values come from the code, never from a request, so their number is fixed.
type Metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	inFlight     prometheus.Gauge
	authFailures *prometheus.CounterVec
	barrier      prometheus.Histogram
}

// NewMetrics returns the registry with the collectors of the runtime and the process. version goes into build info.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lintel_requests_total", Help: "Requests answered, by route, method and class of the status code.",
		}, []string{"route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "lintel_request_seconds", Help: "Time from the parsed header to the end of the answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "lintel_requests_in_flight", Help: "Requests being served."}),
		authFailures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "lintel_auth_failures_total", Help: "Failed attempts to authenticate, by reason.",
		}, []string{"reason"}),
		barrier: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "lintel_barrier_wait_seconds", Help: "Time that writes waited, after their commit, until no node could answer without them.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lintel_build_info", Help: "Always 1; the labels say what is running.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.seconds, m.inFlight, m.authFailures, m.barrier, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Route counts the requests of one route of the table. It is safe for concurrent use.
type Route struct {
	inFlight prometheus.Gauge
	seconds  prometheus.Observer
	classes  [6]prometheus.Counter // by the first digit of the status; 0 for what is none
}

// Route returns the handle of a route, for example "/v3/users/{user_id}", and a method. Take one for "no route", too.
func (m *Metrics) Route(route, method string) *Route {
	r := &Route{inFlight: m.inFlight, seconds: m.seconds.WithLabelValues(route)}
	r.classes[0] = m.requests.WithLabelValues(route, method, "other")
	for class := 1; class < len(r.classes); class++ {
		r.classes[class] = m.requests.WithLabelValues(route, method, strconv.Itoa(class)+"xx")
	}
	return r
}

// Begin counts a request in; call Done for each Begin.
func (r *Route) Begin() { r.inFlight.Inc() }

// Done counts a request out, with the status it was answered and the time it took.
func (r *Route) Done(status int, took time.Duration) {
	r.inFlight.Dec()
	r.seconds.Observe(took.Seconds())
	class := status / 100
	if class < 0 || class >= len(r.classes) {
		class = 0
	}
	r.classes[class].Inc()
}

// AuthFailure returns the counter of one reason, for example "wrong_password". Reasons are for the operator: the client
// is told the same thing for all of them.
func (m *Metrics) AuthFailure(reason string) prometheus.Counter {
	return m.authFailures.WithLabelValues(reason)
}

// WatchSnapshot exports the revision the node answers from and how long ago that was proven to be the newest. The
// functions are called at each scrape. Call it once.
func (m *Metrics) WatchSnapshot(revision func() uint64, staleness func() time.Duration) {
	m.watch("lintel_snapshot_revision", "Revision of the data this node answers from.", func() float64 { return float64(revision()) })
	m.watch("lintel_snapshot_staleness_seconds", "Time since that revision was proven to be the newest.",
		func() float64 { return staleness().Seconds() })
}

// BarrierWaited counts one wait for the other nodes.
func (m *Metrics) BarrierWaited(took time.Duration) { m.barrier.Observe(took.Seconds()) }

// Node is what a process knows of itself among the nodes. The functions are called at each scrape.
type Node struct {
	Failures func() uint64 // refreshes of the model that failed
	Alive    func() int    // nodes, this one too
	Skew     func() time.Duration
}

// WatchNode exports n. Call it once.
func (m *Metrics) WatchNode(n Node) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "lintel_refresh_failures_total", Help: "Times the data could not be refreshed from the database.",
	}, func() float64 { return float64(n.Failures()) }))
	m.watch("lintel_nodes_alive", "Nodes on this database that this one sees alive.", func() float64 { return float64(n.Alive()) })
	m.watch("lintel_clock_skew_seconds", "This machine's clock minus the database's.", func() float64 { return n.Skew().Seconds() })
}

// WatchPasswords exports how many password hashes are being computed and how many logins wait for one. Call it once.
func (m *Metrics) WatchPasswords(working, waiting func() int) {
	m.watch("lintel_password_hashes_running", "Password hashes being computed.", func() float64 { return float64(working()) })
	m.watch("lintel_password_queue_length", "Logins waiting for a password hash.", func() float64 { return float64(waiting()) })
}

// WatchLog exports the lines the log had to drop. Call it once.
func (m *Metrics) WatchLog(log *Log) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "lintel_log_lines_dropped_total", Help: "Log lines lost because writing them was too slow.",
	}, func() float64 { return float64(log.Dropped()) }))
}

func (m *Metrics) watch(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}
