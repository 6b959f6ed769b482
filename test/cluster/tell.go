package main

import (
	"fmt"
	"path/filepath"

	"github.com/lintel-id/lintel/test/rig"
)

const guide = `
In another terminal:

  . %[1]s/env.sh

A token of one node is good at the others, and through HAProxy:

  T=$(token $A); check $A $T; check $B $T; check $C $T; check $KS $T
  openstack token issue                    # the user demo; --os-cloud cluster-admin is the administrator

Revoke it at one node. When the 204 is there the others refuse it:

  revoke $A $T; check $B $T; check $C $T

Kill a node and watch who goes on asking. The node is started again after ten seconds:

  T=$(token $KS); while sleep 0.2; do check $KS $T; done
  kill -9 %[2]d

Stop a node, which then cannot hear of a revocation: the 204 waits until its lease has run out, 5 s at most, and when
the node lives again it refuses too:

  T=$(token $A); kill -STOP %[3]d; revoke $A $T; kill -CONT %[3]d; check $C $T

See how far each node is:

  %[4]s cluster status --config %[5]s

Change what each node may do; the others follow:

  openstack --os-cloud cluster-admin user set --disable demo
  openstack --os-cloud cluster-admin user set --enable demo

Logs are in %[1]s/node-*.log. Ctrl-C takes everything down and keeps nothing.
`

// tell prints the addresses and what to try.
func tell(d *rig.Dir, b *balancer, c *rig.Cluster, binary string) {
	fmt.Printf("\n  %-10s %s\n  %-10s http://%s\n", "HAProxy", b.url(), "  status", rig.Address(b.stats))
	for _, n := range c.Nodes {
		fmt.Printf("  %-10s %s   pid %d   metrics http://%s/metrics   %s\n", n.Name, n.URL(), n.PID(), rig.Address(n.Ops), filepath.Base(n.Config))
	}
	fmt.Printf(guide, d.Path, c.Nodes[1].PID(), c.Nodes[2].PID(), binary, c.Nodes[0].Config)
}
