package core

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/policy"
)

// refusal is the cause of a 403 by policy: all that it takes to explain it. It holds ids, names
// and roles, and nothing that the client sent but the path. Its target is a copy, so that
// enforcing allocates nothing for those who are allowed.
type refusal struct {
	by     *identity.Authorization
	action string
	reason string
	byRule bool // the rule refused; otherwise it was not asked, or had allowed it
	target policy.Target
}

func (r *refusal) Error() string { return r.reason }

// denied is the 403 of a refusal.
func (r *refusal) denied() error {
	e := identity.NotAuthorized(r.action)
	e.Err = r
	return e
}

// Denial explains one request that was answered 403, to an administrator.
type Denial struct {
	RequestID  string
	At         time.Time
	Message    string // what the client was told
	Reason     string // in the words of the log
	Caller     policy.Caller
	Delegation identity.Delegation
	Action     string // "" where no rule was asked about
	Target     policy.Target
	Rule       *policy.RuleInfo    // nil where no rule was asked about
	Why        *policy.Explanation // nil where it was not the rule that refused

	byRule bool
}

type (
	// Explanation is how a rule came to its verdict.
	Explanation = policy.Explanation
	// RuleInfo is a rule and where it comes from.
	RuleInfo = policy.RuleInfo
)

// maxDenials bounds what is remembered; the oldest goes first.
const maxDenials = 10_000

// denials are the latest requests that were answered 403, in the memory of this process.
// Neither keeping nor finding one takes a lock.
type denials struct {
	next  atomic.Uint64
	slots [maxDenials]atomic.Pointer[Denial]
}

func (d *denials) keep(n *Denial) { d.slots[(d.next.Add(1)-1)%maxDenials].Store(n) }

func (d *denials) find(requestID string) *Denial {
	for i := range d.slots {
		if n := d.slots[i].Load(); n != nil && n.RequestID == requestID {
			return n
		}
	}
	return nil
}

// KeepDenial remembers why a request was refused, if err is a 403. It is called once for each
// request that fails, with the error that it fails with: what policy refuses on the way to a
// success is nobody's question.
func (c *Core) KeepDenial(caller identity.Caller, err error) {
	var e *identity.Error
	if !errors.As(err, &e) || e.Kind != identity.Forbidden {
		return
	}
	d := &Denial{RequestID: caller.RequestID, At: c.Now().UTC(), Message: e.Message, Reason: e.Message}
	if e.Err != nil {
		d.Reason = e.Err.Error()
	}
	by := caller.Authorization
	var r *refusal
	if errors.As(err, &r) {
		d.Action, d.Target, d.byRule, by = r.action, r.target, r.byRule, r.by
	}
	if by != nil {
		d.Caller, d.Delegation = policyCaller(by), by.Delegation()
	}
	c.Memory.denials.keep(d)
}

// Denial explains the 403 of a request to an administrator. Only the latest requests to this
// process are remembered. The rule is the one in force now, which is the one that refused unless
// the rules were reloaded since.
func (c *Core) Denial(caller identity.Caller, requestID string) (*Denial, error) {
	kept := c.Memory.denials.find(requestID)
	err := c.enforceOn(caller, "lintel:get_denial", kept != nil, noTarget, identity.Missing("denial", requestID))
	if err != nil {
		return nil, err
	}
	d := *kept
	if rule, ok := c.Policy.Rule(d.Action); ok {
		d.Rule = &rule
	}
	if d.byRule {
		why := c.Policy.Explain(d.Action, &d.Caller, d.Target)
		d.Why = &why
	}
	return &d, nil
}
