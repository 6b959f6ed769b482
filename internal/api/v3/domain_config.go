package v3

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// domainConfigShape is a configuration on the wire: groups of options, or one option by itself.
type domainConfigShape map[string]jsontext.Value

// configPath is the part of a configuration that a request's path names.
func configPath(r *api.Request) identity.DomainConfigPath {
	return identity.DomainConfigPath{Group: r.PathValue("group"), Option: r.PathValue("option")}
}

// domainConfigJSON is a configuration on the wire. One option stands without its group.
func domainConfigJSON(config identity.DomainConfig, at identity.DomainConfigPath) (domainConfigShape, error) {
	out := domainConfigShape{}
	for group, options := range config {
		values := domainConfigShape{}
		for option, text := range options {
			values[option] = jsontext.Value(text)
		}
		if at.Option != "" {
			return values, nil
		}
		text, err := json.Marshal(values, json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		out[group] = text
	}
	return out, nil
}

func replyDomainConfig(w http.ResponseWriter, code int, config identity.DomainConfig, at identity.DomainConfigPath) error {
	out, err := domainConfigJSON(config, at)
	if err != nil {
		return err
	}
	return replyMember(w, code, "config", out)
}

// decodeDomainConfig reads a configuration, or one option by itself where the path names one.
// A group that is no object is left empty: the verb refuses that in Keystone's words.
func decodeDomainConfig(r *api.Request, at identity.DomainConfigPath) (identity.DomainConfig, error) {
	var in domainConfigShape
	if err := api.DecodeMember(r, "config", &in); err != nil {
		return nil, err
	}
	config := identity.DomainConfig{}
	for name, value := range in {
		if at.Option != "" {
			config.Set(at.Group, name, string(value))
			continue
		}
		config[name] = map[string]string{}
		var options map[string]jsontext.Value
		if value.Kind() != '{' {
			continue
		}
		if err := api.DecodeValue(value, name, &options); err != nil {
			return nil, err
		}
		for option, v := range options {
			config.Set(name, option, string(v))
		}
	}
	return config, nil
}

// getDomainConfig serves GET of a domain's configuration, of a group of it and of an option.
func (h *Handler) getDomainConfig(w http.ResponseWriter, r *api.Request) error {
	at := configPath(r)
	config, err := h.Core.DomainConfig(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id")), at)
	if err != nil {
		return err
	}
	return replyDomainConfig(w, http.StatusOK, config, at)
}

func (h *Handler) putDomainConfig(w http.ResponseWriter, r *api.Request) error {
	all := identity.DomainConfigPath{}
	config, err := decodeDomainConfig(r, all)
	if err != nil {
		return err
	}
	now, first, err := h.Core.ReplaceDomainConfig(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id")), config)
	if err != nil {
		return err
	}
	code := http.StatusOK
	if first {
		code = http.StatusCreated
	}
	return replyDomainConfig(w, code, now, all)
}

// updateDomainConfig serves PATCH of a configuration, of a group of it and of an option. The
// answer is always the whole, as in Keystone.
func (h *Handler) updateDomainConfig(w http.ResponseWriter, r *api.Request) error {
	at := configPath(r)
	config, err := decodeDomainConfig(r, at)
	if err != nil {
		return err
	}
	now, err := h.Core.UpdateDomainConfig(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id")), at, config)
	if err != nil {
		return err
	}
	return replyDomainConfig(w, http.StatusOK, now, identity.DomainConfigPath{})
}

func (h *Handler) deleteDomainConfig(w http.ResponseWriter, r *api.Request) error {
	if err := h.Core.DeleteDomainConfig(r.Context(), r.Caller, identity.DomainID(r.PathValue("domain_id")), configPath(r)); err != nil {
		return err
	}
	return api.NoContent(w)
}

// getDomainConfigDefault serves GET /v3/domains/config/default and the like for a group and an
// option. The group is no variable of the routes' patterns, because ServeMux could not tell
// /domains/config/{group}/default from /domains/{domain_id}/config/{group}.
func (h *Handler) getDomainConfigDefault(w http.ResponseWriter, r *api.Request) error {
	at := identity.DomainConfigPath{Option: r.PathValue("option")}
	if parts := strings.Split(r.URL.Path, "/"); len(parts) > 5 { // "", v3, domains, config, the group, ...
		at.Group = parts[4]
	}
	config, err := h.Core.DomainConfigDefaults(r.Caller, at)
	if err != nil {
		return err
	}
	return replyDomainConfig(w, http.StatusOK, config, at)
}
