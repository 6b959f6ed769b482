package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

// balancer is HAProxy (Debian's package haproxy).
type balancer struct {
	dir         *rig.Dir
	port, stats int
}

func newBalancer(d *rig.Dir) (*balancer, error) {
	port, err1 := d.FreePort()
	stats, err2 := d.FreePort()
	return &balancer{d, port, stats}, errors.Join(err1, err2)
}

func (b *balancer) url() string { return "http://" + rig.Address(b.port) }

// balancerHead is what docs/operate/cluster.md recommends, on loopback: a node gets requests while /readyz answers 200. What
// cannot be connected, or is only read and gets no answer, goes to another node.
const balancerHead = `global
  maxconn 4096
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 500ms
  option redispatch
  retries 3
  retry-on conn-failure empty-response
frontend identity
  bind %s
  http-request disable-l7-retry unless { method GET HEAD }
  default_backend lintel
frontend status
  bind %s
  stats enable
  stats uri /
  stats refresh 1s
backend lintel
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 300ms fall 2 rise 1
`

// start starts HAProxy and returns when it answers.
func (b *balancer) start(nodes []*rig.Node) error {
	var text strings.Builder
	fmt.Fprintf(&text, balancerHead, rig.Address(b.port), rig.Address(b.stats))
	for _, n := range nodes {
		fmt.Fprintf(&text, "  server %s %s\n", n.Name, rig.Address(n.Port))
	}
	if err := rig.StartHAProxy(b.dir, "haproxy", text.String()); err != nil {
		return err
	}
	return rig.Await(10*time.Second, func() error { return answers(b.url()) })
}
