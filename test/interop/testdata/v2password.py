"""keystoneauth with an API v2.0 password, as clouds with the old API tell their users."""
import os

from keystoneauth1 import session
from keystoneauth1.exceptions import Unauthorized
from keystoneauth1.identity import v2, v3

KS = os.environ["KS"]


def login(password):
    return v2.Password(auth_url=KS + "/v2.0", username=os.environ["DEMO_USER"], password=password,
                       tenant_id=os.environ["DEMO_PROJECT_ID"])


s = session.Session(auth=login(os.environ["DEMO_PASSWORD"]))
access = s.auth.get_access(s)
assert access.version == "v2.0", access.version
assert access.project_id == os.environ["DEMO_PROJECT_ID"], access.project_id
assert access.user_id == os.environ["DEMO_USER_ID"], access.user_id
assert access.expires > access.issued, (access.expires, access.issued)
assert not access.will_expire_soon()
assert access.role_names, access.role_names
assert s.get_endpoint(service_type="identity", interface="public"), access.service_catalog.catalog

try:
    session.Session(auth=login("not it")).get_token()
    raise AssertionError("a wrong password was accepted")
except Unauthorized:
    pass

new = session.Session(auth=v3.Password(
    auth_url=KS + "/v3", username="admin", password=os.environ["ADMIN_PASSWORD"], project_name="admin",
    user_domain_id="default", project_domain_id="default"))
seen = new.get(KS + "/v3/auth/tokens", headers={"X-Subject-Token": access.auth_token})
assert seen.json()["token"]["project"]["id"] == access.project_id
print("keystoneauth with v2.0 works")
