package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// issueEC2Token serves POST /v2.0/ec2tokens.
func (h *Handler) issueEC2Token(w http.ResponseWriter, r *api.Request) error {
	proof, err := api.DecodeEC2Proof(r)
	if err != nil {
		return err
	}
	text, a, err := h.Core.EC2Token(r.Context(), r.Caller, proof)
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
}

// checkS3Signature serves POST /v2.0/s3tokens. The gateway learns whose the request is; the
// token's id is empty.
func (h *Handler) checkS3Signature(w http.ResponseWriter, r *api.Request) error {
	proof, err := api.DecodeS3Proof(r)
	if err != nil {
		return err
	}
	a, err := h.Core.S3Token(r.Context(), r.Caller, proof)
	if err != nil {
		return err
	}
	return h.replyAccess(w, "", a)
}
