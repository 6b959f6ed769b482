package portal

func welcomeSamples(p page) map[string]sample {
	return map[string]sample{"welcome": {&welcomePage{p, "ABC", false}, &welcomePage{Over: true}}}
}
