package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lintel-id/lintel/internal/identity"
)

// activityPage shows what the user's credentials did lately, and what failed.
type activityPage struct {
	page
	Credentials []*usedView // of this page of the list
	Failures    []failureView
	Found       int
	First, Last int // of Found, that are shown
	Number      int // of this page
	Pages       int
	Previous    string // "" for none
	NextPage    string
}

// usedView is a credential and what it did.
type usedView struct {
	Kind    identity.UseKind
	ID      string
	Name    string // "" for the password
	Link    string // "" for none
	Used    moment
	Address string
	Program string
	Uses    int64 // of the last days
	Failed  int64
}

// failureView is a failure to prove that one is the user.
type failureView struct {
	Last    moment
	Kind    identity.UseKind
	Name    string // "" for the password, and for what is gone
	Reason  string
	Address string
	Program string
	Count   int64
}

const (
	recentDays = 7 // that uses and failures are counted of
	usedOnPage = 25
)

// Days is of how many days uses are counted.
func (*activityPage) Days() int { return recentDays }

func (h *Handler) showActivity(w http.ResponseWriter, r *request) error {
	views, err := h.usedCredentials(r)
	if err != nil {
		return err
	}
	all, err := h.Core.Activity(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	p := &activityPage{page: *h.page(r, "activity.title"), Found: len(views)}
	byUse := map[identity.Use]*usedView{}
	for _, v := range views {
		byUse[identity.Use{Kind: v.Kind, ID: v.ID}] = v
	}
	since := h.Core.Now().AddDate(0, 0, -recentDays)
	for _, a := range all {
		v := byUse[identity.Use{Kind: a.Kind, ID: a.Credential}]
		v.add(&a, since, r.texts)
		if a.Reason != "" {
			f := failureView{Last: moment{a.Last}, Kind: a.Kind, Reason: r.texts.reason(a.Reason), Address: address(&a), Program: r.texts.program(a.Client), Count: a.Count}
			if v != nil {
				f.Name = v.Name
			}
			p.Failures = append(p.Failures, f)
		}
	}
	slices.SortFunc(views, func(a, b *usedView) int {
		return cmp.Or(b.Used.Compare(a.Used.Time), cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	p.cut(views, r.URL.Query())
	return h.render(w, r, http.StatusOK, "activity", p)
}

// cut takes the part of the list that the address asks for.
func (p *activityPage) cut(views []*usedView, q url.Values) {
	p.Pages = max((len(views)+usedOnPage-1)/usedOnPage, 1)
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil {
		number = 1
	}
	p.Number = min(max(number, 1), p.Pages)
	from := (p.Number - 1) * usedOnPage
	p.Credentials = views[from:min(from+usedOnPage, len(views))]
	p.First, p.Last = from+1, from+len(p.Credentials)
	if p.Number > 1 {
		p.Previous = activity + "?page=" + strconv.Itoa(p.Number-1)
	}
	if p.Number < p.Pages {
		p.NextPage = activity + "?page=" + strconv.Itoa(p.Number+1)
	}
}

// add counts what was done with a credential. What is done with one that is gone counts for nothing.
func (v *usedView) add(a *identity.Activity, since time.Time, texts catalogue) {
	if v == nil {
		return
	}
	recent := a.Last.After(since)
	switch {
	case a.Reason != "" && recent:
		v.Failed += a.Count
	case a.Reason != "":
	case recent:
		v.Uses += a.Count
		fallthrough
	default:
		if v.Program == "" { // the latest comes first
			v.Address, v.Program = address(a), texts.program(a.Client)
		}
		if a.Last.After(v.Used.Time) {
			v.Used = moment{a.Last}
		}
	}
}

func address(a *identity.Activity) string {
	if !a.Address.IsValid() {
		return ""
	}
	return a.Address.String()
}

// usedCredentials are the user's password, application credentials and EC2 keys, with their last uses.
func (h *Handler) usedCredentials(r *request) ([]*usedView, error) {
	views := []*usedView{{Kind: identity.UsePassword}}
	own, err := h.Core.ApplicationCredentials(r.Context(), r.Caller, r.Caller.User.ID, "", nil)
	if err != nil {
		return nil, err
	}
	ids := map[identity.UseKind][]string{}
	for _, ac := range own {
		views = append(views, &usedView{Kind: identity.UseApplicationCredential, ID: string(ac.ID), Name: ac.Name, Link: applicationCredentials + "/" + url.PathEscape(string(ac.ID))})
	}
	keys, err := h.Core.EC2Keys(r.Context(), r.Caller, r.Caller.User.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		views = append(views, &usedView{Kind: identity.UseEC2Key, ID: string(k.ID), Name: k.Access, Link: ec2Keys + "/" + url.PathEscape(string(k.ID))})
	}
	for _, v := range views[1:] {
		ids[v.Kind] = append(ids[v.Kind], v.ID)
	}
	for kind, some := range ids {
		last, err := h.Core.LastUses(r.Context(), kind, some)
		if err != nil {
			return nil, err
		}
		for _, v := range views {
			if v.Kind == kind {
				v.Used = moment{last[v.ID]}
			}
		}
	}
	return views, nil
}

// reason says why a proof failed. The texts of the code are for the log; the rarer ones have no words of their own here.
func (c catalogue) reason(text string) string {
	key := "other"
	switch text {
	case "wrong password", "wrong passcode", "the passcode was used before":
		key = strings.ReplaceAll(strings.TrimPrefix(text, "the "), " ", "_")
	case "wrong application credential secret":
		key = "wrong_secret"
	case "wrong signature", "ec2: wrong signature":
		key = "wrong_signature"
	case "ec2: the signature's time is too far from now":
		key = "wrong_time"
	case "the user is locked out":
		key = "locked"
	case "the user is disabled", "the user's domain is disabled", "the user has been inactive for too long":
		key = "disabled"
	case "the password has expired", "the application credential has expired", "the token has expired":
		key = "expired"
	case "the project is gone or disabled", "the project's domain is disabled", "the project of the scope does not exist":
		key = "no_project"
	case "no role is left in the token's scope", "the application credential has ended with the loss of the last role", "the EC2 key has ended with the loss of the last role":
		key = "no_role"
	case "the token was revoked", "the token's chain was revoked", "the user's tokens were revoked", "the application credential's tokens were revoked",
		"the user's password has changed since, or the user has signed out everywhere", "the user lost access to the project since":
		key = "revoked"
	case "the user has no login password", "the user has no api password":
		key = "no_password"
	case "the application credential is gone":
		key = "gone"
	}
	return c.text("reason." + key)
}
