package identity

import (
	"slices"
	"strings"
)

// Project is where resources live. A domain is a project that acts as one: IsDomain is set,
// it has neither domain nor parent, and its id is both a DomainID and a ProjectID.
type Project struct {
	ID          ProjectID
	DomainID    DomainID  // "" for a domain
	ParentID    ProjectID // "" for a domain; the domain's id for a top-level project
	Name        string    // unique in the domain; unique among domains for a domain
	Description string
	Enabled     bool
	IsDomain    bool
	Tags        []string // sorted, unique
	Options     ResourceOptions
	Extra       Extra
}

// ResourceOptions are the options of projects, domains and roles.
type ResourceOptions struct {
	Immutable *bool // true refuses update and delete; nil is unset
}

// IsImmutable says whether update and delete are refused.
func (o ResourceOptions) IsImmutable() bool { return o.Immutable != nil && *o.Immutable }

// OwnDomain is the domain the project belongs to; for a domain, itself.
func (p *Project) OwnDomain() DomainID {
	if p.IsDomain {
		return DomainID(p.ID)
	}
	return p.DomainID
}

// ProjectSpec creates a project or, with IsDomain, a domain.
type ProjectSpec struct {
	ID          ProjectID // "" makes one; only bootstrap and explicit_domain_id choose
	DomainID    DomainID
	ParentID    ProjectID
	Name        string
	Description string
	Enabled     bool
	IsDomain    bool
	Tags        []string
	Options     ResourceOptions
	Extra       Extra
}

// Validate trims the name and refuses what no project may have.
func (s *ProjectSpec) Validate() error {
	s.Name = strings.TrimSpace(s.Name)
	if err := checkName("name", s.Name, 64); err != nil {
		return err
	}
	if err := checkText("description", s.Description, maxDescription); err != nil {
		return err
	}
	var err error
	s.Tags, err = cleanTags(s.Tags)
	return err
}

// Project returns the project the spec describes.
func (s *ProjectSpec) Project() *Project {
	return &Project{ID: s.ID, DomainID: s.DomainID, ParentID: s.ParentID, Name: s.Name, Description: s.Description,
		Enabled: s.Enabled, IsDomain: s.IsDomain, Tags: s.Tags, Options: s.Options, Extra: s.Extra}
}

// ProjectPatch changes a project or a domain.
type ProjectPatch struct {
	Name        Opt[string]
	Description Opt[string]
	Enabled     Opt[bool]
	Tags        Opt[[]string]
	Immutable   Opt[bool] // null unsets the option
	Extra       Extra     // members are set; a null member removes
	// What may not change; given with another value it is refused.
	DomainID Opt[DomainID]
	ParentID Opt[ProjectID]
	IsDomain Opt[bool]
}

// Validate checks the given fields by themselves.
func (p *ProjectPatch) Validate() error {
	if p.Name.Set {
		p.Name.Value = strings.TrimSpace(p.Name.Value)
		if err := checkName("name", p.Name.Value, 64); err != nil {
			return err
		}
	}
	if err := checkText("description", p.Description.Value, maxDescription); err != nil {
		return err
	}
	if p.Enabled.Set && p.Enabled.Null {
		return Invalidf("Invalid input for field 'enabled': null is not a boolean.")
	}
	var err error
	p.Tags.Value, err = cleanTags(p.Tags.Value)
	return err
}

// OnlyUnlocks says whether the patch does nothing but take immutability away, the one
// change an immutable resource accepts.
func (p *ProjectPatch) OnlyUnlocks() bool {
	return p.Immutable.Set && !p.Immutable.Value && !p.Name.Set && !p.Description.Set && !p.Enabled.Set && !p.Tags.Set && p.Extra == ""
}

// ProjectFilter lists projects. Empty fields do not filter.
type ProjectFilter struct {
	ID         ProjectID
	DomainID   DomainID
	ParentID   ProjectID
	Name       string
	Enabled    *bool
	IsDomain   bool // lists domains instead of projects
	Tags       []string
	TagsAny    []string
	NotTags    []string
	NotTagsAny []string
	Text       []TextFilter
	Page       Page
}

// Matches says whether a project passes the filter's id, domain, parent, name, enabled and texts.
func (f *ProjectFilter) Matches(p *Project) bool {
	text := func(name string) string {
		return map[string]string{"name": p.Name, "description": p.Description, "domain_id": string(p.DomainID), "parent_id": string(p.ParentID)}[name]
	}
	return (f.ID == "" || f.ID == p.ID) && (f.DomainID == "" || f.DomainID == p.DomainID) && (f.ParentID == "" || f.ParentID == p.ParentID) &&
		(f.Name == "" || f.Name == p.Name) && (f.Enabled == nil || *f.Enabled == p.Enabled) && MatchAll(f.Text, text)
}

// cleanTags returns the tags trimmed and sorted. It refuses more than 80, one that stands
// twice, and one that a list of tags could not hold.
func cleanTags(tags []string) ([]string, error) {
	if len(tags) > 80 {
		return nil, Invalidf("Invalid input for field 'tags': more than 80 tags.")
	}
	out := make([]string, 0, len(tags))
	for _, t := range tags {
		t = strings.TrimSpace(t)
		if err := checkName("tags", t, 255); err != nil {
			return nil, err
		}
		if strings.ContainsAny(t, "/,") {
			return nil, Invalidf("Invalid input for field 'tags': a tag holds neither '/' nor ','.")
		}
		out = append(out, t)
	}
	slices.Sort(out)
	if len(slices.Compact(out)) < len(tags) {
		return nil, Invalidf("Invalid input for field 'tags': a tag stands twice.")
	}
	return out, nil
}
