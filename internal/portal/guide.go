package portal

import (
	"net/http"
	"slices"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/portal/handout"
)

const guide = Root + "/guide"

func (h *Handler) guides() []route {
	return []route{{pattern: "GET " + guide, handle: h.showGuide}}
}

// guidePage tells how to use the API of this cloud. Its prose is in a template for each language; what is of the reader
// or of this cloud is filled in. It holds no secret.
type guidePage struct {
	page
	Known          handout.Values // of the reader
	UserID         string
	V2API          bool   // there is an API v2.0
	Separate       bool   // the APIs have a password of their own
	CredentialLife string // of tokens, in words
	PasswordLife   string
	V2Life         string

	commands map[string]commands
}

// commands are some lines to copy.
type commands struct {
	Kind, Text, Title, Label, Copy string
}

// Sections are the parts of the guide in their order: the ids in both languages' templates, and ends of keys.
func (*guidePage) Sections() []string {
	return []string{"values", "ways", "credential", "openstack", "password", "v2", "s3", "token", "revoke", "practice", "trouble"}
}

// fact is a value of the reader's; guide.value.<Key> is the key of its name.
type fact struct{ Key, Value string }

// Facts are what the reader may need to type somewhere.
func (p *guidePage) Facts() []fact {
	v := p.Known
	all := []fact{{"v3", v.V3()}, {"user", v.User}, {"user_id", p.UserID}, {"domain_id", v.DomainID}, {"project", v.Project}, {"project_id", v.ProjectID},
		{"region", v.Region}, {"s3", v.S3}}
	if p.V2API {
		all = slices.Insert(all, 1, fact{"v2", v.V2()})
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// Commands are those of a kind of handout.Guide.
func (p *guidePage) Commands(kind string) commands { return p.commands["guide_"+kind] }

func (h *Handler) showGuide(w http.ResponseWriter, r *request) error {
	p, err := h.guide(r)
	if err != nil {
		return err
	}
	return h.render(w, r, http.StatusOK, "guide_"+r.language, p)
}

func (h *Handler) guide(r *request) (*guidePage, error) {
	set, user := &h.Core.Settings, r.Caller.User
	p := &guidePage{page: *h.page(r, "guide.title"), UserID: string(user.ID), V2API: h.V2, Separate: set.Separate(user.DomainID),
		CredentialLife: span(r.texts, set.ApplicationCredentialLife), PasswordLife: span(r.texts, set.PasswordLife), V2Life: span(r.texts, set.PasswordLife)}
	if set.V2Life > 0 {
		p.V2Life = span(r.texts, set.V2Life)
	}
	var err error
	if p.Known, err = h.guideValues(r); err != nil {
		return nil, err
	}
	p.commands = guideCommands(r.texts, p.Known)
	return p, nil
}

// guideValues are the reader's. Who has no project sees places to fill in.
func (h *Handler) guideValues(r *request) (handout.Values, error) {
	v, err := h.handoutValues(r)
	if identity.KindOf(err) == identity.Forbidden && r.Caller.Project == nil {
		return v, nil
	}
	return v, err
}

func guideCommands(texts catalogue, v handout.Values) map[string]commands {
	all := map[string]commands{}
	for _, f := range handout.Guide() {
		title := texts.text("guide.commands", f.Name(v))
		all[f.Kind] = commands{Kind: f.Kind, Text: f.Text(v), Title: title, Label: texts.text("copy.what", title), Copy: texts.text("copy")}
	}
	return all
}

// span is a length of time in words.
func span(texts catalogue, d time.Duration) string {
	if d%time.Hour == 0 {
		return texts.count("guide.hours", int(d/time.Hour))
	}
	return texts.count("guide.minutes", int(d/time.Minute))
}
