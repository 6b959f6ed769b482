package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lintel-id/lintel/internal/config"
)

// issue returns a self-signed pair with the serial number.
func issue(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// replace puts text at path by renaming, as certificate tools do.
func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// served is the serial number a client is shown.
func served(t *testing.T, address string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// tlsServer serves the pair in a new directory.
func tlsServer(t *testing.T, c *certificate) (address string) {
	t.Helper()
	listener, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	server := newHTTP(config.Default().Server, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	server.TLSConfig = c.config()
	signals, done := make(chan os.Signal, 1), make(chan error, 1)
	go func() { done <- (&drain{deadline: patience}).serve(server, listener, signals, nil, func() {}) }()
	t.Cleanup(func() {
		signals <- os.Interrupt
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

func TestANewCertificateIsServedAndABrokenOneIsNot(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	cert1, key1 := issue(t, 1)
	replace(t, certFile, cert1)
	replace(t, keyFile, key1)
	var text strings.Builder
	c, err := loadCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&text, nil)))
	if err != nil {
		t.Fatal(err)
	}
	address := tlsServer(t, c)
	expect := func(when string, serial int64) {
		t.Helper()
		if got := served(t, address); got != serial {
			t.Errorf("%s: certificate %d, want %d", when, got, serial)
		}
	}
	expect("at start", 1)
	cert2, key2 := issue(t, 2)
	replace(t, certFile, cert2)
	c.reloadIfChanged()
	expect("only half of the pair is new", 1)
	replace(t, keyFile, key2)
	c.reloadIfChanged()
	expect("the pair is new", 2)
	replace(t, certFile, []byte("rubbish"))
	c.reloadIfChanged()
	c.reloadIfChanged()
	expect("the certificate is broken", 2)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	c.reloadIfChanged()
	expect("the certificate is gone", 2)
	cert3, key3 := issue(t, 3)
	replace(t, certFile, cert3)
	replace(t, keyFile, key3)
	if err := c.reload(); err != nil {
		t.Error(err)
	}
	expect("after SIGHUP", 3)
	if n := strings.Count(text.String(), "the old one stays"); n != 3 {
		t.Errorf("three broken states were reported %d times:\n%s", n, text.String())
	}
}

func TestAPairThatDoesNotFitIsRefusedAtStart(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	cert, _ := issue(t, 1)
	_, key := issue(t, 2)
	replace(t, certFile, cert)
	replace(t, keyFile, key)
	if _, err := loadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), certFile) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyModernTLSIsSpoken(t *testing.T) {
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	cert, key := issue(t, 1)
	replace(t, certFile, cert)
	replace(t, keyFile, key)
	c, err := loadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	address := tlsServer(t, c)
	for name, offer := range map[string]struct {
		config *tls.Config
		ok     bool
	}{
		"TLS 1.1":         {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"TLS 1.2 CBC":     {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
		"TLS 1.2 AEAD":    {&tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"TLS 1.3, HTTP/2": {&tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}}, true},
	} {
		offer.config.InsecureSkipVerify = true
		conn, err := tls.Dial("tcp", address, offer.config)
		if (err == nil) != offer.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if len(offer.config.NextProtos) > 0 && conn.ConnectionState().NegotiatedProtocol != "h2" {
				t.Errorf("%s: no HTTP/2", name)
			}
			_ = conn.Close()
		}
	}
	if answer := send(t, address, "GET /v3 HTTP/1.1\r\nHost: a\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.0 400 ") {
		t.Errorf("plain HTTP was answered %q", answer)
	}
}

// Whoever shows a certificate must show one of the authorities; whoever shows none may go on.
func TestClientsMayShowACertificateOfTheAuthorities(t *testing.T) {
	dir := t.TempDir()
	files := [...]string{filepath.Join(dir, "cert"), filepath.Join(dir, "key"), filepath.Join(dir, "ca"), filepath.Join(dir, "empty")}
	cert, key := issue(t, 1)
	ours, oursKey := issue(t, 2)
	theirs, theirsKey := issue(t, 3)
	for i, text := range [...][]byte{cert, key, ours, nil} {
		replace(t, files[i], text)
	}
	c, err := loadCertificate(files[0], files[1], slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	config := c.config()
	for _, bad := range []string{filepath.Join(dir, "none"), files[3]} {
		if err := trustClients(config, bad); err == nil || !strings.Contains(err.Error(), "[oauth2] client_ca") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	config = c.config()
	if err := trustClients(config, ""); err != nil || config.ClientAuth != tls.NoClientCert {
		t.Errorf("without authorities clients are asked: %v, %v", config.ClientAuth, err)
	}
	if err := trustClients(config, files[2]); err != nil {
		t.Fatal(err)
	}
	pair := func(cert, key []byte) []tls.Certificate {
		p, err := tls.X509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{p}
	}
	for what, test := range map[string]struct {
		shown    []tls.Certificate
		welcome  bool
		verified int
	}{"one of ours": {pair(ours, oursKey), true, 1}, "none": {nil, true, 0}, "another's": {pair(theirs, theirsKey), false, 0}} {
		near, far := net.Pipe()
		server := tls.Server(near, config)
		go func() {
			client := tls.Client(far, &tls.Config{InsecureSkipVerify: true, Certificates: test.shown})
			_ = client.Handshake() // the server's verdict is what counts
			_, _ = io.Copy(io.Discard, far)
		}()
		err := server.HandshakeContext(t.Context())
		if (err == nil) != test.welcome || len(server.ConnectionState().VerifiedChains) != test.verified {
			t.Errorf("%s: %v, %d chains", what, err, len(server.ConnectionState().VerifiedChains))
		}
		if err := near.Close(); err != nil {
			t.Error(err)
		}
	}
}
