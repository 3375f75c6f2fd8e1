"""The whole route table of the admin door: who may ask what, and nobody learns of an account that is not theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from .asking import Asking, Operation, admin, holder, operations
from .running import RunningServer

OFFICE = """
accounts:
  - {{id: {0}, name: {1} office, realm: {0}.example, settings: {{web_admin_password: {1}-web-secret}}}}
sites: [{{id: here, account: {0}, name: {1} site}}]
users: [{{id: ana, account: {0}, name: {1} Ana}}]
devices:
  - {{id: desk, account: {0}, name: {1} desk, mac: 001565aabb{2}, model: yealink/T46S, owner: ana,
      sip: {{username: desk, password: {1}-sip-secret}}}}
groups: [{{id: all, account: {0}, name: {1} all, members: [{{user: ana}}]}}]
mailboxes: [{{id: box, account: {0}, number: "101", name: {1} box, pin: "55667788"}}]
schedules: [{{id: week, account: {0}, name: {1} week, periods: {{open: [{{days: [mon], from: "09:00", to: "17:00"}}], closed: else}}}}]
modes: [{{id: night, account: {0}, name: {1} night, states: [day, night]}}]
contacts: [{{id: shop, account: {0}, name: {1} shop, numbers: ["+3314000{2}00"]}}]
callflows: [{{id: ana, account: {0}, name: {1} flow, numbers: ["101", "+33150{2}0000"], start: r, nodes: {{r: {{type: ring, targets: [{{user: ana}}]}}}}}}]
"""
SECRETS = ("Boreal-web-secret", "Boreal-sip-secret", "Austral-web-secret", "Austral-sip-secret", "55667788")
IDS = {
    "accounts": "{0}", "sites": "here", "users": "ana", "devices": "desk", "groups": "all", "mailboxes": "box",
    "schedules": "week", "modes": "night", "contacts": "shop", "callflows": "ana",
}  # fmt: skip
MACS = {"north": "001565aabb11", "south": "001565aabb22", "nowhere": "001565aabb33"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with two accounts, whose every text says which one it belongs to."""
    folder: Path = tmp_path_factory.mktemp("two")
    with RunningServer(folder / "data") as server:
        for account, marker, number in (("north", "Boreal", "11"), ("south", "Austral", "22")):
            path = folder / f"{account}.yaml"
            path.write_text(OFFICE.format(account, marker, number))
            server.run("apply", "-f", str(path))
        yield server


def filled(operation: Operation, account: str) -> str:
    """A path of the operation that is about something of an account."""
    kind = next((kind for kind in IDS if f"/{kind}/" in operation.path), "")
    values = {"id": IDS.get(kind, "x").format(account), "mac": MACS[account], "rev": "1", "name": "x.log"}
    path = re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), operation.path)
    query = [f"account={account}"] if "account" in operation.parameters else []
    query += ["from=101", "to=101"] if operation.path.endswith("explain/call") else []
    return path + ("?" + "&".join(query) if query else "")


def body(operation: Operation, account: str) -> object:
    if operation.method in ("GET", "DELETE"):
        return None
    if operation.path.endswith("/apply"):
        return {"users": [{"id": "new", "account": account, "name": "N"}]}
    return {"id": "new", "account": account, "name": "N"}


def test_the_description_is_valid_openapi(two: RunningServer) -> None:
    described = Asking(two, None)("GET", "/api/v1/openapi.json").values
    validate(described)
    assert described["openapi"].startswith("3.1") and len(described["paths"]) > 60


def test_without_a_token_only_what_is_meant_to_be_open_answers(two: RunningServer) -> None:
    table, nobody = list(operations(two)), Asking(two, None)
    opened = {(one.method, one.path) for one in table if one.right is None}
    assert opened == {
        ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/v1/"), ("GET", "/api/v1/openapi.json"), ("POST", "/api/v1/session"),
    }  # fmt: skip
    for one in table:
        if one.right is not None:
            for asking in (nobody, Asking(two, "ofh_0123456789_" + "A" * 43), Asking(two, "")):
                answer = asking(one.method, filled(one, "north"), body(one, "north"))
                assert answer.status == 401 and "Boreal" not in answer.text, one


@pytest.mark.parametrize(
    ("scopes", "rights"),
    [(("read",), {"read"}), (("write",), {"read", "write", "resync"}), (("read", "secrets"), {"read", "secrets"})],
)
def test_token_scope_a_token_opens_just_what_its_scopes_say(
    two: RunningServer, scopes: tuple[str, ...], rights: set[str]
) -> None:
    asking = holder(two, *scopes)
    for one in operations(two):
        if one.right is not None and one.right not in rights:
            answer = asking(one.method, filled(one, "north"), body(one, "north"))
            assert answer.status == 403 and "right" in answer.values["detail"], one
        elif one.method == "GET":
            assert asking("GET", filled(one, "north")).status not in (401, 403), one


def test_a_token_for_the_proxy_opens_nothing_here(two: RunningServer) -> None:
    asking = holder(two, "proxy")
    assert {asking(one.method, filled(one, "north")).status for one in operations(two) if one.right is not None} == {
        401
    }


def test_cross_tenant_id_an_account_s_admin_cannot_tell_another_account_from_none(two: RunningServer) -> None:
    asking = holder(two, "read", "write", "secrets", account="north")
    for one in operations(two):
        if one.right is None:
            continue
        answers = [asking(one.method, filled(one, other), body(one, other)) for other in ("south", "nowhere")]
        (status, text), (other_status, other_text) = (
            (answer.status, answer.text.replace(MACS[other], "MAC").replace(other, "ACCOUNT"))
            for answer, other in zip(answers, ("south", "nowhere"), strict=True)
        )
        assert (status, text) == (other_status, other_text), one
        assert "Austral" not in text, one
        if one.about in ("account", "document", "phone") and not (one.about == "document" and "{" not in one.path):
            assert status in (404, 403), one


def test_an_account_s_admin_works_in_it_without_naming_it(two: RunningServer) -> None:
    asking = holder(two, "write", "secrets", account="north")
    assert [one["name"] for one in asking("GET", "/api/v1/users").values["items"]] == ["Boreal Ana"]
    assert [one["id"] for one in asking("GET", "/api/v1/accounts").values["items"]] == ["north"]
    assert asking("POST", "/api/v1/contacts", {"id": "cab", "name": "Cab", "numbers": ["+33123"]}).status == 201
    applied = asking("POST", "/api/v1/apply", {"contacts": [{"id": "taxi", "name": "Taxi", "numbers": ["+33124"]}]})
    assert applied.values["changes"][0]["account"] == "north"
    exported = asking("GET", "/api/v1/export?format=json&secrets=1").text
    assert "Boreal-sip-secret" in exported and "Austral" not in exported
    assert asking("POST", "/api/v1/accounts", {"id": "third", "realm": "third.example"}).status == 404
    assert asking("POST", "/api/v1/users", {"id": "x", "account": "south", "name": "X"}).status == 404
    for kind in ("contacts/cab", "contacts/taxi"):
        assert asking("DELETE", f"/api/v1/{kind}").status == 200
    seen = asking("GET", "/api/v1/audit").values["items"]
    assert seen and {one["account"] for one in seen} == {"north"}


def test_secret_in_list_no_secret_is_in_any_answer_to_who_may_not_see_them(two: RunningServer) -> None:
    asking = holder(two, "read", "write")
    for one in operations(two):
        if one.method == "GET" and one.right != "secrets":
            text = asking("GET", filled(one, "north")).text
            assert not any(secret in text for secret in SECRETS), one
    refused = asking("GET", "/api/v1/export?secrets=1")
    assert refused.status == 403 and not any(secret in refused.text for secret in SECRETS)


def test_every_reading_of_secrets_is_in_the_audit(two: RunningServer) -> None:
    admin(two)("GET", "/api/v1/export?secrets=1&account=south")
    newest = json.loads(two.run("audit", "list", "--json").stdout)[0]
    assert newest["action"] == "read" and newest["what"] == "secrets of south: export" and newest["account"] == "south"
    assert newest["who"].startswith("admin from 127.0.0.1")


def test_whatever_answer_holds_a_secret_is_read_by_somebody_in_the_audit(two: RunningServer) -> None:
    asking, held = admin(two), []
    for one in operations(two):
        if one.method != "GET" or one.path.endswith(("/audit", "/audit/verify")):
            continue
        before = asking("GET", "/api/v1/audit?action=read&limit=1").values["items"]
        path = filled(one, "north")
        path += ("&" if "?" in path else "?") + "secrets=1" if "secrets" in one.parameters else ""
        text = asking("GET", path).text
        if any(secret in text for secret in SECRETS) or one.right == "secrets":
            held.append(one.path)
            after = asking("GET", "/api/v1/audit?action=read&limit=1").values["items"]
            found = asking("GET", path).status == 200
            assert not found or after != before, one.path
    assert "/api/v1/export" in held and "/api/v1/backup" in held
    opened = asking("POST", "/api/v1/devices/desk/enrol?account=north").values
    newest = asking("GET", "/api/v1/audit?action=read&limit=1").values["items"][0]
    assert opened["url"] and newest["what"] == "own address of device desk" and newest["account"] == "north"
    assert "own address of device desk" in two.run("audit", "list", "--action", "read").stdout


def test_a_request_that_comes_again_with_its_key_makes_nothing_twice(two: RunningServer) -> None:
    asking, key = holder(two, "write", account="north"), {"Idempotency-Key": "order-17"}
    person = {"id": "once", "name": "Once"}
    first = asking("POST", "/api/v1/users", person, headers=key)
    again = asking("POST", "/api/v1/users", person, headers=key)
    assert (first.status, again.status) == (201, 201) and again.text == first.text
    assert again.headers["ETag"] == first.headers["ETag"] == '"1"'
    assert asking("POST", "/api/v1/users", person).status == 412
    other = asking("POST", "/api/v1/users", {"id": "other", "name": "O"}, headers=key)
    assert other.status == 400 and "another" in other.values["detail"]
    assert asking("DELETE", "/api/v1/users/once").status == 200
