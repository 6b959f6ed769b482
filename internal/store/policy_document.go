package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectPolicy = `SELECT id, type, blob, extra FROM policy`

func scanPolicy(row scanner) (p identity.PolicyDocument, err error) {
	err = row.Scan(&p.ID, &p.Type, &p.Blob, &p.Extra)
	return p, err
}

func policyObject(id identity.PolicyID) object { return object{noun: "policy", id: string(id)} }

// InsertPolicyDocument adds a policy document. They are no part of the model.
func (tx *Tx) InsertPolicyDocument(ctx context.Context, p *identity.PolicyDocument) error {
	return tx.insert(ctx, policyObject(p.ID), `INSERT INTO policy (id, type, blob, extra) VALUES ($1, $2, $3, $4)`, p.ID, p.Type, p.Blob, p.Extra)
}

// UpdatePolicyDocument writes every column of a policy document.
func (tx *Tx) UpdatePolicyDocument(ctx context.Context, p *identity.PolicyDocument) error {
	return tx.update(ctx, policyObject(p.ID), `UPDATE policy SET type = $2, blob = $3, extra = $4 WHERE id = $1`, p.ID, p.Type, p.Blob, p.Extra)
}

// DeletePolicyDocument deletes a policy document with its associations.
func (tx *Tx) DeletePolicyDocument(ctx context.Context, id identity.PolicyID) error {
	return tx.remove(ctx, policyObject(id), `DELETE FROM policy WHERE id = $1`, id)
}

// PolicyDocument returns a policy document; NotFound when there is none.
func (r reader) PolicyDocument(ctx context.Context, id identity.PolicyID) (identity.PolicyDocument, error) {
	p, found, err := first(ctx, r, scanPolicy, selectPolicy+` WHERE id = $1`, id)
	if err == nil && !found {
		err = identity.Missing("policy", id)
	}
	return p, err
}

// ListPolicyDocuments lists policy documents in ascending order of id. TextFilters may be on type.
func (r reader) ListPolicyDocuments(ctx context.Context, f identity.PolicyDocumentFilter) ([]identity.PolicyDocument, error) {
	var w where
	equal(&w, "type", f.Type)
	if err := w.text(f.Text, "type"); err != nil {
		return nil, err
	}
	return collect(ctx, r, scanPolicy, selectPolicy+w.sql("id"), w.args...)
}
