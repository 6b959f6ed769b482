// Package store keeps the rows: Lintel's tables, on SQLite or PostgreSQL, with the same SQL
// for both.
//
// It owns the schema and its migrations, the one way to change the model (Update), the rows
// of every noun with what must go when one goes, the lists that need SQL, and the two reads
// the snapshot lives on (Load and Changes). Every change of the model gets the next number of
// one counter row, which its transaction locks first; so commit order is revision order, and
// what a transaction decides on is exactly what it changes.
//
// It refuses rules and permissions: whether a change is allowed was decided before it comes
// here. It knows no plaintext secret: passwords come as hashes, blobs and keys sealed.
package store
