// Package core holds the verbs: one method for each act, with its rules, its policy, its
// transaction and its log. The v3 API, the v2.0 API and the command line all call the same
// method, and there is no other way to the rows.
//
// Who asks comes in as an identity.Caller, made only by Authenticate from a live token. What
// is asked about comes from the model or the rows, never from the request, so that no request
// can talk policy into anything (CVE-2026-42999).
//
// Every write happens in one transaction that holds the revision: its rules are evaluated on
// exactly the state it changes, and the caller is authorised anew on that state. It returns
// when this node's model has the change.
//
// It refuses to know about HTTP, JSON or pages.
package core
