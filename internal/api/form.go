package api

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/lintel-id/lintel/internal/identity"
)

// Form is the media type of the two OAuth protocols' requests and of OAuth 1.0's answers.
const Form = "application/x-www-form-urlencoded"

// IsForm says whether the request's body is a form.
func (r *Request) IsForm() bool { return r.media() == Form }

// media is the media type of the request's body, without parameters; "" when none is named.
func (r *Request) media() string {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// FormText returns the body of a form as it was sent; "" for every other body, which is not read.
func (r *Request) FormText() (string, error) {
	if !r.IsForm() {
		return "", nil
	}
	body, err := readAll(r)
	return string(body), err
}

// DecodeForm reads a form in which every parameter stands once.
func DecodeForm(r *Request) (map[string]string, error) {
	if !r.IsForm() {
		return nil, identity.Invalidf("Expecting to find %s in Content-Type header.", Form)
	}
	text, err := r.FormText()
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, identity.Invalidf("The form cannot be read.") // its error would quote it
	}
	form := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) > 1 {
			return nil, identity.Invalidf("The form says a parameter twice.")
		}
		if !utf8.ValidString(name) || !utf8.ValidString(all[0]) {
			return nil, identity.Invalidf("The form is not UTF-8.")
		}
		form[name] = all[0]
	}
	return form, nil
}
