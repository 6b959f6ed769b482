"""keystoneclient and keystoneauth with all that lends or proves more than a password: trusts, OAuth 1.0 and 2.0, two factors."""
import base64
import hashlib
import hmac
import json
import os
import struct
import time

import requests
from keystoneauth1 import exceptions, session
from keystoneauth1.extras.oauth1 import V3OAuth1
from keystoneauth1.identity import v3
from keystoneclient.v3 import client

URL = os.environ["KS"] + "/v3"
DEMO = os.environ["DEMO_USER_ID"]
PASSWORD = os.environ["DEMO_PASSWORD"]
PROJECT = os.environ["DEMO_PROJECT_ID"]


def logged_in(**auth):
    return session.Session(auth=v3.Password(auth_url=URL, **auth))


admin = client.Client(session=logged_in(username="admin", password=os.environ["ADMIN_PASSWORD"], user_domain_id="default",
                                        project_name="admin", project_domain_id="default"))
admin_project = admin.session.get_project_id()

# A trust: demo acts for the administrator, with one role and no more, until the trust is deleted.
trust = admin.trusts.create(demo := DEMO, admin.session.get_user_id(), role_names=["reader"], project=admin_project, impersonation=True)
lent = logged_in(user_id=demo, password=PASSWORD, trust_id=trust.id)
access = lent.auth.get_access(lent)
assert access.trust_scoped and access.trust_id == trust.id, access.trust_id
assert access.role_names == ["reader"], access.role_names
assert access.user_id == admin.session.get_user_id(), access.user_id
trust.delete()
try:
    lent.get(URL + "/auth/projects", authenticated=True, connect_retries=0)
    raise AssertionError("a token outlived its trust")
except exceptions.Unauthorized:
    pass

# OAuth 1.0: a consumer asks, somebody authorises, and the consumer acts without a password.
consumer = admin.oauth1.consumers.create(description="interop")
request = admin.oauth1.request_tokens.create(consumer.id, consumer.secret, admin_project)
reader = admin.roles.list(name="reader")[0]
verifier = admin.oauth1.request_tokens.authorize(request.key, [reader.id]).oauth_verifier
token = admin.oauth1.access_tokens.create(consumer.id, consumer.secret, request.key, request.secret, verifier)
oauth = session.Session(auth=V3OAuth1(auth_url=URL, consumer_key=consumer.id, consumer_secret=consumer.secret,
                                      access_key=token.key, access_secret=token.secret))
access = oauth.auth.get_access(oauth)
assert access.oauth_access_token_id == token.key, access.oauth_access_token_id
assert access.role_names == ["reader"], access.role_names
admin.oauth1.consumers.delete(consumer.id)
assert requests.get(URL + "/auth/projects", headers={"X-Auth-Token": access.auth_token}, timeout=10).status_code == 401

# OAuth 2.0: an application credential as client credentials.
answer = requests.post(URL + "/OS-OAUTH2/token", data={"grant_type": "client_credentials"},
                       auth=(os.environ["AC_ID"], os.environ["AC_SECRET"]), timeout=10)
assert answer.status_code == 200 and answer.json()["token_type"] == "Bearer", answer.text
assert requests.get(URL + "/auth/catalog", headers={"X-Auth-Token": answer.json()["access_token"]}, timeout=10).status_code == 200

# Two factors: when the user's rules ask for a passcode too, the password alone is not enough.
def passcode(secret):
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time() // 30)), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000)


secret = base64.b32encode(os.urandom(20)).decode()
user = admin.users.create("two-factors", password="interop-Pass-3", default_project=PROJECT)
admin.roles.grant(reader, user=user, project=PROJECT)
admin.credentials.create(user, "totp", secret)
admin.users.update(user, options={"multi_factor_auth_rules": [["password", "totp"]], "multi_factor_auth_enabled": True})
try:
    logged_in(user_id=user.id, password="interop-Pass-3", project_id=PROJECT).get_token()
    raise AssertionError("one factor was enough")
except exceptions.MissingAuthMethods as missing:
    assert missing.required_auth_methods == [["password", "totp"]], missing.required_auth_methods
    receipt = missing.receipt
methods = [v3.PasswordMethod(user_id=user.id, password="interop-Pass-3"), v3.TOTPMethod(user_id=user.id, passcode=passcode(secret))]
both = session.Session(auth=v3.Auth(URL, methods, project_id=PROJECT))
assert both.get_project_id() == PROJECT
assert receipt, "no receipt"
print(json.dumps({"trust": trust.id, "consumer": consumer.id, "user": user.id}))
