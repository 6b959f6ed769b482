#!/usr/bin/python3
"""Writes password.json: hashes made by passlib, bcrypt, argon2 and Keystone.

Needs python3-keystone and python3-argon2 (Debian 12: keystone 22.0, passlib 1.7.4, bcrypt 3.2.2, argon2-cffi 21.1).
Each run draws new salts:

    ./password.py > password.json

"counts" is how many bytes of the password the hash depends on.
"""

import json
import sys

import argon2
import bcrypt
from keystone.common import password_hashing
import keystone.conf
from passlib import hash as passlib

PASSWORDS = ("x", "secret", "pässwörd ☃ 密码", "a" * 53 + "b", "c" * 54 + "d", "e" * 71 + "f", "0123456789abcdef" * 8 + "!")
DEFAULT = " at its default cost"
LONG = "g" * 54 + "h" * 18 + "i" * 28


def vector(source, form, password, hashed, counts=None):
    counts = min(len(password.encode()), counts or 4096)
    return {"source": source, "form": form, "password": password, "hash": hashed, "counts": counts}


def cheap():
    """Every form at its lowest cost, for every password."""
    hashers = {
        "bcrypt 2b": (passlib.bcrypt.using(rounds=4), 72),
        "bcrypt 2a": (passlib.bcrypt.using(rounds=4, ident="2a"), 72),
        "bcrypt 2y": (passlib.bcrypt.using(rounds=4, ident="2y"), 72),
        "bcrypt_sha256 v1": (passlib.bcrypt_sha256.using(rounds=4, version=1), None),
        "bcrypt_sha256 v1 2a": (passlib.bcrypt_sha256.using(rounds=5, version=1, ident="2a"), None),
        "bcrypt_sha256 v2": (passlib.bcrypt_sha256.using(rounds=4, version=2), None),
        "scrypt": (passlib.scrypt.using(rounds=4, block_size=8, parallelism=1), None),
        "scrypt r=4 p=3, salt 96": (passlib.scrypt.using(rounds=5, block_size=4, parallelism=3, salt_size=96), None),
        "pbkdf2_sha512": (passlib.pbkdf2_sha512.using(rounds=10), None),
        "pbkdf2_sha512, no salt": (passlib.pbkdf2_sha512.using(rounds=1, salt_size=0), None),
        "sha512_crypt": (passlib.sha512_crypt.using(rounds=1000), None),
        "sha512_crypt, 5000 rounds": (passlib.sha512_crypt.using(rounds=5000), None),
        "sha512_crypt, salt 3": (passlib.sha512_crypt.using(rounds=1001, salt_size=3), None),
        "argon2id": (argon2.PasswordHasher(time_cost=2, memory_cost=64, parallelism=2), None),
    }
    for form, (hasher, counts) in hashers.items():
        for password in PASSWORDS:
            yield vector("library", form, password, hasher.hash(password), counts)
    yield vector("library", "bcrypt module", "secret", bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode())


def keystone_hashes():
    """Keystone's own hashes at its default costs, and at the two lengths where it cuts."""
    keystone.conf.configure()
    conf = keystone.conf.CONF
    conf([], project="keystone", default_config_files=[])
    for form in ("bcrypt", "scrypt", "pbkdf2_sha512"):
        conf.set_override("password_hash_algorithm", form, "identity")
        yield vector("keystone", form + DEFAULT, "secret", password_hashing.hash_password("secret"))
    conf.set_override("password_hash_algorithm", "bcrypt", "identity")
    conf.set_override("password_hash_rounds", 4, "identity")
    yield vector("keystone", "bcrypt, cut at 72", LONG, password_hashing.hash_password(LONG), 72)
    conf.set_override("max_password_length", 54, "identity")
    yield vector("keystone", "bcrypt, cut at 54", LONG, password_hashing.hash_password(LONG), 54)
    # Defaults that this Keystone does not write: one came later, the other was before.
    yield vector("library", "bcrypt_sha256" + DEFAULT, "secret", passlib.bcrypt_sha256.using(rounds=12).hash("secret"))
    yield vector("library", "sha512_crypt" + DEFAULT, "secret", passlib.sha512_crypt.hash("secret"))


json.dump([*cheap(), *keystone_hashes()], sys.stdout, indent=1)
print()
