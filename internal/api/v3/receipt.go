package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

const receiptHeader = "Openstack-Auth-Receipt"

// receiptOut is the body of the 401 that asks for more methods. It has no "error": by that and
// the header clients know it (keystoneauth).
type receiptOut struct {
	Receipt struct {
		Methods   []string       `json:"methods"`
		User      receiptUserOut `json:"user"`
		ExpiresAt string         `json:"expires_at"`
		IssuedAt  string         `json:"issued_at"`
	} `json:"receipt"`
	Required [][]string `json:"required_auth_methods"`
}

// receiptUserOut is a user whose login is not complete.
type receiptUserOut struct {
	ID     identity.UserID `json:"id"`
	Name   string          `json:"name"`
	Domain refOut          `json:"domain"`
}

// replyReceipt answers a login that needs more methods.
func replyReceipt(w http.ResponseWriter, in *core.Incomplete) error {
	var out receiptOut
	out.Receipt.Methods, out.Required = in.Methods, in.Required
	out.Receipt.User = receiptUserOut{ID: in.User.ID, Name: in.User.Name, Domain: refOut{ID: string(in.UserDomain.ID), Name: in.UserDomain.Name}}
	out.Receipt.ExpiresAt, out.Receipt.IssuedAt = identity.FormatTime(in.ExpiresAt), identity.FormatTime(in.IssuedAt)
	noStore(w)
	w.Header()[receiptHeader] = []string{in.Text.Reveal()}
	return api.Reply(w, http.StatusUnauthorized, &out)
}
