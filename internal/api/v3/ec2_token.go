package v3

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// The bodies of signatures. Of the three names for one thing the first that is there counts.
type (
	ec2TokenIn struct {
		Credentials    *ec2ProofIn `json:"credentials"`
		Credential     *ec2ProofIn `json:"credential"`
		EC2Credentials *ec2ProofIn `json:"ec2Credentials"`
	}
	ec2ProofIn struct {
		Access    string            `json:"access"`
		Signature string            `json:"signature"`
		Verb      string            `json:"verb"`
		Host      string            `json:"host"`
		Path      string            `json:"path"`
		Params    map[string]string `json:"params"`
		Headers   map[string]string `json:"headers"`
		BodyHash  string            `json:"body_hash"`
	}
	s3TokenIn struct {
		Credentials    *s3ProofIn `json:"credentials"`
		Credential     *s3ProofIn `json:"credential"`
		EC2Credentials *s3ProofIn `json:"ec2Credentials"`
	}
	s3ProofIn struct {
		Access    string `json:"access"`
		Signature string `json:"signature"`
		Token     string `json:"token"`
	}
)

// proofOf is the first proof that is there.
func proofOf[T any](proofs ...*T) (p T, err error) {
	for _, given := range proofs {
		if given != nil {
			return *given, nil
		}
	}
	return p, required("credentials", "body")
}

// issueEC2Token serves POST /v3/ec2tokens.
func (h *Handler) issueEC2Token(w http.ResponseWriter, r *api.Request) error {
	var in ec2TokenIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	proof, err := proofOf(in.Credentials, in.Credential, in.EC2Credentials)
	if err != nil {
		return err
	}
	text, a, err := h.Core.EC2Token(r.Context(), r.Caller, identity.EC2Proof(proof))
	if err != nil {
		return err
	}
	w.Header()[subjectHeader] = []string{text}
	return h.replyToken(w, r, http.StatusOK, a)
}

// checkS3Signature serves POST /v3/s3tokens. The gateway learns whose the request is; it gets
// no token.
func (h *Handler) checkS3Signature(w http.ResponseWriter, r *api.Request) error {
	var in s3TokenIn
	if err := api.Decode(r, &in); err != nil {
		return err
	}
	proof, err := proofOf(in.Credentials, in.Credential, in.EC2Credentials)
	if err != nil {
		return err
	}
	a, err := h.Core.S3Token(r.Context(), r.Caller, identity.S3Proof(proof))
	if err != nil {
		return err
	}
	return h.replyToken(w, r, http.StatusOK, a)
}
