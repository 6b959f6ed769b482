package v2

import (
	"net/http"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// signedIn is the body of a signature, of a request or of an S3 gateway's string to sign. Of
// the three names for one thing the first that is there counts.
type signedIn struct {
	Credentials    *signatureIn `json:"credentials"`
	Credential     *signatureIn `json:"credential"`
	EC2Credentials *signatureIn `json:"ec2Credentials"`
}

type signatureIn struct {
	Access    string            `json:"access"`
	Signature string            `json:"signature"`
	Verb      string            `json:"verb"`
	Host      string            `json:"host"`
	Path      string            `json:"path"`
	Params    map[string]string `json:"params"`
	Headers   map[string]string `json:"headers"`
	BodyHash  string            `json:"body_hash"`
	Token     string            `json:"token"` // of an S3 gateway alone
}

func decodeSignature(r *api.Request) (signatureIn, error) {
	var in signedIn
	if err := api.Decode(r, &in); err != nil {
		return signatureIn{}, err
	}
	for _, given := range [...]*signatureIn{in.Credentials, in.Credential, in.EC2Credentials} {
		if given != nil {
			return *given, nil
		}
	}
	return signatureIn{}, missing("credentials", "request body")
}

// issueEC2Token serves POST /v2.0/ec2tokens.
func (h *Handler) issueEC2Token(w http.ResponseWriter, r *api.Request) error {
	in, err := decodeSignature(r)
	if err != nil {
		return err
	}
	text, a, err := h.Core.EC2Token(r.Context(), r.Caller, identity.EC2Proof{Access: in.Access, Signature: in.Signature, Verb: in.Verb, Host: in.Host,
		Path: in.Path, Params: in.Params, Headers: in.Headers, BodyHash: in.BodyHash})
	if err != nil {
		return err
	}
	return h.replyAccess(w, text, a)
}

// checkS3Signature serves POST /v2.0/s3tokens. The gateway learns whose the request is; the
// token's id is empty.
func (h *Handler) checkS3Signature(w http.ResponseWriter, r *api.Request) error {
	in, err := decodeSignature(r)
	if err != nil {
		return err
	}
	a, err := h.Core.S3Token(r.Context(), r.Caller, identity.S3Proof{Access: in.Access, Signature: in.Signature, Token: in.Token})
	if err != nil {
		return err
	}
	return h.replyAccess(w, "", a)
}
