package identity

import (
	"errors"
	"fmt"
	"strings"
)

// URLTemplate is an endpoint's URL cut at its fields: Text[0] Field[0] Text[1] ... Text[n].
// Keystone accepts $(name)s and %(name)s.
type URLTemplate struct {
	Text   []string
	Fields []URLField
}

// Fill returns the URL for a project and a user.
func (t URLTemplate) Fill(project ProjectID, user UserID) string {
	var b strings.Builder
	for i, text := range t.Text {
		b.WriteString(text)
		if i == len(t.Fields) {
			break
		}
		switch t.Fields[i] {
		case FieldProject:
			b.WriteString(string(project))
		case FieldUser:
			b.WriteString(string(user))
		}
	}
	return b.String()
}

// URLField is a name that a URL may refer to.
type URLField uint8

const (
	FieldProject URLField = iota // project_id and tenant_id
	FieldUser                    // user_id
	FieldServer                  // the deprecated host and port names: known, but never filled
)

// urlFields is the whole list: nothing of the server's configuration can be asked for (CVE-2014-3621).
var urlFields = map[string]URLField{
	"project_id": FieldProject, "tenant_id": FieldProject, "user_id": FieldUser,
	"public_bind_host": FieldServer, "admin_bind_host": FieldServer, "compute_host": FieldServer, "admin_port": FieldServer,
	"public_port": FieldServer, "public_endpoint": FieldServer, "admin_endpoint": FieldServer,
}

// ParseURLTemplate cuts url. It refuses unknown names and unfinished fields.
func ParseURLTemplate(url string) (URLTemplate, error) {
	var t URLTemplate
	rest := url
	text := ""
	for {
		i := strings.IndexAny(rest, "$%")
		if i < 0 {
			t.Text = append(t.Text, text+rest)
			return t, nil
		}
		text += rest[:i]
		mark := rest[i]
		rest = rest[i+1:]
		if !strings.HasPrefix(rest, "(") {
			switch {
			case mark == '%' && strings.HasPrefix(rest, "%"):
				text, rest = text+"%", rest[1:]
			case mark == '$':
				text += "$"
			default:
				return t, errors.New("a % that begins no field")
			}
			continue
		}
		name, after, ok := strings.Cut(rest[1:], ")s")
		if !ok {
			return t, errors.New("a field that does not end in )s")
		}
		field, known := urlFields[name]
		if !known {
			return t, fmt.Errorf("unknown field %q", name)
		}
		t.Text = append(t.Text, text)
		t.Fields = append(t.Fields, field)
		text, rest = "", after
	}
}
