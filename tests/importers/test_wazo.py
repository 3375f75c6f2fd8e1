"""What wazo-provd says of a phone is what offhook says of it, or stands in the report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offhook.importers.report import Unreadable
from offhook.importers.wazo import import_wazo
from tests.importers.kazoo_office import documents_of, only, problems, said
from tests.importers.wazo_phones import BASE, MODELS, config, device, imported, line, one_phone


def device_of(**raw: Any) -> dict[str, Any]:
    return only(one_phone(**raw), "devices")


def account_settings(**raw: Any) -> dict[str, Any]:
    settings: dict[str, Any] = only(one_phone(**raw), "accounts").get("settings", {})
    return settings


def test_a_phone_keeps_its_mac_model_name_and_password_and_rings_its_user() -> None:
    office = imported(device(description="Reception"), config(), BASE)
    assert only(office, "devices") == {
        "id": "marie-tremblay-t46s", "account": "default", "name": "Reception", "mac": "001565aabb01",
        "model": "yealink/T46S", "owner": "marie-tremblay", "sip": {"username": "line101", "password": "secret101"},
    }  # fmt: skip
    assert only(office, "users") == {"id": "marie-tremblay", "account": "default", "name": "Marie Tremblay"}
    callflow = only(office, "callflows")
    assert callflow["numbers"] == ["101"] and callflow["nodes"]["ring"]["targets"] == [{"user": "marie-tremblay"}]
    assert only(office, "accounts")["realm"] == "10.0.0.1" and "proxy" not in only(office, "accounts")
    assert problems(documents_of(office)) == [] and office.remarks == ()
    assert office.ids == {"devices": {"d1": "marie-tremblay-t46s"}, "users": {"101": "marie-tremblay"}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"devices": [device()]}) + "\n" + json.dumps({"configs": [config(), BASE]}),
        json.dumps({"devices": [device()], "configs": [config(), BASE]}),
        json.dumps([{"device": device()}, {"config": config()}, {"config": BASE}]),
        "".join(json.dumps(one) for one in (device(), config(), BASE)),
    ],
)
def test_devices_and_configs_are_found_in_every_form(text: str) -> None:
    assert import_wazo([("file", text)], models=MODELS) == one_phone()


def test_a_config_says_what_its_parents_say_unless_it_says_otherwise() -> None:
    template = {
        "id": "template", "parent_ids": ["base"],
        "raw_config": {"ntp_ip": "10.0.0.2", "timezone": "Europe/Paris", "funckeys": {"1": {"type": "park", "value": "701"}}},
    }  # fmt: skip
    own = config(parents=("base", "template"), timezone="Asia/Tokyo", funckeys={"2": {"type": "blf", "value": "102"}})
    office = imported(device(), own, BASE, template)
    assert only(office, "accounts")["timezone"] == "Asia/Tokyo"
    assert only(office, "accounts")["settings"] == {"ntp_servers": ["10.0.0.2"]}
    assert [key["position"] for key in only(office, "devices")["keys"]] == [1, 2]


def test_of_two_parents_the_later_one_counts_and_a_common_grandparent_does_not_come_back() -> None:
    left = {"id": "left", "parent_ids": ["base"], "raw_config": {"ntp_ip": "10.0.0.2"}}
    right = {"id": "right", "parent_ids": ["base"], "raw_config": {"locale": "fr_CA"}}
    office = imported(device(), config(parents=("left", "right")), BASE, left, right)
    assert only(office, "accounts")["settings"]["ntp_servers"] == ["10.0.0.2"]
    assert (only(office, "accounts")["language"], only(office, "accounts")["country"]) == ("fr-CA", "CA")


def test_configs_that_are_each_others_parents_end_all_the_same() -> None:
    first = {"id": "a", "parent_ids": ["b"], "raw_config": {"vlan_enabled": True, "vlan_id": 1}}
    second = {"id": "b", "parent_ids": ["a"], "raw_config": {"vlan_id": 2}}
    office = imported(device(), config(parents=("a",)), first, second)
    assert only(office, "accounts")["settings"]["vlan_id"] == 1


def test_a_parent_that_is_not_there_is_told() -> None:
    assert "configs/d1 parent_ids: config base: the files do not have it." in said(imported(device(), config()))
    assert "devices/d1 config: config d1: the files do not have it." in said(imported(device(), BASE))


@pytest.mark.parametrize(
    ("raw", "settings"),
    [
        ({"vlan_enabled": True, "vlan_id": 120, "vlan_priority": 0, "vlan_pc_port_id": "7"},
         {"vlan_id": 120, "vlan_priority": 0, "pc_vlan_id": 7}),
        ({"vlan_enabled": True, "vlan_id": 0, "vlan_priority": 5}, {"vlan_priority": 5}),
        ({"syslog_enabled": True, "syslog_ip": "log.example", "syslog_port": 1514, "syslog_level": "info"},
         {"syslog_server": "log.example", "syslog_port": 1514, "syslog_level": "info"}),
        ({"sip_dtmf_mode": "RTP-in-band"}, {"dtmf": "inband"}),
        ({"sip_dtmf_mode": "RTP-out-of-band"}, {"dtmf": "rfc2833"}),
        ({"sip_dtmf_mode": "SIP-INFO"}, {"dtmf": "info"}),
        ({"sip_srtp_mode": "preferred"}, {"srtp": "optional"}),
        ({"exten_voicemail": "*98", "exten_pickup_call": "*8", "exten_park": "700"},
         {"voicemail_number": "*98", "pickup_code": "*8", "park_number": "700"}),
    ],
)  # fmt: skip
def test_settings_that_all_phones_have_are_the_accounts(raw: dict[str, Any], settings: dict[str, Any]) -> None:
    office = one_phone(**raw)
    assert account_settings(**raw) == {"ntp_servers": ["10.0.0.1"], **settings}
    assert problems(documents_of(office)) == []


def test_a_phone_that_differs_has_its_own_setting() -> None:
    second = device("d2", mac="00:15:65:aa:bb:02")
    office = imported(
        device(), config(sip_dtmf_mode="SIP-INFO"), second, config("d2", sip_lines={"1": line("102")}), BASE
    )
    settings = {one["mac"]: one.get("settings") for one in office.office["devices"]}
    assert settings == {"001565aabb01": {"dtmf": "info"}, "001565aabb02": None}


def test_what_is_switched_off_says_nothing_and_is_told() -> None:
    office = one_phone(vlan_enabled=False, vlan_id=120, ntp_enabled=False)
    assert "settings" not in only(office, "accounts")
    assert "configs/d1 vlan_enabled: vlan is off: provd passes over vlan_id" in said(office)
    assert "configs/d1 ntp_enabled: ntp is off" in said(office)


def test_the_web_passwords_stay_with_the_phone_and_out_of_the_report() -> None:
    raw = {
        "admin_password": "hush-1",
        "user_password": "hush-2",
        "X_other_password": "hush-3",
        "sip_local_key": "hush-4",
    }
    office = one_phone(**raw)
    settings = {"web_admin_password": "hush-1", "web_user_password": "hush-2"}
    assert only(office, "devices")["settings"] == settings
    assert "X_other_password" in said(office) and "sip_local_key" in said(office) and "hush" not in said(office)


def test_the_proxy_its_transport_and_who_stands_in_for_it_are_the_accounts() -> None:
    own = line(
        proxy_ip="sip.acme.example", registrar_ip="Acme.example", proxy_port=5070, backup_proxy_ip="sip2.acme.example"
    )
    account = only(one_phone(sip_lines={"1": own}, sip_transport="tcp"), "accounts")
    assert account["realm"] == "acme.example"
    assert account["proxy"] == {
        "host": "sip.acme.example", "port": 5070, "transport": "tcp",
        "backup": [{"host": "sip2.acme.example", "transport": "tcp"}],
    }  # fmt: skip


def test_a_line_without_servers_of_its_own_has_the_configs() -> None:
    own = {name: value for name, value in line().items() if name != "proxy_ip"}
    account = only(
        one_phone(sip_lines={"1": own}, sip_proxy_ip="pbx.example", sip_outbound_proxy_ip="sbc.example"), "accounts"
    )
    assert account["realm"] == "pbx.example" and account["proxy"] == {"host": "sbc.example"}


def test_a_second_line_is_its_users_and_logs_in_by_the_first_ones_name() -> None:
    office = one_phone(sip_lines={"1": line(), "3": line("200", display_name="Sales")})
    assert only(office, "devices")["lines"] == [{"extension": "101"}, {"user": "sales", "extension": "200"}]
    assert "sip_lines.3: line 3: lines have no gaps between them: it is line 2 now." in said(office)
    assert "the user name 'line200' and its password" in said(office) and "secret200" not in said(office)
    assert problems(documents_of(office)) == []


def test_keys_go_on_to_the_expansion_modules() -> None:
    keys = {
        "1": {"type": "blf", "value": "102", "label": "Jean", "line": 1}, "28": {"type": "speeddial", "value": "9"},
        "68": {"type": "park", "value": "701"}, "69": {"type": "park"},
    }  # fmt: skip
    assert device_of(funckeys=keys)["keys"] == [
        {"position": 1, "type": "blf", "value": "102", "label": "Jean"},
        {"position": 1, "module": 1, "type": "speed_dial", "value": "9"},
        {"position": 1, "module": 2, "type": "park", "value": "701"},
        {"position": 2, "module": 2, "type": "park"},
    ]


def test_keys_that_cannot_be_are_told() -> None:
    office = one_phone(funckeys={"1": {"type": "blf"}, "2": {"type": "fax", "value": "1"}, "x": {"type": "park"}})
    assert "keys" not in only(office, "devices")
    assert said(office).count("Set it on the device anew.") == 3


@pytest.mark.parametrize(
    ("vendor", "model", "ours"),
    [("Aastra", "6731i", "mitel/6731i"), ("Cisco", "7942G", "cisco/7942"), ("Snom", "765", "snom/D765"), ("Yealink", "T99", "yealink")],
)  # fmt: skip
def test_vendors_and_models_get_our_names(vendor: str, model: str, ours: str) -> None:
    office = imported(device(vendor=vendor, model=model), config(), BASE)
    assert only(office, "devices")["model"] == ours
    assert ("no model of this name" in said(office)) == (model == "T99")


def test_a_phone_that_nobody_configured_comes_without_lines() -> None:
    autocreate = {
        "id": "autoprov",
        "role": "autocreate",
        "parent_ids": [],
        "raw_config": {"sip_lines": {"1": line("autoprov")}},
    }
    waiting = {"id": "ap1", "parent_ids": ["autoprov"], "transient": True, "raw_config": {}}
    office = imported(device(config="ap1", tenant_uuid="master"), waiting, autocreate)
    assert only(office, "devices") == {
        "id": "yealink-aabb01", "account": "default", "mac": "001565aabb01", "model": "yealink/T46S",
    }  # fmt: skip
    assert "users" not in office.office and "nobody configured it in Wazo" in said(office)


def test_two_tenants_are_two_imports() -> None:
    second = device("d2", mac="00:15:65:aa:bb:02", tenant_uuid="t2")
    with pytest.raises(Unreadable, match="2 tenants"):
        imported(device(), config(), second, config("d2"), BASE)


def test_an_account_that_is_there_keeps_its_own_and_phones_say_where_they_differ() -> None:
    present = {"id": "acme", "realm": "acme.example", "settings": {"ntp_servers": ["10.0.0.1"]}}
    office = imported(device(), config(locale="fr_CA"), BASE, account="acme", present=present)
    assert "accounts" not in office.office
    assert only(office, "devices")["settings"] == {"language": "fr-CA", "tones": "CA"}
    assert "the account 'acme' is there, with another one: 'acme.example'" in said(office)


def test_what_has_no_meaning_here_is_told_once_for_all_phones_that_inherit_it() -> None:
    base = {"id": "base", "parent_ids": [], "raw_config": {"X_odd": 1, "http_port": 8667}}
    second = device("d2", mac="00:15:65:aa:bb:02", odd="x")
    office = imported(device(), config(), second, config("d2", sip_lines={"1": line("102")}), base)
    assert said(office).splitlines() == [
        "configs/base X_odd: 1: a phone has no setting of this meaning. Set the vendor's own parameter (overrides).",
        "configs/base http_port: 8667: this is provd's own address. Let DHCP send phones to offhook.",
        'devices/d2 odd: "x": a device has nothing of this meaning.',
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no devices and no configs"),
        ("{", "file is not readable as JSON"),
        ("3", "file holds int"),
        ('{"users": []}', "neither a device nor a config"),
        ('{"devices": [1]}', "devices holds int"),
        ('{"raw_config": {}}', "without id"),
        ("[" * 100_000, "not readable as JSON"),
    ],
)
def test_what_is_no_file_of_wazos_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        import_wazo([("file", text)])
