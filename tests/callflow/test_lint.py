"""What is allowed and probably not meant: each check finds its fault, and nothing in an office that is in order."""

from __future__ import annotations

import pytest

from offhook import resources
from offhook.callflow.lint import lint
from tests.offices import office_of

BASE = """
accounts: [{{id: default, realm: bureau.example, dial: {{emergency: ["911"]}}}}]
users:
  - {{id: marie, name: Marie{user}}}
  - {{id: josh, name: Josh}}
devices:
  - {{id: desk, owner: marie, sip: {{username: desk, password: p}}, keys: [{key}]}}
  - {{id: bell, sip: {{username: bell, password: p}}{bell}}}
mailboxes: [{{id: box, number: "101", owner: marie}}]
{more}
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}{nodes}}}}}
{flows}
"""


def findings(**parts: str) -> list[tuple[str, str]]:
    """(code, place) of everything that is found in the office with these parts."""
    text = BASE.format(**{"user": "", "key": "", "bell": "", "more": "", "nodes": "", "flows": "", **parts})
    directory = office_of(text).directory
    return [(one.code, one.place) for one in lint(directory, directory.account("default")) if one is not None]


def flow(nodes: str, identity: str = "two", numbers: str = '"200"') -> str:
    return f"  - {{id: {identity}, numbers: [{numbers}], start: a, nodes: {{{nodes}}}}}"


def test_an_office_in_order_has_nothing_to_be_told() -> None:
    assert findings() == []
    demo = office_of(resources.demo_office().read_text(encoding="utf-8")).directory
    assert [one for account in demo.accounts() for one in lint(demo, demo.account(account)) if one] == []


@pytest.mark.parametrize(
    ("code", "place", "parts"),
    [
        ("C02", "callflows/one.nodes.lost", {"nodes": ", lost: {type: end}"}),
        ("C03", "callflows/two.nodes.a", {"flows": flow("a: {type: menu, prompt: {text: Hello}}")}),
        (
            "C03",
            "callflows/two.nodes.a",
            {"flows": flow("a: {type: menu, prompt: {text: Hi}, max_digits: 1, next: {'12': b}}, b: {type: end}")},
        ),
        ("C07", "callflows/two.nodes.a", {"flows": flow("a: {type: ring, targets: [{user: josh}]}")}),
        (
            "C07",
            "callflows/two.nodes.a",
            {"bell": ", enabled: false", "flows": flow("a: {type: ring, targets: [{device: bell}]}")},
        ),
        ("C08", "groups/empty", {"more": "groups: [{id: empty}]"}),
        ("C09", "schedules/s.periods.open", {"more": "schedules: [{id: s, periods: {open: [], closed: else}}]"}),
        (
            "C09",
            "schedules/s.periods.night",
            {"more": "schedules: [{id: s, periods: {open: [{}], night: [{from: '22:00', to: '06:00'}]}}]"},
        ),
        (
            "C09",
            "schedules/s.exceptions[1]",
            {
                "more": "schedules: [{id: s, periods: {closed: else}, exceptions: "
                "[{on: 2027-01-01, period: closed}, {on: 2027-01-01, period: closed}]}]"
            },
        ),
        ("C10", "users/marie.forward", {"user": ", forward: {enabled: true, number: '101'}"}),
        (
            "C11",
            "callflows/two.nodes.a",
            {"flows": flow("a: {type: menu, prompt: {text: Hi}, direct_dial: {extensions: true}}")},
        ),
        ("C12", "callflows/two.numbers", {"flows": flow("a: {type: end}", numbers='"911"')}),
        ("C13", "callflows/two", {"flows": flow("a: {type: ring, timeout: 100, rounds: 2, targets: [{user: marie}]}")}),
        ("C14", "callflows/two.nodes.a", {"flows": flow("a: {type: voicemail, box: owner_of_ring}")}),
        ("C15", "callflows/two.nodes.a", {"flows": flow("a: {type: announce}")}),
        ("C16", "devices/desk.keys[0]", {"key": "{position: 1, type: speed_dial, value: '999'}"}),
        ("C17", "modes/night", {"more": "modes: [{id: night, states: [day, night]}]"}),
    ],
)
def test_a_fault_is_told_by_its_code_and_place(code: str, place: str, parts: dict[str, str]) -> None:
    assert findings(**parts) == [(code, place)]


@pytest.mark.parametrize(
    "parts",
    [
        {"key": "{position: 1, type: speed_dial, value: '911'}"},
        {"key": "{position: 1, type: speed_dial, value: '101'}"},
        {"key": "{position: 1, type: blf, value: josh}"},
        {"key": "{position: 1, type: speed_dial, value: '+33140000000'}"},
        {
            "key": "{position: 1, type: park, value: '*68'}",
            "flows": "  - {id: park, patterns: ['[*]6[0-9]'], start: a, nodes: {a: {type: park}}}",
        },
        {
            "more": "modes: [{id: night, states: [day, night]}]",
            "flows": flow("a: {type: setting, what: mode, target: night}"),
        },
        {
            "flows": flow(
                "a: {type: ring, timeout: 100, targets: [{user: marie}], next: {else: b}}, "
                "b: {type: announce, text: Wait, next: {done: c}}, c: {type: ring, timeout: 100, targets: [{user: marie}]}"
            )
        },
    ],
)
def test_what_is_meant_is_left_alone(parts: dict[str, str]) -> None:
    assert findings(**parts) == []


def test_two_people_whose_calls_go_to_each_other_are_told() -> None:
    josh = """
  - {id: j, numbers: ["102"], start: ring, nodes: {ring: {type: ring, targets: [{user: josh}]}}}"""
    text = BASE.format(user=", forward: {enabled: true, number: '102'}", key="", bell="", more="", nodes="", flows=josh)
    text = text.replace("name: Josh}", "name: Josh, forward: {enabled: true, number: '101'}}")
    directory = office_of(text).directory
    found = [one.code for one in lint(directory, directory.account("default")) if one is not None]
    assert found == ["C10", "C10"]
