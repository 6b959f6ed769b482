// Package server is the assembly: it builds everything from the configuration, listens,
// drains and stops. It knows all packages and is known by none but the command line.
//
// It refuses to hold a rule of its own: what a request means is decided below.
package server
