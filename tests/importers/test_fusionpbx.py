"""What FusionPBX says of phones and extensions is what offhook says of them, or stands in the report."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.importers.fusionpbx import import_fusionpbx
from offhook.importers.report import Unreadable
from tests.importers.fusionpbx_tables import EXTENSION, LINE, MODELS, device, imported, key, table
from tests.importers.kazoo_office import documents_of, only, problems, said

DOMAIN = {"domain_setting_category": "provision", "domain_setting_enabled": "true"}


def of_domain(**settings: str) -> list[dict[str, str]]:
    return [
        {**DOMAIN, "domain_setting_subcategory": name, "domain_setting_value": value}
        for name, value in settings.items()
    ]


def test_a_device_keeps_its_mac_model_name_and_password_and_rings_its_user() -> None:
    office = imported([device(device_label="Reception")])
    assert only(office, "devices") == {
        "id": "marie-tremblay-t46s", "account": "default", "name": "Reception", "mac": "001565aabb01",
        "model": "yealink/T46S", "owner": "marie-tremblay", "sip": {"username": "101", "password": "secret101"},
    }  # fmt: skip
    assert only(office, "callflows")["numbers"] == ["101"]
    assert only(office, "accounts") == {
        "id": "default", "realm": "acme.example", "proxy": {"host": "acme.example", "transport": "tcp"},
        "settings": {"register_expires": 120},
    }  # fmt: skip
    assert problems(documents_of(office)) == [] and office.remarks == ()


def test_the_second_line_of_the_export_is_the_second_line_of_the_device() -> None:
    second = {
        f"{name}|2": value
        for name, value in {**LINE, "line_number": "2", "user_id": "200", "display_name": "Sales"}.items()
    }
    office = imported([device(**second)])
    assert only(office, "devices")["lines"] == [{"extension": "101"}, {"user": "sales", "extension": "200"}]
    assert problems(documents_of(office)) == []


def test_lines_of_their_own_table_are_those_of_the_export() -> None:
    bare = {name: value for name, value in device().items() if name not in LINE}
    assert imported([bare], [{"device_uuid": "one", **LINE}]) == imported([device()])


def test_a_line_that_is_off_is_left_out_and_one_that_says_nothing_is_on() -> None:
    office = imported([device(enabled="false")])
    assert "lines" not in only(office, "devices") and "sip" not in only(office, "devices")
    assert "lines.1: line 1: it is not enabled." in said(office)
    assert only(imported([device(enabled="")]), "devices")["sip"]["username"] == "101"


def test_an_extension_is_a_user_with_caller_ids_and_a_callflow_that_rings_as_long() -> None:
    row = {
        **EXTENSION, "directory_first_name": "Marie", "directory_last_name": "Tremblay", "number_alias": "1101",
        "outbound_caller_id_name": "Acme", "outbound_caller_id_number": "+15145550100", "emergency_caller_id_number": "911",
        "do_not_disturb": "true", "forward_all_destination": "5145550199", "forward_all_enabled": "true",
        "extension_language": "fr", "extension_dialect": "ca", "absolute_codec_string": "PCMU,G722@20i", "call_timeout": "25",
    }  # fmt: skip
    office = imported([row], [device()])
    assert only(office, "users") == {
        "id": "marie-tremblay", "account": "default", "name": "Marie Tremblay", "language": "fr-CA", "dnd": True,
        "caller_id": {"external": {"name": "Acme", "number": "+15145550100"}, "emergency": {"number": "911"}},
        "forward": {"number": "5145550199", "enabled": True}, "settings": {"codecs": ["pcmu", "g722"]},
        "primary_extension": "101",
    }  # fmt: skip
    callflow = only(office, "callflows")
    assert callflow["numbers"] == ["101", "1101"] and callflow["nodes"]["ring"]["timeout"] == 25
    assert problems(documents_of(office)) == []


def test_a_voicemail_is_its_extensions_mailbox_where_calls_end() -> None:
    box = {
        "voicemail_id": "101",
        "voicemail_password": "4711",
        "voicemail_mail_to": "m@acme.example",
        "voicemail_enabled": "t",
    }
    office = imported([EXTENSION], [box, {**box, "voicemail_id": "999"}], [device()])
    mailbox = only(office, "mailboxes")
    assert (mailbox["number"], mailbox["pin"], mailbox["email"]) == ("101", "4711", "m@acme.example")
    assert only(office, "callflows")["nodes"]["ring"]["next"] == {"else": "voicemail"}
    assert only(office, "users")["email"] == "m@acme.example"
    assert "mailbox 999: there is no extension of this number." in said(office)


def test_an_extension_without_device_goes_on_logging_in() -> None:
    office = imported([EXTENSION], [{"domain_name": "acme.example"}])
    assert only(office, "accounts") == {"id": "default", "realm": "acme.example"}
    assert only(office, "devices") == {
        "id": "marie-tremblay-phone", "account": "default", "owner": "marie-tremblay",
        "sip": {"username": "101", "password": "secret101"},
    }  # fmt: skip


def test_what_only_some_calls_are_forwarded_for_is_told() -> None:
    row = {**EXTENSION, "forward_busy_destination": "103", "forward_busy_enabled": "true", "call_group": "sales"}
    office = imported([row], [device()])
    assert "forward_busy_destination: " in said(office) and "call_group: " in said(office)


def test_a_column_that_says_the_same_of_all_is_told_once() -> None:
    rows = [{**EXTENSION, "limit_max": "5"}, {**EXTENSION, "extension": "102", "limit_max": "5"}]
    office = imported(rows, [device()])
    assert said(office) == 'extensions (all 2) limit_max: "5": calls of a user are not counted.'


@pytest.mark.parametrize(
    ("row", "ours"),
    [
        (key(), {"position": 3, "type": "blf", "value": "102", "label": "Jean"}),
        (key(device_key_type="10", device_key_value="*5901"), {"position": 3, "type": "park", "value": "*5901", "label": "Jean"}),
        (key(device_key_category="expansion-2"), {"module": 2, "position": 3, "type": "blf", "value": "102", "label": "Jean"}),
        (key(device_key_category="expansion", device_key_id="41"),
         {"module": 2, "position": 1, "type": "blf", "value": "102", "label": "Jean"}),
        (key(device_key_vendor=""), {"position": 3, "type": "blf", "value": "102", "label": "Jean"}),
        (key(device_key_type="15", device_key_value="1"), {"position": 3, "type": "line", "label": "Jean"}),
    ],
)  # fmt: skip
def test_keys_do_what_they_did(row: dict[str, str], ours: dict[str, Any]) -> None:
    office = imported([device()], [row])
    assert only(office, "devices")["keys"] == [ours]
    assert problems(documents_of(office)) == []


@pytest.mark.parametrize(
    ("vendor", "template", "kind", "ours"),
    [
        ("snom", "snom/D765", "dest", "blf"), ("snom", "snom/D765", "speed", "speed_dial"),
        ("polycom", "polycom/vvx450", "normal", "blf"), ("snom", "snom/D765", "orbit", "park"),
    ],
)  # fmt: skip
def test_each_vendors_words_for_keys_are_known(vendor: str, template: str, kind: str, ours: str) -> None:
    row = key(device_key_vendor=vendor, device_key_type=kind)
    office = imported([device(device_vendor=vendor, device_template=template)], [row])
    assert only(office, "devices")["keys"][0]["type"] == ours


def test_a_spa_phones_key_says_what_it_does_in_its_value() -> None:
    row = key(device_key_vendor="cisco", device_key_type="disabled", device_key_value="fnc=blf+sd+cp;sub=102@$PROXY")
    office = imported([device(device_vendor="cisco", device_template="cisco/spa504g")], [row])
    assert only(office, "devices")["keys"] == [{"position": 3, "type": "blf", "value": "102", "label": "Jean"}]


def test_memory_keys_come_after_the_line_keys() -> None:
    office = imported([device(device_template="yealink/t26p")], [key(device_key_category="memory", device_key_id="2")])
    assert only(office, "devices")["keys"][0]["position"] == 5


def test_a_devices_own_key_stands_over_its_profiles() -> None:
    profile = {
        "device_profile_uuid": "p", "profile_key_category": "line", "profile_key_vendor": "yealink", "profile_key_type": "10",
        "profile_key_value": "*5901",
    }  # fmt: skip
    keys = [{**profile, "profile_key_id": "3"}, {**profile, "profile_key_id": "4"}]
    office = imported([device(device_profile_uuid="p")], [key()], keys)
    assert [(one["position"], one["type"]) for one in only(office, "devices")["keys"]] == [(3, "blf"), (4, "park")]
    assert "profile p: the files do not have what it says" in said(imported([device(device_profile_uuid="p")]))


def test_keys_that_cannot_be_are_told() -> None:
    rows = [
        key(device_key_type="19"), key(device_key_id="4", device_key_value="${user}"), key(device_key_id="7", device_key_value="somebody"),
        key(device_key_id="5", device_key_category="programmable"), key(device_key_id="6", device_key_vendor="snom"),
    ]  # fmt: skip
    office = imported([device()], rows)
    assert "keys" not in only(office, "devices")
    for words in ('its type "19" is none of ours', "its value is no number", "counted so", "it is for phones of snom"):
        assert words in said(office)


def test_a_devices_setting_stands_over_its_profiles_and_its_domains() -> None:
    domain = of_domain(ntp_server_primary="10.0.0.1", admin_password="hush", voicemail_number="*97")
    zone = {
        **DOMAIN,
        "domain_setting_category": "domain",
        "domain_setting_subcategory": "time_zone",
        "domain_setting_value": "Asia/Tokyo",
    }
    own = {
        "device_uuid": "one",
        "device_setting_subcategory": "voicemail_number",
        "device_setting_value": "*98",
        "device_setting_enabled": "true",
    }
    office = imported([device()], [*domain, zone], [own])
    account = only(office, "accounts")
    assert account["timezone"] == "Asia/Tokyo"
    assert account["settings"] == {"ntp_servers": ["10.0.0.1"], "voicemail_number": "*98", "register_expires": 120}
    assert only(office, "devices")["settings"] == {"web_admin_password": "hush"} and "hush" not in said(office)


def test_a_vendors_vlan_is_for_its_phones_alone() -> None:
    settings = of_domain(yealink_vlan_enable="1", yealink_vlan_id="120", yealink_vlan_cos="5", yealink_odd="x")
    other = device(
        "two",
        device_address="000413aabb02",
        device_vendor="snom",
        device_template="snom/D765",
        user_id="102",
        auth_id="102",
    )
    office = imported([device(), other], settings)
    found = {one["mac"]: one.get("settings") for one in office.office["devices"]}
    assert found == {"001565aabb01": {"vlan_id": 120, "vlan_priority": 5}, "000413aabb02": None}
    assert said(office).count("yealink_odd") == 1


def test_servers_their_transport_and_who_stands_in_are_the_accounts() -> None:
    row = device(
        outbound_proxy_primary="sbc1.example:5080",
        outbound_proxy_secondary="sbc2.example",
        sip_transport="TLS",
        sip_port="5061",
    )
    assert only(imported([row]), "accounts")["proxy"] == {
        "host": "sbc1.example", "port": 5080, "transport": "tls", "backup": [{"host": "sbc2.example", "transport": "tls"}],
    }  # fmt: skip


def test_a_device_whose_cell_is_empty_is_off_as_the_export_writes_it() -> None:
    office = imported(
        [device(device_enabled=""), device("two", device_address="001565aabb02", user_id="102", auth_id="102")]
    )
    assert {one["mac"]: one.get("enabled", True) for one in office.office["devices"]} == {
        "001565aabb01": False, "001565aabb02": True,
    }  # fmt: skip
    assert "device_enabled: an empty cell: the export writes false so." in said(office)


def test_one_password_for_two_phones_is_told() -> None:
    office = imported([device(), device("two", device_address="001565aabb02")])
    assert [one.get("sip") for one in office.office["devices"]].count(None) == 1
    assert "another device logs in by it" in said(office) and problems(documents_of(office)) == []


def test_secrets_stay_out_of_the_report() -> None:
    row = device(device_password="hush-1", device_username="u")
    office = imported([row], [{**EXTENSION, "odd_password": "hush-2"}])
    assert "device_password" in said(office) and "odd_password" in said(office) and "hush" not in said(office)


def test_lines_and_keys_of_nobody_are_told() -> None:
    office = imported([device()], [key("other")], [{**LINE, "device_uuid": ""}])
    assert "devices/other: 1 device_keys: the files have no device of these." in said(office)
    assert "devices/: 1 device_lines: they do not say whose they are." in said(office)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "file has no column that tells its table"),
        ("a,b\n1,2\n", "it has a, b"),
        ("voicemail_id\n101\n", "no devices and no extensions"),
        ("device_address,domain_uuid\n001565aabb01,a\n001565aabb02,b\n", "2 domains"),
    ],
)
def test_what_is_no_table_of_fusionpbx_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        import_fusionpbx([("file", text)])


def test_a_sheet_saved_with_semicolons_and_a_mark_before_it_is_read() -> None:
    text = "\ufeff" + table(device()).replace(",", ";")
    assert import_fusionpbx([("file", text)], models=MODELS) == imported([device()])
