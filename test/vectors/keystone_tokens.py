#!/usr/bin/python3
"""Tokens of Keystone's own formatter, and a check of ours by it.

Needs python3-keystone (Debian 12: 22.0.2-0+deb12u6), which knows payload versions 0 to 9. Version 10 comes from the
newer release 30.0.0, unpacked beside it and run with Debian's libraries. Each run draws new keys and IVs:

    pip download keystone==30.0.0 --no-deps -d $T && unzip -q $T/keystone-30.0.0-*.whl -d $T/keystone30
    (./keystone_tokens.py mint; PYTHONPATH=$T/keystone30 ./keystone_tokens.py mint) | jq -s add >keystone_tokens.json

`check` reads tokens that Lintel minted, in the same form and one to a line, and says which of them Keystone opens to
something else. By hand, for both releases:

    go test -tags interop -run Interop ./internal/token
    PYTHONPATH=$T/keystone30 go test -tags interop -run Interop ./internal/token
"""

import json
import os
import sys
import tempfile
import types

from cryptography.fernet import Fernet
import keystone.conf
from keystone.receipt import receipt_formatters
from keystone.token import token_formatters
import msgpack

CONF = keystone.conf.CONF
RELEASE_30 = hasattr(token_formatters, "Oauth2CredentialsScopedPayload")
FIELDS = ("user_id methods audit_ids system domain_id project_id trust_id federated_group_ids identity_provider_id "
          "protocol_id access_token_id app_cred_id").split() + ["thumbprint"] * RELEASE_30 + ["issued_at", "expires_at"]

USER, PROJECT, DOMAIN = "5b2c5ac6d3464d0d9ea1e4d6a4f0d8a1", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "d" * 32
LDAP_USER = "e8d1a0b9c4f34f6ba1c1ab8f1a8d5c0ae8d1a0b9c4f34f6ba1c1ab8f1a8d5c0a"
AUDIT, CHAIN = "gAECAwQFBgcICQoLDA0ODw", "_____________________w"
FEDERATED = {"federated_group_ids": [{"id": "a" * 32}, {"id": "staff"}], "identity_provider_id": "azuread",
             "protocol_id": "openid"}


def tokens():
    """The content of a token of each version, and the odd ones."""
    yield 0, {}
    yield 0, {"user_id": LDAP_USER, "methods": ["external"]}
    yield 0, {"methods": []}
    yield 0, {"user_id": "Grüße", "audit_ids": [AUDIT, CHAIN], "expires_at": "2038-01-19T03:14:08.000000Z"}
    yield 1, {"domain_id": DOMAIN}
    yield 1, {"domain_id": "default"}
    yield 2, {"project_id": PROJECT, "methods": ["password", "token"], "audit_ids": [AUDIT, CHAIN]}
    yield 2, {"project_id": "demo"}
    yield 2, {"project_id": PROJECT, "methods": ["ec2credential"]}
    yield 3, {"project_id": PROJECT, "trust_id": "7" * 32}
    yield 3, {"trust_id": "7" * 32}
    yield 4, {"methods": ["mapped"], **FEDERATED}
    yield 4, {"methods": ["mapped"], **FEDERATED, "federated_group_ids": [], "identity_provider_id": "1" * 32}
    yield 5, {"methods": ["mapped", "token"], "project_id": PROJECT, **FEDERATED}
    yield 6, {"methods": ["mapped"], "domain_id": "default", **FEDERATED}
    yield 6, {"methods": ["mapped"], "domain_id": DOMAIN, **FEDERATED}
    yield 7, {"methods": ["oauth1"], "project_id": PROJECT, "access_token_id": "c" * 32}
    yield 8, {"system": "all"}
    yield 9, {"methods": ["application_credential"], "project_id": PROJECT, "app_cred_id": "9" * 32}
    if RELEASE_30:
        yield 10, {"project_id": PROJECT, "thumbprint": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}
        yield 10, {"domain_id": "default", "thumbprint": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}
        yield 10, {"thumbprint": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}
    else:
        yield 2, {"project_id": PROJECT, "methods": ["oauth2_credential"]}


def repository(key):
    """A key repository with one primary key, until the program ends."""
    directory = tempfile.TemporaryDirectory()
    with open(os.path.join(directory.name, "1"), "wb") as file:
        file.write(key)
    CONF.set_override("key_repository", directory.name, "fernet_tokens")
    CONF.set_override("key_repository", directory.name, "fernet_receipts")
    return directory


def mint(encoder, use_bin_type):
    """Packs every token as msgpack 1 does, or as the releases before it did."""
    packb = lambda value: msgpack.packb(value, use_bin_type=use_bin_type)
    token_formatters.msgpack = types.SimpleNamespace(packb=packb, unpackb=msgpack.unpackb)
    formatter = token_formatters.TokenFormatter()
    classes = {c.version: c for c in token_formatters._PAYLOAD_CLASSES}
    for version, content in tokens():
        key = Fernet.generate_key()
        content = {"user_id": USER, "methods": ["password"], "audit_ids": [AUDIT],
                   "expires_at": "2026-11-22T12:00:00.000000Z", **content}
        with repository(key):
            text = formatter.create_token(payload_class=classes[version], **content)
            payload = formatter.unpack(text)
            opened = dict(zip(FIELDS, formatter.validate_token(text)))
        if any(sorted(opened[name]) != sorted(value) for name, value in content.items() if name != "federated_group_ids"):
            sys.exit(f"Keystone opens {content} to {opened}")
        yield {"keystone": 30 if RELEASE_30 else 22, "encoder": encoder, "version": version, "key": key.decode(),
               "token": text, "payload": payload.hex(), **{k: v for k, v in opened.items() if v is not None}}


def receipt():
    """A receipt is sealed by the same keys, and is no token."""
    key = Fernet.generate_key()
    with repository(key):
        text = receipt_formatters.ReceiptFormatter().create_receipt(USER, ["password"], "2026-11-22T12:00:00.000000Z")
        return {"keystone": 30 if RELEASE_30 else 22, "receipt": True, "key": key.decode(), "token": text}


def check(lines):
    """Counts the tokens that Keystone opens to what Lintel put in."""
    opened = 0
    for line in lines:
        want = json.loads(line)
        with repository(want.pop("key").encode()):
            found = dict(zip(FIELDS, token_formatters.TokenFormatter().validate_token(want.pop("token"))))
        found = {k: v for k, v in found.items() if v is not None}
        for content in (want, found):
            content["methods"] = sorted(content["methods"])
        if found != want:
            sys.exit(f"opened: {found}\nminted: {want}")
        opened += 1
    print(opened)


def main():
    keystone.conf.configure()
    CONF([], project="keystone", default_config_files=[])
    if sys.argv[1:] == ["mint"]:
        json.dump([*mint("bin", True), *mint("raw", False), receipt()], sys.stdout, indent=1)
        print()
    elif sys.argv[1:] == ["check"]:
        check(sys.stdin)
    else:
        sys.exit(__doc__)


main()
