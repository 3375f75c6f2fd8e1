"""Examples kept with a callflow: a change that would break one is refused, whatever document it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .running import RunningServer

OFFICE = """
accounts: [{id: default, realm: example.com, timezone: Europe/Paris}]
users: [{id: marie, name: Marie}, {id: josh, name: Josh}]
devices:
  - {id: desk, owner: marie, sip: {username: desk, password: p}}
  - {id: other, owner: josh, sip: {username: other, password: p}}
mailboxes: [{id: general, number: "100"}]
schedules: [{id: office, periods: {open: [{days: [mon, tue, wed, thu, fri]}], closed: else}}]
callflows:
  - {id: marie, numbers: ["101"], start: ring, nodes: {ring: {type: ring, targets: [{user: marie}]}}}
  - {id: josh, numbers: ["102"], start: ring, nodes: {ring: {type: ring, targets: [{user: josh}]}}}
  - id: reception
    numbers: ["100", "+33140000100"]
    start: hours
    nodes:
      hours: {type: hours, schedule: office, next: {open: ring, closed: box}}
      ring: {type: ring, targets: [{user: marie}], next: {else: box}}
      box: {type: voicemail, box: general}
    examples:
      - {from: "102", to: "100", at: 2026-11-22T12:00:00+01:00, expect: [voicemail 100]}
      - {from: "+33600000000", to: "+33140000100", at: 2026-11-23T12:00:00+01:00, outcomes: [busy],
         expect: [ring marie, voicemail 100]}
"""


@pytest.fixture
def server(empty: RunningServer) -> Iterator[RunningServer]:
    empty.run("apply", "-f", "-", stdin=OFFICE)
    yield empty


def test_a_change_that_breaks_an_example_is_refused_with_what_would_happen_instead(server: RunningServer) -> None:
    refused = server.run("schedule", "edit", "office", "--set", "periods.open=[{days: [sun]}]", check=False)
    assert refused.returncode == 1
    assert "callflows/reception.examples[0]" in refused.stderr
    assert "is to come out as «voicemail 100», and now comes out as «ring marie»" in refused.stderr
    assert (
        json.loads(server.run("schedule", "show", "office", "--json").stdout)["periods"]["open"][0]["days"][0] == "mon"
    )


def test_it_is_made_when_the_admin_insists_and_the_check_goes_on_telling(server: RunningServer) -> None:
    server.run("callflow", "edit", "reception", "--set", "nodes.ring.targets=[{user: josh}]", "--force")
    found = server.run("check", check=False)
    assert found.returncode == 1 and "error: callflows/reception.examples[1]" in found.stdout
    server.run("user", "edit", "josh", "--set", "name=Joshua")  # what was broken before is no reason to refuse


def test_an_example_that_never_was_true_is_refused_with_its_callflow(server: RunningServer) -> None:
    refused = server.run(
        "callflow", "edit", "marie", "--set", "examples=[{from: '102', to: '101', expect: [ring josh]}]", check=False
    )
    assert refused.returncode == 1 and "now comes out as «ring marie»" in refused.stderr
    server.run("callflow", "edit", "marie", "--set", "examples=[{from: '102', to: '101', expect: [ring marie]}]")
    refused = server.run("device", "remove", "desk", check=False)
    assert "callflows/marie.examples[0]" in refused.stderr
