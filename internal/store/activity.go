package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// What is kept of a user's activity, so that nobody who knows a user's name can fill the table.
const (
	activityAge       = 30 * 24 * time.Hour
	activityPerUser   = 200 // rows of what went well
	failuresPerUser   = 50  // rows of what did not
	activityStatement = 100 // rows at once
)

const activityKey = `user_id, day, kind, credential_id, reason, address, client`

// NoteActivity adds to what is written down of users' activity, in few statements. What is about a user that is gone
// counts for nothing. It is no change of the model.
func (s *Store) NoteActivity(ctx context.Context, all []identity.Activity) error {
	for some := range slices.Chunk(all, activityStatement) {
		fresh, err := s.insertActivity(ctx, some)
		if err != nil {
			return err
		}
		if err := s.addActivity(ctx, some); err != nil {
			return err
		}
		if err := s.trimActivity(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

func activityValues(all []identity.Activity) where {
	var values where
	for _, a := range all {
		values.add("(CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT))",
			a.UserID, dayOf(a.Last), a.Kind, a.Credential, a.Reason, addressText(a.Address), a.Client, a.Count, micros(a.Last))
	}
	return values
}

// dayOf is a time's day, counted from 1970 in UTC.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 3600) }

// insertActivity makes the rows that there are not yet, with a count of 0, and returns whose they are.
func (s *Store) insertActivity(ctx context.Context, all []identity.Activity) (users []identity.UserID, err error) {
	values := activityValues(all)
	err = s.write(ctx, func(w reader) (err error) {
		users, err = collect(ctx, w, scanOne[identity.UserID], `WITH new (`+activityKey+`, count, last_at) AS (VALUES `+strings.Join(values.conditions, ", ")+`)
			INSERT INTO activity (`+activityKey+`, count, last_at) SELECT `+activityKey+`, 0, last_at FROM new WHERE EXISTS (SELECT 1 FROM "user" u WHERE u.id = new.user_id)
			ON CONFLICT (`+activityKey+`) DO NOTHING RETURNING user_id`, values.args...)
		return err
	})
	slices.Sort(users)
	return slices.Compact(users), err
}

func (s *Store) addActivity(ctx context.Context, all []identity.Activity) error {
	values := activityValues(all)
	var same []string
	for column := range strings.SplitSeq(activityKey, ", ") {
		same = append(same, "activity."+column+" = new."+column)
	}
	return s.write(ctx, func(w reader) error {
		_, err := w.q.ExecContext(ctx, w.d.bind(`WITH new (`+activityKey+`, count, last_at) AS (VALUES `+strings.Join(values.conditions, ", ")+`)
			UPDATE activity SET count = activity.count + new.count, last_at = CASE WHEN activity.last_at > new.last_at THEN activity.last_at ELSE new.last_at END
			FROM new WHERE `+strings.Join(same, " AND ")), values.args...)
		return w.d.translate(ctx, err)
	})
}

// trimActivity forgets the oldest of what users have too much of.
func (s *Store) trimActivity(ctx context.Context, users []identity.UserID) error {
	for _, user := range users {
		for which, most := range map[string]int{`reason = ''`: activityPerUser, `reason <> ''`: failuresPerUser} {
			if err := s.write(ctx, func(w reader) error {
				_, err := w.q.ExecContext(ctx, w.d.bind(`DELETE FROM activity WHERE user_id = $1 AND `+which+` AND last_at <
					(SELECT last_at FROM activity WHERE user_id = $1 AND `+which+` ORDER BY last_at DESC LIMIT 1 OFFSET $2)`), user, most-1)
				return w.d.translate(ctx, err)
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ListActivity lists what is written down of a user's activity, the latest first.
func (s *Store) ListActivity(ctx context.Context, user identity.UserID) ([]identity.Activity, error) {
	return collect(ctx, s.reader, func(row scanner) (a identity.Activity, err error) {
		var address string
		var last int64
		err = row.Scan(&a.Kind, &a.Credential, &a.Reason, &address, &a.Client, &a.Count, &last)
		a.UserID, a.Address, a.Last = user, readAddress(address), fromMicros(last)
		return a, err
	}, `SELECT kind, credential_id, reason, address, client, count, last_at FROM activity WHERE user_id = $1 AND count > 0 ORDER BY last_at DESC, day, kind, credential_id`, user)
}

func (tx *Tx) pruneActivity(ctx context.Context, now time.Time) error {
	_, err := tx.exec(ctx, `DELETE FROM activity WHERE day < $1`, dayOf(now.Add(-activityAge)))
	return err
}
