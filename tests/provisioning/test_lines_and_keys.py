"""Which lines and keys a phone comes up with, and what is said when something does not fit."""

from __future__ import annotations

import pytest

from offhook.model.device import Device
from offhook.provisioning.phone import Phone
from offhook.provisioning.resolve import Resolution
from tests.offices import Office, office_of

BASE = """
accounts: [{id: default, realm: a.example, timezone: Europe/Paris, language: fr, country: FR%s}]
users: [{id: marie, name: Marie%s}, {id: josh, name: Josh}, {id: idle, name: Idle}]
groups: [{id: desk, name: Desk, members: [{user: marie}, {user: josh}]}]
modes: [{id: night, name: Nuit, states: [day, night]}]
mailboxes: [{id: general, number: "800"}, {id: marie, number: "101", owner: marie}]
devices:
- {id: phone, name: Bureau, mac: 001565000001, model: %s, sip: {username: phone, password: x}%s}
callflows:
- {id: m1, numbers: ["101", "+33140000101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: m2, numbers: ["9", "151"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: j, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
- {id: d, numbers: ["100"], start: r, nodes: {r: {type: ring, targets: [{group: desk}]}}}
- {id: all, numbers: ["600"], start: r, nodes: {r: {type: ring, targets: [{user: marie}, {device: phone}]}}}
%s
"""


def office(
    device: str = ", owner: marie", *, model: str = "yealink/T46S", user: str = "", account: str = "", flows: str = ""
) -> Office:
    return office_of(BASE % (account, user, model, device, flows))


def resolution(made: Office) -> Resolution:
    device = made.directory.find(Device, "default", "phone")
    assert device is not None
    return made.provisioner.explain(made.directory, device).resolution


def phone(made: Office) -> Phone:
    return resolution(made).phone


def labels(made: Office) -> list[tuple[str, str]]:
    return [(line.label, line.login) for line in phone(made).lines]


def test_an_owner_has_a_line_for_each_extension_lowest_first() -> None:
    assert labels(office()) == [("9", "phone"), ("101", "phone-2"), ("151", "phone-3")]


def test_the_primary_extension_comes_first() -> None:
    made = office(user=', primary_extension: "101"')
    assert labels(made) == [("101", "phone"), ("9", "phone-2"), ("151", "phone-3")]


def test_a_primary_extension_that_is_none_of_theirs_is_said() -> None:
    made = office(user=', primary_extension: "777"')
    assert any("777 is none of their extensions" in note for note in resolution(made).notes)


def test_lines_beyond_the_models_accounts_are_reported() -> None:
    made = office(model="yealink/T31P")
    assert [label for label, _ in labels(made)] == ["9", "101"]
    assert "the model holds 2 line(s); left out: 151" in resolution(made).notes


def test_an_owner_whom_no_callflow_rings_has_one_line_with_their_name() -> None:
    made = office(", owner: idle")
    assert labels(made) == [("Idle", "phone")]
    assert phone(made).lines[0].mailbox is None


def test_a_phone_of_nobody_shows_the_number_that_rings_it_and_has_no_mailbox() -> None:
    line = phone(office("")).lines[0]
    assert (line.label, line.display_name, line.mailbox, line.voicemail_number) == ("600", "Bureau", None, None)
    own = '- {id: o, numbers: ["700"], start: r, nodes: {r: {type: ring, targets: [{device: phone}]}}}'
    assert phone(office("", flows=own)).lines[0].label == "700"


def test_the_line_of_the_mailboxs_number_has_the_lamp_and_the_first_line_when_none_has() -> None:
    assert [line.mailbox for line in phone(office()).lines] == ["101", "101", None]


def test_the_message_key_dials_the_setting_else_the_voicemail_flow_else_the_box_itself() -> None:
    assert phone(office()).lines[1].voicemail_number == "sip:101@a.example"
    check = '- {id: v, numbers: ["*97"], start: v, nodes: {v: {type: voicemail_check}}}'
    assert phone(office(flows=check)).lines[1].voicemail_number == "*97"
    made = office(account=', settings: {voicemail_number: "*98"}', flows=check)
    assert phone(made).lines[1].voicemail_number == "*98"


def test_written_lines_take_the_place_of_the_rule() -> None:
    made = office(', lines: [{user: josh}, {user: marie, extension: "151"}, {label: Porte}]')
    assert [(line.label, line.display_name, line.user) for line in phone(made).lines] == [
        ("102", "Josh", "josh"), ("151", "Marie", "marie"), ("Porte", "Bureau", None),
    ]  # fmt: skip


def test_a_disabled_callflow_gives_no_extension() -> None:
    made = office_of((BASE % ("", "", "yealink/T46S", ", owner: josh", "")).replace("id: j,", "id: j, enabled: false,"))
    assert labels(made) == [("Josh", "phone")]


@pytest.mark.parametrize(
    ("key", "value", "label"),
    [
        ("type: blf, value: josh", "102", "Josh"),
        ("type: blf, value: desk", "100", "Desk"),
        ('type: blf, value: "15"', "15", "15"),
        ("type: speed_dial, value: josh, label: Chef", "102", "Chef"),
        ('type: park, value: "*68"', "*68", ""),
    ],
)
def test_a_key_that_names_somebody_follows_the_directory(key: str, value: str, label: str) -> None:
    made = office(f", owner: marie, keys: [{{position: 5, {key}}}]")
    found = next(one for one in phone(made).keys if one.position == 5)
    assert (found.value, found.label) == (value, label)


def test_lines_take_the_lowest_keys_that_are_free() -> None:
    made = office(", owner: marie, keys: [{position: 2, type: dnd}]")
    assert [(key.position, key.type, key.line) for key in phone(made).keys] == [
        (1, "line", 1), (2, "dnd", 1), (3, "line", 2), (4, "line", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("position: 5, type: blf, value: idle", "user idle has no extension"),
        ("position: 5, type: mode, value: night", "no callflow with an internal number switches mode night"),
        ("position: 5, type: park", "says where to park"),
        ("position: 28, type: dnd", "the model has 27 programmable keys"),
        ("position: 1, module: 7, type: dnd", ""),
        ("position: 41, module: 1, type: dnd", "the module has 40 keys"),
        ("position: 5, type: dnd, line: 9", "the device has no line 9"),
    ],
)
def test_a_key_that_cannot_be_done_is_left_out_and_said(key: str, said: str) -> None:
    if "module: 7" in key:
        key = key.replace("module: 7", "module: 6").replace("position: 1", "position: 41")
        said = "the module has 40 keys"
    made = office(f", owner: marie, keys: [{{{key}}}]")
    assert any(said in note for note in resolution(made).notes), resolution(made).notes


def test_a_voicemail_key_without_a_mailbox_is_left_out_and_said() -> None:
    made = office(", keys: [{position: 5, type: voicemail}]")
    assert any("the line has no mailbox" in note for note in resolution(made).notes)


def test_a_mode_key_dials_the_callflow_that_switches_it() -> None:
    switch = '- {id: n, numbers: ["*28"], start: s, nodes: {s: {type: setting, what: mode, target: night}}}'
    made = office(", owner: marie, keys: [{position: 5, type: mode, value: night}]", flows=switch)
    assert [(key.value, key.label) for key in phone(made).keys if key.position == 5] == [("*28", "Nuit")]


def test_the_last_layer_that_sets_a_value_wins_and_is_named() -> None:
    made = office_of(
        """
accounts: [{id: default, realm: a.example, language: fr, settings: {codecs: [pcma], call_waiting: true}}]
sites: [{id: hq, timezone: Europe/Rome, settings: {vlan_id: 20}}]
users: [{id: marie, name: Marie, language: de, settings: {vlan_id: 30}}]
devices:
- {id: phone, mac: 001565000001, model: yealink/T46S, owner: marie, site: hq, settings: {codecs: [opus]},
   overrides: {yealink: {phone_setting.ring_type: Ring1.wav}}}
""".replace("overrides: {yealink: {phone_setting.ring_type: Ring1.wav}}}", "sip: {username: p, password: p}}")
    )
    layers = resolution(made).layers
    chosen = {name: (getattr(layers.settings, name), layers.origins[name]) for name in
              ("codecs", "call_waiting", "vlan_id", "language", "timezone", "dtmf")}  # fmt: skip
    assert chosen == {
        "codecs": (("opus",), "device phone"),
        "call_waiting": (True, "account default"),
        "vlan_id": (30, "user marie"),
        "language": ("de", "user marie"),
        "timezone": ("Europe/Rome", "site hq"),
        "dtmf": ("rfc2833", "built-in"),
    }
