package store

import (
	"context"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectProject = `SELECT id, domain_id, COALESCE(parent_id, ''), name, description, enabled, is_domain, options, extra,
	COALESCE((SELECT string_agg(t.name, '` + listSep + `' ORDER BY t.name) FROM project_tag t WHERE t.project_id = project.id), '')
	FROM project`

func scanProject(row scanner) (p identity.Project, err error) {
	var options, tags string
	err = row.Scan(&p.ID, &p.DomainID, &p.ParentID, &p.Name, &p.Description, &p.Enabled, &p.IsDomain, &options, &p.Extra, &tags)
	if err != nil {
		return p, err
	}
	if tags != "" {
		p.Tags = strings.Split(tags, listSep)
	}
	p.Options, err = decodeResourceOptions(options)
	return p, err
}

func projectObject(p *identity.Project) object {
	noun := "project"
	if p.IsDomain {
		noun = "domain"
	}
	return object{noun: noun, id: string(p.ID), name: p.Name, domain: string(p.DomainID)}
}

// InsertProject adds a project or a domain.
func (tx *Tx) InsertProject(ctx context.Context, p *identity.Project) error {
	options, err := encodeResourceOptions(p.Options)
	if err != nil {
		return err
	}
	err = tx.insert(ctx, projectObject(p), `INSERT INTO project (id, domain_id, parent_id, name, description, enabled, is_domain, options, extra)
		VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8, $9)`,
		p.ID, p.DomainID, p.ParentID, p.Name, p.Description, p.Enabled, p.IsDomain, options, p.Extra)
	if err != nil {
		return err
	}
	tx.added(identity.ChangeProject, string(p.ID))
	return tx.insertTags(ctx, p)
}

// UpdateProject writes every column of a project or a domain, and its tags.
func (tx *Tx) UpdateProject(ctx context.Context, p *identity.Project) error {
	options, err := encodeResourceOptions(p.Options)
	if err != nil {
		return err
	}
	err = tx.update(ctx, projectObject(p), `UPDATE project SET domain_id = $2, parent_id = NULLIF($3, ''), name = $4, description = $5,
		enabled = $6, is_domain = $7, options = $8, extra = $9 WHERE id = $1`,
		p.ID, p.DomainID, p.ParentID, p.Name, p.Description, p.Enabled, p.IsDomain, options, p.Extra)
	if err != nil {
		return err
	}
	tx.changed(identity.ChangeProject, string(p.ID))
	if _, err := tx.exec(ctx, `DELETE FROM project_tag WHERE project_id = $1`, p.ID); err != nil {
		return err
	}
	return tx.insertTags(ctx, p)
}

func (tx *Tx) insertTags(ctx context.Context, p *identity.Project) error {
	for _, tag := range p.Tags {
		_, err := tx.exec(ctx, `INSERT INTO project_tag (project_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING`, p.ID, tag)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteProject deletes a project or a domain with the assignments on it and the application
// credentials, credentials, trusts and OAuth1 tokens for it, and takes it from the users who had it as default
// project. NotFound when there is none; Conflict while it has projects below it or, being a
// domain, users, groups or projects (DeleteDomainContents removes those).
func (tx *Tx) DeleteProject(ctx context.Context, id identity.ProjectID) error {
	had := len(tx.changes)
	err := tx.dropProjects(ctx, `SELECT id FROM project WHERE id = $1`, string(id))
	if err != nil {
		return tx.needed(object{noun: "project", id: string(id)}, err)
	}
	if len(tx.changes) == had {
		return identity.Missing("project", id)
	}
	return nil
}

// dropProjects deletes the projects whose ids the subquery chosen selects, all at once.
func (tx *Tx) dropProjects(ctx context.Context, chosen, arg string) error {
	if err := tx.dropAssignments(ctx, `target_kind IN ('project', 'domain') AND target_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropProjectEndpoints(ctx, `project_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropProjectEndpointGroups(ctx, `project_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropTrusts(ctx, `project_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	if err := tx.dropAccessTokens(ctx, `project_id IN (`+chosen+`)`, arg); err != nil {
		return err
	}
	for _, step := range []struct {
		kind identity.ChangeKind
		text string
	}{
		{identity.ChangeApplicationCredential, `DELETE FROM application_credential WHERE project_id IN (` + chosen + `) RETURNING id`},
		{identity.ChangeCredential, `DELETE FROM credential WHERE project_id IN (` + chosen + `) RETURNING id`},
		{identity.ChangeUser, `UPDATE "user" SET default_project_id = '' WHERE default_project_id IN (` + chosen + `) RETURNING id`},
		{identity.ChangeProject, `DELETE FROM project WHERE id IN (` + chosen + `) RETURNING id`},
	} {
		if err := tx.drop(ctx, step.kind, step.text, arg); err != nil {
			return err
		}
	}
	return nil
}

// ListProjectIDs lists the ids of projects, or of domains, in ascending order; the projects
// themselves are the model's. TextFilters may be on name, description, domain_id and parent_id.
func (r reader) ListProjectIDs(ctx context.Context, f identity.ProjectFilter) ([]identity.ProjectID, error) {
	var w where
	if f.IsDomain {
		w.add("domain_id = ''")
	} else {
		w.add("domain_id <> ''")
	}
	equal(&w, "id", f.ID)
	equal(&w, "domain_id", f.DomainID)
	equal(&w, "parent_id", f.ParentID)
	equal(&w, "name", f.Name)
	w.flag("enabled", f.Enabled)
	w.tags(f.Tags, "id IN (SELECT project_id FROM project_tag WHERE name IN (%) GROUP BY project_id HAVING COUNT(*) = ?)", true)
	w.tags(f.TagsAny, "id IN (SELECT project_id FROM project_tag WHERE name IN (%))", false)
	w.tags(f.NotTags, "id NOT IN (SELECT project_id FROM project_tag WHERE name IN (%) GROUP BY project_id HAVING COUNT(*) = ?)", true)
	w.tags(f.NotTagsAny, "id NOT IN (SELECT project_id FROM project_tag WHERE name IN (%))", false)
	if err := w.text(f.Text, "name", "description", "domain_id", "parent_id"); err != nil {
		return nil, err
	}
	w.page(f.Page)
	return collect(ctx, r, scanOne[identity.ProjectID], `SELECT id FROM project`+w.sql("id"), w.args...)
}
