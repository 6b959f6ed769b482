"""openstacksdk as the manual shows it; a session whose token was revoked gets another one."""
import os

from openstack import connection

URL = os.environ["KS"] + "/v3"
conn = connection.Connection(
    auth_url=URL,
    auth_type="v3applicationcredential",
    application_credential_id=os.environ["AC_ID"],
    application_credential_secret=os.environ["AC_SECRET"],
)
token = conn.authorize()
assert conn.current_project_id == os.environ["DEMO_PROJECT_ID"], conn.current_project_id
assert conn.current_user_id == os.environ["DEMO_USER_ID"], conn.current_user_id

me = conn.identity.get_user(conn.current_user_id)
assert me.name == os.environ["DEMO_USER"], me
mine = list(conn.identity.application_credentials(user=conn.current_user_id))
assert os.environ["AC_ID"] in [a.id for a in mine], mine

revoked = conn.session.delete(
    URL + "/auth/tokens", headers={"X-Subject-Token": token}, endpoint_filter={"service_type": "identity"})
assert revoked.status_code == 204, revoked.status_code
again = conn.identity.get_user(conn.current_user_id)
assert again.id == me.id
assert conn.session.get_token() != token

admin = connection.Connection(
    auth_url=os.environ["KS"], username="admin", password=os.environ["ADMIN_PASSWORD"],
    project_name="admin", user_domain_id="default", project_domain_id="default")
made = admin.identity.create_project(name="sdk-project", description="made by the SDK", is_enabled=True)
assert admin.identity.find_project("sdk-project").id == made.id
assert made.id in [p.id for p in admin.identity.projects()]
admin.identity.update_project(made, description="changed")
assert admin.identity.get_project(made.id).description == "changed"
admin.identity.delete_project(made)
assert admin.identity.find_project("sdk-project") is None
print("openstacksdk works")
