package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
)

// certificate serves a key pair from two files and takes up new ones without a restart. A pair that cannot be used, such
// as half a renewal, leaves the old one in place and is tried again.
type certificate struct {
	certFile, keyFile string
	logger            *slog.Logger

	pair  atomic.Pointer[tls.Certificate]
	mu    sync.Mutex     // guards tried
	tried [2]fs.FileInfo // of the last attempt, so that one broken pair is reported once
}

// unchanged compares what os.Stat said of a file at two times; nil stands for a file that cannot be seen. Size and time
// alone would miss a pair renamed into place within one tick of the file system's clock.
func unchanged(before, now fs.FileInfo) bool {
	if before == nil || now == nil {
		return before == nil && now == nil
	}
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}

// stat looks at both files.
func (c *certificate) stat() (marks [2]fs.FileInfo) {
	for i, path := range [...]string{c.certFile, c.keyFile} {
		if info, err := os.Stat(path); err == nil {
			marks[i] = info
		}
	}
	return marks
}

// loadCertificate reads the first pair, which must be usable.
func loadCertificate(certFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	if err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// config is TLS 1.2 or later with authenticated ciphers and forward secrecy only.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		CipherSuites: []uint16{ // of TLS 1.2; those of 1.3 are fixed
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil },
	}
}

// trustClients lets clients show a certificate of the authorities in a PEM file. Whoever shows none is a client all the
// same; whoever shows another is refused. Without a file nobody is asked.
func trustClients(c *tls.Config, file string) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("[oauth2] client_ca: %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.VerifyClientCertIfGiven
	if !c.ClientCAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("[oauth2] client_ca: there is no certificate in %s", file)
	}
	return nil
}

// reload reads the pair now; on an error the old one stays.
func (c *certificate) reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read(c.stat())
}

// reloadIfChanged reads the pair when either file differs from the last attempt.
func (c *certificate) reloadIfChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.stat()
	if unchanged(c.tried[0], now[0]) && unchanged(c.tried[1], now[1]) {
		return
	}
	if err := c.read(now); err != nil {
		c.logger.Error("the TLS certificate on disk cannot be used; the old one stays", "error", err)
		return
	}
	c.logger.Info("TLS certificate reloaded", "file", c.certFile, "expires", c.pair.Load().Leaf.NotAfter)
}

func (c *certificate) read(now [2]fs.FileInfo) error {
	// Marked before reading: a file that changes in between is read again next time.
	c.tried = now
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("server: certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair.Store(&pair)
	return nil
}
