package api

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/core"
	"github.com/lintel-id/lintel/internal/identity"
)

// checkCertificateHeader removes a client certificate that no trusted proxy vouches for, and
// refuses two.
func (e *Edge) checkCertificateHeader(r *http.Request) refusal {
	if e.CertificateHeader == "" {
		return refusal{}
	}
	if !e.trusted(peer(r)) {
		r.Header.Del(e.CertificateHeader)
		return refusal{}
	}
	values := r.Header.Values(e.CertificateHeader)
	if len(values) > 1 {
		return refusal{http.StatusBadRequest, "The header " + e.CertificateHeader + " must not be sent more than once."}
	}
	if len(values) == 1 && values[0] != "" && readCertificate(values[0]) == nil {
		return refusal{http.StatusBadRequest, "The header " + e.CertificateHeader + " is not a certificate."}
	}
	return refusal{}
}

// Certificate is the client's certificate in DER, verified by our TLS listener or by a trusted
// proxy; nil when the client has shown none. A proxy's own certificate is not its client's.
func (r *Request) Certificate() []byte {
	if e := r.edge; e.CertificateHeader != "" && e.trusted(peer(r.Request)) {
		return readCertificate(r.Header.Get(e.CertificateHeader))
	}
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return nil
	}
	return r.TLS.VerifiedChains[0][0].Raw
}

// readCertificate reads one certificate as proxies write it: as percent-encoded PEM (nginx), or
// as the base64 of its DER (HAProxy), with colons around (RFC 9440) or without.
func readCertificate(text string) []byte {
	if plain, err := url.PathUnescape(text); err == nil && strings.HasPrefix(plain, "-----BEGIN ") {
		block, rest := pem.Decode([]byte(plain))
		if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
			return nil
		}
		return block.Bytes
	}
	if inner, ok := strings.CutPrefix(text, ":"); ok {
		if text, ok = strings.CutSuffix(inner, ":"); !ok {
			return nil
		}
	}
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(der) == 0 {
		return nil
	}
	return der
}

// checkBinding holds a caller whose token is bound to a certificate to that certificate (RFC
// 8705, section 3): stolen, such a token is of no use.
func checkBinding(r *Request) error {
	bound := r.Caller.Token.Thumbprint
	if bound == "" {
		return nil
	}
	if der := r.Certificate(); der == nil || core.CertificateThumbprint(der) != bound {
		return identity.Unauthenticated("the token is bound to a certificate that the client has not shown")
	}
	return nil
}
