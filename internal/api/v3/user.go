package v3

import (
	"iter"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// userOut is a user on the wire. It never has a password.
type userOut struct {
	ID                identity.UserID      `json:"id"`
	Name              string               `json:"name"`
	DomainID          identity.DomainID    `json:"domain_id"`
	Enabled           bool                 `json:"enabled"`
	DefaultProjectID  identity.ProjectID   `json:"default_project_id,omitzero"`
	Email             string               `json:"email,omitzero"`
	Options           identity.UserOptions `json:"options"`
	PasswordExpiresAt *string              `json:"password_expires_at"`
	Federated         []federatedUser      `json:"federated,omitzero"` // not in lists
	Links             api.Links            `json:"links"`
	More              jsontext.Value       `json:"extra,omitzero"` // the extra attributes once more, in answers to PATCH
	Extra             jsontext.Value       `json:",embed"`
}

// passwordTime is how users show when their password expires: without a Z.
const passwordTime = "2006-01-02T15:04:05.000000"

func userJSON(r *api.Request, u *identity.User) userOut {
	out := userOut{ID: u.ID, Name: u.Name, DomainID: u.DomainID, Enabled: u.Enabled, DefaultProjectID: u.DefaultProjectID, Email: u.Email,
		Extra: jsontext.Value(u.Extra), Links: api.Links{Self: r.Base() + "/v3/users/" + string(u.ID)}}
	if u.Options != nil {
		out.Options = *u.Options
	}
	if at := u.Login.ExpiresAt; !at.IsZero() {
		text := at.UTC().Format(passwordTime)
		out.PasswordExpiresAt = &text
	}
	return out
}

// userIn is the body of creating and changing a user.
type userIn struct {
	Name              identity.Opt[string]             `json:"name"`
	DomainID          identity.Opt[identity.DomainID]  `json:"domain_id"`
	Enabled           identity.Opt[bool]               `json:"enabled"`
	DefaultProjectID  identity.Opt[identity.ProjectID] `json:"default_project_id"`
	Password          identity.Opt[identity.Secret]    `json:"password"`
	Email             identity.Opt[string]             `json:"email"`
	Options           userOptionsIn                    `json:"options"`
	PasswordExpiresAt jsontext.Value                   `json:"password_expires_at"`
	Federated         []federatedUser                  `json:"federated"`
	readOnly
	Extra jsontext.Value `json:",embed"`
}

type userOptionsIn struct {
	IgnoreChangePasswordUponFirstUse identity.Opt[bool]       `json:"ignore_change_password_upon_first_use"`
	IgnorePasswordExpiry             identity.Opt[bool]       `json:"ignore_password_expiry"`
	IgnoreLockoutFailureAttempts     identity.Opt[bool]       `json:"ignore_lockout_failure_attempts"`
	LockPassword                     identity.Opt[bool]       `json:"lock_password"`
	IgnoreUserInactivity             identity.Opt[bool]       `json:"ignore_user_inactivity"`
	MultiFactorAuthRules             identity.Opt[[][]string] `json:"multi_factor_auth_rules"`
	MultiFactorAuthEnabled           identity.Opt[bool]       `json:"multi_factor_auth_enabled"`
	Unknown                          jsontext.Value           `json:",embed"`
}

func (o *userOptionsIn) patch() (identity.UserOptionsPatch, error) {
	if len(o.Unknown) > 0 {
		return identity.UserOptionsPatch{}, identity.Invalidf("Invalid input for field 'options': it holds an option that users do not have.")
	}
	return identity.UserOptionsPatch{IgnoreChangePasswordUponFirstUse: o.IgnoreChangePasswordUponFirstUse, IgnorePasswordExpiry: o.IgnorePasswordExpiry,
		IgnoreLockoutFailureAttempts: o.IgnoreLockoutFailureAttempts, LockPassword: o.LockPassword, IgnoreUserInactivity: o.IgnoreUserInactivity,
		MultiFactorAuthRules: o.MultiFactorAuthRules, MultiFactorAuthEnabled: o.MultiFactorAuthEnabled}, nil
}

func (h *Handler) listUsers(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	page, err := q.Page(h.MaxPage)
	if err != nil {
		return err
	}
	f, err := userFilter(q)
	if err != nil {
		return err
	}
	f.Page, f.Federated = page, federatedFilter(q)
	users, err := h.Core.Users(r.Context(), r.Caller, f)
	if err != nil {
		return err
	}
	return replyUsers(w, r, users, page)
}

// userFilter reads what lists of users filter by. enabled is as stored: who counts as disabled
// because of inactivity is in the list of the enabled, as in Keystone.
func userFilter(q api.Query) (identity.UserFilter, error) {
	expires, err := q.Times("password_expires_at")
	return identity.UserFilter{DomainID: identity.DomainID(q.Get("domain_id")), Name: q.Get("name"), Enabled: q.Bool("enabled"),
		Expires: expires, Text: q.Text("name", "domain_id")}, err
}

func replyUsers(w http.ResponseWriter, r *api.Request, users iter.Seq2[*identity.User, error], page identity.Page) error {
	list := api.Listing[*identity.User, userOut]{Name: "users", Page: page, Out: userJSON, ID: func(u *identity.User) string { return string(u.ID) }}
	return list.Reply(w, r, users)
}

func (h *Handler) createUser(w http.ResponseWriter, r *api.Request) error {
	var in userIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	options, err := in.Options.patch()
	if err != nil {
		return err
	}
	u, err := h.Core.CreateUser(r.Context(), r.Caller, identity.UserSpec{Name: in.Name.Value, DomainID: in.DomainID.Value, Enabled: in.Enabled.Or(true),
		DefaultProjectID: in.DefaultProjectID.Value, Password: in.Password.Value, Email: in.Email.Value, Options: options,
		Federated: federatedIdentities(in.Federated), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusCreated, "user", federatedUserJSON(r, u))
}

func (h *Handler) getUser(w http.ResponseWriter, r *api.Request) error {
	u, err := h.Core.User(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")))
	if err != nil {
		return err
	}
	return replyMember(w, http.StatusOK, "user", federatedUserJSON(r, u))
}

func (h *Handler) updateUser(w http.ResponseWriter, r *api.Request) error {
	id := r.PathValue("user_id")
	var in userIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	options, err := in.Options.patch()
	if err != nil {
		return err
	}
	if err := in.sameID(id); err != nil {
		return err
	}
	u, err := h.Core.UpdateUser(r.Context(), r.Caller, identity.UserID(id), identity.UserPatch{Name: in.Name, Enabled: in.Enabled, DomainID: in.DomainID,
		DefaultProjectID: in.DefaultProjectID, Password: in.Password, Email: in.Email, Options: options,
		Federated: federatedIdentities(in.Federated), Extra: identity.Extra(in.Extra)})
	if err != nil {
		return err
	}
	out := federatedUserJSON(r, u)
	out.More = again(u.Extra)
	return replyMember(w, http.StatusOK, "user", out)
}

func (h *Handler) deleteUser(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteUser(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id"))); err != nil {
		return err
	}
	return api.NoContent(w)
}

// changePasswordIn is the body of changing one's own password.
type changePasswordIn struct {
	Original *identity.Secret `json:"original_password" required:"true"`
	Password *identity.Secret `json:"password" required:"true"`
}

// changePassword serves POST /v3/users/{user_id}/password: the user's own act, proved by the
// current password instead of a token.
func (h *Handler) changePassword(w http.ResponseWriter, r *api.Request) error {
	var in changePasswordIn
	if err := api.DecodeMember(r, "user", &in); err != nil {
		return err
	}
	if in.Original == nil || in.Password == nil {
		return identity.Invalidf("Invalid input for field 'user': 'original_password' and 'password' are required properties.")
	}
	if err := h.Core.ChangePassword(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), *in.Original, *in.Password); err != nil {
		return err
	}
	return api.NoContent(w)
}

func (h *Handler) listUserProjects(w http.ResponseWriter, r *api.Request) error {
	q := r.Query()
	projects, err := h.Core.UserProjects(r.Context(), r.Caller, identity.UserID(r.PathValue("user_id")), identity.ProjectFilter{
		DomainID: identity.DomainID(q.Get("domain_id")), Name: q.Get("name"), Enabled: q.Bool("enabled"), Text: q.Text("name", "domain_id")})
	if err != nil {
		return err
	}
	return replyProjects(w, r, projects, identity.Page{})
}
