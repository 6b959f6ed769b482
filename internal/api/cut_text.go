package api

import "github.com/lintel-id/lintel/internal/identity"

// CutText is JSON that differs between tokens only at the fields of its URLs:
// text[0] fields[0] text[1] ... text[n]. A CutWriter makes it once, Append fills it in often.
type CutText struct {
	text   [][]byte
	fields []identity.URLField
}

// Append appends the text with the fields that the token has. FieldProject of a token without
// a project is empty: who renders leaves such URLs out.
func (t *CutText) Append(dst []byte, a *identity.Authorization) []byte {
	for i, f := range t.fields {
		dst = append(dst, t.text[i]...)
		switch {
		case f == identity.FieldUser:
			dst = appendInside(dst, string(catalogUser(a)))
		case a.Project != nil:
			dst = appendInside(dst, string(a.Project.ID))
		}
	}
	return append(dst, t.text[len(t.text)-1]...)
}

// catalogUser is whom the catalog is for: of a trust's token the trustor, whoever uses it.
func catalogUser(a *identity.Authorization) identity.UserID {
	if a.Trust != nil {
		return a.Trust.TrustorID
	}
	return a.User.ID
}

// appendInside appends s as the inside of a JSON string.
func appendInside(dst []byte, s string) []byte {
	start := len(dst)
	dst = AppendString(dst, s)
	copy(dst[start:], dst[start+1:len(dst)-1])
	return dst[:len(dst)-2]
}

// CutWriter writes a CutText from left to right.
type CutWriter struct {
	out CutText
	cur []byte
}

// Raw writes s as it is.
func (w *CutWriter) Raw(s string) { w.cur = append(w.cur, s...) }

// Member writes name as it is and value as a JSON string.
func (w *CutWriter) Member(name, value string) {
	w.Raw(name)
	w.cur = AppendString(w.cur, value)
}

// URL writes name as it is and a URL as a JSON string, cut at its fields.
func (w *CutWriter) URL(name string, t identity.URLTemplate) {
	w.Raw(name)
	w.Raw(`"`)
	for i, s := range t.Text {
		w.cur = appendInside(w.cur, s)
		if i < len(t.Fields) {
			w.out.text = append(w.out.text, w.cur)
			w.out.fields = append(w.out.fields, t.Fields[i])
			w.cur = nil
		}
	}
	w.Raw(`"`)
}

func (w *CutWriter) done() CutText {
	w.out.text = append(w.out.text, w.cur)
	return w.out
}

// CatalogText is a face's JSON of catalogs. It is rendered once for each catalog and kept with
// it, not made for each token. The zero value is ready; it must not be copied.
type CatalogText struct {
	_ byte // so that each has an address of its own, which is its key
}

// cutCatalog is the JSON of one identity.Catalog: once for tokens of a project, once for the
// others, which do not see URLs that need a project.
type cutCatalog struct {
	project, withoutOne CutText
}

// Append appends the catalog as the token sees it. render writes the face's JSON; project says
// whether for tokens of a project. It must always be the same function for one CatalogText.
func (t *CatalogText) Append(dst []byte, c *identity.Catalog, a *identity.Authorization, render func(w *CutWriter, c *identity.Catalog, project bool)) []byte {
	k, ok := c.Kept(t).(*cutCatalog)
	if !ok {
		var with, without CutWriter
		render(&with, c, true)
		render(&without, c, false)
		k = &cutCatalog{project: with.done(), withoutOne: without.done()}
		c.Keep(t, k)
	}
	if a.Project != nil {
		return k.project.Append(dst, a)
	}
	return k.withoutOne.Append(dst, a)
}
