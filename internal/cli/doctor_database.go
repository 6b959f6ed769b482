package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/server"
	"github.com/lintel-id/lintel/internal/store"
)

// database opens it, for the checks after this one.
func (d *doctor) database(ctx context.Context) {
	const check = "database"
	at := d.config.Database.URL.String()
	open, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	st, err := store.Open(open, d.config.Database.URL.Reveal(), store.Options{Existing: true, MaxConns: 4})
	if store.PoolBetween(err) {
		d.fail(check, at+": "+err.Error(), notShared)
		return
	}
	if err != nil {
		d.fail(check, at+": "+err.Error(), "correct [database] url, or start the database; a new cloud begins with lintel bootstrap")
		return
	}
	d.store = st
	have, want, err := st.Schema(ctx)
	switch {
	case err != nil:
		d.fail(check, at+": "+err.Error(), "look at the database's log")
	case have < want:
		d.fail(check, fmt.Sprintf("%s: the schema has version %d and this lintel needs %d", at, have, want), "lintel backup, then lintel migrate")
	case have > want:
		d.warn(check, fmt.Sprintf("%s: the schema has version %d and this lintel knows %d", at, have, want), "upgrade this lintel too")
	default:
		d.ok(check, "%s, schema version %d", at, have)
		return
	}
	if err != nil || have < want {
		if err := st.Close(); err != nil {
			d.fail(check, err.Error(), "look at the database's log")
		}
		d.store = nil
	}
}

// notShared is what to do about a pool that hands one session to several clients.
const notShared = "add default_query_exec_mode=exec to [database] url, or set the mode of the pool in between (PgBouncer's pool_mode) to session"

// engine asks the database how well it keeps what it is given.
func (d *doctor) engine(ctx context.Context) {
	x, err := d.store.Examine(ctx)
	switch {
	case err != nil:
		d.fail("database settings", err.Error(), "look at the database's log, and at what this role may see")
	case x.SQLite != nil:
		d.sqlite(x.SQLite)
	default:
		d.postgres(x.Postgres, d.config.Database.MaxConnections)
	}
}

func (d *doctor) sqlite(x *store.SQLiteState) {
	if x.JournalMode != "wal" || x.Synchronous != 2 {
		d.fail("database settings", fmt.Sprintf("journal mode %s, synchronous %d: acknowledged writes can be lost", x.JournalMode, x.Synchronous),
			"put the file on a local disk: SQLite cannot have a write-ahead log on this file system")
	}
	d.settle("database settings", "write-ahead log, synced at each commit")
	if x.Mode&0o077 != 0 {
		d.fail("database file", fmt.Sprintf("others than the owner can open it (mode %04o)", x.Mode), fmt.Sprintf("chmod 0600 %s %s-wal %s-shm", x.File, x.File, x.File))
	}
	switch {
	case x.Fault != "":
		d.fail("database file", x.Fault, "stop the server, keep the file, and restore the latest backup")
	case !x.Checked:
		d.add("database file", resultNone, fmt.Sprintf("%d MiB are too many to read for this", x.Size>>20), "lintel backup reads and verifies all rows")
	}
	d.settle("database file", "%d MiB, no damage found, for its owner only", x.Size>>20)
	d.disk(x.Free, x.Size)
}

// disk warns before the log of a large transaction, or a copy for a migration, has no room.
func (d *doctor) disk(free, size int64) {
	const least = 100 << 20
	switch {
	case free < least:
		d.fail("disk", fmt.Sprintf("%d MiB are free", free>>20), "make room: without it nothing can be written, and tokens cannot be revoked")
	case free < size:
		d.warn("disk", fmt.Sprintf("%d MiB are free, less than the database has", free>>20), "make room for migrations and restores")
	default:
		d.ok("disk", "%d MiB are free", free>>20)
	}
}

func (d *doctor) postgres(x *store.PostgresState, pool int) {
	const settings, sessions = "database settings", "database sessions"
	if x.Settings["fsync"] == "off" {
		d.fail(settings, "fsync is off: a power cut can destroy the database", "set fsync = on")
	}
	if x.Settings["full_page_writes"] == "off" {
		d.warn(settings, "full_page_writes is off", "set it to on, unless the file system never writes half a page")
	}
	switch x.Settings["synchronous_commit"] {
	case "off":
		d.fail(settings, "synchronous_commit is off: acknowledged revocations can be lost", "set synchronous_commit = on")
	case "local":
		if x.Settings["synchronous_standby_names"] != "" {
			d.warn(settings, "synchronous_commit is local: a failover can lose acknowledged revocations", "set synchronous_commit = on")
		}
	}
	if x.Standby {
		d.fail(settings, "this is a standby: nothing can be written", "point [database] url at the primary (target_session_attrs=read-write)")
	}
	standby := "no synchronous standby: a failover can lose the last writes"
	if names := x.Settings["synchronous_standby_names"]; names != "" {
		standby = "synchronous standbys: " + names
	}
	d.settle(settings, "PostgreSQL %s, commits are synced; %s", x.Version, standby)
	switch {
	case pool > x.Limit:
		d.fail(sessions, fmt.Sprintf("max_connections of this server is %d, and of the database %d", pool, x.Limit), "raise the database's, or lower [database] max_connections")
	case x.Used+pool > x.Limit:
		d.warn(sessions, fmt.Sprintf("%d of %d connections are in use; this server may want %d", x.Used, x.Limit, pool), "raise the database's max_connections, or lower [database] max_connections")
	}
	if x.Shared && x.Prepares {
		d.fail(sessions, "a pool in between shares sessions between clients: prepared statements get lost", notShared)
	}
	through := ""
	if x.Shared {
		through = ", through a pool that shares sessions: migrate and restore past it"
	}
	d.settle(sessions, "%d of %d connections are in use%s", x.Used, x.Limit, through)
}

// clock compares this machine's with the database's, and with that of the latest change.
func (d *doctor) clock(ctx context.Context) {
	const check = "clock"
	before := d.now()
	theirs, err := d.store.DatabaseTime(ctx)
	if err != nil {
		d.fail(check, err.Error(), "look at the database's log")
		return
	}
	off := theirs.Sub(before.Add(d.now().Sub(before) / 2))
	if last, err := d.store.LastChange(ctx); err == nil && !last.IsZero() {
		off = max(off.Abs(), last.Sub(d.now())) // what was done cannot be in the future
	}
	const do = "keep the clocks of all servers and of the database in time: chrony or systemd-timesyncd"
	switch off = off.Abs().Round(time.Millisecond); {
	case off > 30*time.Second:
		d.fail(check, fmt.Sprintf("it differs from the database's by %s: tokens end too early or too late", off), do)
	case off > 2*time.Second:
		d.warn(check, fmt.Sprintf("it differs from the database's by %s", off), do)
	default:
		d.ok(check, "it differs from the database's by %s", off)
	}
}

// keys looks at the ring and its age.
func (d *doctor) keys(ctx context.Context) {
	const check = "keys"
	keys, err := d.store.ListKeys(ctx)
	if err == nil && len(keys) == 0 {
		d.warn(check, "there are none", "lintel bootstrap, or the first start of the server, makes them")
		return
	}
	if err == nil {
		err = server.CheckKeys(d.config, keys)
	}
	if err != nil {
		d.fail(check, err.Error(), "name the master key that this database was begun with")
		return
	}
	interval := d.config.Keys.RotationInterval.Duration
	for _, k := range keys {
		if k.Purpose != identity.TokenKeys || k.State != identity.KeyPrimary {
			continue
		}
		age := d.now().Sub(k.PrimaryAt).Round(time.Minute)
		switch {
		case age > 2*interval:
			d.fail(check, fmt.Sprintf("the token key seals for %s already, more than twice rotation_interval", age), "start the server, which rotates, and look at its log; or lintel keys rotate")
		case age > interval+time.Hour:
			d.warn(check, fmt.Sprintf("the token key seals for %s already, longer than rotation_interval", age), "start the server, which rotates, and look at its log; or lintel keys rotate")
		default:
			d.ok(check, "all %d open; the token key seals for %s", len(keys), age)
		}
	}
}

func (d *doctor) administrators(ctx context.Context) {
	const check = "administrators"
	n, err := d.store.Administrators(ctx, identity.RoleAdmin)
	switch {
	case err != nil:
		d.fail(check, err.Error(), "look at the database's log")
	case n == 0:
		d.fail(check, "no enabled user has the role admin on the system", "lintel bootstrap makes one, and gives a known one the role again")
	default:
		d.ok(check, "%d with the role admin on the system", n)
	}
}
