package api

import (
	"net/http"
	"slices"
)

// corsHeaders are the headers a page may send and read, as Keystone's.
const corsHeaders = "X-Auth-Token, X-Openstack-Request-Id, X-Subject-Token, X-Project-Id, X-Project-Name, X-Project-Domain-Id, " +
	"X-Project-Domain-Name, X-Domain-Id, X-Domain-Name, Openstack-Auth-Receipt"

// answerCORS lets pages of allowed origins read the answer, and answers their preflight requests; done means it did. It
// never allows credentials: the API takes tokens from a header, and the portal's cookies are for the portal alone.
func (h *edgeHandler) answerCORS(w http.ResponseWriter, r *http.Request) (done bool) {
	head := w.Header()
	head.Add("Vary", "Origin")
	origins := r.Header["Origin"]
	if len(origins) != 1 || !slices.Contains(h.edge.AllowedOrigins, origins[0]) && !slices.Contains(h.edge.AllowedOrigins, "*") {
		return false
	}
	head["Access-Control-Allow-Origin"] = []string{origins[0]}
	head["Access-Control-Expose-Headers"] = h.exposed
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	head.Set("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE, PATCH")
	head.Set("Access-Control-Allow-Headers", "Content-Type, "+corsHeaders)
	head.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusOK)
	return true
}
