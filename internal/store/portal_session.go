package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// InsertPortalSession writes down where somebody signed in. It is no change of the model.
func (s *Store) InsertPortalSession(ctx context.Context, p *identity.PortalSession) error {
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(`INSERT INTO portal_session (id, user_id, began, issued_at, expires_at, address, client) VALUES ($1, $2, $3, $4, $5, $6, $7)`),
			p.ID.String(), p.UserID, micros(p.Began), micros(p.IssuedAt), micros(p.ExpiresAt), addressText(p.Address), p.Client)
		return w.d.translate(ctx, err)
	})
}

// ListPortalSessions lists a user's latest sessions, whether they have ended or not, at most limit.
func (s *Store) ListPortalSessions(ctx context.Context, user identity.UserID, limit int) ([]*identity.PortalSession, error) {
	return collect(ctx, s.reader, scanPortalSession, `SELECT p.id, p.user_id, p.began, p.issued_at, p.expires_at, p.address, p.client, COALESCE(u.at, 0)
		FROM portal_session p LEFT JOIN portal_session_used u ON u.portal_session_id = p.id WHERE p.user_id = $1 ORDER BY p.issued_at DESC, p.id LIMIT $2`, user, limit)
}

func scanPortalSession(row scanner) (*identity.PortalSession, error) {
	var p identity.PortalSession
	var id, address string
	var began, issued, expires, seen int64
	if err := row.Scan(&id, &p.UserID, &began, &issued, &expires, &address, &p.Client, &seen); err != nil {
		return nil, err
	}
	p.Began, p.IssuedAt, p.ExpiresAt, p.Seen, p.Address = fromMicros(began), fromMicros(issued), fromMicros(expires), fromMicros(seen), readAddress(address)
	var ok bool
	if p.ID, ok = identity.ParseAuditID(id); !ok {
		return nil, fmt.Errorf("store: a session's id %q is no audit id", id)
	}
	return &p, nil
}

// addressText is an address as it is written down, "" for none.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func readAddress(text string) netip.Addr {
	a, _ := netip.ParseAddr(text) // "" is none
	return a
}

func (tx *Tx) prunePortalSessions(ctx context.Context, now time.Time) error {
	_, err := tx.exec(ctx, `DELETE FROM portal_session WHERE expires_at <= $1`, micros(now))
	return err
}
