"""Signs requests with botocore, as a service that received them would pass them on:

    python3 mint.py > botocore.json
"""

import base64
import datetime
import email.utils
import hashlib
import json
import urllib.parse
from unittest import mock

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
ACCESS, SECRET = "1f2e3d4c5b6a79880716253443526170", "0123456789abcdef0123456789abcdef"
CREDENTIALS = Credentials(ACCESS, SECRET)


class Kept:
    """Keeps the string that a signer signs."""

    def string_to_sign(self, request, canonical_request):
        self.text = super().string_to_sign(request, canonical_request)
        return self.text

    def sign_string(self, text):
        self.text = text
        return super().sign_string(text)


def of(signer, *args):
    return type("Kept" + signer.__name__, (Kept, signer), {})(CREDENTIALS, *args)


def taken(request, signature):
    """What a service takes apart (Heat's and the EC2 API's ec2token)."""
    prepared = request.prepare()
    parts = urllib.parse.urlsplit(prepared.url)
    params = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    body = prepared.body or b""
    if isinstance(body, str):
        body = body.encode()
    headers = {"Host": parts.netloc}
    for name, value in prepared.headers.items():
        headers[name] = value.decode() if isinstance(value, bytes) else value
    if "X-Amz-Content-SHA256" in headers:
        body_hash = headers["X-Amz-Content-SHA256"]
    elif "X-Amz-Algorithm" in params and signature["service"] == "s3":
        body_hash = "UNSIGNED-PAYLOAD"
    else:
        body_hash = hashlib.sha256(body).hexdigest()
    if body and headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        params.update(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
    auth = headers.get("Authorization", "")
    value = params.get("X-Amz-Signature") or params.get("Signature") or auth.partition("Signature=")[2].split(",")[0]
    return {"access": ACCESS, "signature": value, "verb": prepared.method, "host": parts.netloc, "path": parts.path or "/",
            "params": params, "headers": headers, "body_hash": body_hash}


def v4(name, signer, method, url, service, region, data=None, headers=None, **more):
    request = AWSRequest(method=method, url=url, data=data, headers=headers or {})
    auth = of(signer, service, region, *more.values())
    auth.add_auth(request)
    return {"name": name, "secret": SECRET, "request": taken(request, {"service": service})}, auth.text, request


def s3(name, text, signature, url_safe):
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    return {"name": name, "secret": SECRET, "token": encode(text.encode()).decode(), "signature": signature}


def v2(name, method, url, params):
    request = AWSRequest(method=method, url=url, data=params if method == "POST" else None, params=params if method == "GET" else None)
    botocore.auth.SigV2Auth(CREDENTIALS).add_auth(request)
    parts = urllib.parse.urlsplit(url)
    given = dict(request.data if method == "POST" else request.params)
    return {"name": name, "secret": SECRET, "request": {"access": ACCESS, "signature": given["Signature"], "verb": method, "host": parts.netloc,
            "path": parts.path or "/", "params": given, "headers": {}, "body_hash": ""}}


def main():
    a, requests, strings = botocore.auth, [], []
    for case in [
        ("ec2 of any region", a.SigV4Auth, "GET", "https://ec2.example.com:8788/?Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=a%20b", "ec2", "SiouxFalls"),
        ("a query out of order", a.SigV4Auth, "GET", "https://ec2.example.com/services/Cloud?b=2&a-b=1&a.b=3&a%3Ab=x&a1=y&empty=&%C3%A9=%E2%98%83", "ec2", "KR1"),
        ("a form", a.SigV4Auth, "POST", "https://cfn.example.com:8000/v1/", "cloudformation", "us-east-1", "Action=ListStacks&Version=2010-05-15",
         {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}),
        ("spaces in a header", a.SigV4Auth, "GET", "https://iam.example.com/", "iam", "RegionOne", None, {"X-Amz-Meta-Note": "  two   words "}),
        ("s3", a.S3SigV4Auth, "PUT", "https://s3.example.com/bucket/a%20folder/file.zip?x-id=PutObject", "s3", "KR2", b"content"),
        ("a presigned s3 request", a.S3SigV4QueryAuth, "GET", "https://s3.example.com/bucket/folder/file.zip?versionId=a%2Fb", "s3", "JP1"),
        ("a presigned sts request", a.SigV4QueryAuth, "GET", "https://sts.example.com/?Action=GetCallerIdentity&Version=2011-06-15", "sts", "RegionOne"),
    ]:
        signed, text, request = v4(*case)
        requests.append(signed)
        if case[4] in ("s3", "iam", "sts"):
            strings.append(s3(case[0], text, signed["request"]["signature"], len(strings) % 2 == 0))
    requests.append(v2("version 2", "GET", "https://ec2.example.com:8788/services/Cloud", {"Action": "DescribeImages", "Version": "2010-08-31", "Owner.1": "a b~c/d", "a:b": "1", "a1": "2"}))
    requests.append(v2("version 2, a form", "POST", "https://cfn.example.com/v1/", {"Action": "ListStacks", "Version": "2010-05-15", "TemplateBody": "{\n}é"}))
    for name, method, url, headers in [
        ("s3 version 2", "GET", "https://s3.example.com/bucket?acl", {}),
        ("s3 version 2 with headers", "PUT", "https://s3.example.com/bucket/key", {"Content-Type": "text/plain", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==", "x-amz-meta-a": "b"}),
    ]:
        request = AWSRequest(method=method, url=url, headers=headers)
        auth = of(a.HmacV1Auth)
        auth.add_auth(request)
        strings.append(s3(name, auth.text, request.headers["Authorization"].partition(":")[2], True))
    request = AWSRequest(method="GET", url="https://s3.example.com/bucket/key")
    auth = of(a.HmacV1QueryAuth)
    auth.add_auth(request)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.url).query))
    strings.append(s3("s3 version 2, presigned", auth.text, query["Signature"], False))
    print(json.dumps({"minted_by": "botocore " + botocore.__version__, "at": NOW.isoformat(), "requests": requests, "strings": strings}, indent=1))


with mock.patch("botocore.auth.get_current_datetime", lambda **_: NOW.replace(tzinfo=None)), \
        mock.patch("time.gmtime", lambda *_: NOW.timetuple()), \
        mock.patch("time.time", lambda: NOW.timestamp()), \
        mock.patch("botocore.auth.formatdate", lambda **_: email.utils.format_datetime(NOW, usegmt=True)):
    main()
