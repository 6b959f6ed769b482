package core

import (
	"context"
	"crypto/rand"
	"encoding/hex"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/snapshot"
)

// Consumer returns a consumer.
func (c *Core) Consumer(ctx context.Context, caller identity.Caller, id identity.ConsumerID) (*identity.Consumer, error) {
	if err := c.enforce(caller, "identity:get_consumer"); err != nil {
		return nil, err
	}
	return one(c.Store.Consumer(ctx, id))
}

// Consumers lists all consumers in order of id.
func (c *Core) Consumers(ctx context.Context, caller identity.Caller) ([]*identity.Consumer, error) {
	if err := c.enforce(caller, "identity:list_consumers"); err != nil {
		return nil, err
	}
	return listed(c.Store.ListConsumers(ctx))
}

// CreateConsumer makes a consumer. Its secret is returned here and never again.
func (c *Core) CreateConsumer(ctx context.Context, caller identity.Caller, spec identity.ConsumerSpec) (*identity.Consumer, identity.Secret, error) {
	secret := newOAuth1Secret()
	if err := spec.Validate(); err != nil {
		return nil, secret, err
	}
	consumer := &identity.Consumer{ID: identity.ConsumerID(identity.NewID()), Description: spec.Description, Extra: spec.Extra}
	err := c.update(ctx, caller, func(w *write) (err error) {
		if err := c.enforce(w.caller, "identity:create_consumer"); err != nil {
			return err
		}
		if consumer.Sealed, consumer.KeyID, err = c.sealOAuth1(w.model, sealedConsumer, string(consumer.ID), secret); err != nil {
			return err
		}
		return w.InsertConsumer(ctx, consumer)
	})
	if err != nil {
		return nil, secret, err
	}
	return consumer, secret, nil
}

// UpdateConsumer changes a consumer; nothing changes its secret.
func (c *Core) UpdateConsumer(ctx context.Context, caller identity.Caller, id identity.ConsumerID, patch identity.ConsumerPatch) (*identity.Consumer, error) {
	if err := patch.Validate(); err != nil {
		return nil, err
	}
	var consumer identity.Consumer
	err := c.update(ctx, caller, func(w *write) (err error) {
		if err := c.enforce(w.caller, "identity:update_consumer"); err != nil {
			return err
		}
		if consumer, err = w.Consumer(ctx, id); err != nil {
			return err
		}
		patch.Description.Apply(&consumer.Description)
		if consumer.Extra, err = mergeExtra(consumer.Extra, patch.Extra); err != nil {
			return err
		}
		return w.UpdateConsumer(ctx, &consumer)
	})
	if err != nil {
		return nil, err
	}
	return &consumer, nil
}

// DeleteConsumer removes a consumer with its request and access tokens; the tokens that were
// got with those end at once.
func (c *Core) DeleteConsumer(ctx context.Context, caller identity.Caller, id identity.ConsumerID) error {
	return c.update(ctx, caller, func(w *write) error {
		if err := c.enforce(w.caller, "identity:delete_consumer"); err != nil {
			return err
		}
		return w.DeleteConsumer(ctx, id)
	})
}

// What a secret of OAuth 1.0 is sealed as. It has no owner, which every credential has, so that
// neither opens as the other.
const (
	sealedConsumer     = "OS-OAUTH1:consumer"
	sealedRequestToken = "OS-OAUTH1:request_token"
	sealedAccessToken  = "OS-OAUTH1:access_token"
)

func (c *Core) sealOAuth1(s *snapshot.Snapshot, as, id string, secret identity.Secret) (sealed []byte, keyID string, err error) {
	ring, err := c.ring(s)
	if err != nil {
		return nil, "", err
	}
	sealed, keyID = ring.SealBlob(id, "", as, []byte(secret.Reveal()))
	return sealed, keyID, nil
}

// openOAuth1 returns a secret. It fails for what was sealed for anything else.
func (c *Core) openOAuth1(ctx context.Context, s *snapshot.Snapshot, as, id, keyID string, sealed []byte) (string, error) {
	ring, err := c.ringWith(ctx, s, keyID)
	if err != nil {
		return "", err
	}
	secret, err := ring.OpenBlob(id, "", as, keyID, sealed)
	return string(secret), err
}

// newOAuth1Secret makes a secret of 32 hex digits, as Keystone's.
func newOAuth1Secret() identity.Secret {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return identity.NewSecret(hex.EncodeToString(b[:]))
}
