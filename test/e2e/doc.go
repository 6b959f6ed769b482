// Package e2e looks at the portal as people do: in a real Chromium, by the names that are on the screen. It needs the
// packages that .ci/run installs and the build tag e2e. LINTEL_E2E_PICTURES names a directory for pictures of every page.
package e2e
