// Package v2 is the Identity API v2.0: the same users, projects and tokens as v3 in the words
// of v2.0, where a project is a tenant. routes.go is its table of contents.
//
// A token of either API is good in the other. v2.0 has no word for domains: names without a
// tenant are the default domain's, and a token scoped to a domain or to the system shows as
// one without a tenant and without roles. Whoever logs in here may be of any domain, and has
// keys and a password; but the users and tenants that are listed, looked up and changed are
// those of the default domain, and others are not there.
//
// Keystone served v2.0 on two ports. Here one serves both, and members and administrators see
// their own list of tenants; for clients that must be told apart, Handler.Admin is the second.
//
// It refuses to decide anything: rules, policy and errors are core's. The body's form is that
// of Keystone up to Juno, which clouds that still offer v2.0 document.
package v2
