// Package policy answers one question: may this caller do this to that target?
//
// It owns the rule language of oslo.policy, Keystone's default rules (defaults.policy, the state after
// 2026.1), the operator's overrides and the explanation of a verdict. It refuses to read a request: what
// it knows of the caller comes from the token ([Caller]), what it knows of the target from the store or
// the path ([Target]). A body or a query string has no way in (CVE-2026-42999).
//
// # Language
//
//	or-expr  = and-expr { "or" and-expr }
//	and-expr = not-expr { "and" not-expr }
//	not-expr = "not" not-expr | "(" or-expr ")" | check
//	check    = "@" | "!" | "rule:" name | "role:" value | left ":" value
//	left     = caller attribute | "None" | "True" | "False" | number | 'text' | "text"
//	value    = "%(" target attribute ")s" | text
//
// Words are parted by white space and are case-insensitive only when they are and, or, not. A text without
// any word is always true. The list form of policy.json is read too: the outer list is "or", an inner list
// "and", the empty list true.
//
// # Verdicts
//
// A check is yes, no or unknown, and "and", "or", "not" are the minimum, the maximum and the reverse of
// no < unknown < yes (Kleene). Only yes allows. Unknown comes from
//
//   - a target attribute the verb did not supply: it equals nothing, None included, and "not" does not turn
//     it into a yes;
//   - a comparison of a caller attribute and a target attribute that are both null: the token without a
//     domain does not own the project without a domain (Launchpad 2138295).
//
// oslo.policy says no where this package says unknown about the first, and yes about the second. So no rule
// allows here what it denies in Keystone, and the two differ only where Keystone guessed.
//
// None beside an attribute asks for null by name: None:%(target.role.domain_id)s is true of a global role,
// domain_id:None of a token that is not domain-scoped.
//
// Role names are compared without regard to the case of ASCII letters; other letters must be the same bytes,
// so that no look-alike folds into "admin".
//
// # Scope
//
// An action lists the token scopes it accepts. A token of another scope is denied whatever its roles. As in
// oslo.policy an unscoped token counts as project-scoped here; verbs that need a project say so themselves.
// An override replaces the expression and keeps the scopes.
//
// # Target attributes
//
// The verb supplies what [Engine.Reads] names. targetAttributes in attribute.go is the list with its
// meanings; a rule that names any other is refused.
package policy
