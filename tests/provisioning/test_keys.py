"""Programmable keys: what each vendor's phones can do, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.model.device import Device
from offhook.model.kind import make_document
from offhook.provisioning.keys import Keys, resolve_keys
from offhook.provisioning.lines import resolve_lines
from offhook.provisioning.profile_file import KeyRules, Model
from tests.offices import Office, office_of

TEXT = """
accounts: [{id: default, realm: a.example}]
users: [{id: marie, name: Marie}, {id: josh, name: Josh}]
groups: [{id: desk, name: Desk, members: [{user: josh}]}]
modes: [{id: night, states: [day, night]}]
mailboxes: [{id: marie, number: "101", owner: marie}]
devices:
- {id: phone, mac: %s, model: %s, owner: marie, sip: {username: phone, password: x}, keys: [%s]}
callflows:
- {id: m, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: m2, numbers: ["151"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: j, numbers: ["+33140000102", "102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
- {id: d, numbers: ["100"], start: r, nodes: {r: {type: ring, targets: [{group: desk}]}}}
- {id: n, numbers: ["*28"], start: s, nodes: {s: {type: setting, what: mode, target: night}}}
"""


def office(keys: str = "", *, model: str = "yealink/T46S") -> Office:
    mac = "000b82000001" if model.startswith("grandstream") else "001565000001"
    return office_of(TEXT % (mac, model, keys))


def shown(made: Office) -> tuple[list[tuple[int, str, str, str]], tuple[str, ...]]:
    """(position, type, value, label) of every key, and what is said."""
    device = made.directory.find(Device, "default", "phone")
    assert device is not None
    resolution = made.provisioner.explain(made.directory, device).resolution
    return [(key.position, key.type, key.value, key.label) for key in resolution.phone.keys], resolution.notes


LINES = [(1, "line", "", "101"), (2, "line", "", "151")]


@pytest.mark.parametrize(
    ("kind", "identity", "value", "before"),
    [
        ("users", "josh", "josh", (5, "blf", "102", "Josh")),
        ("groups", "desk", "desk", (5, "blf", "100", "Desk")),
        ("modes", "night", "night", (5, "blf", "*28", "night")),
    ],
)
def test_a_key_that_names_somebody_who_was_removed_is_left_out_and_reported(
    kind: str, identity: str, value: str, before: tuple[int, str, str, str]
) -> None:
    made = office(f"{{position: 5, type: blf, value: {value}}}")
    assert shown(made) == ([*LINES, before], ())
    made.directory = made.directory.changed(2, [(("default", kind, identity), None)])
    keys, notes = shown(made)
    assert keys == LINES
    assert notes == (
        f"key 5 (blf) is left out: {value!r} is no number, and there is no user, group or mode of that name any more",
    )


def test_a_key_follows_the_one_whom_it_names_to_another_number_and_name() -> None:
    made = office("{position: 5, type: speed_dial, value: josh}")
    made.change(
        make_document("users", {"id": "josh", "name": "Joshua"}, ""),
        make_document(
            "callflows",
            {
                "id": "j",
                "numbers": ["177"],
                "start": "r",
                "nodes": {"r": {"type": "ring", "targets": [{"user": "josh"}]}},
            },
            "",
        ),
    )
    assert shown(made)[0][-1] == (5, "speed_dial", "177", "Joshua")


def test_a_public_number_is_no_extension_that_a_key_could_watch() -> None:
    made = office("{position: 5, type: blf, value: josh}")
    made.change(
        make_document(
            "callflows",
            {
                "id": "j",
                "numbers": ["+331"],
                "start": "r",
                "nodes": {"r": {"type": "ring", "targets": [{"user": "josh"}]}},
            },
            "",
        )
    )
    assert shown(made) == (
        LINES,
        ("key 5 (blf) is left out: user josh has no extension: no callflow rings them first",),
    )


def test_a_written_line_key_stands_where_it_is_written_and_the_other_lines_go_round_it() -> None:
    assert shown(office("{position: 3, type: line, line: 1, label: Moi}"))[0] == [
        (1, "line", "", "151"), (3, "line", "", "Moi"),
    ]  # fmt: skip


def test_a_label_may_be_empty_and_is_never_more_than_one_line() -> None:
    keys = '{position: 5, type: blf, value: josh, label: ""}, {position: 6, type: blf, value: "9", label: "a\\r\\nb"}'
    assert shown(office(keys))[0][2:] == [(5, "blf", "102", ""), (6, "blf", "9", "a b")]


def test_a_vendor_that_cannot_do_a_type_says_so() -> None:
    keys, notes = shown(office('{position: 5, type: url, value: "http://x.example/"}', model="grandstream/GXP2170"))
    assert all(key_type != "url" for _, key_type, _, _ in keys)
    assert "key 5 (url) is left out: this vendor's phones have no key of type url" in notes


def test_a_page_on_a_phone_without_pages_is_said() -> None:
    keys, notes = shown(office("{position: 5, page: 2, type: dnd}"))
    assert keys == LINES
    assert notes == (
        "key 5 (dnd) is left out: this vendor's keys are counted through all pages: give the position without a page",
    )


def test_a_module_that_the_model_does_not_take_is_said() -> None:
    _, notes = shown(office("{position: 5, module: 1, type: dnd}", model="yealink/T31P"))
    assert notes[-1] == "key 5 of module 1 (dnd) is left out: the model takes no expansion module(s)"


def test_lines_that_find_no_free_key_are_said() -> None:
    keys = ", ".join(f"{{position: {at}, type: dnd}}" for at in range(1, 27))
    found, notes = shown(office(keys))
    assert found[-1] == (27, "line", "", "101")
    assert notes == ("line 2 (151) has no key: all 27 are taken",)


def test_a_model_that_nobody_knows_gets_the_keys_as_they_are_written() -> None:
    keys, notes = shown(office("{position: 120, type: dnd}, {position: 3, module: 2, type: dnd}", model="yealink"))
    assert [(at, key_type) for at, key_type, _, _ in keys] == [(120, "dnd"), (3, "dnd")] and notes == ()


def resolved(rules: KeyRules, *keys: dict[str, Any]) -> Keys:
    made = office()
    account = made.directory.account("default")
    device = make_document("devices", {"id": "phone", "owner": "marie", "sip": {"username": "p", "password": "x"}, "keys": keys}, "")  # fmt: skip
    assert isinstance(device, Device)
    lines = resolve_lines(made.directory, account, device, account.settings, None).lines
    return resolve_keys(made.directory, account, device, account.settings, lines, rules, Model(accounts=6, keys=24))


def test_where_pages_have_a_size_a_key_is_counted_through_them_and_no_two_share_a_place() -> None:
    rules = KeyRules(types={"dnd": 5, "redial": 6}, keys_a_page=8)
    found = resolved(
        rules,
        {"position": 2, "page": 3, "type": "dnd"},
        {"position": 18, "type": "redial"},
        {"position": 1, "page": 4, "type": "dnd"},
    )
    assert [(key.position, key.code) for key in found.keys] == [(18, 5)]
    assert found.notes == (
        "key 18 (redial) is left out: another one is at its place",
        "key 1 (dnd) is left out: the model has 24 programmable keys",
    )


def test_where_lines_lead_no_other_key_can_be_in_their_places() -> None:
    rules = KeyRules(types={"dnd": 5}, lines_lead=True)
    found = resolved(rules, {"position": 2, "type": "dnd"}, {"position": 3, "type": "dnd"})
    assert [(key.position, key.type) for key in found.keys] == [(3, "dnd")]
    assert found.notes == ("key 2 (dnd) is left out: the phone shows its line 2 there",)
