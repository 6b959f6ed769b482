//go:build interop

package token

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lintel-id/lintel/internal/identity"
	"github.com/lintel-id/lintel/internal/token/fernet"
)

// TestInteropKeystoneOpensOurTokens has 500 tokens opened by the Keystone of this machine; how to have it is said in
// test/vectors/keystone_tokens.py. The newest version and the place of ec2credential in the default list are of
// release 30.0, so both stay out, as they must for an older Keystone.
func TestInteropKeystoneOpensOurTokens(t *testing.T) {
	const script = "../../test/vectors/keystone_tokens.py"
	m := DefaultMethods()[:6]
	keystoneKnows := func(token *identity.Token) bool {
		domain := string(token.DomainID)
		plain := versionOf(token) == domainScoped && !isUUID(domain) && domain != "default"
		return versionOf(token) != oauth2Scoped && !plain && !slices.Contains(token.Methods, identity.MethodOAuth2) && !slices.Contains(token.Methods, identity.MethodTOTP)
	}
	const tokens = 500
	var lines bytes.Buffer
	for seed := range tokens {
		token := anyToken(m).Filter(keystoneKnows).Example(seed)
		token.IssuedAt = start()
		payload, err := m.Append(nil, token)
		if err != nil {
			t.Fatal(err)
		}
		key := fernet.NewKey()
		line := struct {
			content
			Key   string `json:"key"`
			Token string `json:"token"`
		}{contentOf(token), key.Encode(), string(key.Seal(nil, payload, token.IssuedAt))}
		if err := json.NewEncoder(&lines).Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.Command(script, "check")
	check.Stdin = &lines
	var stderr bytes.Buffer
	check.Stderr = &stderr
	out, err := check.Output()
	if err != nil || strings.TrimSpace(string(out)) != strconv.Itoa(tokens) {
		t.Fatalf("%s opened, %v\n%s", out, err, stderr.String())
	}
}

// contentOf is the other direction of content.token.
func contentOf(t *identity.Token) content {
	c := content{
		UserID: string(t.UserID), Methods: t.Methods,
		DomainID: string(t.DomainID), ProjectID: string(t.ProjectID), TrustID: string(t.TrustID),
		IdP: t.IdentityProviderID, Protocol: t.ProtocolID, AccessID: string(t.AccessTokenID),
		AppCredID: string(t.ApplicationCredentialID), Thumb: t.Thumbprint,
		IssuedAt: identity.FormatTime(t.IssuedAt), ExpiresAt: identity.FormatTime(t.ExpiresAt),
	}
	if t.System {
		c.System = systemAll
	}
	if t.IdentityProviderID != "" {
		c.Groups = &[]group{}
		for _, id := range t.GroupIDs {
			*c.Groups = append(*c.Groups, group{string(id)})
		}
	}
	for _, id := range t.AuditIDs {
		c.AuditIDs = append(c.AuditIDs, id.String())
	}
	return c
}
