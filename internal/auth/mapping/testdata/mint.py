"""Prints vectors.jsonl, one vector in a line: what Keystone itself makes of the mappings and assertions below.

Run with Keystone 2026.1 (30.0.0) on the path: PYTHONPATH=<keystone 30.0.0> python3 mint.py > vectors.jsonl
"""
import json
import sys

import flask
from keystone.auth.plugins import mapped
import keystone.conf
from keystone import exception
from keystone.federation import utils

keystone.conf.configure()
IDP_DOMAIN = "idp-domain"
ACME = {"name": "Acme"}


class Domains:
    """The only domains there are: every name is the id of one."""

    @staticmethod
    def get_domain_by_name(name):
        return {"id": "id-of-" + name}


def evaluate(version, rules, assertion, remote_user):
    """What a login would use of the mapping."""
    mapping = {"id": "m", "rules": json.loads(json.dumps(rules)), "schema_version": version}
    utils.validate_mapping_structure({"rules": rules, "schema_version": version})
    p = utils.create_attribute_mapping_rules_processor(mapping).process(assertion)
    user = p["user"]
    if user["type"] == "local":
        return {"user": {k: v for k, v in user.items() if v is not None}, "group_ids": [], "groups": [], "projects": []}
    app = flask.Flask("mint")
    environ = {"REMOTE_USER": remote_user} if remote_user else {}
    with app.test_request_context(environ_overrides=environ):
        mapped.validate_and_prepare_federated_user(p, IDP_DOMAIN, Domains)
    for project in p["projects"]:
        mapped.configure_project_domain(project, IDP_DOMAIN, Domains)
    groups = {(g["name"], json.dumps(g["domain"], sort_keys=True)) for g in p["group_names"]}
    return {
        "user": user,
        "group_ids": sorted(p["group_ids"]),
        "groups": [{"name": n, "domain": json.loads(d)} for n, d in sorted(groups)],
        "projects": p["projects"],
    }


def rule(local, *remote):
    return {"local": local if isinstance(local, list) else [local], "remote": list(remote)}


def attr(name, **test):
    return {"type": name, **test}


NAME = {"user": {"name": "{0}"}}
FULL = {"user": {"name": "{0} {1}", "email": "{2}", "domain": {"name": "Users"}}, "group": {"id": "g0"}}
TWO = [rule(NAME, attr("U")), rule({"group": {"name": "staff", "domain": ACME}}, attr("G", any_one_of=["staff"]))]
PEOPLE = {"U": "ann", "F": "Ann", "L": "Lee", "E": "ann@acme.example", "G": "staff;dev;ops", "ONE": "solo", "NONE": "", "Q": "it's;a\"b\";c\\d", "UNI": "é;日本"}
PROJECTS = [{"name": "p-{0}", "roles": [{"name": "member"}, {"name": "{1}"}]}]

CASES = [
    # what, version, rules, assertion, REMOTE_USER
    ("a name", "1.0", [rule(NAME, attr("U"))], PEOPLE, ""),
    ("names, e-mail, domain, group", "1.0", [rule(FULL, attr("F"), attr("L"), attr("E"))], PEOPLE, ""),
    ("an id alone is the name as well", "1.0", [rule({"user": {"id": "{0}"}}, attr("E"))], PEOPLE, ""),
    ("ids are quoted", "1.0", [rule({"user": {"id": "a b/c?{0}", "name": "{1}"}}, attr("E"), attr("UNI"))], PEOPLE, ""),
    ("the name is the id, quoted", "1.0", [rule(NAME, attr("E"))], PEOPLE, ""),
    ("REMOTE_USER names whom the rules do not", "1.0", [rule({"group": {"id": "g"}}, attr("U"))], PEOPLE, "remote"),
    ("REMOTE_USER beside an id", "1.0", [rule({"user": {"id": "{0}"}}, attr("U"))], PEOPLE, "remote"),
    ("nobody names the user", "1.0", [rule({"group": {"id": "g"}}, attr("U"))], PEOPLE, ""),
    ("no rule matches", "1.0", [rule(NAME, attr("absent"))], PEOPLE, ""),
    ("a matching rule that gives nothing", "1.0", [rule([], attr("U"))], PEOPLE, ""),
    ("an attribute without text is there", "1.0", [rule({"user": {"name": "x{0}"}}, attr("NONE"))], PEOPLE, ""),
    ("not_any_of needs the attribute", "1.0", [rule(NAME, attr("U"), attr("absent", not_any_of=["x"]))], PEOPLE, ""),
    ("any_one_of", "1.0", TWO, PEOPLE, ""),
    ("any_one_of does not match", "1.0", TWO, {**PEOPLE, "G": "dev"}, ""),
    ("any_one_of is the whole value", "1.0", TWO, {**PEOPLE, "G": "staff2"}, ""),
    ("not_any_of", "1.0", [rule(NAME, attr("U"), attr("G", not_any_of=["root"]))], PEOPLE, ""),
    ("not_any_of does not match", "1.0", [rule(NAME, attr("U"), attr("G", not_any_of=["ops"]))], PEOPLE, ""),
    ("tests of nothing", "1.0", [rule(NAME, attr("U"), attr("G", not_any_of=[]))], PEOPLE, ""),
    ("any of nothing", "1.0", [rule(NAME, attr("U"), attr("G", any_one_of=[]))], PEOPLE, ""),
    ("a regular expression is searched for", "1.0", [rule(NAME, attr("U"), attr("E", any_one_of=["@acme"], regex=True))], PEOPLE, ""),
    ("an anchored regular expression", "1.0", [rule(NAME, attr("U"), attr("E", any_one_of=["^acme"], regex=True))], PEOPLE, ""),
    ("not any of regular expressions", "1.0", [rule(NAME, attr("U"), attr("G", not_any_of=["^o.s$"], regex=True))], PEOPLE, ""),
    ("regex false is equality", "1.0", [rule(NAME, attr("U"), attr("G", any_one_of=["st.ff"], regex=False))], PEOPLE, ""),
    ("tests give no number", "1.0", [rule({"user": {"name": "{0}-{1}"}}, attr("F"), attr("G", any_one_of=["dev"]), attr("L"))], PEOPLE, ""),
    ("a number that is not there", "1.0", [rule({"user": {"name": "{1}"}}, attr("U"))], PEOPLE, ""),
    ("a number where only tests are", "1.0", [rule(NAME, attr("G", any_one_of=["dev"]))], PEOPLE, ""),
    ("braces", "1.0", [rule({"user": {"name": "a{{b}}{0}"}}, attr("U"))], PEOPLE, ""),
    ("braces where only tests are", "1.0", [rule({"user": {"name": "a{{b}}"}}, attr("G", any_one_of=["dev"]))], PEOPLE, ""),
    ("numbers by themselves", "1.0", [rule({"user": {"name": "{}.{}"}}, attr("F"), attr("L"))], PEOPLE, ""),
    ("the same number twice", "1.0", [rule({"user": {"name": "{0}{0}{00}"}}, attr("F"))], PEOPLE, ""),
    ("several values as a name", "1.0", [rule(NAME, attr("G"))], PEOPLE, ""),
    ("several values with quotes as a name", "1.0", [rule(NAME, attr("Q"))], PEOPLE, ""),
    ("several values of other letters as a name", "1.0", [rule(NAME, attr("UNI"))], PEOPLE, ""),
    ("control characters as a name", "1.0", [rule(NAME, attr("C"))], {"C": "a\tb\x07;\u200b;\U000e0001"}, ""),
    ("the first user wins", "1.0", [rule([{"user": {"name": "x"}}, {"user": {"name": "y"}}], attr("U")), rule(NAME, attr("U"))], PEOPLE, ""),
    ("a user of whom nothing is said does not win", "1.0", [rule([{"user": {}}, {"user": {"name": "y"}}], attr("U"))], PEOPLE, ""),
    ("a type is something", "1.0", [rule([{"user": {"type": "ephemeral"}}, {"user": {"name": "y"}}], attr("U"))], PEOPLE, "r"),
    ("groups of a list", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G"))], PEOPLE, ""),
    ("one group", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("ONE"))], PEOPLE, ""),
    ("groups without a domain", "1.0", [rule({**NAME, "groups": "{1}"}, attr("U"), attr("G"))], PEOPLE, ""),
    ("no groups without a domain", "1.0", [rule({**NAME, "groups": "{1}"}, attr("U"), attr("G", whitelist=["x"]))], PEOPLE, ""),
    ("whitelist", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", whitelist=["dev", "x"]))], PEOPLE, ""),
    ("whitelist of two", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", whitelist=["dev", "ops"]))], PEOPLE, ""),
    ("whitelist by regular expression", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", whitelist=["^.{3}$"], regex=True))], PEOPLE, ""),
    ("nothing in the whitelist", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", whitelist=["x"]))], PEOPLE, ""),
    ("a filtered empty value as a name", "1.0", [rule({"user": {"name": "{0}"}}, attr("G", whitelist=[]))], PEOPLE, ""),
    ("blacklist", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", blacklist=["dev", "x"]))], PEOPLE, ""),
    ("blacklist by regular expression", "1.0", [rule({**NAME, "groups": "{1}", "domain": ACME}, attr("U"), attr("G", blacklist=["^dev", "ops"], regex=True))], PEOPLE, ""),
    ("repeated values in a whitelist", "1.0", [rule(NAME, attr("R", whitelist=["a"]))], {"R": "a;a"}, ""),
    ("repeated values in a whitelist of expressions", "1.0", [rule(NAME, attr("R", whitelist=["a"], regex=True))], {"R": "a;a"}, ""),
    ("repeated values in a blacklist of expressions", "1.0", [rule(NAME, attr("R", blacklist=["b"], regex=True))], {"R": "a;a"}, ""),
    ("a written list of groups", "1.0", [rule({**NAME, "groups": "['x', \"y's\"]", "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("a written list with a value", "1.0", [rule({**NAME, "groups": "[ 'x' , 'the-{0}', ]", "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("an empty list", "1.0", [rule({**NAME, "groups": "[]", "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("a group that looks like a list", "1.0", [rule({**NAME, "groups": "[x]", "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("a group with a number in it", "1.0", [rule({**NAME, "groups": "the-{0}", "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("a group with several values in it", "1.0", [rule({**NAME, "groups": "the-{1}", "domain": ACME}, attr("U"), attr("G"))], PEOPLE, ""),
    ("group ids", "1.0", [rule({**NAME, "group_ids": "{1}"}, attr("U"), attr("G"))], PEOPLE, ""),
    ("group ids that are numbers", "1.0", [rule({**NAME, "group_ids": "{1}"}, attr("U"), attr("N"))], {"U": "u", "N": "1234"}, ""),
    ("written group ids", "1.0", [rule({**NAME, "group_ids": "['a', 'b']", "group": {"id": "a"}}, attr("U"))], PEOPLE, ""),
    ("groups by id and by name add up", "1.0", [rule([NAME, {"group": {"id": "g1"}}, {"group": {"name": "{1}", "domain": {"id": "d1"}}}, {"group": {"name": "n2", "domain": {"id": "d2"}}}], attr("U"), attr("ONE"))], PEOPLE, ""),
    ("JSON groups with their domains", "1.0", [rule({**NAME, "groups": "{1}"}, attr("U"), attr("J"))], {"U": "u", "J": 'JSON:{"name":"g","domain":{"name":"D"}};JSON:{"name":"h","domain":{"id":"d"}}'}, ""),
    ("one JSON group", "1.0", [rule({**NAME, "groups": "{1}"}, attr("U"), attr("J"))], {"U": "u", "J": 'JSON:{"name":"g","domain":{"name":"D"}}'}, ""),
    ("a JSON group without a domain", "1.0", [rule({**NAME, "groups": "{1}"}, attr("U"), attr("J"))], {"U": "u", "J": 'JSON:{"name":"g"}'}, ""),
    ("a local user", "1.0", [rule({"user": {"name": "{0}", "type": "local", "domain": {"id": "d"}}, "group": {"id": "g"}}, attr("U"))], PEOPLE, ""),
    ("a local user by id", "1.0", [rule({"user": {"id": "{0}", "type": "local"}}, attr("E"))], PEOPLE, ""),
    ("projects", "1.0", [rule({**NAME, "projects": PROJECTS}, attr("U"), attr("ONE"))], PEOPLE, ""),
    ("the last projects count", "1.0", [rule([{**NAME, "projects": PROJECTS}, {"projects": []}], attr("U"), attr("ONE"))], PEOPLE, ""),
    ("a local's domain is not that of its projects in 1.0", "1.0", [rule({**NAME, "projects": PROJECTS, "domain": ACME}, attr("U"), attr("ONE"))], PEOPLE, ""),
    ("a local's domain is the default in 2.0", "2.0", [rule({**NAME, "projects": PROJECTS, "domain": ACME}, attr("U"), attr("ONE"))], PEOPLE, ""),
    ("its own domain counts in 2.0", "2.0", [rule({"user": {"name": "{0}", "domain": {"id": "u"}}, "projects": [{**PROJECTS[0], "domain": {"name": "{1}"}}], "domain": ACME}, attr("U"), attr("ONE"))], PEOPLE, ""),
    ("the last local's domain in 2.0", "2.0", [rule([{**NAME, "domain": ACME}, {"group": {"id": "g"}, "domain": {"name": "Last"}}], attr("U"))], PEOPLE, ""),
    ("a local user's domain in 2.0", "2.0", [rule({"user": {"name": "{0}", "type": "local"}, "domain": ACME}, attr("U"))], PEOPLE, ""),
    ("projects of the provider", "3.0", [rule({**NAME, "projects_json": "{1}", "domain": ACME}, attr("U"), attr("P"))], {"U": "u", "P": '[{"name":"p","roles":[{"name":"r"}]},{"name":"q","roles":[],"domain":{"id":"d"}}]'}, ""),
    ("projects of the provider and the rule", "3.0", [rule({**NAME, "projects_json": "1", "projects": [{"name": "w", "roles": []}], "domain": ACME}, attr("U"), attr("P"))], {"U": "u", "P": '[{"name":"p","roles":[{"name":"r"}]}]'}, ""),
    ("projects that are not a list", "3.0", [rule({**NAME, "projects_json": "{1}", "domain": ACME}, attr("U"), attr("P"))], {"U": "u", "P": '[{"name":"p"}]'}, ""),
    ("projects with what they do not have", "3.0", [rule({**NAME, "projects_json": "{1}", "domain": ACME}, attr("U"), attr("P"))], {"U": "u", "P": '[{"name":"p","roles":[],"x":1}]'}, ""),
    ("projects of a number that is not there", "3.0", [rule({**NAME, "projects_json": "{2}", "domain": ACME}, attr("U"), attr("P"))], {"U": "u", "P": "[]"}, ""),
]

OK_USER = {"user": {"name": "{0}"}}
SCHEMAS = [
    [], [rule(OK_USER, attr("a"))], {}, "x", [1], [{}], [{"local": []}], [{"remote": [attr("a")]}], [rule(OK_USER)], [{**rule(OK_USER, attr("a")), "x": 1}],
    [rule([], attr("a"))], [rule({}, attr("a"))], [rule({"x": 1}, attr("a"))], [rule([1], attr("a"))], [rule({"user": None}, attr("a"))], [rule({"user": "a"}, attr("a"))],
    [rule({"user": {}}, attr("a"))], [rule({"user": {"x": "y"}}, attr("a"))], [rule({"user": {"name": 1}}, attr("a"))], [rule({"user": {"type": "local"}}, attr("a"))],
    [rule({"user": {"type": "other"}}, attr("a"))], [rule({"user": {"domain": {}}}, attr("a"))], [rule({"user": {"domain": {"id": "a", "name": "b"}}}, attr("a"))],
    [rule({"user": {"domain": {"x": "a"}}}, attr("a"))], [rule({"user": {"domain": "a"}}, attr("a"))],
    [rule({"group": {}}, attr("a"))], [rule({"group": {"id": "a"}}, attr("a"))], [rule({"group": {"name": "a"}}, attr("a"))], [rule({"group": {"name": "a", "domain": {}}}, attr("a"))],
    [rule({"group": {"id": "a", "name": "a", "domain": {"id": "a"}}}, attr("a"))], [rule({"group": {"id": "a", "domain": {"id": "a"}}}, attr("a"))], [rule({"group": {"domain": {"id": "a"}}}, attr("a"))],
    [rule({"groups": "a"}, attr("a"))], [rule({"groups": ["a"]}, attr("a"))], [rule({"group_ids": "a"}, attr("a"))], [rule({"group_ids": ["a"]}, attr("a"))], [rule({"domain": {}}, attr("a"))], [rule({"domain": {"id": 1}}, attr("a"))],
    [rule({"projects": []}, attr("a"))], [rule({"projects": {}}, attr("a"))], [rule({"projects": [{}]}, attr("a"))], [rule({"projects": [{"name": "a"}]}, attr("a"))], [rule({"projects": [{"roles": []}]}, attr("a"))],
    [rule({"projects": [{"name": "a", "roles": [{}]}]}, attr("a"))], [rule({"projects": [{"name": "a", "roles": [{"name": "r", "x": 1}]}]}, attr("a"))], [rule({"projects": [{"name": "a", "roles": ["r"]}]}, attr("a"))],
    [rule({"projects": [{"name": "a", "roles": [], "domain": {"id": "d"}}]}, attr("a"))], [rule({"projects_json": "{0}"}, attr("a"))], [rule({"projects_json": 0}, attr("a"))],
    [rule(OK_USER, {})], [rule(OK_USER, "a")], [rule(OK_USER, attr(1))], [rule(OK_USER, attr("a", x=1))], [rule(OK_USER, attr("a", regex=True))], [rule(OK_USER, attr("a", any_one_of=[]))],
    [rule(OK_USER, attr("a", any_one_of="b"))], [rule(OK_USER, attr("a", any_one_of=["b"], not_any_of=["b"]))], [rule(OK_USER, attr("a", whitelist=["b"], blacklist=["b"]))],
    [rule(OK_USER, attr("a", whitelist=["b"], regex=1))], [rule(OK_USER, attr("a", whitelist=["b"], regex=False))], [rule(OK_USER, attr("a", blacklist=["b"], regex=True))],
    [rule(OK_USER, {"any_one_of": ["a"]})], [rule(OK_USER, attr("a", any_one_of=None))],
]


def main():
    cases = []
    for what, version, rules, assertion, remote_user in CASES:
        case = {"what": what, "version": version, "rules": rules, "assertion": assertion, "remote_user": remote_user}
        try:
            case["want"] = evaluate(version, rules, assertion, remote_user)
        except (exception.Error, IndexError) as e:
            print(what, type(e).__name__, file=sys.stderr)
            case["want"] = None
        cases.append(case)
    schemas = []
    for rules in SCHEMAS:
        for version in ("1.0", "2.0", "3.0"):
            try:
                utils.validate_mapping_structure({"rules": rules, "schema_version": version})
                ok = True
            except exception.ValidationError:
                ok = False
            schemas.append({"version": version, "rules": rules, "ok": ok})
    for case in cases + schemas:
        print(json.dumps(case, sort_keys=True))


main()
