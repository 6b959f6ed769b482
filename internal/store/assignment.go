package store

import (
	"context"
	"fmt"

	"github.com/lintel-id/lintel/internal/identity"
)

const (
	assignmentColumns = `actor_kind, actor_id, target_kind, target_id, role_id, inherited`
	selectAssignment  = `SELECT ` + assignmentColumns + ` FROM assignment`

	// selectAssignmentKey is what identity.Assignment.Key writes.
	selectAssignmentKey = `SELECT actor_kind || '` + fieldSep + `' || actor_id || '` + fieldSep + `' || target_kind || '` + fieldSep + `' || target_id || '` + fieldSep +
		`' || role_id || '` + fieldSep + `' || CASE WHEN inherited THEN 'inherited' ELSE '' END FROM assignment`
)

func scanAssignment(row scanner) (a identity.Assignment, err error) {
	var actorKind, actorID, targetKind, targetID string
	if err = row.Scan(&actorKind, &actorID, &targetKind, &targetID, &a.Role, &a.Inherited); err != nil {
		return a, err
	}
	var actorOK, targetOK bool
	a.Actor, actorOK = identity.ActorOf(actorKind, actorID)
	a.Target, targetOK = identity.TargetOf(targetKind, targetID)
	if !actorOK || !targetOK {
		return a, fmt.Errorf("store: an assignment of %q on %q", actorKind, targetKind)
	}
	return a, nil
}

// assignmentValues are the columns of an assignment, all of which are its key.
func assignmentValues(a identity.Assignment) []any {
	actorKind, actorID := a.Actor.Row()
	targetKind, targetID := a.Target.Row()
	return []any{actorKind, actorID, targetKind, targetID, string(a.Role), a.Inherited}
}

// AddAssignment grants a role. Granting it again changes nothing.
func (tx *Tx) AddAssignment(ctx context.Context, a identity.Assignment) error {
	n, err := tx.exec(ctx, `INSERT INTO assignment (`+assignmentColumns+`) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		assignmentValues(a)...)
	if err != nil {
		return tx.worded(object{noun: "role assignment"}, err)
	}
	if n > 0 {
		tx.added(identity.ChangeAssignment, a.Key())
	}
	return nil
}

// RemoveAssignment takes a grant back; NotFound when there is none.
func (tx *Tx) RemoveAssignment(ctx context.Context, a identity.Assignment) error {
	n, err := tx.exec(ctx, `DELETE FROM assignment WHERE actor_kind = $1 AND actor_id = $2 AND target_kind = $3 AND target_id = $4
		AND role_id = $5 AND inherited = $6`, assignmentValues(a)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return a.Missing()
	}
	tx.changed(identity.ChangeAssignment, a.Key())
	return nil
}

// dropAssignments deletes the assignments that the condition, a constant, takes.
func (tx *Tx) dropAssignments(ctx context.Context, condition, arg string) error {
	return dropKeyed(ctx, tx, identity.ChangeAssignment, scanAssignment,
		`DELETE FROM assignment WHERE `+condition+` RETURNING `+assignmentColumns, arg)
}

// ListAssignments lists assignments as they were made, in the order of their columns.
func (r reader) ListAssignments(ctx context.Context, f identity.AssignmentFilter) ([]identity.Assignment, error) {
	var w where
	if f.User != "" {
		w.add("actor_kind = 'user' AND actor_id = ?", string(f.User))
	}
	if f.Group != "" {
		w.add("actor_kind = 'group' AND actor_id = ?", string(f.Group))
	}
	equal(&w, "role_id", f.Role)
	if f.Project != "" {
		w.add("target_kind = 'project' AND target_id = ?", string(f.Project))
	}
	if f.Domain != "" {
		w.add("target_kind = 'domain' AND target_id = ?", string(f.Domain))
	}
	if f.System {
		w.add("target_kind = 'system'")
	}
	if f.Inherited {
		w.add("inherited = ?", true)
	}
	return collect(ctx, r, scanAssignment, selectAssignment+w.sql(assignmentColumns), w.args...)
}
