package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/lintel-id/lintel/internal/identity"
)

// adminAskPage says what an act ends, and asks.
type adminAskPage struct {
	page
	List     string
	ListName string
	Action   string // address of the form
	Question string
	Effects  []string
	Hidden   []adminField
	Word     string // that must be typed; "" for none
	Typed    string
	Refused  string // why it cannot be done now; there is no form then
	Submit   string
	Cancel   string
	Errors   formErrors
}

// ask shows the question, or does the act once the answer is right. GET asks, POST answers.
func (h *Handler) ask(w http.ResponseWriter, r *request, p *adminAskPage, act func() error) error {
	p.Action = r.URL.Path
	if r.Method != http.MethodPost {
		return h.render(w, r, http.StatusOK, "admin_ask", p)
	}
	form, err := readForm(r)
	if err != nil {
		return err
	}
	if p.Typed = form.Get("confirm"); p.Word != "" && strings.TrimSpace(p.Typed) != strings.TrimSpace(p.Word) {
		p.Errors.add("confirm", p.T("delete.confirm.bad", p.Word))
		p.Error = true
		return h.render(w, r, http.StatusUnprocessableEntity, "admin_ask", p)
	}
	return act()
}

// asked are the fields of a question: those of the address when it is asked, those of the form when it is answered.
func asked(r *request) (url.Values, error) {
	if r.Method != http.MethodPost {
		return r.URL.Query(), nil
	}
	return readForm(r)
}

// named says whether a form has a name, and blames the field if not.
func (e *formErrors) named(t catalogue, form url.Values) bool {
	if line(form, "name") != "" {
		return true
	}
	e.add("name", t.text("create.name.missing"))
	return false
}

// blame puts a verb's error beside the field that it is about; fields are the names of those there are. It is false for
// errors that are about no input.
func (e *formErrors) blame(t catalogue, err error, prefix string, fields ...string) bool {
	var known *identity.Error
	if !errors.As(err, &known) {
		return false
	}
	switch known.Kind {
	case identity.Conflict:
		e.add(prefix+fields[0], t.text("admin.taken"))
	case identity.Invalid:
		for _, field := range fields {
			if field == known.Field || strings.Contains(known.Message, "'"+field+"'") {
				e.add(prefix+field, known.Message)
				return true
			}
		}
		e.add("", known.Message)
	default:
		return false
	}
	return true
}
