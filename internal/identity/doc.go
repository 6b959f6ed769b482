// Package identity holds the nouns of Lintel: what a user, a project, a role or an
// application credential is, and what makes one valid. Every floor speaks in these types.
//
// It owns structs, typed ids, Spec (create), Patch (update) and Filter (list) values, the
// error type and the Secret type. It refuses I/O: no HTTP, no SQL, no JSON of the wire, and
// no rule that needs to look something up.
package identity
