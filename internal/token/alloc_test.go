//go:build !race

package token

import "testing"

// The race detector changes what is allocated, so these promises are measured without it.
func TestATokenOfAProjectCostsFewAllocations(t *testing.T) {
	m, ring := DefaultMethods(), newRing(t)
	token := sampleToken()
	payload, err := m.Append(nil, token)
	if err != nil {
		t.Fatal(err)
	}
	text := mustMint(t, ring, token, start())
	for name, c := range map[string]struct {
		most float64
		run  func() error
	}{
		"Append": {0, func() error { _, err := m.Append(payload[:0], token); return err }},
		"Parse":  {6, func() error { _, err := m.Parse(payload); return err }},
		"Open":   {8, func() error { _, _, err := ring.Open(text); return err }},
	} {
		got := testing.AllocsPerRun(1000, func() {
			if err := c.run(); err != nil {
				t.Fatal(err)
			}
		})
		if got > c.most {
			t.Errorf("%s: %v allocations, at most %v are promised", name, got, c.most)
		}
		t.Logf("%s: %v", name, got)
	}
}
