package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// consumerOut is a consumer on the wire. The secret stands only in the answer that creates it.
type consumerOut struct {
	ID          identity.ConsumerID `json:"id"`
	Description *string             `json:"description"`
	Secret      string              `json:"secret,omitzero"`
	Links       api.Links           `json:"links"`
	Extra       jsontext.Value      `json:",embed"`
}

func consumerJSON(r *api.Request, c *identity.Consumer) consumerOut {
	return consumerOut{ID: c.ID, Description: nilIfEmpty(c.Description), Extra: jsontext.Value(c.Extra),
		Links: api.Links{Self: r.Base() + "/v3/OS-OAUTH1/consumers/" + string(c.ID)}}
}

// consumerIn is the body of creating and changing a consumer. The secret is the server's to
// make.
type consumerIn struct {
	Description identity.Opt[string] `json:"description"`
	Secret      jsontext.Value       `json:"secret"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listConsumers(w http.ResponseWriter, r *api.Request) error {
	consumers, err := h.Core.Consumers(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return replyList(w, r, "consumers", consumers, identity.Page{}, consumerJSON, func(c *identity.Consumer) string { return string(c.ID) })
}

func (h *Handler) createConsumer(w http.ResponseWriter, r *api.Request) error {
	var in consumerIn
	if err := api.DecodeMember(r, "consumer", &in); err != nil {
		return err
	}
	c, secret, err := h.Core.CreateConsumer(r.Context(), r.Caller, identity.ConsumerSpec{Description: in.Description.Value, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	out := consumerJSON(r, c)
	out.Secret = secret.Reveal()
	noStore(w)
	return replyMember(w, http.StatusCreated, "consumer", out)
}

func (h *Handler) getConsumer(w http.ResponseWriter, r *api.Request) error {
	c, err := h.Core.Consumer(r.Context(), r.Caller, identity.ConsumerID(r.PathValue("consumer_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "consumer", consumerJSON(r, c))
}

func (h *Handler) updateConsumer(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("consumer_id")
	var in consumerIn
	if err := api.DecodeMember(r, "consumer", &in); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	if len(in.Secret) > 0 {
		return identity.Invalidf("Invalid input for field 'consumer': the secret cannot be changed.")
	}
	c, err := h.Core.UpdateConsumer(r.Context(), r.Caller, identity.ConsumerID(id), identity.ConsumerPatch{Description: in.Description, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "consumer", consumerJSON(r, c))
}

func (h *Handler) deleteConsumer(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteConsumer(r.Context(), r.Caller, identity.ConsumerID(r.PathValue("consumer_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
