package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

func scanFederated(row scanner) (f identity.FederatedIdentity, err error) {
	err = row.Scan(&f.IdentityProvider, &f.Protocol, &f.UniqueID)
	return f, err
}

// PutFederated makes these the only identities that a user has elsewhere; Conflict when one of
// them is another user's. They are no part of the model.
func (tx *Tx) PutFederated(ctx context.Context, user identity.UserID, all []identity.FederatedIdentity) error {
	if _, err := tx.exec(ctx, `DELETE FROM federated_user WHERE user_id = $1`, user); err != nil {
		return err
	}
	for _, f := range all {
		err := tx.insert(ctx, object{noun: "federated user", id: f.UniqueID}, `INSERT INTO federated_user (identity_provider_id, protocol_id, unique_id, user_id)
			VALUES ($1, $2, $3, $4)`, f.IdentityProvider, f.Protocol, f.UniqueID, user)
		if err != nil {
			return err
		}
	}
	return nil
}

// Federated lists the identities that a user has elsewhere, in order of provider, protocol and id.
func (r reader) Federated(ctx context.Context, user identity.UserID) ([]identity.FederatedIdentity, error) {
	return collect(ctx, r, scanFederated, `SELECT identity_provider_id, protocol_id, unique_id FROM federated_user WHERE user_id = $1
		ORDER BY identity_provider_id, protocol_id, unique_id`, string(user))
}

// federated adds the condition that a user has an identity elsewhere with all that f names.
func (w *where) federated(f identity.FederatedIdentity) {
	if f == (identity.FederatedIdentity{}) {
		return
	}
	condition, args := "id IN (SELECT user_id FROM federated_user WHERE TRUE", []any{}
	for _, part := range []struct{ column, value string }{
		{"identity_provider_id", string(f.IdentityProvider)}, {"protocol_id", string(f.Protocol)}, {"unique_id", f.UniqueID},
	} {
		if part.value != "" {
			condition += " AND " + part.column + " = ?"
			args = append(args, part.value)
		}
	}
	w.add(condition+")", args...)
}
