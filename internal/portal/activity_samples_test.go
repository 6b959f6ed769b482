package portal

import "github.com/lintel-id/lintel/internal/identity"

func activitySamples(p page) map[string]sample {
	used := []*usedView{{identity.UsePassword, "", "", "", sampleTime, "192.0.2.1", "Firefox on Linux", 3, 1},
		{identity.UseApplicationCredential, "c1", "ci", applicationCredentials + "/c1", sampleTime, "", "curl 8", 3000, 0}, {identity.UseEC2Key, "k1", "AKIA", "", moment{}, "", "", 0, 0}}
	failures := []failureView{{sampleTime, identity.UsePassword, "", "Wrong password", "192.0.2.1", "curl 8", 7}, {sampleTime, identity.UseEC2Key, "AKIA", "Wrong signature", "", "", 900}}
	good := &tokenView{Good: true, Methods: "password, token", Project: "demo", Roles: []string{"member"}, Issued: sampleTime, Expires: sampleTime, AuditIDs: []string{"a", "b"}}
	return map[string]sample{
		"activity":   {&activityPage{p, used, failures, 60, 26, 50, 2, 3, "/portal?a", "/portal?b"}, &activityPage{}},
		"token":      {&tokenPage{p, good, "sealed", formErrors{{"token", "no token"}}}, &tokenPage{Token: &tokenView{Reason: "Expired", System: true}}},
		"tokens_end": {&endTokensPage{p, identity.UseApplicationCredential, "c1", "ci"}, &endTokensPage{}},
	}
}
