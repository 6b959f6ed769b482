package v2

import (
	"iter"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// userOut is a user in the words of v2.0. The name stands there twice.
type userOut struct {
	ID       identity.UserID    `json:"id"`
	Name     string             `json:"name"`
	Username string             `json:"username"`
	Enabled  bool               `json:"enabled"`
	Email    string             `json:"email,omitzero"`
	TenantID identity.ProjectID `json:"tenantId,omitzero"`
	Extra    jsontext.Value     `json:",embed"`
}

// usersOut is the answer to GET /v2.0/users: with name in the query it is one user.
type usersOut struct {
	Users []userOut `json:"users,omitzero"`
	Links []string  `json:"users_links,omitzero"` // always empty
	User  *userOut  `json:"user,omitzero"`
}

func userJSON(_ *api.Request, u *identity.User) userOut {
	return userOut{ID: u.ID, Name: u.Name, Username: u.Name, Enabled: u.Enabled, Email: u.Email, TenantID: u.DefaultProjectID,
		Extra: without(u.Extra, "username", "tenantId")}
}

// without leaves out members that v3 keeps without knowing them and v2.0 has a meaning for.
func without(e identity.Extra, names ...string) jsontext.Value {
	if e == "" {
		return nil
	}
	var members map[string]jsontext.Value
	if json.Unmarshal([]byte(e), &members) != nil {
		return nil
	}
	for _, name := range names {
		delete(members, name)
	}
	if len(members) == 0 {
		return nil
	}
	text, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return text
}

func userID(u *identity.User) string { return string(u.ID) }

// userIn is the body of creating and changing a user. Either of name and username will do.
type userIn struct {
	ID       jsontext.Value                   `json:"id"`
	Name     identity.Opt[string]             `json:"name"`
	Username identity.Opt[string]             `json:"username"`
	Password identity.Opt[identity.Secret]    `json:"password"`
	Email    identity.Opt[string]             `json:"email"`
	Enabled  identity.Opt[bool]               `json:"enabled"`
	TenantID identity.Opt[identity.ProjectID] `json:"tenantId"`
	userUnused
	Extra jsontext.Value `json:",embed"`
}

// userUnused is to users what tenantUnused is to tenants.
type userUnused struct {
	DomainID          jsontext.Value `json:"domain_id"`
	DefaultProjectID  jsontext.Value `json:"default_project_id"`
	Options           jsontext.Value `json:"options"`
	PasswordExpiresAt jsontext.Value `json:"password_expires_at"`
	Federated         jsontext.Value `json:"federated"`
	Links             jsontext.Value `json:"links"`
}

func (in *userIn) name() identity.Opt[string] {
	if in.Name.Set {
		return in.Name
	}
	return in.Username
}

// user returns the user of the path, of the default domain; v2.0 knows no other.
func (h *Handler) user(r *api.Request) (*identity.User, error) {
	id := identity.UserID(r.PathValue("user_id"))
	u, err := h.Core.User(r.Context(), r.Caller, id)
	if err != nil {
		return nil, err
	}
	if u.DomainID != h.Core.Settings.DefaultDomain {
		return nil, identity.Missing("user", id)
	}
	return u.User, nil
}

// listUsers serves GET /v2.0/users; with name in the query it is one user.
func (h *Handler) listUsers(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	f := identity.UserFilter{DomainID: h.Core.Settings.DefaultDomain, Name: q.Get("name"), Page: page}
	users, err := h.Core.Users(r.Context(), r.Caller, f)
	if err != nil {
		return err
	}
	if f.Name == "" {
		return replyUsers(w, r, users, page)
	}
	u, err := first(users, identity.Missing("user", f.Name))
	if err != nil {
		return err
	}
	return replyMember(w, "user", userJSON(r, u))
}

func replyUsers(w http.ResponseWriter, r *api.Request, users iter.Seq2[*identity.User, error], page identity.Page) error {
	return api.Listing[*identity.User, userOut]{Name: "users", Page: page, Out: userJSON, ID: userID, V2: true}.Reply(w, r, users)
}

// createUser serves POST /v2.0/users: the user is a member of the tenant, if one is named.
func (h *Handler) createUser(w http.ResponseWriter, r *api.Request) error {
	var in userIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if err := h.knownTenant(r, in.TenantID.Value); err != nil {
		return err
	}
	u, err := h.Core.CreateUser(r.Context(), r.Caller, identity.UserSpec{DomainID: h.Core.Settings.DefaultDomain, Name: in.name().Value,
		Password: in.Password.Value, Email: in.Email.Value, Enabled: in.Enabled.Or(true), DefaultProjectID: in.TenantID.Value, Member: true,
		Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, "user", userJSON(r, u.User))
}

// knownTenant refuses a tenant that is not there; "" is none, which will do.
func (h *Handler) knownTenant(r *api.Request, id identity.ProjectID) error {
	if id == "" {
		return nil
	}
	_, err := h.tenantOf(r, id)
	return err
}

func (h *Handler) getUser(w http.ResponseWriter, r *api.Request) error {
	u, err := h.user(r)
	if err != nil {
		return err
	}
	return replyMember(w, "user", userJSON(r, u))
}

// updateUser serves PUT /v2.0/users/{user_id}. With a new tenant the user is a member there
// and no longer of the old one.
func (h *Handler) updateUser(w http.ResponseWriter, r *api.Request) error {
	var in userIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if err := sameID(in.ID, r.PathValue("user_id")); err != nil {
		return err
	}
	return h.patchUser(w, r, identity.UserPatch{Name: in.name(), Password: in.Password, Email: in.Email, Enabled: in.Enabled,
		DefaultProjectID: in.TenantID, Extra: identity.Extra(in.Extra)})
}

func (h *Handler) patchUser(w http.ResponseWriter, r *api.Request, patch identity.UserPatch) error {
	u, err := h.user(r)
	if err != nil {
		return err
	}
	if err := h.knownTenant(r, patch.DefaultProjectID.Value); err != nil {
		return err
	}
	patch.Member = true
	changed, err := h.Core.UpdateUser(r.Context(), r.Caller, u.ID, patch)
	if err != nil {
		return err
	}
	return replyMember(w, "user", userJSON(r, changed.User))
}

func (h *Handler) deleteUser(w http.ResponseWriter, r *api.Request) error {
	u, err := h.user(r)
	if err != nil {
		return err
	}
	if err := h.Core.DeleteUser(r.Context(), r.Caller, u.ID); err != nil {
		return err
	}
	return api.NoContent(w)
}
