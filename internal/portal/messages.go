package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/lintel-id/lintel/internal/api"
)

// catalogue is the texts of one language by their keys. A text holds {0}, {1} where values go.
type catalogue map[string]string

// languages are those there are, the first for whoever asks for none of them.
var languages = [...]string{"en", "ko"}

// readMessages reads a language's texts from a file for each area; no two files have the same key.
func readMessages() map[string]catalogue {
	all := map[string]catalogue{}
	for _, language := range languages {
		all[language] = catalogue{}
		entries, err := files.ReadDir("messages/" + language)
		if err != nil {
			panic(err)
		}
		for _, e := range entries {
			text, err := files.ReadFile("messages/" + language + "/" + e.Name())
			if err != nil {
				panic(err)
			}
			var area catalogue
			if err := json.Unmarshal(text, &area); err != nil {
				panic(fmt.Errorf("messages/%s/%s: %w", language, e.Name(), err))
			}
			for key, text := range area {
				if all[language].has(key) {
					panic("messages/" + language + " has " + key + " twice")
				}
				all[language][key] = text
			}
		}
	}
	return all
}

func (c catalogue) has(key string) bool { return c[key] != "" }

// text returns the key itself where there is no text, which tests do not let happen.
func (c catalogue) text(key string, args ...any) string {
	text, ok := c[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	var pairs []string
	for i, arg := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", fmt.Sprint(arg))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (c catalogue) count(key string, n int) string {
	if n == 1 {
		return c.text(key+".one", n)
	}
	return c.text(key+".many", n)
}

// Cookies of the look: they say nothing about anybody and last a year.
const (
	languageCookie = "lintel-language"
	themeCookie    = "lintel-theme"
	year           = 365 * 24 * 3600
)

// read finds out how the pages are to look: by the user's choice, or else by what the browser says.
func (h *Handler) read(ar *api.Request) *request {
	r := &request{Request: ar, language: preferred(ar.Header.Get("Accept-Language"))}
	if c, err := ar.Cookie(cookieName(ar, languageCookie)); err == nil && h.messages[c.Value] != nil {
		r.language = c.Value
	}
	if c, err := ar.Cookie(cookieName(ar, themeCookie)); err == nil && (c.Value == "light" || c.Value == "dark") {
		r.theme = c.Value
	}
	r.texts = h.messages[r.language]
	r.notice = readNotice(r)
	return r
}

// preferred is the language of ours that an Accept-Language header wants most (RFC 9110, section 12.5.4).
func preferred(header string) string {
	best, most := languages[0], 0.0
	for entry := range strings.SplitSeq(header, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(entry), ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			var err error
			if weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, language := range languages {
			if primary == language && weight > most {
				best, most = language, weight
			}
		}
	}
	return best
}

// setPreferences keeps the choice of a language or a look, and returns to the page.
func (h *Handler) setPreferences(w http.ResponseWriter, r *request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	if language := form.Get("language"); h.messages[language] != nil {
		setCookie(w, r.Request, languageCookie, language, year)
	}
	switch theme := form.Get("theme"); theme {
	case "light", "dark":
		setCookie(w, r.Request, themeCookie, theme, year)
	case "system":
		setCookie(w, r.Request, themeCookie, "", -1)
	}
	return see(w, anyNext(form.Get("next")))
}

// anyNext is safeNext that may also lead to signing in.
func anyNext(text string) string {
	if u, err := url.Parse(text); err == nil && u.Path == signIn {
		return signIn + "?next=" + url.QueryEscape(safeNext(u.Query().Get("next")))
	}
	return safeNext(text)
}
