package bench

import (
	"os"
	"strings"
	"testing"
)

func TestTableIsAligned(t *testing.T) {
	want, err := os.ReadFile("testdata/table.golden")
	if err != nil {
		t.Fatal(err)
	}
	cpu, rss := 84.2, int64(33<<20)
	good := Figures{Name: "http://127.0.0.1:5000", Requests: 45520, Rate: 9104.4, P50: 1.163, P99: 10.486, P999: 30.147, CPU: &cpu, ClientCPU: 21, RSS: &rss}
	bad := Figures{Name: "http://127.0.0.1:5001", Requests: 12, Rate: 2.4, P50: 1409.286, P99: 4846.824, P999: 4846.824, Wrong: 1, Network: 2,
		Statuses: map[string]int64{"503": 8, "401": 1}, ClientCPU: 395}
	yard := good
	yard.Name, yard.Rate = "constant", 21968
	var out strings.Builder
	table := Table{W: &out}
	for _, r := range []Row{
		{Operation: "validate", Concurrency: 16, Server: good, Against: &yard, Ratio: &Ratio{Median: .414, Min: .38, Max: .46, Turns: 10}},
		{Operation: "validate-nocatalog", Concurrency: 1024, Server: bad},
		{Operation: "head", Concurrency: 1, Server: good, Against: &bad},
	} {
		if err := table.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != string(want) {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestRatioIsTheMedianOfTheTurns(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want Ratio
	}{
		{[]float64{1, 2, 9}, []float64{2, 2, 3}, Ratio{Median: 1, Min: .5, Max: 3, Turns: 3}},
		{[]float64{1, 3}, []float64{2, 2}, Ratio{Median: 1, Min: .5, Max: 1.5, Turns: 2}},
	} {
		if got := ratios(c.a, c.b); *got != c.want {
			t.Errorf("%v over %v is %+v, want %+v", c.a, c.b, *got, c.want)
		}
	}
	if got := ratios([]float64{1, 1}, []float64{1, 0}); got != nil {
		t.Errorf("a ratio to a server that answered nothing: %+v", got)
	}
}
