// Package lintel is the API for what Keystone has no word for, below /lintel/v1, so that the
// Identity API stays exactly Keystone's. routes.go is its table of contents.
//
// It refuses to decide anything: rules, policy and errors are core's.
package lintel
