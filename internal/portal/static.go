package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// asset is a static file. Its path holds its checksum, so that browsers may keep it for ever.
type asset struct {
	path string
	kind string // media type
	body []byte
}

// assets are the static files by their names.
type assets map[string]*asset

func readAssets() assets {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	all := assets{}
	entries, err := files.ReadDir("static")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		body, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum, extension := sha256.Sum256(body), path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), extension) + "." + hex.EncodeToString(sum[:8]) + extension
		all[e.Name()] = &asset{path: Root + "/static/" + name, kind: kinds[extension], body: body}
	}
	return all
}

func (a assets) path(name string) string {
	if one := a[name]; one != nil {
		return one.path
	}
	return ""
}

func (h *Handler) getAsset(w http.ResponseWriter, r *request) error {
	for _, a := range h.assets {
		if a.path == r.URL.Path {
			head := w.Header()
			head.Set("Cache-Control", "public, max-age=31536000, immutable")
			head.Set("Content-Type", a.kind)
			head.Set("Content-Length", strconv.Itoa(len(a.body)))
			w.Write(a.body)
			return nil
		}
	}
	return &identity.Error{Kind: identity.NotFound, Message: "There is no such file."}
}
