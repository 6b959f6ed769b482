package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/lintel-id/lintel/test/rig"
	"github.com/lintel-id/lintel/test/rig/wire"
)

const (
	coldUsers, coldProjects, coldGrants = 100_000, 10_000, 500_000
	coldGoal                            = 2 * time.Second
)

// coldPopulation copies the rows that the API made, whatever columns they have, with other ids and names.
const coldPopulation = `SET session_replication_role = replica; -- no look at foreign keys, which are right
INSERT INTO project SELECT r.* FROM project p, generate_series(1, %[2]d) i,
  LATERAL jsonb_populate_record(p, jsonb_build_object('id', md5('project' || i), 'name', 'project-' || i)) r WHERE p.name = 'cold';
INSERT INTO "user" SELECT r.* FROM "user" u, generate_series(1, %[1]d) i,
  LATERAL jsonb_populate_record(u, jsonb_build_object('id', md5('user' || i), 'name', 'user-' || i)) r WHERE u.name = 'cold';
INSERT INTO assignment SELECT r.* FROM assignment a, generate_series(1, %[3]d) i,
  LATERAL jsonb_populate_record(a, jsonb_build_object('actor_id', md5('user' || (1 + i %% %[1]d)), 'target_id', md5('project' || (1 + (i * 7 + i / %[1]d) %% %[2]d)))) r
  WHERE a.actor_id = (SELECT id FROM "user" WHERE name = 'cold');
ANALYZE;
`

// largeDrill is rows 18 and 15: a node of a large cloud starts, and the cloud is restored.
func largeDrill(ctx context.Context, s *stage) ([]row, error) {
	c, count, err := population(ctx, s)
	if err != nil {
		return nil, err
	}
	cold, err := coldStart(s, c, count)
	if err != nil {
		return nil, err
	}
	if _, err := c.Nodes[0].Start(); err != nil {
		return nil, err
	}
	restored, err := (&disaster{stage: s, cluster: c, client: clients(c)[0]}).row(ctx, "PostgreSQL, "+count)
	return []row{cold, restored}, err
}

// coldStart is row 18: how long a node takes from exec to ready.
func coldStart(s *stage, c *rig.Cluster, count string) (r row, err error) {
	var took samples
	resident := 0
	for range 3 {
		d, err := c.Nodes[0].Start()
		if err != nil {
			return r, err
		}
		took = append(took, d)
		resident = residentMiB(c.Nodes[0].PID())
		s.say("ready after %.2f s, %d MiB resident", d.Seconds(), resident)
		c.Stop()
	}
	return row{number: 18, measure: "from exec to ready with 100 k users and 500 k grants, PostgreSQL", goal: "2 s",
		got:  fmt.Sprintf("%.2f s in the middle of 3 starts, %.2f s at most; %s; %d MiB resident", took.quantile(0.5).Seconds(), took.max().Seconds(), count, resident),
		pass: took.quantile(0.5) <= coldGoal}, nil
}

// population is a stopped cluster of one node on PostgreSQL with many users, and the number of them in words.
func population(ctx context.Context, s *stage) (c *rig.Cluster, count string, err error) {
	pg, err := rig.NewPostgres(s.dir, "pg")
	if err != nil {
		return nil, "", err
	}
	c, err = rig.NewCluster(ctx, rig.Options{Dir: s.dir, Binary: s.binary, Name: "large", Postgres: pg, Direct: true})
	if err != nil {
		return nil, "", err
	}
	if err := coldSeed(ctx, c); err != nil {
		return nil, "", err
	}
	c.Nodes[0].Terminate()
	start := time.Now()
	if _, err := pg.SQL(ctx, fmt.Sprintf(coldPopulation, coldUsers, coldProjects, coldGrants)); err != nil {
		return nil, "", err
	}
	count, err = pg.SQL(ctx, `SELECT (SELECT count(*) FROM "user") || ' users, ' || (SELECT count(*) FROM assignment) || ' grants'`)
	s.say("%s after %.1f s", count, time.Since(start).Seconds())
	return c, count, err
}

// coldSeed makes one of each, to be copied.
func coldSeed(ctx context.Context, c *rig.Cluster) error {
	client := clients(c)[0]
	w, err := newWriter(ctx, client, c.Password)
	if err != nil {
		return err
	}
	project, _, err := client.Create(ctx, "/v3/projects", w.token, "project", wire.Object{"name": "cold", "domain_id": "default"})
	if err != nil {
		return err
	}
	user, _, err := client.Create(ctx, "/v3/users", w.token, "user", wire.Object{"name": "cold", "domain_id": "default"})
	if err != nil {
		return err
	}
	return act(http.MethodPut, "/v3/projects/"+project+"/users/"+user+"/roles/"+w.role, w.token, nil, http.StatusNoContent)(ctx, client)
}
