"""The plan: a call's decisions unrolled over all their outcomes, for proxies that ask once.

Each step of a plan is a decision as `resume` would make it. Where a decision must be made late, the plan has a `query`:
the proxy then gives back the cursor with the outcome, and gets a new plan; `otherwise` is the step to take when it
cannot ask us. Queries stand where the word of a phone or a web service decides (`redirected`, `ask`), where a setting
is changed, where a menu lets one dial an extension, where the clock may have moved into another period by then, and
where a plan would grow too long. Two ways to the same place and state share their step, so a plan may go in a circle;
proxies count the steps that they carry out.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.mode import Mode
from offhook.model.schedule import Schedule

from .action import LAST, Action, Ask, Change, Hangup, Reject, Service, Step
from .call import Call, Outcome
from .cursor import seal, unseal
from .decide_nodes import zone_of
from .engine import EMERGENCY, after_emergency, decided, duration, route, walk_at
from .hours import next_change
from .memory import Exchange
from .position import Position
from .walk import Walk

MOST_STEPS: Final = 60
MOST_DEPTH: Final = 16
"""Actions that follow one another before the proxy has to ask again."""
MOST_BYTES: Final = 24_000
"""Of the actions and cursors after the first step, as MessagePack."""
_FAILED: Final = Reject(503, "Service Unavailable")
_RESERVE: Final = 3
"""Queries that a step needs at most: for a redirection, for values that nobody can list, for all that has no room."""
_CALLER_TIME: Final = 600
"""Seconds that a caller may spend in a service, for deciding whether the clock may reach another period by then."""
_LATE: Final = 3_600
"""Seconds that the cursors of a plan last longer than the way to them takes."""
_UNLISTED: Final = Outcome("digits", "?")
"""Digits that no menu has."""
_NOT_DONE: Final = {Ask: Outcome("failed"), Change: Outcome("refused")}
"""What becomes of ours to do, when we cannot be asked to do it."""
_INSTEAD: Final = {"redirected": Outcome("rejected"), "found": Outcome("none"), "label": Outcome("failed")}
"""Outcomes that only we can judge → what they count as when we cannot be asked."""


class Query(msgspec.Struct, frozen=True, tag="query"):
    """Ask again: give back the cursor of the step before, with its outcome."""

    cursor: str
    otherwise: int
    """Index of the step to take when there is no answer."""


class PlanStep(msgspec.Struct, frozen=True):
    """One step of a plan."""

    action: Action | Query
    on: dict[str, int]
    """Outcome (as `str(Outcome)`: `busy`, `digits:1`) → index of the step to take."""
    next: int | None
    """Index of the step for every other outcome; None: the plan ends here."""
    step: Step | None
    """The decision itself, with its properties and trace; None for a query, and for an end for want of room."""


class Plan(msgspec.Struct, frozen=True):
    """The steps; the first one is the first to take."""

    steps: tuple[PlanStep, ...]


def plan(directory: Directory, call: Call, exchange: Exchange, *, now: float, seed: int = 0, turn: int = 0) -> Plan:
    """The whole plan of a call; the arguments are those of `route`."""
    step = route(directory, call, exchange, now=now, seed=seed, turn=turn)
    return plan_from(directory, step, exchange, now=now)


def plan_from(directory: Directory, step: Step, exchange: Exchange, *, now: float) -> Plan:
    """The plan that begins with a step of `route` or `resume`; one that is ours to do (`ask`, `change`) is done first."""
    return _Unrolling(directory, exchange, now).unroll(step)


class _Open(msgspec.Struct):
    """A step whose outcomes are still to be followed."""

    index: int
    step: Step
    walk: Walk | None
    """Where it stands; None for a call for help, which no callflow decides."""
    position: Position
    depth: int
    elapsed: int
    """Seconds that may have passed since the call came when the step is over."""


class _Unrolling:
    """One plan while it grows, breadth first, so that what is likely comes before the bounds."""

    def __init__(self, directory: Directory, exchange: Exchange, now: float) -> None:
        self._directory = directory
        self._exchange = exchange
        self._now = now
        self._steps: list[PlanStep] = []
        self._known: dict[bytes, int] = {}
        self._led: dict[bytes, int] = {}
        """Where outcomes lead: index of the step and position at the next node → index of the step that follows."""
        self._open: deque[_Open] = deque()
        self._bytes = 0

    def unroll(self, step: Step) -> Plan:
        """Follow everything that can come of a step."""
        self._add(step, unseal(self._exchange.key, step.cursor, self._now) if step.cursor is not None else None, 0, 0)
        while self._open:
            self._follow(self._open.popleft())
        return Plan(tuple(self._steps))

    def _add(self, step: Step, position: Position | None, depth: int, elapsed: int) -> int | None:
        """The index of a step, which is new or known already; None when there is no room for it."""
        if position is not None:
            # How often the call has gone where, and how long it took, makes no other step of it.
            position.jumps = position.visits = 0
            position.expires = 0.0
        key = msgspec.msgpack.encode((step.action, position, step.notify, step.properties))
        if key in self._known:
            return self._known[key]
        waiting = _RESERVE * (len(self._open) + 2)
        if self._steps and (len(self._steps) + waiting > MOST_STEPS or self._bytes + len(key) > MOST_BYTES):
            return None
        if position is not None:
            elapsed += duration(step.action) if not isinstance(step.action, Service) else _CALLER_TIME
            position.expires = self._now + elapsed + _LATE
            step = msgspec.structs.replace(step, cursor=seal(self._exchange.key, position))
        index = self._known[key] = self._append(PlanStep(step.action, {}, None, step))
        self._bytes += len(key) if index else 0
        if position is not None:
            walk = None
            if position.callflow != EMERGENCY:
                walk = walk_at(self._directory, position, self._exchange, self._now)
            self._open.append(_Open(index, step, walk, position, depth, elapsed))
        return index

    def _append(self, step: PlanStep) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

    def _follow(self, opened: _Open) -> None:
        step = opened.step
        on: dict[str, int] = {}
        rest: int | None = None
        for cause in step.outcomes:
            if cause == "digits":
                on |= {str(outcome): self._after(opened, outcome) for outcome in _choices(step.action)}
                rest = self._unlisted(opened)
            elif cause in _INSTEAD:
                rest = self._ask_again(opened, self._after(opened, _INSTEAD[cause]))
            elif cause != "answered":
                on[cause] = self._after(opened, Outcome(cause))
        self._steps[opened.index] = PlanStep(step.action, on, rest, step)

    def _unlisted(self, opened: _Open) -> int:
        """The step after digits that are no choice of a menu: asked for where these may be an extension."""
        index = self._after(opened, _UNLISTED)
        action = opened.step.action
        assert isinstance(action, Service)
        return self._ask_again(opened, index) if action.parameters["direct_dial"] else index

    def _after(self, opened: _Open, outcome: Outcome) -> int:
        """The index of the step that an outcome leads to, or of the query that stands for it."""
        if opened.depth >= MOST_DEPTH:
            return self._ask_again(opened, self._failed(opened))
        if opened.walk is None:
            return self._index(opened, after_emergency(opened.position, outcome), None)
        walk = opened.walk.twin()
        action = walk.leave(outcome)
        if action is not None:
            return self._decided(opened, walk, action)
        # Most outcomes lead to one and the same node: what comes of entering it is the same, too.
        led = msgspec.msgpack.encode((opened.index, walk.position, walk.clocks, walk.notify))
        if led not in self._led:
            self._led[led] = self._decided(opened, walk, walk.run())
        return self._led[led]

    def _decided(self, opened: _Open, walk: Walk, action: Action) -> int:
        """The index of the step that a walk comes to, or of the query that stands for it."""
        clocks, ours = tuple(walk.clocks), False
        while (instead := _NOT_DONE.get(type(action))) is not None:
            ours = True
            walk = walk.twin()
            action = walk.resume(instead)
            clocks += tuple(walk.clocks)
        position = None if isinstance(action, LAST) else walk.position
        return self._index(opened, decided(walk, action), position, clocks, ours=ours)

    def _index(
        self, opened: _Open, step: Step, position: Position | None, clocks: tuple[str, ...] = (), *, ours: bool = False
    ) -> int:
        index = self._add(step, position, opened.depth + 1, opened.elapsed)
        if index is None:
            return self._ask_again(opened, self._failed(opened))
        return self._ask_again(opened, index) if ours or self._may_change(step, clocks, opened.elapsed) else index

    def _ask_again(self, opened: _Open, otherwise: int) -> int:
        """The index of a query for what came of a step."""
        cursor = opened.step.cursor
        assert cursor is not None
        if isinstance(query := self._steps[otherwise].action, Query):
            otherwise = query.otherwise
        key = f"{cursor}/{otherwise}".encode()
        if key not in self._known:
            self._known[key] = self._append(PlanStep(Query(cursor, otherwise), {}, None, None))
            self._bytes += len(cursor)
        return self._known[key]

    def _failed(self, opened: _Open) -> int:
        """The index of the end of a call for which there was no room, when we cannot be asked either."""
        answered = opened.position.answered
        key = b"hangup" if answered else b"reject"
        if key not in self._known:
            self._known[key] = self._append(PlanStep(Hangup() if answered else _FAILED, {}, None, None))
        return self._known[key]

    def _may_change(self, step: Step, clocks: tuple[str, ...], elapsed: int) -> bool:
        """Whether the clock may have moved on, by the time that the plan comes to a step, into what decides otherwise."""
        assert step.account is not None
        account, now = self._directory.account(step.account), self._now
        for clock in clocks:
            kind, _, identity = clock.partition("/")
            found = self._directory.get(account.id, kind, identity)
            if isinstance(found, Schedule):
                moment = next_change(found, zone_of(account, found), now, elapsed)
            else:
                moment = found.until.timestamp() if isinstance(found, Mode) and found.until is not None else None
            if moment is not None and now < moment <= now + elapsed:
                return True
        return False


def _choices(action: Action) -> list[Outcome]:
    assert isinstance(action, Service)
    choices = action.parameters["choices"]
    assert isinstance(choices, list)
    return [Outcome("digits", digits) for digits in choices]
