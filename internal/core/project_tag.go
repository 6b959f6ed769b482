package core

import (
	"context"
	"slices"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

// ProjectTags returns the project whose tags the caller may read.
func (c *Core) ProjectTags(ctx context.Context, caller identity.Caller, id identity.ProjectID) (*identity.Project, error) {
	return c.projectFor(ctx, caller, "identity:list_project_tags", id)
}

// CheckProjectTag is NotFound for a tag that the project does not have.
func (c *Core) CheckProjectTag(ctx context.Context, caller identity.Caller, id identity.ProjectID, tag string) error {
	p, err := c.projectFor(ctx, caller, "identity:get_project_tag", id)
	if err == nil && !slices.Contains(p.Tags, tag) {
		err = identity.Missing("project tag", tag)
	}
	return err
}

// SetProjectTags gives a project these tags and no others.
func (c *Core) SetProjectTags(ctx context.Context, caller identity.Caller, id identity.ProjectID, tags []string) (*identity.Project, error) {
	patch := identity.ProjectPatch{Tags: identity.Some(tags)}
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	return c.changeTags(ctx, caller, "identity:update_project_tags", id, func([]string) ([]string, error) { return tags, nil })
}

// AddProjectTag gives a project one more tag. One that it has already is refused, as in Keystone.
func (c *Core) AddProjectTag(ctx context.Context, caller identity.Caller, id identity.ProjectID, tag string) error {
	patch := identity.ProjectPatch{Tags: identity.Some([]string{tag})}
	if err := patch.Validate(); err != nil {
		return err
	}
	_, err := c.changeTags(ctx, caller, "identity:create_project_tag", id, func(old []string) ([]string, error) {
		return append(slices.Clone(old), tag), nil
	})
	return err
}

// DeleteProjectTag takes a tag from a project; NotFound when it has no such tag.
func (c *Core) DeleteProjectTag(ctx context.Context, caller identity.Caller, id identity.ProjectID, tag string) error {
	_, err := c.changeTags(ctx, caller, "identity:delete_project_tag", id, func(old []string) ([]string, error) {
		if !slices.Contains(old, tag) {
			return nil, identity.Missing("project tag", tag)
		}
		return slices.DeleteFunc(slices.Clone(old), func(t string) bool { return t == tag }), nil
	})
	return err
}

// DeleteProjectTags takes all tags from a project.
func (c *Core) DeleteProjectTags(ctx context.Context, caller identity.Caller, id identity.ProjectID) error {
	_, err := c.changeTags(ctx, caller, "identity:delete_project_tags", id, func([]string) ([]string, error) { return nil, nil })
	return err
}

// changeTags writes the project with the tags that change makes of those it has.
func (c *Core) changeTags(ctx context.Context, caller identity.Caller, action string, id identity.ProjectID,
	change func(old []string) ([]string, error)) (*identity.Project, error) {
	var p identity.Project
	err := c.update(ctx, caller, func(w *write) error {
		old := w.model.Project(id)
		err := c.enforceOn(w.caller, action, old != nil, func() []policy.Attr { return projectTarget(old) }, identity.Missing("project", id))
		if err != nil {
			return err
		}
		if old.Options.IsImmutable() {
			return immutable("project", id)
		}
		tags, err := change(old.Tags)
		if err != nil {
			return err
		}
		patch := identity.ProjectPatch{Tags: identity.Some(tags)}
		if err := patch.Validate(); err != nil {
			return err
		}
		p = *old
		p.Tags = patch.Tags.Value
		return w.UpdateProject(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}
