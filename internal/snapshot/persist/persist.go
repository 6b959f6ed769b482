// Package persist owns the containers of the read model: [Map], a hash trie (CHAMP, 64-way), and [Set], a B-tree.
// Both are values that never change. A change returns a new version which shares all but the changed path with the
// old one, so any number of readers may use any version without a lock while a writer prepares the next.
//
// It refuses to know what it holds: no nouns, no I/O, no locks, no order in a Map, no duplicates in a Set. Publishing
// a version (an atomic pointer) and keeping writers apart is the caller's.
//
// One Map serves plain and composite keys, because [hash/maphash.Comparable] costs a string key what
// [hash/maphash.String] costs (8 ns for 32 bytes), a struct of two such strings 12 ns, and one of three 43 ns.
package persist
