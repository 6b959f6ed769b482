// Package api is what the faces over HTTP share: the strict edge, the router, decoding and
// replies, and the one place that turns errors into answers.
//
// A face is a table of routes whose handlers decode, call one verb of core, and reply. This
// package refuses to know any noun, to decide anything, and to reach past core.
package api
