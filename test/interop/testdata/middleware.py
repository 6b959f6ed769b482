"""keystonemiddleware's auth_token in front of a small service: who gets in, and who does not."""
import os

from keystoneauth1 import session
from keystoneauth1.identity import v3
from keystonemiddleware import auth_token
import webob

KS = os.environ["KS"] + "/v3"
DEMO, PROJECT = os.environ["DEMO_USER_ID"], os.environ["DEMO_PROJECT_ID"]


def service(env, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [env["HTTP_X_USER_ID"].encode(), b" ", env["HTTP_X_PROJECT_ID"].encode()]


ADMIN = dict(username="admin", password=os.environ["ADMIN_PASSWORD"], project_name="admin",
             user_domain_id="default", project_domain_id="default")
app = auth_token.AuthProtocol(service, dict(
    auth_type="password", auth_url=KS, www_authenticate_uri=KS, service_type="image", token_cache_time="-1",
    interface="public", service_token_roles="admin", service_token_roles_required="true", **ADMIN))


def visit(token, path="/v2/images", service_token=None):
    request = webob.Request.blank(path)
    if token:
        request.headers["X-Auth-Token"] = token
    if service_token:
        request.headers["X-Service-Token"] = service_token
    return request.get_response(app)


def expect(status, response, why):
    assert response.status_int == status, "%s: %s, want %s" % (why, response.status, status)
    return response


def password():
    return session.Session(auth=v3.Password(
        auth_url=KS, user_id=DEMO, password=os.environ["DEMO_PASSWORD"], project_id=PROJECT))


admin = session.Session(auth=v3.Password(auth_url=KS, **ADMIN))

if "EXPIRED_TOKEN" in os.environ:
    expired = os.environ["EXPIRED_TOKEN"]
    expect(401, visit(expired), "an expired token")
    expect(200, visit(expired, service_token=admin.get_token()), "an expired token that a service vouches for")
    expect(401, visit("nonsense", service_token=admin.get_token()), "nonsense that a service vouches for")
    raise SystemExit(print("allow_expired works"))

demo = password()
token = demo.get_token()
answer = expect(200, visit(token), "a good token")
assert answer.text == DEMO + " " + PROJECT, answer.text
expect(401, visit(None), "no token")
expect(401, visit("nonsense"), "a bad token")
expect(200, visit(token, service_token=admin.get_token()), "a good token that a service vouches for")
demo.delete(KS + "/auth/tokens", headers={"X-Subject-Token": token})
expect(401, visit(token), "a revoked token")
expect(401, visit(token, service_token=admin.get_token()), "a revoked token that a service vouches for")

demo = password()
rules = [{"path": "/v2/images", "method": "GET", "service": "image"}]
made = demo.post(KS + "/users/" + DEMO + "/application_credentials", json={
    "application_credential": {"name": "only-images", "access_rules": rules}}).json()["application_credential"]
ruled = session.Session(auth=v3.ApplicationCredential(
    auth_url=KS, application_credential_id=made["id"], application_credential_secret=made["secret"])).get_token()
expect(200, visit(ruled), "a path that the rules name")
expect(401, visit(ruled, "/v2/metadefs"), "a path that the rules do not name")
demo.delete(KS + "/users/" + DEMO + "/application_credentials/" + made["id"])
expect(401, visit(ruled), "a token whose credential was deleted")
print("keystonemiddleware works")
