package portal

func adminSamples(p page) map[string]sample {
	table := adminTable{Caption: "c", Titled: true, Head: "h", Columns: []string{"a", "b", "c"}, Action: "act", Rows: []adminRow{{Name: "n", Path: Root, Sub: "s", ID: "i", Cells: []adminCell{{Text: "t", Path: Root},
		{Text: "on", Status: statusActive}, {Chips: []string{"x", "y"}}}, Act: &adminAct{Label: "l", Path: Root, For: "n", Danger: true}}, {Name: "plain", Cells: []adminCell{{}, {}, {}}}}}
	options := []adminOption{{"v", "t", true}, {"w", "u", false}}
	domain := adminField{Name: "domain", Label: "d", Kind: "choice", Value: "v", Options: options}
	form := adminForm{Action: Root, Prefix: "p-", Submit: "s", Cancel: Root, Fields: []adminField{{Name: "t", Label: "l", Hint: "h", Kind: "text", Value: "v", Optional: "o", Length: 9},
		{Name: "e", Kind: "email"}, {Name: "w", Kind: "password"}, {Name: "a", Kind: "area"}, domain, {Name: "o", Kind: "options", Options: options, Hint: "h"}, {Name: "c", Kind: "check", Value: "1"}, {Name: "x", Kind: "hidden", Value: "y"}}}
	wrong := formErrors{{"p-t", "wrong"}, {"p-o", "wrong"}, {"p-c", "wrong"}, {"", "all wrong"}}
	form.finish(wrong)
	act := adminAct{Label: "l", Path: Root, Post: true, Danger: true}
	return map[string]sample{
		"admin_list": {&adminListPage{page: p, Lead: "l", Base: Root, Create: "c", Query: adminQuery{"q", "d", "m"}, Domains: &domain, Table: table, Empty: "e", First: Root, Next: Root}, &adminListPage{}},
		"admin_show": {&adminPage{page: p, List: Root, ListName: "l", Name: "n", Lead: "l", Acts: []adminAct{act, {Label: "m", Path: Root, For: "n"}}, Facts: []adminFact{{Label: "i", ID: "id", adminCell: adminCell{Text: "t"}}, {Label: "p"}},
			Sections: []adminSection{{ID: "s", Title: "t", Lead: "l", Table: table, Add: &form, First: Root, Next: Root}, {ID: "e", Empty: "none"}}, Errors: wrong}, &adminPage{}},
		"admin_form": {&adminFormPage{p, Root, "l", "l", form, wrong}, &adminFormPage{}},
		"admin_ask": {&adminAskPage{page: p, List: Root, ListName: "l", Action: Root, Question: "q", Effects: []string{"e"}, Hidden: form.Fields, Word: "w", Typed: "v", Submit: "s", Cancel: Root,
			Errors: formErrors{{"confirm", "wrong"}}}, &adminAskPage{Refused: "not now"}},
		"admin_password": {&adminPasswordPage{p, "ada", "Default", "s3cr3t"}, &adminPasswordPage{}},
	}
}
