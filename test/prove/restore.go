package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

const restoreGoal = 60 * time.Second

// restoreDrill is row 15, with SQLite: a backup is taken under load, a token is revoked, everything is lost, and the backup restored. What
// was acknowledged before the backup is there, and the revoked token is not good again.
func restoreDrill(ctx context.Context, s *stage) ([]row, error) {
	c, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "node"})
	if err != nil {
		return nil, err
	}
	d := &disaster{stage: s, cluster: c, client: clients(c)[0]}
	r, err := d.row(ctx, "SQLite")
	if err != nil {
		return nil, err
	}
	control, ok, err := d.copied(ctx, filepath.Join(s.dir.Path, "node.db"))
	if err != nil {
		return nil, err
	}
	r.control, r.pass = control, r.pass && ok
	return []row{r}, nil
}

// disaster is a cluster of one node that loses its database.
type disaster struct {
	*stage
	cluster *rig.Cluster
	client  *wire.Client
}

// row backs up, loses and restores.
func (d *disaster) row(ctx context.Context, name string) (r row, err error) {
	d.say("%s", name)
	w, err := newWriter(ctx, d.client, d.cluster.Password)
	if err != nil {
		return r, err
	}
	victim, err := d.client.Exchange(ctx, w.token, nil)
	if err != nil {
		return r, err
	}
	stop := writeThrough(ctx, w, []*wire.Client{d.client, d.client})
	_ = wait(ctx, time.Second) // of writes
	before := w.ledger.acknowledged()
	file := filepath.Join(d.dir.Path, d.cluster.Nodes[0].Name+".backup")
	start := time.Now()
	_, err = d.cluster.Nodes[0].Run(ctx, nil, "backup", file)
	backup := time.Since(start)
	stop()
	if err = errors.Join(err, d.client.Revoke(ctx, w.token, victim)); err != nil {
		return r, err
	}
	d.cluster.Nodes[0].Terminate() // a restore refuses while a node may still be alive
	d.client.HTTP.CloseIdleConnections()
	start = time.Now()
	if _, err := d.cluster.Nodes[0].Run(ctx, nil, "restore", "--replace", file); err != nil {
		return r, err
	}
	if _, err := d.cluster.Nodes[0].Start(); err != nil {
		return r, err
	}
	took := time.Since(start)
	return d.audit(ctx, name, victim, before, backup, took, file)
}

// audit asks for what was acknowledged before the backup began, and about the revoked token.
func (d *disaster) audit(ctx context.Context, name, victim string, before []string, backup, took time.Duration, file string) (r row, err error) {
	admin, err := d.client.Admin(ctx, d.cluster.Password)
	if err != nil {
		return r, err
	}
	missing, err := lost(ctx, d.client, admin, before)
	if err != nil {
		return r, err
	}
	verdict, err := d.client.Validate(ctx, admin, victim)
	if verdict == wire.Unknown {
		return r, err
	}
	stat, err := os.Stat(file)
	if err != nil {
		return r, err
	}
	good := map[bool]int{true: 1}[verdict == wire.Accepted]
	return row{number: 15, measure: "restore of a backup taken under load, " + name + ": time to ready, acknowledged writes lost, revoked tokens that are good again",
		goal: "60 s, 0, 0", got: fmt.Sprintf("%.1f s (%d MB; the backup took %.1f s), %d of %d, %d of 1", took.Seconds(), stat.Size()/1_000_000, backup.Seconds(), len(missing), len(before), good),
		pass: took <= restoreGoal && len(missing) == 0 && len(before) > 0 && good == 0}, nil
}

// copied is the control: a copy of the file that is put back by hand, instead of a restore, makes a revoked token good again.
func (d *disaster) copied(ctx context.Context, file string) (text string, ok bool, err error) {
	admin, err := d.client.Admin(ctx, d.cluster.Password)
	if err != nil {
		return "", false, err
	}
	victim, err := d.client.Exchange(ctx, admin, nil)
	if err != nil {
		return "", false, err
	}
	d.cluster.Nodes[0].Terminate() // so that the file is whole
	saved, err := os.ReadFile(file)
	if err != nil {
		return "", false, err
	}
	if _, err := d.cluster.Nodes[0].Start(); err != nil {
		return "", false, err
	}
	if err := d.client.Revoke(ctx, admin, victim); err != nil {
		return "", false, err
	}
	d.cluster.Nodes[0].Terminate()
	if err := os.WriteFile(file, saved, 0o600); err != nil { //nolint:gosec // the drill made it
		return "", false, err
	}
	if _, err := d.cluster.Nodes[0].Start(); err != nil {
		return "", false, err
	}
	verdict, err := d.client.Validate(ctx, admin, victim)
	if verdict != wire.Accepted {
		return "the control failed: a copied file did not make the revoked token good again", false, err
	}
	return "with a copy of the file put back by hand the revoked token was good again, and the audit saw it", true, nil
}
