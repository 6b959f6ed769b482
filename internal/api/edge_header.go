package api

import (
	"net/http"
	"strings"
)

// checkHeader refuses headers with more than one reading and removes inbound identity headers: those are what an
// authenticating proxy tells the services behind it, and a client that sends them wants to be taken for one
// (CVE-2026-22797).
func checkHeader(header http.Header) refusal {
	lines := 0
	for name, values := range header {
		lines += len(values)
		if strings.IndexByte(name, '_') >= 0 && sensitive(http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))) {
			// CGI-style software in front or behind reads X_Auth_Token as X-Auth-Token.
			return refusal{http.StatusBadRequest, "A header name must not be spelled with underscores."}
		}
		if len(values) > 1 && single(name) {
			return refusal{http.StatusBadRequest, "The header " + name + " must not be sent more than once."}
		}
		if identityHeader(name) {
			delete(header, name)
		}
	}
	if lines > maxHeaderLines {
		return refusal{http.StatusRequestHeaderFieldsTooLarge, "The request has too many header lines."}
	}
	if token := header["X-Auth-Token"]; len(token) > 0 && !tokenText(token[0]) {
		return refusal{http.StatusUnauthorized, "The request you have made requires authentication."}
	}
	return refusal{}
}

// single lists the headers of which two values would be two requests in one.
func single(name string) bool {
	switch name {
	case "Authorization", "X-Auth-Token", "X-Subject-Token", "Content-Type", "Openstack-Identity-Access-Rules", "Openstack-Auth-Receipt":
		return true
	}
	return false
}

// sensitive lists the headers, in canonical form, that decide who asks, for what, or where the request ends.
func sensitive(name string) bool {
	switch name {
	case "Connection", "Content-Encoding", "Content-Length", "Cookie", "Forwarded", "Host", "Origin",
		"Transfer-Encoding", "X-Openstack-Request-Id", "X-Service-Token":
		return true
	}
	return single(name) || identityHeader(name) || strings.HasPrefix(name, "X-Forwarded-")
}

// identityHeader tells the headers keystonemiddleware sets for the service behind it, old names included.
func identityHeader(name string) bool {
	switch name {
	case "X-User", "X-Role", "X-Roles", "X-Tenant", "X-Is-Admin-Project", "X-Identity-Status", "Openstack-System-Scope":
		return true
	case "X-Service-Token":
		return false // a credential, not a claim
	}
	if !strings.HasPrefix(name, "X-") {
		return false
	}
	for _, prefix := range [...]string{"X-User-", "X-Project-", "X-Domain-", "X-Tenant-", "X-Service-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// tokenText says whether a token is worth opening: not too long and made of visible ASCII. net/http joins a folded header
// line with a blank, so this also refuses a token continued on a second line.
func tokenText(token string) bool {
	if len(token) > maxTokenBytes {
		return false
	}
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
