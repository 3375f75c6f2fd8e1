"""Settings by layer: the last one that sets a value wins, and every value says where it came from."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.model.settings import BUILT_IN, Settings
from offhook.model.site import Site
from offhook.model.user import User
from offhook.provisioning.layers import resolve_layers, without_secrets

ACCOUNT = Account(id="acme", realm="a.example")


def test_when_nobody_set_anything_every_value_is_built_in() -> None:
    resolved = resolve_layers("yealink", ACCOUNT, None, None, None)
    assert resolved.settings == BUILT_IN and set(resolved.origins.values()) == {"built-in"}
    assert set(resolved.origins) == {name for name in BUILT_IN.__struct_fields__ if getattr(BUILT_IN, name) is not None}


def test_a_documents_own_fields_set_what_its_settings_may_still_depart_from() -> None:
    account = Account(id="acme", realm="a.example", timezone="Europe/Paris", language="fr", country="FR")
    resolved = resolve_layers("yealink", account, None, None, None)
    assert (resolved.settings.timezone, resolved.settings.language, resolved.settings.tones) == (
        "Europe/Paris",
        "fr",
        "FR",
    )
    departing = msgspec.structs.replace(account, settings=Settings(tones="CA"))
    assert resolve_layers("yealink", departing, None, None, None).settings.tones == "CA"


def test_a_site_in_another_zone_and_a_user_of_another_language_win_over_their_account() -> None:
    account = Account(id="acme", realm="a.example", timezone="Europe/Paris", language="fr")
    site, user = Site(id="rome", timezone="Europe/Rome"), User(id="u", name="U", language="de")
    resolved = resolve_layers("yealink", account, site, user, Device(id="d"))
    assert (resolved.origins["timezone"], resolved.origins["language"]) == ("site rome", "user u")
    assert (resolved.settings.timezone, resolved.settings.language) == ("Europe/Rome", "de")


def test_switching_something_off_is_setting_it() -> None:
    account = Account(id="acme", realm="a.example", settings=Settings(lldp=True, nat_keepalive=30))
    device = Device(id="d", settings=Settings(lldp=False, nat_keepalive=0))
    resolved = resolve_layers("yealink", account, None, None, device)
    assert resolved.settings.lldp is False and resolved.settings.nat_keepalive == 0
    assert resolved.origins["lldp"] == "device d"


def test_raw_parameters_are_merged_one_by_one_for_the_phones_vendor_only() -> None:
    def raw(**values: str) -> dict[str, dict[str, RawValue]]:
        return {
            "yealink": {name: RawValue(text) for name, text in values.items()},
            "grandstream": {"P1": RawValue("x")},
        }

    account = Account(id="acme", realm="a.example", overrides=raw(a="1", b="1", c="1"))
    user, device = User(id="u", name="U", overrides=raw(b="2", c="2")), Device(id="d", overrides=raw(c="3"))
    resolved = resolve_layers("yealink", account, None, user, device)
    assert {name: value.text for name, value in resolved.overrides.items()} == {"a": "1", "b": "2", "c": "3"}
    assert resolved.override_origins == {"a": "account acme", "b": "user u", "c": "device d"}


def test_a_file_that_anybody_may_read_has_every_setting_but_the_secret_ones() -> None:
    settings = Settings(
        web_admin_password=Secret("x"), dot1x_password=Secret("y"), web_user_password=Secret("z"), vlan_id=5
    )
    assert without_secrets(settings) == Settings(vlan_id=5)


values: dict[str, st.SearchStrategy[Any]] = {
    "vlan_id": st.integers(1, 9), "lldp": st.booleans(), "codecs": st.just(("opus",)), "nat_keepalive": st.integers(0, 3),
    "language": st.sampled_from(["fr", "de"]), "web_admin_password": st.builds(Secret, st.text(min_size=1, max_size=3)),
}  # fmt: skip
layer_settings = st.fixed_dictionaries({}, optional=values).map(lambda chosen: Settings(**chosen))


@given(st.lists(st.none() | layer_settings, min_size=4, max_size=4))
def test_whatever_the_layers_set_the_last_one_wins_and_is_named(layers: list[Settings | None]) -> None:
    of_account, of_site, of_user, of_device = layers
    account = Account(id="a", realm="a.example", settings=of_account or Settings())
    site = Site(id="s", settings=of_site) if of_site else None
    user = User(id="u", name="U", settings=of_user) if of_user else None
    device = Device(id="d", settings=of_device) if of_device else None
    resolved = resolve_layers("yealink", account, site, user, device)
    named = [("built-in", BUILT_IN), *zip(("account a", "site s", "user u", "device d"), layers, strict=True)]
    for name in Settings.__struct_fields__:
        setting = [(where, getattr(layer, name)) for where, layer in named if getattr(layer, name, None) is not None]
        last = setting[-1] if setting else (None, None)
        assert (resolved.origins.get(name), getattr(resolved.settings, name)) == last


@pytest.mark.parametrize("vendor", ["yealink", "nobody"])
def test_a_vendor_without_raw_parameters_has_none(vendor: str) -> None:
    assert resolve_layers(vendor, ACCOUNT, None, None, None).overrides == {}
