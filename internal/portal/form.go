package portal

import (
	"net/url"
	"unicode/utf8"

	"github.com/lintel-id/lintel/internal/api"
	"github.com/lintel-id/lintel/internal/identity"
)

// readForm returns the fields of a posted form.
func readForm(r *request) (url.Values, error) {
	if !r.IsForm() {
		return nil, identity.Invalidf("The request is no form.")
	}
	if err := r.ParseForm(); err != nil {
		if api.IsTooLarge(err) {
			return nil, &identity.Error{Kind: identity.TooLarge, Message: "The form is too long."}
		}
		return nil, identity.Invalidf("The form cannot be read.") // its error would quote it
	}
	for name, values := range r.PostForm {
		for _, v := range values {
			if !utf8.ValidString(name) || !utf8.ValidString(v) {
				return nil, identity.Invalidf("The form is not UTF-8.")
			}
		}
	}
	return r.PostForm, nil
}

// formError says what is wrong with one field, "" for the form as a whole.
type formError struct{ Field, Text string }

// formErrors are shown in a summary at the top, and each beside its field.
type formErrors []formError

func (e *formErrors) add(field, text string) { *e = append(*e, formError{field, text}) }

// Of returns the text for a field, "" when it is right.
func (e formErrors) Of(field string) string {
	for _, one := range e {
		if one.Field == field {
			return one.Text
		}
	}
	return ""
}
