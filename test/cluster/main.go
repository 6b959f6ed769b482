// Cluster runs a small cloud on this machine for people to break: three nodes of lintel behind HAProxy, on one
// temporary PostgreSQL. It prints what to try, starts a node again that was killed, and takes everything down on Ctrl-C.
// It keeps nothing.
//
//	make cluster            # until Ctrl-C
//	make cluster-check      # does itself what it tells people to try, and ends
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/lintel-id/lintel/test/rig"
)

func main() {
	check := flag.Bool("check", false, "try what the guide says, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := cluster(ctx, *check)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func cluster(ctx context.Context, check bool) (err error) {
	binary, err := filepath.Abs("bin/lintel")
	if err == nil {
		_, err = os.Stat(binary)
	}
	if err != nil {
		return fmt.Errorf("%w\n  make cluster builds it first", err)
	}
	dir, err := rig.NewDir("lintel-cluster-")
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("taking everything down")
		err = errors.Join(err, dir.Close())
	}()
	fmt.Println("starting PostgreSQL, three nodes and HAProxy")
	pg, err := rig.NewPostgres(dir, "pg")
	if err != nil {
		return err
	}
	balancer, err := newBalancer(dir)
	if err != nil {
		return err
	}
	c, err := rig.NewCluster(ctx, rig.Options{Dir: dir, Binary: binary, Name: "node", Nodes: 3, Postgres: pg, Public: balancer.url()})
	if err != nil {
		return err
	}
	if err := balancer.start(c.Nodes); err != nil {
		return err
	}
	s, err := plant(ctx, c)
	if err != nil {
		return err
	}
	if err := s.write(dir, balancer.url(), c); err != nil {
		return err
	}
	if check {
		return try(ctx, s, balancer, c)
	}
	tell(dir, balancer, c, binary)
	watch(ctx, c)
	return nil
}

// watch starts nodes again that have ended, a while later so that one can look at two.
func watch(ctx context.Context, c *rig.Cluster) {
	const again = 10 * time.Second
	ended := make(chan *rig.Node)
	follow := func(n *rig.Node) {
		go func() {
			select {
			case <-n.Ended():
				ended <- n
			case <-ctx.Done():
			}
		}()
	}
	for _, n := range c.Nodes {
		follow(n)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-ended:
			fmt.Printf("%s has ended; it is started again in %s\n", n.Name, again)
			select {
			case <-time.After(again):
			case <-ctx.Done():
				return
			}
			took, err := n.Start()
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Printf("%s is ready after %d ms, with pid %d\n", n.Name, took.Milliseconds(), n.PID())
			follow(n)
		}
	}
}
