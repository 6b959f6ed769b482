package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

// offer is a handout on a page: a file that is made when it is asked for, or a snippet with its text.
type offer struct {
	Kind string // in the form or the address; file.<Kind> and snippet.<Kind> are the keys of the texts that name it
	File string
	Text string // of a snippet
}

// offers are the files of a set.
func offers(set handout.Set, v handout.Values) (all []offer) {
	for _, f := range set {
		all = append(all, offer{Kind: f.Kind, File: f.Name(v)})
	}
	return all
}

// snippets are programs that use an application credential. They hold no secret.
func snippets(v handout.Values) (all []offer) {
	for _, f := range handout.Snippets() {
		all = append(all, offer{Kind: f.Kind, File: f.Name(v), Text: f.Text(v)})
	}
	return all
}

// handoutValues are what all handouts for the caller have in common: who it is, and where the services are. Name is the
// project's, until somebody sets another.
func (h *Handler) handoutValues(r *request) (handout.Values, error) {
	v := handout.Values{Base: r.Base(), User: r.Caller.User.Name, DomainID: string(r.Caller.UserDomain.ID)}
	if r.Caller.Project != nil {
		v.Name, v.Project, v.ProjectID = r.Caller.Project.Name, r.Caller.Project.Name, string(r.Caller.Project.ID)
	}
	catalog, err := h.Core.AuthCatalog(r.Context(), r.Caller)
	if err != nil {
		return v, err
	}
	v.Region = mainRegion(catalog)
	v.S3, v.S3Region = s3Address(catalog, v.Region)
	return v, nil
}

// mainRegion is where clients look for the services: the region of the identity service, or else the first of the catalog.
func mainRegion(catalog *identity.Catalog) string {
	first := ""
	for _, s := range catalog.Services {
		for _, e := range s.Endpoints {
			if s.Type == "identity" && e.RegionID != "" {
				return string(e.RegionID)
			}
			if first == "" {
				first = string(e.RegionID)
			}
		}
	}
	return first
}

// s3Address is where object storage speaks S3: the public endpoint of the service s3, or else the host of object-store, whose S3
// has no path of its own; and the region that it is in. That of the main region comes before others; without any, the region is main.
func s3Address(catalog *identity.Catalog, main string) (address, region string) {
	region = main
	best := 0
	for _, s := range catalog.Services {
		rank := map[string]int{"s3": 3, "object-store": 1}[s.Type]
		for _, e := range s.Endpoints {
			u, err := url.Parse(strings.Join(e.Template.Text, ""))
			if rank == 0 || e.Interface != identity.PublicInterface || err != nil || u.Host == "" {
				continue
			}
			if points := rank + map[bool]int{true: 4}[string(e.RegionID) == main]; points > best {
				best, address, region = points, u.Scheme+"://"+u.Host, string(e.RegionID)
			}
		}
	}
	return address, region
}

// sendFile answers with the file of a kind.
func sendFile(w http.ResponseWriter, set handout.Set, kind string, v handout.Values) error {
	f, ok := set.Find(kind)
	if !ok {
		return &identity.Error{Kind: identity.NotFound, Message: "There is no such file."}
	}
	head := w.Header()
	head.Set("Content-Type", "application/octet-stream")
	head.Set("Content-Disposition", `attachment; filename="`+f.Name(v)+`"`)
	w.Write([]byte(f.Text(v)))
	return nil
}

// downloadOpenRC sends a file for whoever has a password. It holds no secret, and asks for it.
func (h *Handler) downloadOpenRC(w http.ResponseWriter, r *request) error {
	v, err := h.handoutValues(r)
	if err != nil {
		return err
	}
	return sendFile(w, handout.Password(), r.PathValue("kind"), v)
}
