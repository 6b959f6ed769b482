package portal

func cloudSamples(p page) map[string]sample {
	on, off := adminCell{Text: "on", Status: statusActive}, adminCell{Text: "off", Status: statusEnded}
	table := adminTable{Caption: "c", Head: "h", Columns: []string{"a"}, Rows: []adminRow{{Name: "n", Cells: []adminCell{on}}}}
	set := catalogSet{"RegionOne", Root + "/x", []catalogURL{{"public", "https://a.example/v1/AUTH_$(project_id)s", false}, {"internal", "javascript:alert(1)", true}}, on}
	service := catalogService{"object-store", "swift", "i", "d", Root + "/s", off, []catalogSet{set, {}}}
	return map[string]sample{
		"catalog": {&catalogPage{page: p, Search: "q", Region: "RegionOne", Choices: []adminOption{{"RegionOne", "RegionOne", true}}, Services: []catalogService{service, {Type: "image"}}, Regions: table, Cut: true,
			First: 26, Last: 50, Found: 60, Number: 2, Pages: 3, Previous: Root + "?a", NextPage: Root + "?b"}, &catalogPage{None: true}},
		"admin_overview": {&overviewPage{p, []overviewStep{{"l", "t", Root, false}, {"l", "t", Root, true}}, []overviewCount{{"l", Root, 1}, {"m", "", 2}}, table,
			[]adminFact{{Label: "l", adminCell: on}}, table, 3}, &overviewPage{}},
	}
}
