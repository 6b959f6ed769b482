package core

import (
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// identityService is the type under which access rules name this service.
const identityService = "identity"

// CheckAccessRules holds a caller whose application credential has access rules to those for
// this service; everybody else passes. path is decoded and canonical: what routes the request
// must be what is compared here. Keystone leaves its own API to no such check.
func (c *Core) CheckAccessRules(caller identity.Caller, method, path string) error {
	if caller.Authorization == nil || caller.ApplicationCredential == nil || len(caller.ApplicationCredential.AccessRules) == 0 {
		return nil
	}
	for _, r := range caller.ApplicationCredential.AccessRules {
		if r.Service == identityService && r.Method == method && pathMatches(r.Path, path) {
			return nil
		}
	}
	return identity.NotAuthorized(method + " " + path)
}

// pathMatches says whether an access rule's path covers a request's (keystonemiddleware): *
// and {name} stand for one or more characters of one segment, ** for any characters, and all
// else for itself. It goes through path once with the set of places in pattern reached so
// far, so that no pattern makes it slow.
func pathMatches(pattern, path string) bool {
	p := compilePath(pattern)
	at, next := make([]bool, len(p)+1), make([]bool, len(p)+1)
	at[0] = true
	for i := 0; i < len(path); i++ {
		clear(next)
		skipAny(p, at)
		for n, part := range p {
			if !at[n] {
				continue
			}
			switch {
			case part.kind == anyText:
				next[n] = true
			case part.kind == segment && path[i] != '/':
				next[n], next[n+1] = true, true
			case part.kind == literal && path[i] == part.char:
				next[n+1] = true
			}
		}
		at, next = next, at
	}
	skipAny(p, at)
	return at[len(p)]
}

// skipAny moves on past every ** reached: it may stand for nothing.
func skipAny(p []pathPart, at []bool) {
	for n, part := range p {
		if at[n] && part.kind == anyText {
			at[n+1] = true
		}
	}
}

// pathPart is one element of an access rule's path.
type pathPart struct {
	kind pathKind
	char byte // of a literal
}

type pathKind uint8

const (
	literal pathKind = iota
	segment          // * or {name}
	anyText          // **
)

func compilePath(pattern string) []pathPart {
	p := make([]pathPart, 0, len(pattern))
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch end := strings.IndexByte(rest, '}'); {
		case strings.HasPrefix(rest, "**"):
			p = append(p, pathPart{kind: anyText})
			i++
		case rest[0] == '*':
			p = append(p, pathPart{kind: segment})
		case rest[0] == '{' && end > 0:
			p = append(p, pathPart{kind: segment})
			i += end
		default:
			p = append(p, pathPart{char: rest[0]})
		}
	}
	return p
}
