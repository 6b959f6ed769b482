// Package openapi writes the OpenAPI 3.1 document of the API, from the route tables and the Go
// types that the faces encode and decode. There is no second description that could be wrong:
// what a type does not say is not in the document.
//
// It refuses to be a specification by hand, and knows no route and no noun by name.
package openapi
