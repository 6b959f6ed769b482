package portal

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/lintel-id/lintel/internal/core"
)

//go:embed templates static messages
var files embed.FS

// Options are the operator's choices.
type Options struct {
	Core           *core.Core
	Name           string        // heading of every page
	Idle           time.Duration // a session ends this long after its last request
	Life           time.Duration // and this long after its sign-in; its token may end earlier
	Confirm        time.Duration // a sensitive act needs a proof of who it is that is not older
	PublicEndpoint string        // base URL that browsers see; "" = taken from each request
	V2             bool          // API v2.0 is there
}

// Handler serves the pages. Make it with New.
type Handler struct {
	Options
	pages       map[string]*template.Template
	assets      assets
	messages    map[string]catalogue
	crossOrigin *http.CrossOriginProtection
}

// New reads the templates, texts and assets, which are part of the program: it panics when they are broken.
func New(o Options) *Handler {
	h := &Handler{Options: o, pages: templates(), assets: readAssets(), messages: readMessages(), crossOrigin: http.NewCrossOriginProtection()}
	// A proxy may hand on another Host than the one that the browser's Origin names.
	if u, err := url.Parse(o.PublicEndpoint); err == nil && u.Host != "" {
		if err := h.crossOrigin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			panic(err) // the configuration has been validated
		}
	}
	return h
}
