// Package v3 is the Identity API v3: what each noun looks like on the wire, and which verb
// each route calls. routes.go is its table of contents.
//
// It refuses to decide anything: rules, policy and errors are core's.
package v3
