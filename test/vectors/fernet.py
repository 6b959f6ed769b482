#!/usr/bin/python3
"""Writes fernet.json: tokens minted by Python's cryptography, packed by Keystone.

Needs python3-keystone (Debian 12: keystone 22.0, cryptography 38.0). Each run draws new keys and IVs:

    ./fernet.py > fernet.json
"""

import json
import os
import sys
import tempfile

from cryptography.fernet import Fernet
import keystone.conf
from keystone.token.token_formatters import TokenFormatter

TIMES = (0, 1, 499162800, 1795305600, 2**31, 2**32, 253402300799)
LENGTHS = (0, 1, 15, 16, 17, 46, 62, 78, 94, 110, 255, 1000)


def vector(source, key, payload, issued, token):
    return {"source": source, "key": key.decode(), "payload": payload.hex(), "issued": issued, "token": token}


def library():
    """Tokens of every payload length and time, padding removed as Keystone removes it."""
    for i, length in enumerate(LENGTHS):
        key, payload, issued = Fernet.generate_key(), os.urandom(length), TIMES[i % len(TIMES)]
        token = Fernet(key).encrypt_at_time(payload, issued).rstrip(b"=").decode()
        yield vector("cryptography", key, payload, issued, token)


def keystone_tokens():
    """Tokens of Keystone's own formatter, with its own key repository."""
    conf = keystone.conf.CONF
    keystone.conf.configure()
    conf([], project="keystone", default_config_files=[])
    with tempfile.TemporaryDirectory() as repository:
        conf.set_override("key_repository", repository, "fernet_tokens")
        key = Fernet.generate_key()
        for name in ("0", "1"):
            with open(os.path.join(repository, name), "wb") as file:
                file.write(key if name == "1" else Fernet.generate_key())
        for length in LENGTHS:
            payload = os.urandom(length)
            token = TokenFormatter().pack(payload)
            issued = Fernet(key).extract_timestamp(TokenFormatter.restore_padding(token).encode())
            yield vector("keystone", key, payload, issued, token)


json.dump([*library(), *keystone_tokens()], sys.stdout, indent=1)
print()
