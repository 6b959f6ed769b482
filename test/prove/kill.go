package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

// killDrill is row 1: what was acknowledged is there after kill -9, with both databases. With PostgreSQL every third
// time the database crashes with it.
func killDrill(ctx context.Context, s *stage) ([]row, error) {
	sqlite, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "sqlite"})
	if err != nil {
		return nil, err
	}
	lite := &killing{stage: s, cluster: sqlite, client: clients(sqlite)[0], writers: 8, longest: 800 * time.Millisecond}
	first, err := lite.rounds(ctx, s.size(80, 12))
	if err != nil {
		return nil, fmt.Errorf("SQLite: %w", err)
	}
	control, ok, err := lite.withoutLog(ctx)
	if err != nil {
		return nil, fmt.Errorf("the control with SQLite: %w", err)
	}
	first.control, first.pass = control, first.pass && ok
	sqlite.Stop()
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, err
	}
	postgres, err := rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "postgres", Postgres: pg})
	if err != nil {
		return nil, err
	}
	// A node that was killed counts as alive for a while, and each write waits for it: so there are more of them at a time.
	second, err := (&killing{stage: s, cluster: postgres, client: clients(postgres)[0], writers: 64, longest: 1500 * time.Millisecond}).rounds(ctx, s.size(20, 4))
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	first.measure += ", SQLite"
	second.measure += ", PostgreSQL"
	return []row{first, second}, nil
}

// killing is one cluster of one node that is killed again and again.
type killing struct {
	*stage
	cluster *rig.Cluster
	client  *wire.Client
	writer  *writer
	writers int           // at a time
	longest time.Duration // of writing until the kill
	slowest time.Duration // from exec to ready
}

func (k *killing) rounds(ctx context.Context, n int) (r row, err error) {
	k.writer, err = newWriter(ctx, k.client, k.cluster.Password)
	if err != nil {
		return r, err
	}
	for i := range n {
		crash := k.cluster.Postgres != nil && i%3 == 2
		before := len(k.writer.ledger.acknowledged())
		if err := k.round(ctx, crash); err != nil {
			return r, err
		}
		missing, err := lost(ctx, k.client, k.writer.token, k.writer.ledger.acknowledged()[before:])
		if err != nil {
			return r, err
		}
		if len(missing) > 0 {
			k.say("round %d lost %d, such as %s", i, len(missing), missing[0])
		}
		if i%10 == 9 {
			k.say("%d kills, %d acknowledged", i+1, len(k.writer.ledger.acknowledged()))
		}
	}
	acknowledged := k.writer.ledger.acknowledged()
	missing, err := lost(ctx, k.client, k.writer.token, acknowledged)
	if err != nil {
		return r, err
	}
	return row{number: 1, measure: "acknowledged writes lost, kill -9", goal: "0; ready in 1 s",
		got:  fmt.Sprintf("%d of %d in %d kills; ready in %s at most", len(missing), len(acknowledged), n, milliseconds(k.slowest)),
		pass: len(missing) == 0 && k.slowest <= time.Second && len(acknowledged) > 0}, nil
}

// round writes, kills in the middle of it, and starts again.
func (k *killing) round(ctx context.Context, crash bool) error {
	k.writeUntilKilled(ctx, k.between(50*time.Millisecond, k.longest), crash)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if crash {
		if err := k.cluster.Postgres.Start(); err != nil {
			return err
		}
	}
	took, err := k.cluster.Nodes[0].Start()
	k.slowest = max(k.slowest, took)
	return err
}

func (k *killing) writeUntilKilled(ctx context.Context, after time.Duration, crash bool) {
	var all sync.WaitGroup
	for range k.writers {
		all.Go(func() {
			_ = k.writer.write(ctx, k.client) // it ends with the process
		})
	}
	<-time.After(after)
	if crash {
		// The two die at the same time, one way or the other.
		all.Go(func() { _ = k.cluster.Postgres.Stop("immediate") }) // the next start says it if not
	}
	k.cluster.Nodes[0].Kill()
	all.Wait()
	k.client.HTTP.CloseIdleConnections()
}

// withoutLog is the control: SQLite's write-ahead log is thrown away after the kill, as a database that does not sync it would have it after
// a power cut. The audit must miss something, within a few tries: just after a checkpoint the log holds little.
func (k *killing) withoutLog(ctx context.Context) (text string, ok bool, err error) {
	const tries = 5
	for range tries {
		before := len(k.writer.ledger.acknowledged())
		k.writeUntilKilled(ctx, k.longest, false)
		file := k.dir.Path + "/sqlite.db"
		if err := errors.Join(os.Remove(file+"-wal"), os.Remove(file+"-shm")); err != nil {
			return "", false, err
		}
		if _, err := k.cluster.Nodes[0].Start(); err != nil {
			return "", false, err
		}
		acknowledged := k.writer.ledger.acknowledged()[before:]
		missing, err := lost(ctx, k.client, k.writer.token, acknowledged)
		if err != nil {
			return "", false, err
		}
		if len(missing) > 0 {
			return fmt.Sprintf("with SQLite's write-ahead log removed after the kill %d of %d were lost, and the audit said so", len(missing), len(acknowledged)), true, nil
		}
	}
	return "nothing was missed without the write-ahead log: the audit is blind", false, nil
}
