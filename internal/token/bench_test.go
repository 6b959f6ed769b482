package token

import "testing"

func BenchmarkAppend(b *testing.B) {
	m, token := DefaultMethods(), sampleToken()
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Append(buf, token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	m := DefaultMethods()
	payload, err := m.Append(nil, sampleToken())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Parse(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMint(b *testing.B) {
	ring, token := newRing(b), sampleToken()
	b.ReportAllocs()
	for b.Loop() {
		mustMint(b, ring, token, start())
	}
}

func BenchmarkOpen(b *testing.B) {
	ring := newRing(b)
	text := mustMint(b, ring, sampleToken(), start())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ring.Open(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifySecret(b *testing.B) {
	ring, secret := newRing(b), GenerateSecret().Reveal()
	hash := ring.HashSecret(secret)
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := ring.VerifySecret(hash, secret); !ok {
			b.Fatal("not verified")
		}
	}
}
