package portal

func guideSamples(p page) map[string]sample {
	filled := &guidePage{page: p, Known: sampleValues, UserID: "u1", V2API: true, Separate: true, CredentialLife: "24 hours", PasswordLife: "4 hours", V2Life: "12 hours",
		commands: guideCommands(p.texts, sampleValues)}
	return map[string]sample{"guide_en": {filled, &guidePage{}}, "guide_ko": {filled, &guidePage{}}}
}
