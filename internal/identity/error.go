package identity

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong, for the one place that turns errors into statuses.
type Kind uint8

const (
	Internal Kind = iota // anything unforeseen: the client learns nothing of it
	Invalid
	Unauthorized
	Forbidden
	NotFound
	Conflict
	Gone
	TooLarge
	TooMany
	Unavailable
	Unimplemented
)

// Error is the only error a verb returns on purpose. Message is for the client, Err for the log.
type Error struct {
	Kind       Kind
	Message    string
	Err        error
	Field      string        // the input that is wrong, where there is one
	RetryAfter time.Duration // for TooMany and Unavailable; 0 means none is named
	Methods    []string      // of the 401 for an unsupported authentication method: those that are supported
}

func (e *Error) Error() string {
	if e.Err != nil {
		return strings.TrimSuffix(e.Message, ".") + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err; Internal for errors that are not an *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Invalidf is a 400: the request cannot be right whoever sends it.
func Invalidf(format string, args ...any) *Error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf(format, args...)}
}

// invalidField is Invalidf about one input.
func invalidField(field, format string, args ...any) *Error {
	e := Invalidf("Invalid input for field '%s': %s", field, fmt.Sprintf(format, args...))
	e.Field = field
	return e
}

// Forbiddenf is a 403 whose reason the client may know.
func Forbiddenf(format string, args ...any) *Error {
	return &Error{Kind: Forbidden, Message: fmt.Sprintf(format, args...)}
}

// NotAuthorized is policy's 403, in Keystone's words.
func NotAuthorized(action string) *Error {
	return Forbiddenf("You are not authorized to perform the requested action: %s.", action)
}

// Missing is a 404 in Keystone's words: "Could not find user: abc."
func Missing[ID ~string](noun string, id ID) *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf("Could not find %s: %s.", noun, id)}
}

// Duplicate is a 409 in Keystone's words.
func Duplicate(noun, detail string) *Error {
	return &Error{Kind: Conflict, Message: fmt.Sprintf("Conflict occurred attempting to store %s - %s.", noun, detail)}
}

// MessageUnauthenticated is the one text of every failed authentication.
const MessageUnauthenticated = "The request you have made requires authentication."

// Unauthenticated is a 401 that looks the same for every cause; reason goes to the log.
func Unauthenticated(reason string) *Error {
	return &Error{Kind: Unauthorized, Message: MessageUnauthenticated, Err: errors.New(reason)}
}

// Busy is a 503 that asks the client to come again.
func Busy(message string, cause error, after time.Duration) *Error {
	return &Error{Kind: Unavailable, Message: message, Err: cause, RetryAfter: after}
}

// TooOften is a 429 that says when to come again; reason goes to the log.
func TooOften(reason string, after time.Duration) *Error {
	return &Error{Kind: TooMany, Message: "Too many requests. Try again later.", Err: errors.New(reason), RetryAfter: after}
}
