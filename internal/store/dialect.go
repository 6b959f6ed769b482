package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// dialect is what the two engines do differently.
type dialect struct {
	name  string
	bind  func(text string) string // rewrites $1 for the driver
	fault func(err error) fault    // reads the driver's codes, never its text
	bytes string                   // the type of a []byte, for a CAST
	// now is the database's clock, in microseconds since 1970.
	now string
	// announce tells other nodes of a change once it is committed; "" where there are none.
	announce string
	// texts are the rows of the texts in $1, a JSON list: however many, they are one parameter.
	texts string
	// hasSchema asks whether the table of applied migrations is there.
	hasSchema string
	// indexes finds how what is beside the rows of a table is dropped and made; "" where that is no part of a transaction.
	indexes string
	// mayTruncate asks whether the table $1 may be emptied with one statement for all rows; "" where there is none.
	mayTruncate string
	// isolation makes all statements of a read-only transaction see one state.
	isolation sql.IsolationLevel
}

// fault is what an error of the driver means to us.
type fault uint8

const (
	faultOther       fault = iota
	faultDuplicate         // a unique value stands already
	faultDuplicateID       // the same, of the primary key
	faultReference         // a foreign key leads nowhere, or is still needed
	faultValue             // the engine cannot keep such text
	faultContention        // lost against another transaction: try again
	faultLocked            // waited too long for another transaction
	faultUnavailable       // the database does not answer
)

// retryAfter is what a client is told when the database does not answer.
const retryAfter = time.Second

// translate turns a driver's error into an identity.Error where its code has a meaning.
// Errors that have one already, and nil, are returned as they are.
func (d dialect) translate(ctx context.Context, err error) error {
	if err == nil || identity.KindOf(err) != identity.Internal {
		return err
	}
	switch d.fault(err) {
	case faultDuplicate, faultDuplicateID:
		return &identity.Error{Kind: identity.Conflict, Message: "Conflict occurred: it exists already.", Err: err}
	case faultReference:
		return &identity.Error{Kind: identity.Invalid, Message: "It refers to something that does not exist.", Err: err}
	case faultValue:
		return &identity.Error{Kind: identity.Invalid, Message: "The database cannot keep this text.", Err: err}
	case faultContention, faultLocked:
		return identity.Busy("The database is busy.", err, retryAfter)
	case faultUnavailable:
		return identity.Busy("The database cannot be reached.", err, retryAfter)
	}
	if ctx.Err() != nil {
		return identity.Busy("The database did not answer in time.", fmt.Errorf("%w: %w", ctx.Err(), err), retryAfter)
	}
	if errors.As(err, &unforeseen{}) {
		return err // it passed here before
	}
	return unforeseen{err}
}

// unforeseen is a driver's error that means nothing to us.
type unforeseen struct{ error }

func (u unforeseen) Error() string { return "store: " + u.error.Error() }

func (u unforeseen) Unwrap() error { return u.error }
