package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
)

// issueEC2Token serves POST /v3/ec2tokens.
func (h *Handler) issueEC2Token(w http.ResponseWriter, r *api.Request) error {
	proof, err := api.DecodeEC2Proof(r)
	if err != nil {
		return err
	}
	text, a, err := h.Core.EC2Token(r.Context(), r.Caller, proof)
	if err != nil {
		return err
	}
	w.Header()[subjectHeader] = []string{text}
	return h.replyToken(w, r, http.StatusOK, a)
}

// checkS3Signature serves POST /v3/s3tokens. The gateway learns whose the request is; it gets
// no token.
func (h *Handler) checkS3Signature(w http.ResponseWriter, r *api.Request) error {
	proof, err := api.DecodeS3Proof(r)
	if err != nil {
		return err
	}
	a, err := h.Core.S3Token(r.Context(), r.Caller, proof)
	if err != nil {
		return err
	}
	return h.replyToken(w, r, http.StatusOK, a)
}
