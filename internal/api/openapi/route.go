package openapi

import (
	"net/http"
	"sync"

	"github.com/lintel-id/lintel/internal/api"
)

// Path is where the document is served.
const Path = "/openapi.json"

// Route serves the document of the routes, which is written when it is first asked for.
func Route(routes []api.Route) api.Route {
	document := sync.OnceValues(func() ([]byte, error) {
		return Document("Lintel: OpenStack Identity", "3.14", routes)
	})
	return api.Route{Pattern: "GET " + Path, Login: true, Handle: func(w http.ResponseWriter, _ *api.Request) error {
		text, err := document()
		if err != nil {
			return err
		}
		api.ReplyBytes(w, http.StatusOK, text)
		return nil
	}}
}
