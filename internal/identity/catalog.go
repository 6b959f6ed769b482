package identity

// Catalog is the services of the cloud with their endpoints, as one revision has them. A
// Catalog never changes: until a service, endpoint or region changes, every revision has the
// same pointer, so that what is rendered from it can be kept.
type Catalog struct {
	Services []CatalogService
}

// CatalogService is an enabled service and its enabled endpoints.
type CatalogService struct {
	*Service
	Endpoints []CatalogEndpoint
}

// CatalogEndpoint is an endpoint with its URL cut at its fields.
type CatalogEndpoint struct {
	*Endpoint
	Template URLTemplate
}

// NeedsProject says whether the URL has a meaning only in a project.
func (e *CatalogEndpoint) NeedsProject() bool {
	for _, f := range e.Template.Fields {
		if f == FieldProject {
			return true
		}
	}
	return false
}
