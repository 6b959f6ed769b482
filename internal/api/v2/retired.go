package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// gonePKI refuses what only PKI tokens needed.
func gonePKI() error {
	return &identity.Error{Kind: identity.Gone, Message: "This API is no longer available due to the removal of support for PKI tokens."}
}

// getCertificate refuses GET /v2.0/certificates/... to everybody.
func (h *Handler) getCertificate(http.ResponseWriter, *api.Request) error { return gonePKI() }
