package v3_test

// openToAll are the operations that anybody with a token may do, on what is the caller's own or
// everybody's. All others refuse a stranger.
var openToAll = map[string]bool{
	"GET /v3/auth/catalog":                            true,
	"GET /v3/auth/projects":                           true,
	"GET /v3/auth/domains":                            true,
	"GET /v3/auth/system":                             true,
	"GET /v3/OS-FEDERATION/projects":                  true,
	"GET /v3/OS-FEDERATION/domains":                   true,
	"GET /v3/limits":                                  true,
	"GET /v3/limits/model":                            true,
	"GET /v3/registered_limits":                       true,
	"GET /v3/registered_limits/{registered_limit_id}": true,
	"GET /v3/credentials":                             true, // those one may see
	"GET /v3/regions":                                 true,
	"GET /v3/regions/{region_id}":                     true,
}

// tolerates are the parameters that may name what does not exist, and why.
var tolerates = map[string]bool{
	"PUT /v3/regions/{region_id} region_id":                                                 true, // it is the new region's id
	"PUT /v3/OS-FEDERATION/identity_providers/{idp_id} idp_id":                              true,
	"PUT /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id} protocol_id": true,
	"PUT /v3/OS-FEDERATION/mappings/{mapping_id} mapping_id":                                true,
	"PUT /v3/OS-FEDERATION/service_providers/{sp_id} sp_id":                                 true,
	"PUT /v3/projects/{project_id}/tags/{value} value":                                      true,
	"GET /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols idp_id":                    true, // it has none, says Keystone
	"GET /v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}/projects endpoint_group_id":   true, // it is in no project, says Keystone
}
