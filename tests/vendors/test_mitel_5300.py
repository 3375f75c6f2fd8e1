"""Mitel's 5300: XML with users and keys as entries of lists."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES

from .phones import key, phone, profiles, rendered

OLD: Final[Profile] = profiles().by_family["mitel-5300"]


def test_a_5300_is_told_by_its_model_where_to_ask() -> None:
    body = rendered(OLD, "generic", phone(OLD, "5330e")).body.decode()
    parts = ElementTree.fromstring(f"<all>{body}</all>")
    assert [part.get("Model") for part in parts] == list(OLD.file.models)
    assert {part.findtext("http_download") for part in parts} == {"10.0.0.1:8080"}


def test_a_5300_has_its_users_and_keys_as_entries() -> None:
    keys = (key(OLD, 2, "line", line=2), key(OLD, 5, "blf", "102", label="Jo & Al"))
    body = rendered(OLD, "device", phone(OLD, "5330e", keys=keys)).body
    values = dict(SYNTAXES["xml-records"].read(body))
    assert body.startswith(b'<Parameter Model="5330e">\n')
    assert (values["user_list/User[2]@ID"], values["user_list/User[2]@RegSvr"]) == ("marie-desk-2", "bureau.example")
    assert values["user_list/User[1]@OutSvr"] == "sip.bureau.example"
    assert (values["user_list/User[1]@VMSvr"], values["user_list/User[2]@VMSvr"]) == ("bureau.example", "")
    assert [values[f"pkDescription/Key[{number}]@Fea"] for number in (1, 2)] == ["7", "27"]
    assert (values["pkDescription/Key[2]@Line"], values["pkDescription/Key[2]@Des"]) == ("5", "Jo & Al")


def test_its_passwords_are_secrets() -> None:
    assert all(OLD.is_secret(name) for name in ("admin_passwd", "installer_passcode", "user_list/User[3]@Pwd"))
