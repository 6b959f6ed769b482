package identity

import "time"

// NodeReady is the state of a node that answers requests. Any other state is a reason, for the operator.
const NodeReady = "ready"

// Node is a server process with a model of its own, as it tells the others of itself.
type Node struct {
	ID        string // new at each start
	Name      string // of its machine
	Address   string // where it listens
	Version   string
	StartedAt time.Time
	SeenAt    time.Time // of its last beat; both by the database's clock
	Beats     int64     // goes up with each beat: a clock that jumps cannot make a node look dead
	Rev       int64     // it answers from this revision or a later one
	Lease     time.Duration
	State     string
}
