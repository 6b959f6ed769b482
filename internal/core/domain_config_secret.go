package core

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/identity"
)

// OpenDomainConfig returns a domain's configuration as its drivers need it: with its secrets,
// and with references to them in texts, such as %(password)s in ldap.url, replaced. It asks no
// policy: what it returns never leaves the server.
func (c *Core) OpenDomainConfig(ctx context.Context, id identity.DomainID) (identity.DomainConfig, error) {
	s, err := c.fresh(ctx)
	if err != nil {
		return nil, err
	}
	ring, err := c.ring(s)
	if err != nil {
		return nil, err
	}
	rows, err := c.Store.ListDomainConfig(ctx, id)
	if err != nil {
		return nil, err
	}
	config, secrets := shown(rows), map[string]string{}
	for _, o := range rows {
		if !o.Sensitive() {
			continue
		}
		plain, err := ring.OpenBlob(sealedConfigID, string(id), o.Group+"."+o.Option, o.KeyID, o.Sealed)
		if err != nil {
			return nil, err
		}
		config.Set(o.Group, o.Option, string(plain))
		var text string
		if json.Unmarshal(plain, &text) == nil { // only a text can stand in a text
			secrets[o.Option] = text
		}
	}
	return config, substitute(config, secrets)
}

// substitute replaces %(option)s by the secret of that option, and %% by %, in the texts of a
// configuration. A text with a reference to nothing stays as it is.
func substitute(config identity.DomainConfig, secrets map[string]string) error {
	for group, options := range config {
		for option, value := range options {
			var text string
			if sensitive(group, option) || json.Unmarshal([]byte(value), &text) != nil {
				continue
			}
			replaced, ok := expand(text, secrets)
			if !ok {
				continue
			}
			b, err := json.Marshal(replaced)
			if err != nil {
				return err
			}
			options[option] = string(b)
		}
	}
	return nil
}

// expand is ok when every % in text begins %% or a reference to a secret that there is.
func expand(text string, secrets map[string]string) (out string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		if after, escaped := strings.CutPrefix(rest, "%"); escaped {
			b.WriteByte('%')
			text = after
			continue
		}
		name, after, closed := strings.Cut(strings.TrimPrefix(rest, "("), ")s")
		secret, known := secrets[name]
		if !strings.HasPrefix(rest, "(") || !closed || !known {
			return "", false
		}
		b.WriteString(secret)
		text = after
	}
}
