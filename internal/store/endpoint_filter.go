package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const (
	selectProjectEndpoint      = `SELECT project_id, endpoint_id FROM project_endpoint`
	selectProjectEndpointGroup = `SELECT project_id, endpoint_group_id FROM project_endpoint_group`
)

func scanProjectEndpoint(row scanner) (p identity.ProjectEndpoint, err error) {
	err = row.Scan(&p.ProjectID, &p.EndpointID)
	return p, err
}

func scanProjectEndpointGroup(row scanner) (p identity.ProjectEndpointGroup, err error) {
	err = row.Scan(&p.ProjectID, &p.EndpointGroupID)
	return p, err
}

func byProjectEndpoint(key string) ([]any, bool) {
	p, ok := identity.ParseProjectEndpointKey(key)
	return []any{string(p.ProjectID), string(p.EndpointID)}, ok
}

func byProjectEndpointGroup(key string) ([]any, bool) {
	p, ok := identity.ParseProjectEndpointGroupKey(key)
	return []any{string(p.ProjectID), string(p.EndpointGroupID)}, ok
}

// AddProjectEndpoint lets a project see an endpoint; Conflict when it does already.
func (tx *Tx) AddProjectEndpoint(ctx context.Context, p identity.ProjectEndpoint) error {
	n, err := tx.exec(ctx, `INSERT INTO project_endpoint (project_id, endpoint_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, p.ProjectID, p.EndpointID)
	if err != nil {
		return tx.worded(object{noun: "project_endpoint"}, err)
	}
	if n == 0 {
		return identity.Duplicate("project_endpoint", "Duplicate entry")
	}
	tx.added(identity.ChangeProjectEndpoint, p.Key())
	return nil
}

// RemoveProjectEndpoint ends what AddProjectEndpoint began; NotFound when there is nothing to end.
func (tx *Tx) RemoveProjectEndpoint(ctx context.Context, p identity.ProjectEndpoint) error {
	n, err := tx.exec(ctx, `DELETE FROM project_endpoint WHERE project_id = $1 AND endpoint_id = $2`, p.ProjectID, p.EndpointID)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.Missing()
	}
	tx.changed(identity.ChangeProjectEndpoint, p.Key())
	return nil
}

// AddProjectEndpointGroup lets a project see the endpoints of a group; Conflict when it does already.
func (tx *Tx) AddProjectEndpointGroup(ctx context.Context, p identity.ProjectEndpointGroup) error {
	n, err := tx.exec(ctx, `INSERT INTO project_endpoint_group (project_id, endpoint_group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
		p.ProjectID, p.EndpointGroupID)
	if err != nil {
		return tx.worded(object{noun: "project_endpoint_group"}, err)
	}
	if n == 0 {
		return identity.Duplicate("project_endpoint_group", "Duplicate entry")
	}
	tx.added(identity.ChangeProjectEndpointGroup, p.Key())
	return nil
}

// RemoveProjectEndpointGroup ends what AddProjectEndpointGroup began; NotFound when there is
// nothing to end.
func (tx *Tx) RemoveProjectEndpointGroup(ctx context.Context, p identity.ProjectEndpointGroup) error {
	n, err := tx.exec(ctx, `DELETE FROM project_endpoint_group WHERE project_id = $1 AND endpoint_group_id = $2`, p.ProjectID, p.EndpointGroupID)
	if err != nil {
		return err
	}
	if n == 0 {
		return p.Missing()
	}
	tx.changed(identity.ChangeProjectEndpointGroup, p.Key())
	return nil
}

// dropProjectEndpoints deletes the associations of projects with endpoints that a condition on
// one argument chooses.
func (tx *Tx) dropProjectEndpoints(ctx context.Context, condition, arg string) error {
	return dropKeyed(ctx, tx, identity.ChangeProjectEndpoint, scanProjectEndpoint,
		`DELETE FROM project_endpoint WHERE `+condition+` RETURNING project_id, endpoint_id`, arg)
}

// dropProjectEndpointGroups deletes the associations of projects with endpoint groups that a
// condition on one argument chooses.
func (tx *Tx) dropProjectEndpointGroups(ctx context.Context, condition, arg string) error {
	return dropKeyed(ctx, tx, identity.ChangeProjectEndpointGroup, scanProjectEndpointGroup,
		`DELETE FROM project_endpoint_group WHERE `+condition+` RETURNING project_id, endpoint_group_id`, arg)
}

// ListProjectsOfEndpoint lists the projects that are associated with an endpoint itself, in
// ascending order of id.
func (r reader) ListProjectsOfEndpoint(ctx context.Context, id identity.EndpointID) ([]identity.Project, error) {
	return collect(ctx, r, scanProject, selectProject+` WHERE id IN (SELECT project_id FROM project_endpoint WHERE endpoint_id = $1) ORDER BY id`, id)
}

// ListProjectsOfEndpointGroup lists the projects that are associated with an endpoint group, in
// ascending order of id.
func (r reader) ListProjectsOfEndpointGroup(ctx context.Context, id identity.EndpointGroupID) ([]identity.Project, error) {
	return collect(ctx, r, scanProject,
		selectProject+` WHERE id IN (SELECT project_id FROM project_endpoint_group WHERE endpoint_group_id = $1) ORDER BY id`, id)
}
