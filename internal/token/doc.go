// Package token owns what a token says and the keys that say it: the payload in Keystone's versions 0 to 10, the
// bitmap of authentication methods, the receipts of logins that are not complete, the notes that browsers keep for us,
// the ring of token, credential and secret keys, the master key over them, and their rotation.
//
// It refuses to look anything up and to judge: whether a token has expired or was revoked, where keys are stored,
// and which nodes already know a key are the caller's business. The envelope is package fernet's.
package token
