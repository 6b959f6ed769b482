package api

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// hop is what is known of the client's side of a connection. Empty fields are unknown.
type hop struct {
	addr   netip.Addr
	scheme string
	host   string
}

// checkHost refuses a host that cannot stand in a URL and proxy headers that cannot be read or contradict each other.
// Those of a peer that is not a trusted proxy are ignored.
func (e *Edge) checkHost(r *http.Request) refusal {
	// HTTP/1.0 health checks send no Host.
	if r.Host != "" && !hostText(r.Host) {
		return refusal{http.StatusBadRequest, "The Host header is not a host name or address with an optional port."}
	}
	if len(e.TrustedProxies) == 0 || !e.trusted(peer(r)) {
		return refusal{}
	}
	lines := r.Header["Forwarded"]
	// A proxy writes one family, so the other one came from the client.
	if len(lines) > 0 && (r.Header["X-Forwarded-For"] != nil || r.Header["X-Forwarded-Host"] != nil || r.Header["X-Forwarded-Proto"] != nil) {
		return refusal{http.StatusBadRequest, "A request must not carry both Forwarded and X-Forwarded-* headers."}
	}
	if _, ok := parseForwarded(strings.Join(lines, ",")); !ok {
		return refusal{http.StatusBadRequest, "The Forwarded header cannot be read."}
	}
	h := e.forwarded(r)
	if h.host != "" && !hostText(h.host) {
		return refusal{http.StatusBadRequest, "The forwarded host is not a host name or address with an optional port."}
	}
	if h.scheme != "" && h.scheme != "http" && h.scheme != "https" {
		return refusal{http.StatusBadRequest, "The forwarded protocol is neither http nor https."}
	}
	return refusal{}
}

// ClientAddr is the address of the client: the peer of the connection or, when that is a trusted proxy, the last address
// in Forwarded (RFC 7239) or X-Forwarded-For that is not one. What stands before it is the client's own text. The zero
// Addr means that the peer has none, as on a Unix socket.
func (e *Edge) ClientAddr(r *http.Request) netip.Addr {
	return e.forwarded(r).addr
}

// BaseURL is "http://host:port" for links, without default port and trailing slash: PublicEndpoint without its version,
// or what the request or a trusted proxy names. Call it on requests that passed Wrap.
func (e *Edge) BaseURL(r *http.Request) string {
	if e.PublicEndpoint != "" {
		base := strings.TrimRight(e.PublicEndpoint, "/")
		return strings.TrimSuffix(strings.TrimSuffix(base, "/v3"), "/v2.0")
	}
	h := e.forwarded(r)
	if h.host == "" {
		h.host = r.Host
	}
	if h.host == "" {
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			h.host = local.String()
		}
	}
	switch {
	case h.scheme == "https", h.scheme == "" && r.TLS != nil:
		return "https://" + strings.TrimSuffix(h.host, ":443")
	default:
		return "http://" + strings.TrimSuffix(h.host, ":80")
	}
}

// forwarded walks the proxies from the connection outwards, as long as each is trusted to describe the one before it.
func (e *Edge) forwarded(r *http.Request) hop {
	h := hop{addr: peer(r)}
	if !e.trusted(h.addr) {
		return h
	}
	var chain []hop
	if lines := r.Header["Forwarded"]; len(lines) > 0 {
		chain, _ = parseForwarded(strings.Join(lines, ",")) // nothing when malformed, which Wrap refuses
	} else {
		if lines := r.Header["X-Forwarded-For"]; len(lines) > 0 {
			for entry := range strings.SplitSeq(strings.Join(lines, ","), ",") {
				chain = append(chain, hop{addr: node(strings.TrimSpace(entry))})
			}
		}
		h.scheme = strings.ToLower(last(r.Header["X-Forwarded-Proto"]))
		h.host = last(r.Header["X-Forwarded-Host"])
	}
	for i := len(chain) - 1; i >= 0 && e.trusted(h.addr); i-- {
		if chain[i].scheme != "" {
			h.scheme = chain[i].scheme
		}
		if chain[i].host != "" {
			h.host = chain[i].host
		}
		if !chain[i].addr.IsValid() {
			break
		}
		h.addr = chain[i].addr
	}
	return h
}

func (e *Edge) trusted(address netip.Addr) bool {
	for _, p := range e.TrustedProxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return remote.Addr().Unmap().WithZone("")
}

// last is the value the nearest proxy wrote.
func last(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	text := lines[len(lines)-1]
	return strings.TrimSpace(text[strings.LastIndexByte(text, ',')+1:])
}

// node reads an address with or without port and brackets; the zero Addr stands for "unknown" and hidden names.
func node(text string) netip.Addr {
	bare := text
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		bare = text[1 : len(text)-1]
	}
	address, err := netip.ParseAddr(bare)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone("")
}

// parseForwarded reads the elements of RFC 7239 section 4, nearest proxy last. It knows for, host and proto, ignores other
// parameters and refuses a parameter given twice in one element.
func parseForwarded(text string) (chain []hop, ok bool) {
	for text != "" {
		var element string
		if element, text, ok = cutUnquoted(text, ','); !ok {
			return nil, false
		}
		var h hop
		seen := map[string]bool{}
		for element = strings.TrimSpace(element); element != ""; {
			var pair string
			if pair, element, ok = cutUnquoted(element, ';'); !ok {
				return nil, false
			}
			name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
			name = strings.ToLower(name)
			if !found || name == "" || seen[name] {
				return nil, false
			}
			seen[name] = true
			switch value = unquote(value); name {
			case "for":
				h.addr = node(value)
			case "host":
				h.host = value
			case "proto":
				h.scheme = strings.ToLower(value)
			}
		}
		chain = append(chain, h)
	}
	return chain, true
}

// cutUnquoted is strings.Cut that does not look inside quotes; ok is false when a quote is not closed.
func cutUnquoted(text string, separator byte) (before, after string, ok bool) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			return text[:i], text[i+1:], true
		}
	}
	return text, "", !quoted
}

// unquote reads a quoted-string of RFC 9110 section 5.6.4; other text is its own value.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	var b strings.Builder
	for i := 1; i < len(text)-1; i++ {
		if text[i] == '\\' {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// hostText reports whether text is a name, an IPv4 address or a bracketed IPv6 address, with an optional port.
func hostText(text string) bool {
	name := text
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, ']') {
		if port, err := strconv.ParseUint(text[colon+1:], 10, 16); err != nil || port == 0 {
			return false
		}
		name = text[:colon]
	}
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		address, err := netip.ParseAddr(name[1 : len(name)-1])
		return err == nil && address.Is6() && address.Zone() == ""
	}
	for i := range len(name) {
		if c := name[i]; !unreserved(c) || c == '~' {
			return false
		}
	}
	return name != "" && len(name) <= 255
}
