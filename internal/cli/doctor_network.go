package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"
)

// patience bounds each question to the network.
const patience = 2 * time.Second

// certificate looks at the TLS certificate as a client would.
func (d *doctor) certificate() {
	const check = "certificate"
	s := d.config.Server
	if s.TLSCert == "" {
		if s.InsecureHTTP {
			d.ok(check, "none: insecure_http is set, so a proxy must end TLS")
		} else {
			d.ok(check, "none: only this machine can connect")
		}
		return
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		d.fail(check, err.Error(), "set tls_cert and tls_key to PEM files of one pair")
		return
	}
	leaf, now := pair.Leaf, d.now()
	until := leaf.NotAfter.UTC().Format(time.DateOnly)
	switch {
	case now.After(leaf.NotAfter):
		d.fail(check, "it expired on "+until, "renew it; the server takes up the new files by itself")
	case now.Before(leaf.NotBefore):
		d.fail(check, "it is good from "+leaf.NotBefore.UTC().Format(time.RFC3339)+" on only", "look at the clock of this machine, or wait")
	case leaf.NotAfter.Sub(now) < 30*24*time.Hour:
		d.warn(check, "it expires on "+until, "renew it; the server takes up the new files by itself")
	}
	if public, err := url.Parse(s.PublicEndpoint); err == nil && public.Scheme == "https" {
		if err := leaf.VerifyHostname(public.Hostname()); err != nil {
			d.fail(check, err.Error(), "get one for the name in public_endpoint, or correct that")
		}
	}
	if info, err := os.Stat(s.TLSKey); err == nil && info.Mode().Perm()&0o007 != 0 {
		d.warn(check, fmt.Sprintf("every local user can read %s (mode %04o)", s.TLSKey, info.Mode().Perm()), "chmod 0600 "+s.TLSKey)
	}
	if err := d.clientAuthorities(); err != nil {
		d.fail(check, err.Error(), "set [oauth2] client_ca to a PEM file of the authorities")
	}
	d.settle(check, "%s, until %s", leaf.Subject, until)
}

func (d *doctor) clientAuthorities() error {
	file := d.config.OAuth2.ClientCA
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
		err = fmt.Errorf("there is no certificate in %s", file)
	}
	return err
}

// listening finds out whether the server could listen, or does.
func (d *doctor) listening(ctx context.Context) {
	const check = "listening address"
	address := d.config.Server.Listen
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		_ = l.Close() // it was only tried
		d.ok(check, "%s is free: no server runs", address)
		return
	}
	if status, err := d.ask(ctx, address); err == nil && status == http.StatusOK {
		d.ok(check, "a server answers on %s", address)
		return
	}
	d.fail(check, err.Error(), "set [server] listen to an address of this machine that nothing else uses")
}

// ask asks whatever listens on an address whether it is alive, as a Lintel would say.
func (d *doctor) ask(ctx context.Context, address string) (status int, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if d.config.Server.TLSCert != "" {
		scheme = "https"
	}
	//nolint:gosec // whether it is the right one is the check of the certificate; this one sends and learns nothing
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/livez", nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// resolves says why a host has no address, or nil.
func resolves(ctx context.Context, host string) error {
	if host == "" {
		return errors.New("it names no host")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, host)
	return err
}

// onThisMachine says whether an address cannot be reached from elsewhere.
func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
