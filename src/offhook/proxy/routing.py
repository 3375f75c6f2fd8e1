"""Routing: the plan of a call, and the plan that goes on from a point of it."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from zlib import crc32

import msgspec

from offhook.callflow.action import Ask, Change, Reject, Step
from offhook.callflow.call import Call
from offhook.callflow.cursor import unseal
from offhook.callflow.engine import EMERGENCY, resume, start, step_of, walk_at
from offhook.callflow.memory import Exchange
from offhook.callflow.plan import plan_from
from offhook.directory import Directory
from offhook.model import decision
from offhook.model import node as nodes
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.device import Device
from offhook.model.node import Node

from .causes import outcome_of
from .errands import Run
from .fields import call_of, user_of
from .headers import display_name
from .written import ALL_CAPS, WireStep, written

VERSION: Final = 1
STALE_IF_ERROR: Final = 86_400
"""Seconds that a proxy may go on with a plan while it cannot ask."""
MOST_ERRANDS: Final = 10
"""Settings and web services that one question may lead through."""
BY_CALLER: Final[tuple[type[Node], ...]] = (
    decision.CallerIs, decision.VariableIs, nodes.VoicemailCheck, nodes.Setting, nodes.SetCaller, nodes.DialOut, nodes.Pickup,
    nodes.Ask,
)  # fmt: skip
"""Nodes that do for one caller what they would not do for another."""


class Routing:
    """Makes plans from the directory that is published at that moment."""

    def __init__(
        self, directory: Callable[[], Directory], exchange: Exchange, run: Run, clock: Callable[[], float] = time.time
    ) -> None:
        self._directory = directory
        self._exchange = exchange
        self._run = run
        self._clock = clock
        self._turns = itertools.count()
        """Counts calls, for rotation."""

    async def route(self, fields: Mapping[str, str], only: str | None) -> dict[str, Any]:
        """The plan of a call that a proxy asks about; `only`: the account that it may ask for, None: any."""
        call = call_of(fields)
        identity = call_id(fields)
        directory, now = self._directory(), self._clock()
        started = start(directory, call, self._exchange, now=now, seed=crc32(identity.encode()), turn=next(self._turns))
        if isinstance(started, Step):
            step, flow = started, None
        else:
            flow = started.flow
            step = step_of(started, started.run())
        if only is not None and step.account != only:
            return _answer(identity, None, [_not_found()])
        step = await self._after_errands(step)
        answer = self._plan(step, identity, call, caps_of(fields))
        for_whom = _for_whom(self._directory(), flow, call)
        if for_whom is not None and answer["steps"][0]["type"] != "reply":
            answer["cache"] = {"stale_if_error": STALE_IF_ERROR, "for": for_whom}
        return answer

    async def resume(self, fields: Mapping[str, str], only: str | None) -> dict[str, Any]:
        """The plan that goes on from a `query`; raises `CursorRefused`."""
        token, now = fields.get("token", ""), self._clock()
        position = unseal(self._exchange.key, token, now)
        directory = self._directory()
        if only is not None and position.account != only:
            return _answer(call_id(fields), None, [_not_found()])
        node = None
        if position.callflow != EMERGENCY:
            walk = walk_at(directory, position, self._exchange, now)
            node = walk.flow.nodes.get(position.node)
        status = fields.get("status", "")
        outcome = outcome_of(
            node,
            fields.get("cause") or "failed",
            int(status) if status.isdecimal() and len(status) == 3 else None,
            user_of(fields.get("contact", "")),
        )
        step = await self._after_errands(resume(directory, token, outcome, self._exchange, now=now))
        return self._plan(step, call_id(fields), position.call, caps_of(fields))

    async def _after_errands(self, step: Step) -> Step:
        """The first step that a proxy carries out."""
        for _ in range(MOST_ERRANDS):
            if not isinstance(step.action, Change | Ask) or step.cursor is None or step.account is None:
                return step
            outcome = await self._run(step.action, step.account)
            step = resume(self._directory(), step.cursor, outcome, self._exchange, now=self._clock())
        refused = Reject(482, "Loop Detected")
        return msgspec.structs.replace(step, action=refused, cursor=None, outcomes=())

    def _plan(self, step: Step, identity: str, call: Call, caps: frozenset[str]) -> dict[str, Any]:
        directory, name = self._directory(), step.account or ""
        account = directory.find(Account, name, step.account)

        def first_login(device: str) -> str | None:
            found = directory.find(Device, name, device)
            return found.sip.username if found is not None and found.sip is not None else None

        def dials_as(user: str | None) -> str | None:
            owned = directory.owned(name, user, "devices") if user is not None else ()
            return next((login for login in map(first_login, owned) if login is not None), call.login)

        steps = written(
            plan_from(directory, step, self._exchange, now=self._clock()),
            realm=account.realm if account is not None else "invalid",
            called=call.called,
            caps=caps,
            first_login=first_login,
            dials_as=dials_as,
        )
        return _answer(identity, step, steps)


def _answer(identity: str, step: Step | None, steps: list[WireStep]) -> dict[str, Any]:
    """A plan with what stands around it; every list is there, also when it is empty."""
    shown = step.properties if step is not None else None
    return {
        "version": VERSION,
        "call": identity,
        "account": step.account if step is not None else None,
        "caller": {
            "name": display_name(shown.caller_name) if shown else "",
            "number": shown.caller_number if shown else "",
            "privacy": shown.hide if shown else False,
        },
        "steps": steps,
        "cache": {},
        "trace": list(step.trace) if step is not None else [],
    }


def _not_found() -> WireStep:
    return {"type": "reply", "code": 404, "reason": "Not Found"}


def call_id(fields: Mapping[str, str]) -> str:
    """Our name for a call, the same on every server: made of what makes two questions the same."""
    text = "\n".join(fields.get(name, "") for name in ("call_id", "from_tag", "dialed"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def caps_of(fields: Mapping[str, str]) -> frozenset[str]:
    """What the proxy says that it can do; one that says nothing can do all."""
    caps = fields.get("caps")
    return ALL_CAPS if caps is None else frozenset(part.strip() for part in caps.split(","))


def _for_whom(directory: Directory, flow: Callflow | None, call: Call) -> str | None:
    """For whose calls to the same number a plan may stand in while we cannot be asked; None: for nobody's."""
    if flow is None:
        return None
    side = "outside" if call.login is None else "inside"
    todo, seen = [flow], {flow.id}
    while todo:
        for node in todo.pop().nodes.values():
            if isinstance(node, BY_CALLER):
                return "caller"
            if isinstance(node, nodes.Flow) and node.flow not in seen:
                seen.add(node.flow)
                following = directory.find(Callflow, flow.account, node.flow)
                todo += [following] if following is not None else []
    return side
