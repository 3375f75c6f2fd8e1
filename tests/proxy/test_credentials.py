"""Who may log in: one digest secret for each line, and nothing that tells the unknown from the switched off."""

from __future__ import annotations

import hashlib

import pytest

from offhook.directory import Directory
from offhook.proxy.credentials import Credential, credential
from tests.callflow.calls import office

SECOND = {
    "id": "second",
    "numbers": ["151"],
    "start": "r",
    "nodes": {"r": {"type": "ring", "targets": [{"user": "marie"}]}},
}


def known(directory: Directory, username: str, realm: str = "a.example") -> Credential:
    found = credential(directory, realm, username)
    assert found is not None, username
    return found


def test_a_line_has_ha1_of_both_digests_and_its_only_address() -> None:
    found = known(office(), "marie-desk")
    assert found.ha1 == hashlib.md5(b"marie-desk:a.example:x").hexdigest()
    assert found.ha1_sha256 == hashlib.sha256(b"marie-desk:a.example:x").hexdigest()
    assert (found.aor, found.device, found.ttl, found.stale_if_error) == (
        "sip:marie-desk@a.example", "marie-desk", 300, 86_400,
    )  # fmt: skip


def test_the_digest_is_for_the_realm_as_the_proxy_writes_it() -> None:
    assert known(office(), "marie-desk", "A.Example").ha1 == hashlib.md5(b"marie-desk:A.Example:x").hexdigest()


def test_each_line_of_a_device_logs_in_by_its_own_name_and_no_further_line_does() -> None:
    directory = office(SECOND)
    second = known(directory, "marie-desk-2")
    assert (second.aor, second.device) == ("sip:marie-desk-2@a.example", "marie-desk")
    assert second.ha1 != known(directory, "marie-desk").ha1
    for username in ("marie-desk-1", "marie-desk-3", "marie-desk-02", "marie-desk-x", "marie-desk-99999999999"):
        assert credential(directory, "a.example", username) is None
    assert credential(office(), "a.example", "marie-desk-2") is None


def test_a_doorbell_of_nobody_logs_in() -> None:
    assert known(office(), "bell").device == "bell"


@pytest.mark.parametrize(
    "blanks",
    [
        {"marie": ", enabled: false"},
        {"marie_desk": ", enabled: false"},
    ],
)
def test_what_is_switched_off_has_no_credential(blanks: dict[str, str]) -> None:
    assert credential(office(**blanks), "a.example", "marie-desk") is None


def test_nobody_of_a_switched_off_account_logs_in() -> None:
    also = """
accounts: [{id: off, realm: off.example, enabled: false}]
devices: [{id: d, account: off, sip: {username: d, password: x}}]
"""
    assert credential(office(also=also), "off.example", "d") is None


def test_a_line_lent_to_somebody_who_is_switched_off_does_not_log_in() -> None:
    directory = office(marie_desk=", lines: [{user: marie}, {user: ann}]", ann=", enabled: false")
    known(directory, "marie-desk")
    assert credential(directory, "a.example", "marie-desk-2") is None


def test_strangers_and_strange_realms_have_none() -> None:
    for realm, username in (("a.example", "mallory"), ("b.example", "marie-desk"), ("", ""), ("a.example", "")):
        assert credential(office(), realm, username) is None
