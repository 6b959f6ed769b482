package api

import "github.com/lintel-id/lintel/internal/identity"

// The bodies of ec2tokens and s3tokens, the same in v3 and v2.0. Of the three names for one
// thing the first that is there counts, as in Keystone.
type (
	// EC2SignatureIn is a signed request that a service has taken apart.
	EC2SignatureIn struct {
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
	// S3SignatureIn is what an S3 gateway has of a signed request.
	S3SignatureIn struct {
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

// DecodeEC2Proof reads an EC2SignatureIn; Invalid when it has no proof at all.
func DecodeEC2Proof(r *Request) (identity.EC2Proof, error) {
	var in EC2SignatureIn
	if err := Decode(r, &in); err != nil {
		return identity.EC2Proof{}, err
	}
	proof, err := firstProof(in.Credentials, in.Credential, in.EC2Credentials)
	return identity.EC2Proof(proof), err
}

// DecodeS3Proof reads an S3SignatureIn; Invalid when it has no proof at all.
func DecodeS3Proof(r *Request) (identity.S3Proof, error) {
	var in S3SignatureIn
	if err := Decode(r, &in); err != nil {
		return identity.S3Proof{}, err
	}
	proof, err := firstProof(in.Credentials, in.Credential, in.EC2Credentials)
	return identity.S3Proof(proof), err
}

func firstProof[T any](proofs ...*T) (p T, err error) {
	for _, given := range proofs {
		if given != nil {
			return *given, nil
		}
	}
	return p, identity.Invalidf("Invalid input: 'credentials' is a required property.")
}
