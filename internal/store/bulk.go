package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/lintel-id/lintel/internal/identity"
)

// BulkInsert adds many objects in one transaction and one revision. They are not listed in the
// change log: whoever follows it must load afresh (identity.ErrChangeGap). An object that is there already is
// a Conflict, and nothing is kept then. The sequence is read once. A million rows go in much faster
// when their ids ascend.
func (s *Store) BulkInsert(ctx context.Context, changes iter.Seq[identity.Change]) error {
	_, err := s.once(ctx, true, func(tx *Tx) error {
		for c := range changes {
			if err := tx.insertObject(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return s.engine.translate(ctx, err)
}

func (tx *Tx) insertObject(ctx context.Context, c identity.Change) error {
	switch v := c.Object.(type) {
	case *identity.Project:
		return tx.InsertProject(ctx, v)
	case *identity.User:
		return tx.InsertUser(ctx, v)
	case *identity.Group:
		return tx.InsertGroup(ctx, v)
	case *identity.Membership:
		return tx.AddMember(ctx, *v)
	case *identity.Role:
		return tx.InsertRole(ctx, v)
	case *identity.Implication:
		return tx.AddImplication(ctx, *v)
	case *identity.Assignment:
		return tx.AddAssignment(ctx, *v)
	case *identity.ApplicationCredential:
		return tx.InsertApplicationCredential(ctx, v)
	case *identity.Credential:
		return tx.InsertCredential(ctx, v)
	case *identity.Trust:
		return tx.InsertTrust(ctx, v)
	case *identity.AccessToken:
		return tx.InsertAccessToken(ctx, v)
	case *identity.ServiceProvider:
		return tx.InsertServiceProvider(ctx, v)
	case *identity.Revocation:
		return tx.PutRevocation(ctx, *v)
	case *identity.SealedKey:
		return tx.PutKey(ctx, v)
	}
	return tx.insertCatalogObject(ctx, c)
}

func (tx *Tx) insertCatalogObject(ctx context.Context, c identity.Change) error {
	switch v := c.Object.(type) {
	case *identity.Region:
		return tx.InsertRegion(ctx, v)
	case *identity.Service:
		return tx.InsertService(ctx, v)
	case *identity.Endpoint:
		return tx.InsertEndpoint(ctx, v)
	case *identity.EndpointGroup:
		return tx.InsertEndpointGroup(ctx, v)
	case *identity.ProjectEndpoint:
		return tx.AddProjectEndpoint(ctx, *v)
	case *identity.ProjectEndpointGroup:
		return tx.AddProjectEndpointGroup(ctx, *v)
	}
	return fmt.Errorf("store: no row can be made of a %s that is a %T", c.Kind, c.Object)
}

// prepared is a transaction that prepares each statement once.
type prepared struct {
	tx         *sql.Tx
	statements map[string]*sql.Stmt
}

func newPrepared(t *sql.Tx) *prepared { return &prepared{tx: t, statements: map[string]*sql.Stmt{}} }

func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := p.statements[text]; s != nil {
		return s, nil
	}
	s, err := p.tx.PrepareContext(ctx, text) // the end of the transaction closes it
	if err == nil {
		p.statements[text] = s
	}
	return s, err
}

func (p *prepared) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	s, err := p.statement(ctx, text) //nolint:sqlclosecheck // the transaction closes its statements
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (p *prepared) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := p.statement(ctx, text) //nolint:sqlclosecheck // the transaction closes its statements
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}
