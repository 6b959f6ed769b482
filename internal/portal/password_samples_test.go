package portal

func passwordSamples(p page) map[string]sample {
	wrong := formErrors{{"current", "wrong password"}, {"new", "too short"}, {"again", "differs"}, {"", "all wrong"}}
	return map[string]sample{
		"password": {&passwordPage{page: p, Kind: passwordExpired, Action: expiredPassword, Account: "ada", Rules: []string{"long"}, Step: "sealed", Next: Root, Errors: wrong},
			&passwordPage{Kind: passwordAPI, One: true}},
	}
}
