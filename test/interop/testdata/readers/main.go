// Readers reads files of the portal with the libraries of the programs that they are for, logs in with what they say, and prints
// the id of the project that this leads to:
//
//	readers terraform DIRECTORY    openstack.tf and openstack.auto.tfvars, with HCL and the authentication of Terraform's OpenStack provider
//	readers cloud.conf FILE        with gcfg, as cloud-provider-openstack does
//
// Both are strict: a name that is not one of the program's options is an error.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack"
	"github.com/gophercloud/gophercloud/openstack/identity/v3/tokens"
	"github.com/gophercloud/utils/terraform/auth"
	"github.com/gophercloud/utils/terraform/mutexkv"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsimple"
	"github.com/zclconf/go-cty/cty"
	"gopkg.in/gcfg.v1"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: readers terraform DIRECTORY | cloud.conf FILE")
	}
	read := map[string]func(string) (*gophercloud.ServiceClient, error){"terraform": terraform, "cloud.conf": cloudConf}[os.Args[1]]
	client, err := read(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	project, err := tokens.Get(client, client.Token()).ExtractProject()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(project.ID)
}

// configuration is what openstack.tf may hold. The provider's arguments are those of its documentation.
type configuration struct {
	Terraform struct {
		Required struct {
			OpenStack map[string]string `hcl:"openstack"`
		} `hcl:"required_providers,block"`
	} `hcl:"terraform,block"`
	Variables []struct {
		Name      string         `hcl:"name,label"`
		Type      hcl.Expression `hcl:"type"`
		Sensitive bool           `hcl:"sensitive"`
	} `hcl:"variable,block"`
	Provider struct {
		Name    string `hcl:"name,label"`
		AuthURL string `hcl:"auth_url"`
		Region  string `hcl:"region,optional"`
		ID      string `hcl:"application_credential_id"`
		Secret  string `hcl:"application_credential_secret"`
	} `hcl:"provider,block"`
}

func terraform(directory string) (*gophercloud.ServiceClient, error) {
	var given struct {
		Secret string `hcl:"application_credential_secret"`
	}
	if err := decode(directory+"/openstack.auto.tfvars", nil, &given); err != nil {
		return nil, err
	}
	variables := map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{"application_credential_secret": cty.StringVal(given.Secret)})}
	var c configuration
	if err := decode(directory+"/openstack.tf", &hcl.EvalContext{Variables: variables}, &c); err != nil {
		return nil, err
	}
	if len(c.Variables) != 1 || c.Variables[0].Name != "application_credential_secret" || !c.Variables[0].Sensitive || c.Provider.Name != "openstack" ||
		c.Terraform.Required.OpenStack["source"] != "terraform-provider-openstack/openstack" {
		return nil, fmt.Errorf("the configuration is %+v", c)
	}
	config := auth.Config{IdentityEndpoint: c.Provider.AuthURL, Region: c.Provider.Region, ApplicationCredentialID: c.Provider.ID, ApplicationCredentialSecret: c.Provider.Secret,
		AuthOpts: &gophercloud.AuthOptions{Scope: &gophercloud.AuthScope{}}, MutexKV: mutexkv.NewMutexKV()}
	if err := config.LoadAndValidate(); err != nil {
		return nil, err
	}
	return config.IdentityV3Client(c.Provider.Region)
}

// decode reads a file whose name does not say that it is HCL.
func decode(file string, with *hcl.EvalContext, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return hclsimple.Decode(file+".hcl", text, with, into)
}

func cloudConf(file string) (*gophercloud.ServiceClient, error) {
	var c struct {
		Global struct {
			AuthURL string `gcfg:"auth-url"`
			Region  string `gcfg:"region"`
			ID      string `gcfg:"application-credential-id"`
			Secret  string `gcfg:"application-credential-secret"`
		}
	}
	if err := gcfg.ReadFileInto(&c, file); err != nil {
		return nil, err
	}
	if c.Global.Region == "" {
		return nil, errors.New("no region")
	}
	provider, err := openstack.AuthenticatedClient(gophercloud.AuthOptions{IdentityEndpoint: c.Global.AuthURL, ApplicationCredentialID: c.Global.ID, ApplicationCredentialSecret: c.Global.Secret})
	if err != nil {
		return nil, err
	}
	return openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{Region: c.Global.Region})
}
