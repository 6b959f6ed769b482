package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

const catalogCheck = "catalog"

// catalog looks at the addresses that clients are sent to.
func (d *doctor) catalog(ctx context.Context) {
	services, err := d.store.ListServices(ctx, identity.ServiceFilter{})
	if err != nil {
		d.fail(catalogCheck, err.Error(), "look at the database's log")
		return
	}
	endpoints, err := d.store.ListEndpoints(ctx, identity.EndpointFilter{})
	if err != nil {
		d.fail(catalogCheck, err.Error(), "look at the database's log")
		return
	}
	kinds := map[identity.ServiceID]string{}
	for _, s := range services {
		if s.Enabled {
			kinds[s.ID] = s.Type
		}
	}
	endpoints = slices.DeleteFunc(endpoints, func(e identity.Endpoint) bool { return !e.Enabled || kinds[e.ServiceID] == "" })
	hosts, public := map[string]string{}, []string{}
	for _, e := range endpoints {
		u := d.address(kinds[e.ServiceID], e)
		if u == nil {
			continue
		}
		hosts[u.Hostname()] = fmt.Sprintf("%s %s endpoint", kinds[e.ServiceID], e.Interface)
		if kinds[e.ServiceID] == "identity" && e.Interface == identity.PublicInterface {
			public = append(public, u.String())
		}
	}
	d.hosts(ctx, hosts)
	d.settle(catalogCheck, "%d addresses", len(endpoints))
	d.identityEndpoint(ctx, public)
}

// address reads an endpoint's URL with its fields filled in; nil when it cannot be used.
func (d *doctor) address(kind string, e identity.Endpoint) *url.URL {
	name := fmt.Sprintf("the %s %s endpoint %s, %s", kind, e.Interface, e.ID, e.URL)
	t, err := identity.ParseURLTemplate(e.URL)
	if err != nil {
		d.fail(catalogCheck, name+", cannot be filled in: "+err.Error(), "openstack endpoint set --url URL "+string(e.ID))
		return nil
	}
	if slices.Contains(t.Fields, identity.FieldServer) {
		d.fail(catalogCheck, name+", has a field of Keystone's configuration, which is never filled in", "openstack endpoint set --url URL "+string(e.ID))
	}
	u, err := url.Parse(strings.Join(t.Text, "id"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		d.fail(catalogCheck, name+", is no http or https address", "openstack endpoint set --url URL "+string(e.ID))
		return nil
	}
	if u.Scheme == "http" && !onThisMachine(u.Hostname()) {
		d.warn(catalogCheck, name+", is plain http: tokens travel in the clear", "openstack endpoint set --url https://... "+string(e.ID))
	}
	return u
}

// hosts looks all names up at once.
func (d *doctor) hosts(ctx context.Context, named map[string]string) {
	var mu sync.Mutex
	unknown := map[string]error{}
	var asking sync.WaitGroup
	free := make(chan struct{}, 8) // places for those who ask at the same time
	for host := range named {
		asking.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if err := resolves(ctx, host); err != nil {
				mu.Lock()
				defer mu.Unlock()
				unknown[host] = err
			}
		})
	}
	asking.Wait()
	for host, err := range unknown {
		d.warn(catalogCheck, fmt.Sprintf("the host of the %s cannot be found from here: %v", named[host], err), "correct the address, or the name service")
	}
}

// identityEndpoint asks the identity service for its versions where clients are told that it is.
func (d *doctor) identityEndpoint(ctx context.Context, public []string) {
	const check = "identity endpoint"
	if len(public) == 0 {
		d.fail(check, "the catalog has no public one, so clients cannot find this service", "lintel bootstrap --bootstrap-public-url https://HOST:5000/v3 --bootstrap-region-id REGION")
	}
	for _, address := range public {
		reached, err := d.discover(ctx, address)
		switch {
		case err != nil && reached:
			d.fail(check, address+" is no identity service: "+err.Error(), "correct the endpoint, or what stands before the server")
		case err != nil:
			d.warn(check, address+" does not answer here: "+err.Error(), "start the server; behind a load balancer try from a client's network")
		default:
			d.ok(check, "%s answers with its versions", address)
		}
	}
}

// discover reports whether anybody was reached, and why that is no identity service.
func (d *doctor) discover(ctx context.Context, address string) (reached bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Accept", "application/json")
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: d.authorities(), MinVersion: tls.VersionTLS12},
		DialContext: (&net.Dialer{Timeout: patience}).DialContext, DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	const enough = 64 << 10
	text, err := io.ReadAll(io.LimitReader(answer.Body, enough))
	if err != nil {
		return true, err
	}
	var versions struct {
		Version  any `json:"version"`
		Versions any `json:"versions"`
	}
	if err := json.Unmarshal(text, &versions); err != nil || versions.Version == nil && versions.Versions == nil {
		return true, fmt.Errorf("it answers %s without a list of versions", answer.Status)
	}
	return true, nil
}

// authorities are the system's and the server's own certificate, which its clients may have been given.
func (d *doctor) authorities() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if text, err := os.ReadFile(d.config.Server.TLSCert); err == nil {
		pool.AppendCertsFromPEM(text)
	}
	return pool
}
