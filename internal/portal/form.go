package portal

import (
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"
	"time"
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

// onceLife is how long after it was shown a form makes something. Core knows for longer that what a form has made was
// deleted, so that a form which a browser sends again brings nothing back.
const onceLife = time.Hour

// newOnce marks a form: sent twice, it makes one thing.
func (h *Handler) newOnce() string {
	return strconv.FormatInt(h.Core.Now().Unix(), 10) + "-" + rand.Text()
}

// tooOld says whether the form with this mark is older than onceLife.
func (h *Handler) tooOld(once string) bool {
	shown, _, _ := strings.Cut(once, "-")
	at, err := strconv.ParseInt(shown, 10, 64)
	return err != nil || h.Core.Now().Sub(time.Unix(at, 0)).Abs() > onceLife
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
