// Package portal is the face for people: the cloud management portal at /portal, server-rendered pages that
// work without JavaScript. It owns the session cookie, the pages, their two languages and their look.
//
// What users see of their sessions and credentials is written beside them and decides nothing: a sign-in writes a row
// (core.BeginPortalSession), the renewal of its cookie and each proof of a secret count in memory and are written in
// batches (core.NotePortalSession, core.Activity), and a session is over when its tokens are.
//
// It refuses to reach past core: every act is the verb that the APIs call, with the caller of the session's
// token. It loads nothing from elsewhere, runs no inline script and keeps no state in the server, so that any
// node may answer any request.
//
// To add a page:
//
//  1. Write a line in routes.go: pattern, handler, who may open it, and fresh on the form and the POST of a sensitive act:
//     it asks for the password again when that was given long ago. For the menu, a line in nav.go.
//  2. Write one file for the noun and act, such as application_credential_list.go, with one struct that
//     embeds page and holds what the template shows, in words, and no more. The pages of administrators are alike:
//     they fill in the structs of admin.go and admin_ask.go, and have no templates of their own.
//  3. The handler reads the query or the form, calls one verb of core with r.Caller, and ends with
//     h.render(w, r, status, "name", &view), or with see(w, path) after a POST.
//  4. Write templates/name.html, which defines "main"; texts are {{.T "key"}}, times {{template "time" .At}}.
//  5. Put each text into the file of its area in messages/en and messages/ko; tests compare the two with the templates.
//  6. What the user got wrong goes into formErrors and back to the same template with status 422. Return every
//     other error: refuse makes the page for it.
//  7. Give the template a filled and an empty struct in the samples of its area in templates_test.go.
//  8. Add the path to the walks of test/e2e, which look at it with axe, without JavaScript and by keyboard.
package portal
