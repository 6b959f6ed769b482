package core

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

// PolicyDocument returns a policy document.
func (c *Core) PolicyDocument(ctx context.Context, caller identity.Caller, id identity.PolicyID) (*identity.PolicyDocument, error) {
	if err := c.enforce(caller, "identity:get_policy"); err != nil {
		return nil, err
	}
	return one(c.Store.PolicyDocument(ctx, id))
}

// one turns a row into the pointer that the faces use.
func one[T any](row T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return &row, nil
}

// PolicyDocuments lists policy documents.
func (c *Core) PolicyDocuments(ctx context.Context, caller identity.Caller, f identity.PolicyDocumentFilter) ([]*identity.PolicyDocument, error) {
	if err := c.enforce(caller, "identity:list_policies"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListPolicyDocuments(ctx, f))
}

// CreatePolicyDocument makes a policy document.
func (c *Core) CreatePolicyDocument(ctx context.Context, caller identity.Caller, spec identity.PolicyDocumentSpec) (*identity.PolicyDocument, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	p := &identity.PolicyDocument{ID: identity.PolicyID(identity.NewID()), Type: spec.Type, Blob: spec.Blob, Extra: spec.Extra}
	err := c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:create_policy"); err != nil {
			return err
		}
		return w.InsertPolicyDocument(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// UpdatePolicyDocument changes a policy document.
func (c *Core) UpdatePolicyDocument(ctx context.Context, caller identity.Caller, id identity.PolicyID, patch identity.PolicyDocumentPatch) (*identity.PolicyDocument, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var p identity.PolicyDocument
	err := c.update(ctx, caller, func(w *write) error {
		err := c.enforce(w.caller, "identity:update_policy")
		if err != nil {
			return err
		}
		if p, err = w.PolicyDocument(ctx, id); err != nil {
			return err
		}
		patch.Type.Apply(&p.Type)
		patch.Blob.Apply(&p.Blob)
		if p.Extra, err = mergeExtra(p.Extra, patch.Extra); err != nil {
			return err
		}
		return w.UpdatePolicyDocument(ctx, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// DeletePolicyDocument removes a policy document with its associations.
func (c *Core) DeletePolicyDocument(ctx context.Context, caller identity.Caller, id identity.PolicyID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_policy"); err != nil {
			return err
		}
		return w.DeletePolicyDocument(ctx, id)
	})
}
