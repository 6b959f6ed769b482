package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// getCertificate refuses GET /v3/OS-SIMPLE-CERT/..., which served the certificates of PKI
// tokens, to everybody.
func (h *Handler) getCertificate(http.ResponseWriter, *api.Request) error {
	return &identity.Error{Kind: identity.Gone, Message: "This API is no longer available due to the removal of support for PKI tokens."}
}

// listRevokedPKITokens refuses GET /v3/auth/tokens/OS-PKI/revoked to everybody, as Keystone:
// tokens are not written down, so there is no list of them.
func (h *Handler) listRevokedPKITokens(http.ResponseWriter, *api.Request) error {
	return identity.Forbiddenf("You are not authorized to perform the requested action.")
}
