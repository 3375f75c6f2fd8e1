"""Secrets on their way through the registry: kept, made up, never shown and never on the disk in clear."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from offhook.admin.office import office_values, write_office
from offhook.change import Put
from offhook.model.device import Device
from offhook.model.document import RawValue
from offhook.model.kind import make_document, public_values
from offhook.model.mailbox import Mailbox
from offhook.model.problem import Refused
from offhook.registry import Registry
from tests.test_registry import ACCOUNTS, Flaky, apply, opened

OFFICE = """
accounts: [{id: default, realm: a.example, settings: {web_admin_password: Marker-1}}]
sites: [{id: hq, settings: {dot1x_password: Marker-2}}]
users: [{id: marie, name: Marie, overrides: {yealink: {account.1.password: Marker-3}}}]
devices:
- id: desk
  model: yealink/T46S
  sip: {username: desk, password: Marker-4}
  settings: {web_user_password: Marker-5, vlan_id: 20}
  overrides: {yealink: {account.2.password: Marker-6, phone_setting.ring_type: {secret: Marker-7}, account.1.label: Desk, account.1.display_name: Desk}}
mailboxes: [{id: m, number: "101", pin: Marker-8}]
"""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Registry, Flaky]]:
    registry, store = await opened(tmp_path)
    await apply(registry, OFFICE)
    yield registry, store
    await store.close()


@pytest.fixture
def registry(house: tuple[Registry, Flaky]) -> Registry:
    return house[0]


def export(registry: Registry, *, reveal: bool) -> str:
    found = (registry.directory.get(*entry.key) for entry in registry.directory.all())
    return write_office(office_values((one for one in found if one is not None), reveal=reveal), as_json=False)


def desk(registry: Registry) -> Device:
    found = registry.directory.find(Device, "default", "desk")
    assert found is not None
    return found


async def rest(registry: Registry, **fields: Any) -> list[Any]:
    """Save the desk phone as REST does: as the whole document, as it is given."""
    return await registry.change([Put(make_document("devices", {"id": "desk", **fields}, ""))])


async def test_an_export_without_secrets_applied_again_changes_nothing(registry: Registry) -> None:
    before = export(registry, reveal=True)
    exported = export(registry, reveal=False)
    assert "Marker" not in exported and before.count("Marker") == 8
    assert await apply(registry, exported) == []
    assert export(registry, reveal=True) == before


async def test_an_office_file_that_says_nothing_of_settings_keeps_their_secrets_only(registry: Registry) -> None:
    await apply(registry, "devices: [{id: desk, name: Bureau, overrides: {yealink: {account.1.label: Bureau}}}]")
    found = desk(registry)
    assert found.settings.web_user_password is not None and found.settings.vlan_id is None
    assert found.overrides == {
        "yealink": {
            "account.1.label": RawValue("Bureau"),
            "account.2.password": RawValue("Marker-6", secret=True),
            "phone_setting.ring_type": RawValue("Marker-7", secret=True),
        }
    }


async def test_over_rest_a_secret_setting_that_is_left_out_is_removed_but_never_the_password(
    registry: Registry,
) -> None:
    shown = public_values(desk(registry))
    assert shown["settings"]["web_user_password"] == "***"
    assert await rest(registry, **{name: value for name, value in shown.items() if name != "id"}) == []
    await rest(registry, name="Bureau")
    found = desk(registry)
    assert found.settings.web_user_password is None and found.overrides == {}
    assert found.sip is not None and found.sip.password is not None and found.sip.password.reveal() == "Marker-4"


async def test_a_mask_that_stands_for_nothing_is_no_secret(registry: Registry) -> None:
    await apply(
        registry,
        "devices: [{id: new, sip: {username: new, password: '***'}, settings: {dot1x_password: '***'},"
        " overrides: {yealink: {account.1.password: '***', account.2.password: {secret: '***'}}}}]\n"
        "mailboxes: [{id: n, number: '102', pin: '***'}]",
    )
    new = registry.directory.find(Device, "default", "new")
    box = registry.directory.find(Mailbox, "default", "n")
    assert new is not None and new.sip is not None and new.sip.password is not None
    assert new.sip.password.reveal() != "***" and new.settings.dot1x_password is None
    assert new.overrides == {"yealink": {}}
    assert box is not None and box.pin is not None and box.pin.reveal().isdigit()


async def test_what_the_profile_calls_secret_is_sealed_and_masked_however_it_was_written(registry: Registry) -> None:
    assert desk(registry).overrides["yealink"]["account.2.password"].secret
    assert public_values(desk(registry))["overrides"]["yealink"] == {
        "account.1.display_name": "Desk",
        "account.1.label": "Desk",
        "account.2.password": {"secret": "***"},
        "phone_setting.ring_type": {"secret": "***"},
    }


async def test_a_changed_secret_is_named_in_the_differences_and_never_shown(registry: Registry) -> None:
    (outcome,) = await apply(
        registry,
        "devices: [{id: desk, model: yealink/T46S, sip: {username: desk, password: Marker-9}, settings: {vlan_id: 20},"
        " overrides: {yealink: {account.2.password: Marker-9, account.1.label: Desk, account.1.display_name: Desk}}}]",
    )
    assert [field for field, _, _ in outcome.differences] == [
        "overrides.yealink.account.2.password.secret", "sip.password",
    ]  # fmt: skip
    assert "Marker" not in str(outcome)


async def test_no_byte_of_the_data_folder_shows_a_secret_while_running_or_after_a_clean_stop(
    house: tuple[Registry, Flaky], tmp_path: Path
) -> None:
    def shown() -> list[Path]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) >= 2
        return [path for path in files if b"Marker" in path.read_bytes()]

    registry, store = house
    await rest(registry, sip={"username": "desk", "password": "Marker-10"})
    assert shown() == []
    await store.close()
    assert shown() == []


async def test_neither_logs_nor_errors_show_a_secret(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("test").warning("%s %r", desk(registry), registry.directory.get("default", "mailboxes", "m"))
    with pytest.raises(Refused) as refused:
        await apply(
            registry,
            "devices: [{id: desk, owner: nobody, model: yealink/T46X, sip: {username: desk, password: Marker-11},"
            " overrides: {yealink: {acount.1.password: Marker-11}}, settings: {dot1x_password: ' Marker-11'}}]",
        )
    assert "Marker" not in caplog.text + str(refused.value) + repr(refused.value.problems)
    with pytest.raises(Refused) as refused:
        await apply(registry, ACCOUNTS + "devices: [{id: x, owner: y, sip: {username: x, password: Marker-12}}]")
    assert "Marker" not in str(refused.value)


async def test_made_up_passwords_differ_and_need_no_escaping_anywhere(registry: Registry) -> None:
    await apply(registry, "devices: [" + ", ".join(f"{{id: d{number}}}" for number in range(40)) + "]")
    found = [registry.directory.find(Device, "default", f"d{number}") for number in range(40)]
    passwords = {one.sip.password.reveal() for one in found if one and one.sip and one.sip.password}
    assert len(passwords) == 40 and all(one.isalnum() and one.isascii() and len(one) == 20 for one in passwords)
