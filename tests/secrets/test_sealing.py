"""Documents at rest: they come back the same, every secret sealed for its own place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offhook.model.device import Device
from offhook.model.document import Document, RawValue
from offhook.model.kind import kind_of, make_document
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.sealing import SEALED, open_document, seal_document
from offhook.secrets.vault import SealBroken, Vault, VaultLocked

MARKER = "Marker-Xy7"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = Vault(KeyFile.open(tmp_path / "keys" / "master.key", data_exists=False))
    for account in ("default", "acme"):
        made.load_data_key(made.new_data_key(account))
    return made


DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("devices", {
        "id": "desk", "account": "acme", "mac": "001565000001", "enabled": False, "lines": [{"user": "u"}],
        "keys": [{"position": 1, "type": "dnd"}],
        "sip": {"username": "desk", "password": MARKER},
        "settings": {"dot1x_password": MARKER, "web_admin_password": MARKER, "codecs": ["opus"], "lldp": False},
        "overrides": {"yealink": {"account.1.password": {"secret": MARKER}, "account.1.label": "Desk"}, "snom": {}},
    }),
    ("accounts", {"id": "acme", "realm": "a.example", "settings": {"web_user_password": MARKER}}),
    ("sites", {"id": "s", "settings": {"web_user_password": MARKER}, "overrides": {"yealink": {"a": {"secret": MARKER}}}}),
    ("users", {"id": "u", "name": "U", "settings": {"web_user_password": MARKER}}),
    ("mailboxes", {"id": "m", "number": "101", "pin": MARKER}),
    ("callflows", {"id": "f", "start": "a", "nodes": {"a": {"type": "end"}}}),
    ("schedules", {"id": "s", "periods": {"open": [{"days": ["mon"], "from": "09:00"}], "closed": "else"}}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "raw"), DOCUMENTS, ids=[kind for kind, _ in DOCUMENTS])
def test_a_document_comes_back_the_same_and_its_bytes_hold_no_secret(
    vault: Vault, kind: str, raw: dict[str, Any]
) -> None:
    document = msgspec.structs.replace(make_document(kind, raw, ""), rev=7)
    body = seal_document(vault, document)
    assert MARKER.encode() not in body and body.count(SEALED.encode()) == str(raw).count(MARKER)
    assert open_document(vault, kind, body) == document


parameter_names = st.sampled_from(["secret", SEALED, "a.b", "", "settings", "pin", "é"]) | st.text(max_size=6)
raw_values = st.builds(RawValue, st.text(max_size=6), st.booleans())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(parameter_names, st.dictionaries(parameter_names, raw_values, max_size=3), max_size=3))
def test_vendors_and_parameters_may_have_any_name(vault: Vault, overrides: dict[str, dict[str, RawValue]]) -> None:
    document = Device(id="d", overrides=overrides)
    assert open_document(vault, "devices", seal_document(vault, document)) == document


def moved(vault: Vault, kind: str, raw: dict[str, Any], change: dict[str, Any]) -> Document:
    """The document of bytes in which somebody with access to the disk changed some fields."""
    values = msgspec.json.decode(seal_document(vault, make_document(kind, raw, "")))
    for name, value in change.items():
        values[name] = value(values) if callable(value) else value
    return open_document(vault, kind, msgspec.json.encode(values))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"account": "acme"},
        {"settings": lambda values: {"web_admin_password": values["sip"]["password"]}},
        {"sip": lambda values: {"username": "d", "password": values["settings"]["dot1x_password"]}},
        {"sip": {"username": "d", "password": {SEALED: "v1:x:AAAA"}}},
        {"sip": {"username": "d", "password": {SEALED: "nonsense"}}},
    ],
)
def test_a_secret_that_was_moved_or_altered_does_not_open(vault: Vault, change: dict[str, Any]) -> None:
    raw = {"id": "d", "sip": {"username": "d", "password": MARKER}, "settings": {"dot1x_password": "other"}}
    with pytest.raises(SealBroken) as broken:
        moved(vault, "devices", raw, change)
    assert MARKER not in str(broken.value)


def test_a_pin_of_one_mailbox_does_not_open_as_that_of_another(vault: Vault) -> None:
    with pytest.raises(SealBroken, match="mailboxes/other"):
        moved(vault, "mailboxes", {"id": "m", "number": "101", "pin": "4711"}, {"id": "other"})


def test_an_account_whose_data_key_is_not_loaded_seals_nothing(vault: Vault) -> None:
    with pytest.raises(VaultLocked, match="no data key for account 'nobody'"):
        seal_document(
            vault, make_document("mailboxes", {"id": "m", "account": "nobody", "number": "1", "pin": "1"}, "")
        )


def test_the_same_password_never_looks_the_same_twice(vault: Vault) -> None:
    document = make_document("mailboxes", {"id": "m", "number": "101", "pin": "4711"}, "")
    assert seal_document(vault, document) != seal_document(vault, document)


def test_what_was_sealed_opens_though_todays_rules_would_refuse_it(vault: Vault) -> None:
    body = seal_document(vault, msgspec.structs.replace(Device(id="d"), overrides={"x": {"y": RawValue(" a\n", True)}}))
    opened = open_document(vault, "devices", body)
    assert kind_of(opened) == "devices" and isinstance(opened, Device)
    assert opened.overrides["x"]["y"] == RawValue(" a\n", secret=True)
