// Package systemd speaks the two small protocols by which a service manager and a process work together: the process is
// handed open sockets (sd_listen_fds(3)), and says how it is (sd_notify(3)). Any program may play the manager's part.
//
// It owns the environment variables of both: they are read once and cleared, so that no child takes them for its own. It
// refuses to know what the sockets are for, and does nothing where nobody set the variables.
package systemd
