package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one measurement.
type Row struct {
	Operation   string   `json:"op"`
	Concurrency int      `json:"concurrency"`
	Server      Figures  `json:"server"`
	Against     *Figures `json:"against,omitzero"`
	Ratio       *Ratio   `json:"ratio,omitzero"`
}

// Figures are what one server did. Times are in milliseconds, but CPU in microseconds.
type Figures struct {
	Name      string           `json:"name"` // its URL, or "constant"
	Requests  uint64           `json:"requests"`
	Rate      float64          `json:"requests_per_second"`
	P50       float64          `json:"p50_ms"`
	P99       float64          `json:"p99_ms"`
	P999      float64          `json:"p999_ms"`
	Max       float64          `json:"max_ms"`
	Statuses  map[string]int64 `json:"unexpected_statuses,omitempty"` // number of answers for each status
	Wrong     int64            `json:"wrong_bodies"`
	Network   int64            `json:"network_errors"`
	CPU       *float64         `json:"cpu_us_per_request,omitzero"` // absent where its process is not known
	ClientCPU float64          `json:"client_cpu_us_per_request"`   // of the load generator
	RSS       *int64           `json:"rss_bytes,omitzero"`
}

// Ratio is the first server's requests per second over the second's, turn by turn. There is none
// where the second answered nothing in some turn.
type Ratio struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Turns  int     `json:"turns"`
}

func (s *side) figures() Figures {
	t := s.total
	f := Figures{Name: s.name, Requests: t.times.n, Rate: t.rate(), P50: ms(t.times.quantile(.5)), P99: ms(t.times.quantile(.99)),
		P999: ms(t.times.quantile(.999)), Max: ms(t.times.max), Statuses: map[string]int64{}, Wrong: t.wrong, Network: t.network}
	for status, n := range t.statuses {
		f.Statuses[strconv.Itoa(status)] = n
	}
	perRequest := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(max(1, t.times.n)) }
	f.ClientCPU = perRequest(t.client)
	if rss := residentBytes(s.pids); rss > 0 {
		cpu := perRequest(t.server)
		f.CPU, f.RSS = &cpu, &rss
	}
	return f
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func ratios(a, b []float64) *Ratio {
	var each []float64
	for i := range a {
		if b[i] == 0 {
			return nil
		}
		each = append(each, a[i]/b[i])
	}
	slices.Sort(each)
	return &Ratio{Median: (each[(len(each)-1)/2] + each[len(each)/2]) / 2, Min: each[0], Max: each[len(each)-1], Turns: len(each)}
}

func (f *Figures) failures() int64 {
	n := f.Wrong + f.Network
	for _, k := range f.Statuses {
		n += k
	}
	return n
}

func (r *Row) failures() int64 {
	n := r.Server.failures()
	if r.Against != nil {
		n += r.Against.failures()
	}
	return n
}

// Table writes rows as they come, in columns of a fixed width.
type Table struct {
	W      io.Writer
	headed bool
}

type column struct {
	title string
	width int
}

func columns() []column {
	return []column{{"op", -18}, {"conc", 4}, {"server", -22}, {"req/s", 9}, {"p50 ms", 8}, {"p99 ms", 8}, {"p99.9 ms", 8}, {"errors", 6},
		{"cpu us", 7}, {"client us", 9}, {"RSS MB", 7}}
}

// Row writes a line for each server of r, and one for their ratio.
func (t *Table) Row(r Row) error {
	if !t.headed {
		var titles []string
		for _, c := range columns() {
			titles = append(titles, c.title)
		}
		if err := t.line(titles...); err != nil {
			return err
		}
		t.headed = true
	}
	if err := t.figures(&r, &r.Server); err != nil || r.Against == nil {
		return err
	}
	if err := t.figures(&r, r.Against); err != nil || r.Ratio == nil {
		return err
	}
	_, err := fmt.Fprintf(t.W, "%-18s %4d ratio %.2f (%.2f to %.2f over %d turns)\n", r.Operation, r.Concurrency, r.Ratio.Median, r.Ratio.Min, r.Ratio.Max, r.Ratio.Turns)
	return err
}

func (t *Table) figures(r *Row, f *Figures) error {
	cpu, rss := "-", "-"
	if f.CPU != nil {
		cpu, rss = fmt.Sprintf("%.0f", *f.CPU), fmt.Sprintf("%.0f", float64(*f.RSS)/(1<<20))
	}
	if err := t.line(r.Operation, strconv.Itoa(r.Concurrency), f.Name, fmt.Sprintf("%.0f", f.Rate), fmt.Sprintf("%.3f", f.P50), fmt.Sprintf("%.3f", f.P99),
		fmt.Sprintf("%.3f", f.P999), strconv.FormatInt(f.failures(), 10), cpu, fmt.Sprintf("%.0f", f.ClientCPU), rss); err != nil {
		return err
	}
	if f.failures() == 0 {
		return nil
	}
	statuses := ""
	for _, s := range slices.Sorted(maps.Keys(f.Statuses)) {
		statuses += fmt.Sprintf(", %d with status %s", f.Statuses[s], s)
	}
	_, err := fmt.Fprintf(t.W, "  errors: %d without an answer, %d with a wrong body%s\n", f.Network, f.Wrong, statuses)
	return err
}

// line pads each cell to its column: to the right where the width is negative.
func (t *Table) line(cells ...string) error {
	text := ""
	for i, c := range columns() {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%*s", c.width, cells[i])
	}
	_, err := fmt.Fprintln(t.W, strings.TrimRight(text, " "))
	return err
}
