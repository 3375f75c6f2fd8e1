"""An office to call in, and calls: what the engine asks for, step after step, as the outcomes come in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import yaml

from offhook.callflow.action import Action, Leg, Ring, Service, Step
from offhook.callflow.call import Call, Outcome
from offhook.callflow.engine import resume, route
from offhook.callflow.memory import Exchange
from offhook.directory import Directory
from tests.offices import office_of

KEY = b"0123456789abcdef0123456789abcdef"
EXCHANGE = Exchange(KEY)
REALM = "a.example"
MONDAY_NOON = datetime.fromisoformat("2026-11-23T12:00:00+01:00").timestamp()

OFFICE = """
accounts:
- {id: default, realm: a.example, timezone: Europe/Paris, voicemail_uri: "sip:{box}@vm.a.example",
   dial: {country_code: "33", national_prefix: "0", international_prefix: "00", emergency: ["112", "15"]}}
users:
- {id: marie, name: Marie%(marie)s}
- {id: josh, name: Josh%(josh)s, caller_id: {external: {number: "+33140000102", name: Office}}}
- {id: ann, name: Ann%(ann)s}
devices:
- {id: marie-desk, owner: marie, sip: {username: marie-desk, password: x}%(marie_desk)s}
- {id: marie-home, owner: marie, sip: {username: marie-home, password: x}}
- {id: josh-desk, owner: josh, sip: {username: josh-desk, password: x}}
- {id: ann-desk, owner: ann, sip: {username: ann-desk, password: x}}
- {id: hall, name: Hall, sip: {username: hall, password: x}}
- {id: bell, name: Doorbell, sip: {username: bell, password: x}}
groups:
- {id: desk, name: Desk, members: [{user: marie}, {user: josh, delay: 5}, {device: hall, delay: 10}]}
mailboxes: [{id: marie, number: "101", owner: marie}, {id: general, number: "800"}]
callflows:
- {id: josh, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
- {id: ann, numbers: ["103"], start: r, nodes: {r: {type: ring, targets: [{user: ann}]}}}
- {id: hall, numbers: ["110"], start: r, nodes: {r: {type: ring, targets: [{device: hall}]}}}
"""
MARIE = {
    "id": "marie",
    "numbers": ["101", "+33140000101"],
    "start": "r",
    "nodes": {
        "r": {"type": "ring", "targets": [{"user": "marie"}], "next": {"else": "vm"}},
        "vm": {"type": "voicemail", "box": "marie"},
    },
}


def office(*flows: dict[str, Any], also: str = "", **blanks: str) -> Directory:
    """The office with some callflows more; `blanks` are fields for marie, josh, ann or marie_desk, `also` is YAML."""
    documents = yaml.safe_load(OFFICE % {name: blanks.get(name, "") for name in ("marie", "josh", "ann", "marie_desk")})
    for kind, listed in {**yaml.safe_load(also or "{}")}.items():
        documents[kind] = [*documents.get(kind, ()), *listed]
    own = {made["id"] for made in flows}
    documents["callflows"] += [made for made in (MARIE, *flows) if made is not MARIE or "marie" not in own]
    return office_of(json.dumps(documents)).directory


def flow(start: dict[str, Any], number: str = "200", identity: str = "it", **nodes: dict[str, Any]) -> dict[str, Any]:
    """A callflow with one number, whose first node is `start`."""
    numbers = [number] if number else []
    return {"id": identity, "numbers": numbers, "start": "start", "nodes": {"start": start, **nodes}}


def ring(*targets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "ring", "targets": list(targets), **fields}


def call(called: str = "200", login: str | None = "josh-desk", **fields: Any) -> Call:
    """A call from a phone of the office; `login=None`: from outside."""
    return Call(called=called, realm=REALM, login=login, **fields)


def outside(called: str, number: str = "+4930123456", **fields: Any) -> Call:
    return Call(called=called, login=None, number=number, **fields)


def steps(
    directory: Directory,
    made: Call,
    *outcomes: str,
    now: float = MONDAY_NOON,
    exchange: Exchange = EXCHANGE,
    **chance: int,
) -> list[Step]:
    """The decisions of a call, one more than there are outcomes unless the call ends before."""
    made_steps = [route(directory, made, exchange, now=now, **chance)]
    for outcome in outcomes:
        cursor = made_steps[-1].cursor
        assert cursor is not None, made_steps[-1]
        made_steps.append(resume(directory, cursor, Outcome.of(outcome), exchange, now=now))
    return made_steps


def last(directory: Directory, made: Call, *outcomes: str, **more: Any) -> Action:
    """What is asked for after the outcomes."""
    return steps(directory, made, *outcomes, **more)[-1].action


def legs(action: Action) -> list[Leg]:
    assert isinstance(action, Ring), action
    return [leg for stage in action.stages for leg in stage.legs]


def rung(action: Action) -> list[str]:
    """Devices and numbers that ring, in order."""
    return [leg.device or leg.address for leg in legs(action)]


def service(action: Action) -> tuple[str, dict[str, Any]]:
    assert isinstance(action, Service), action
    return action.name, action.parameters


def said(made_steps: Sequence[Step]) -> str:
    """The trace of all steps."""
    return "\n".join(line for step in made_steps for line in step.trace)
