package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

// certificate makes a key and a certificate for loopback, the settings that name them, and a client that trusts it.
func certificate(d *rig.Dir) (rig.Settings, *tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "prove"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certPath, err1 := d.Write("cert.pem", string(chain))
	keyPath, err2 := d.Write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(chain)
	return rig.Settings{"server.tls_cert": rig.Quote(certPath), "server.tls_key": rig.Quote(keyPath)},
		&tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}, errors.Join(err1, err2)
}
