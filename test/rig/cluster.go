package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
)

// Cluster is a bootstrapped cloud: nodes that share a database and a master key.
type Cluster struct {
	Nodes    []*Node
	Links    []*Proxy // of each node to PostgreSQL; none with SQLite, nor when direct
	Postgres *Postgres
	Password string // of the user admin, who has the role admin on the project admin
}

// Options of a cluster.
type Options struct {
	Dir      *Dir
	Binary   string
	Name     string    // of the nodes and of the database, so that one Dir may hold several clusters
	Nodes    int       // 0 is 1
	Postgres *Postgres // nil: SQLite, which has one node
	Direct   bool      // no proxies between the nodes and PostgreSQL
	Public   string    // base URL for the catalog; "" is the first node's
	Settings Settings  // over those that NewNode sets
}

// NewCluster bootstraps the database and starts the nodes.
func NewCluster(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{Postgres: o.Postgres, Password: "Rig-1-" + rand.Text()}
	for i := range max(1, o.Nodes) {
		database := "sqlite://" + filepath.Join(o.Dir.Path, o.Name+".db")
		if o.Postgres != nil {
			port := o.Postgres.Port
			if !o.Direct {
				link, err := NewProxy(o.Dir, port)
				if err != nil {
					return nil, err
				}
				c.Links = append(c.Links, link)
				port = link.Port
			}
			database = o.Postgres.URL(port)
		}
		s := Settings{"database.url": Quote(database), "keys.master_key_file": Quote(filepath.Join(o.Dir.Path, o.Name+".key"))}
		for key, value := range o.Settings {
			s[key] = value
		}
		n, err := NewNode(o.Dir, o.Binary, fmt.Sprintf("%s-%c", o.Name, 'a'+i), s)
		if err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, n)
	}
	public := o.Public
	if public == "" {
		public = c.Nodes[0].URL()
	}
	_, err := c.Nodes[0].Run(ctx, []string{"OS_BOOTSTRAP_PASSWORD=" + c.Password}, "bootstrap",
		"--bootstrap-region-id", "RegionOne", "--bootstrap-public-url", public+"/v3")
	if err != nil {
		return nil, err
	}
	err = c.Start()
	return c, err
}

// Start starts all nodes at once and returns when they are ready.
func (c *Cluster) Start() error {
	errs := make([]error, len(c.Nodes))
	var all sync.WaitGroup
	for i, n := range c.Nodes {
		all.Go(func() { _, errs[i] = n.Start() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// Stop ends all nodes as kill -9 does.
func (c *Cluster) Stop() {
	for _, n := range c.Nodes {
		n.Kill()
	}
}
