package v3

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// domainOut is a domain on the wire.
type domainOut struct {
	ID          identity.ProjectID `json:"id"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Enabled     bool               `json:"enabled"`
	Tags        []string           `json:"tags"`
	Options     optionsOut         `json:"options"`
	Links       api.Links          `json:"links"`
	Extra       jsontext.Value     `json:",embed"`
}

func domainJSON(r *api.Request, d *identity.Project) domainOut {
	return domainOut{ID: d.ID, Name: d.Name, Description: d.Description, Enabled: d.Enabled, Tags: d.Tags, Options: optionsOut{d.Options.Immutable},
		Extra: jsontext.Value(d.Extra), Links: api.Links{Self: r.Base() + "/v3/domains/" + string(d.ID)}}
}

// domainIn is the body of creating and changing a domain.
type domainIn struct {
	Name        identity.Opt[string]   `json:"name"`
	Description identity.Opt[string]   `json:"description"`
	Enabled     identity.Opt[bool]     `json:"enabled"`
	Tags        identity.Opt[[]string] `json:"tags"`
	Options     optionsIn              `json:"options"`
	ExplicitID  string                 `json:"explicit_domain_id"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

func (h *Handler) listDomains(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	domains, err := h.Core.Domains(r.Context(), r.Caller, identity.ProjectFilter{Name: q.Get("name"), Enabled: q.Bool("enabled"), Text: q.Text("name"), Page: page})
	if err != nil {
		return err
	}
	list := api.Listing[*identity.Project, domainOut]{Name: "domains", Page: page, Out: domainJSON, ID: projectID}
	return list.Reply(w, r, domains)
}

func replyDomains(w http.ResponseWriter, r *api.Request, domains []*identity.Project, page identity.Page) error {
	return replyList(w, r, "domains", domains, page, domainJSON, projectID)
}

func (h *Handler) createDomain(w http.ResponseWriter, r *api.Request) error {
	var in domainIn
	if err := api.DecodeMember(r, "domain", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	if in.ExplicitID != "" && !isUUID(in.ExplicitID) {
		return identity.Invalidf("Invalid input for field 'explicit_domain_id': it is not 32 hexadecimal digits.")
	}
	d, err := h.Core.CreateDomain(r.Context(), r.Caller, identity.ProjectSpec{ID: identity.ProjectID(in.ExplicitID), Name: in.Name.Value, Description: in.Description.Value,
		Enabled: in.Enabled.Or(true), Tags: in.Tags.Value, Options: identity.ResourceOptions{Immutable: in.Options.immutable()}, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "domain", domainJSON(r, d))
}

// isUUID says whether s is 32 lower-case hexadecimal digits.
func isUUID(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == 32
}

func (h *Handler) getDomain(w http.ResponseWriter, r *api.Request) error {
	d, err := h.Core.Domain(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "domain", domainJSON(r, d))
}

func (h *Handler) updateDomain(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("domain_id")
	var in domainIn
	if err := api.DecodeMember(r, "domain", &in); err != nil {
		return err
	}
	if err := in.Options.check(); err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	d, err := h.Core.UpdateDomain(r.Context(), r.Caller, identity.DomainID(id), identity.ProjectPatch{Name: in.Name, Description: in.Description,
		Enabled: in.Enabled, Tags: in.Tags, Immutable: in.Options.Immutable, Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "domain", domainJSON(r, d))
}

func (h *Handler) deleteDomain(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteDomain(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}
