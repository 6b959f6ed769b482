package cli

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lintel-id/lintel/internal/policy"
)

type policyExplainCmd struct {
	policySource
	Action string `arg:"" help:"What is done: identity:get_user."`

	User       string   `help:"Id of the caller." placeholder:"ID"`
	UserDomain string   `help:"Id of the caller's domain." placeholder:"ID"`
	Role       []string `help:"Role of the caller in the scope of its token; may be given more than once." placeholder:"NAME"`

	Project       string `help:"The token is for this project." placeholder:"ID" xor:"scope"`
	ProjectDomain string `help:"Id of that project's domain." placeholder:"ID"`
	Domain        string `help:"The token is for this domain." placeholder:"ID" xor:"scope"`
	System        bool   `help:"The token is for the system." xor:"scope"`

	Target []string `help:"What is acted upon, as in target.user.id=ID; NAME= for null. May be given more than once." placeholder:"NAME=VALUE"`
}

// Run decides and prints how. It asks the rules alone: what no rule can allow, as acts of
// delegated tokens, is decided by the server before them.
func (c policyExplainCmd) Run(p Process) error {
	engine, err := c.open(p)
	if err != nil {
		return err
	}
	if _, ok := engine.Rule(c.Action); !ok {
		return noRule(engine, c.Action)
	}
	caller, err := c.caller()
	if err != nil {
		return err
	}
	target, err := c.target(engine.Reads(c.Action))
	if err != nil {
		return err
	}
	x := engine.Explain(c.Action, &caller, target)
	if c.JSON {
		return printJSON(p, x)
	}
	_, err = fmt.Fprint(p.Out, x)
	return err
}

func (c policyExplainCmd) caller() (policy.Caller, error) {
	caller := policy.Caller{UserID: c.User, UserDomainID: c.UserDomain, ProjectID: c.Project, ProjectDomainID: c.ProjectDomain, DomainID: c.Domain, Roles: c.Role}
	switch {
	case c.Project != "":
		caller.Scope = policy.Project
	case c.ProjectDomain != "":
		return caller, errors.New("--project-domain needs --project")
	case c.Domain != "":
		caller.Scope = policy.Domain
	case c.System:
		caller.Scope, caller.SystemScope = policy.System, "all"
	}
	return caller, nil
}

// target reads the attributes that were given, which must be ones that the rule reads: a slip
// in a name would look like a denial.
func (c policyExplainCmd) target(reads []string) (target policy.Target, err error) {
	for _, text := range c.Target {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--target %q is not NAME=VALUE", text)
		}
		if !slices.Contains(reads, name) {
			return nil, fmt.Errorf("the rule %s does not read %s, but %s", c.Action, name, strings.Join(append(reads, "nothing else"), ", "))
		}
		target = append(target, policy.Attr{Name: name, Value: value, Null: value == ""})
	}
	return target, nil
}

type policyWhyCmd struct {
	RequestID string `arg:"" help:"The header x-openstack-request-id of the answer."`
	URL       string `required:"" help:"The server, as in https://identity.example.org:5000." placeholder:"URL"`
}

// Run prints what to type. It does not ask the server itself: that would need a token on a
// command line, where every user of the machine can read it.
func (c policyWhyCmd) Run(p Process) error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("--url %q is not the URL of a server", c.URL)
	}
	at := u.JoinPath("lintel", "v1", "denials", c.RequestID)
	_, err = fmt.Fprintf(p.Out, `An administrator's token in $OS_TOKEN, read from a file so that it is in no process list:

  OS_TOKEN=$(openstack token issue -f value -c id)
  printf 'header = "X-Auth-Token: %%s"\n' "$OS_TOKEN" | curl -s -K - '%s'

Each server remembers the latest 10000 requests that it answered 403, until it is restarted.
`, at)
	return err
}
