package portal

func keySamples(p page) map[string]sample {
	kind := (*Handler)(nil).ec2Key()
	v := credentialView{ID: "0123456789abcdef", Name: "6a8e", Project: "demo", ProjectID: "p1", Created: sampleTime, Expires: sampleTime, Used: sampleTime, Status: statusActive, From: "ci", FromID: "c1"}
	use := keyUse{"https://s3.example", "R1", []offer{{Kind: "ec2rc", File: "demo-ec2rc.sh"}}, "aws s3 ls"}
	rows := []endpointRow{{"endpoint-1", "compute", "KR1", "Pangyo", "https://c.example"}, {"endpoint-2", "identity", "", "", "https://id.example"}}
	return map[string]sample{
		"ec2_keys": {&keysPage{credentialsPage{page: p, Credentials: []*credentialView{&v}, Query: credentialQuery{Search: "q", Sort: "used", Down: true, Page: 2}, Statuses: kind.statuses,
			Columns: credentialQuery{kind: kind, Sort: "used", Down: true}.columns(), Choices: []projectChoice{sampleChoice, sampleChoice}, Found: 60, Total: 60, First: 26, Last: 50, Pages: 3,
			Previous: "/portal?a", NextPage: "/portal?b"}, []string{"1 of 1"}, true}, &keysPage{}},
		"ec2_key":        {&keyPage{p, v, "s3cr3t", use}, &keyPage{}},
		"ec2_key_secret": {&keyPage{p, v, "s3cr3t", use}, &keyPage{}},
		"ec2_key_create": {&createKeyPage{p, "p1", "x", []string{"1 of 1"}, true, formErrors{{"", "another project"}}}, &createKeyPage{}},
		"ec2_key_delete": {&deletePage{p, []credentialView{v}, true, "6a8e", "6a8f", formErrors{{"confirm", "wrong word"}}}, &deletePage{}},
		"api_endpoint":   {&endpointPage{p, "p1", "u1", "https://id.example/v3", "https://id.example/v2.0", rows}, &endpointPage{}},
		"instance":       {&instancePage{p, rows}, &instancePage{}},
	}
}
