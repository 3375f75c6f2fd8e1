"""The engine: what to do with a call, decided from the directory, the call, the time and its outcomes so far, and nothing else.

`route` makes the first decision and `resume` each one after it. Neither keeps anything: all that a call is, its cursor
carries, so any server with the same key and documents can take it up.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.callflow import Callflow

from .action import (
    LAST,
    Action,
    Ask,
    Change,
    Dial,
    Over,
    Page,
    Properties,
    Reject,
    Ring,
    Service,
    Step,
)
from .call import Call, Outcome
from .caller import Caller, caller_of, outside
from .cursor import CallflowGone, seal, unseal
from .match import Match, match, match_from_outside
from .memory import Exchange, Memory, memory_of
from .position import Position
from .ring_nodes import REFUSALS, dial
from .table import NODE_TYPES
from .walk import Walk, callflow_as_it_was, mark_of

PATIENCE: Final = 600
"""Seconds that a cursor lasts longer than its action takes."""
SERVICE_TIME: Final = 86_400
"""Seconds that a service may keep the caller (a conference, a message)."""
EMERGENCY_TIME: Final = 120
"""Seconds that an emergency call may take to be answered."""
EMERGENCY: Final = ""
"""The callflow of an emergency call: none. Nothing that anybody wrote stands in its way."""
_NO_CALLFLOW: Final = Callflow(id="none", start="none", nodes={})

_NOT_FOUND: Final = Reject(404, "Not Found")
_FORBIDDEN: Final = Reject(403, "Forbidden")


def route(directory: Directory, call: Call, exchange: Exchange, *, now: float, seed: int = 0, turn: int = 0) -> Step:
    """The first decision on a call.

    `now` is in seconds since 1970; `seed` is any number that is new for each call (orders at random follow from it);
    `turn` counts calls (rotation begins one target further with each).
    """
    started = start(directory, call, exchange, now=now, seed=seed, turn=turn)
    return started if isinstance(started, Step) else step_of(started, started.run())


def resume(directory: Directory, cursor: str, outcome: Outcome, exchange: Exchange, *, now: float) -> Step:
    """The next decision, from the cursor of the step before and what came of it; raises `CursorRefused`."""
    position = unseal(exchange.key, cursor, now)
    if position.callflow == EMERGENCY:
        return after_emergency(position, outcome)
    walk = walk_at(directory, position, exchange, now)
    return step_of(walk, walk.resume(outcome))


def start(directory: Directory, call: Call, exchange: Exchange, *, now: float, seed: int, turn: int) -> Walk | Step:
    """A walk at the start of the callflow that a call reaches; where there is none, the step that says what happens."""
    memory = memory_of(directory, exchange)
    caller = caller_of(directory, memory, call)
    account = caller.account
    if account is None:
        found = match_from_outside(directory, memory, call.realm, call.called)
        account = found.account
        if account is not None:
            caller = outside(caller, account.dial)
    else:
        found = match(directory, memory, account, call.called)
    flow = found.callflow
    if account is None or flow is None or caller.refused is not None or not account.enabled:
        return _nowhere(directory, exchange, memory, call, caller, account, found, now)
    position = Position(
        account.id, flow.id, mark_of(directory, flow), flow.start, call, found.number, found.captures, seed, turn
    )
    walk = Walk(directory, exchange, memory, NODE_TYPES, position, account, caller, flow, now)
    walk.trace += found.trace
    return walk


def walk_at(directory: Directory, position: Position, exchange: Exchange, now: float) -> Walk:
    """A walk where a position stands; raises `CallflowGone` when that place is no more."""
    memory = memory_of(directory, exchange)
    account = directory.find(Account, position.account, position.account)
    if account is None:
        raise CallflowGone(f"account {position.account} was removed while the call was in it")
    trace: list[str] = []
    flow = callflow_as_it_was(directory, position.account, position.callflow, position.mark, trace)
    caller = caller_of(directory, memory, position.call)
    if caller.account is None:
        caller = outside(caller, account.dial)
    walk = Walk(directory, exchange, memory, NODE_TYPES, position, account, caller, flow, now)
    walk.trace = trace
    return walk


def step_of(walk: Walk, action: Action) -> Step:
    """The step that carries an action, with the cursor to go on from."""
    step = decided(walk, action)
    if isinstance(action, LAST):
        return step
    walk.position.expires = walk.now + duration(action) + PATIENCE
    return replace(step, cursor=seal(walk.exchange.key, walk.position))


def decided(walk: Walk, action: Action) -> Step:
    """The step that carries an action, without a cursor."""
    position = walk.position
    caller = walk.caller
    properties = Properties(
        position.caller_name if position.caller_name is not None else caller.name,
        position.caller_number if position.caller_number is not None else caller.number,
        position.hide or position.call.anonymous,
        position.tone,
        position.language,
        position.priority,
        position.record,
        position.headers,
        position.vars,
    )
    return Step(
        action,
        None,
        outcomes_of(action),
        properties,
        tuple(walk.notify),
        tuple(walk.trace),
        position.account,
        position.callflow,
        position.node,
        tuple(walk.clocks),
    )


def duration(action: Action) -> int:
    """Seconds that an action may take."""
    if isinstance(action, Ring):
        return sum(stage.timeout for stage in action.stages)
    if isinstance(action, Dial | Ask):
        return action.timeout
    return SERVICE_TIME if isinstance(action, Service | Page) else 0


_OUTCOMES: Final[dict[type, tuple[str, ...]]] = {
    Ring: ("answered", "busy", "no_answer", "rejected", "unreachable", "redirected", "failed"),
    Dial: ("answered", "busy", "no_answer", "denied", "congestion", "failed"),
    Page: ("done", "nobody"),
    Change: ("done", "refused"),
    Ask: ("label", "failed"),
}


def outcomes_of(action: Action) -> tuple[str, ...]:
    """What can come of an action, besides `gone`."""
    return action.outcomes if isinstance(action, Service) else _OUTCOMES.get(type(action), ())


def _nowhere(
    directory: Directory,
    exchange: Exchange,
    memory: Memory,
    call: Call,
    caller: Caller,
    account: Account | None,
    found: Match,
    now: float,
) -> Step:
    """A call that reaches no callflow: help, or a refusal that says why."""
    properties = Properties(caller.name, caller.number, call.anonymous)
    if found.emergency and account is not None:
        position = Position(account.id, EMERGENCY, 0, "", call, found.number, {}, 0, 0)
        walk = Walk(directory, exchange, memory, NODE_TYPES, position, account, caller, _NO_CALLFLOW, now)
        walk.trace += found.trace
        return step_of(walk, dial(walk, found.number, EMERGENCY_TIME, (), "emergency", emergency=True))
    trace = list(found.trace)
    if caller.refused is not None:
        trace.append(caller.refused)
    elif account is not None and not account.enabled:
        trace.append(f"account {account.id} is not enabled")
    refused = caller.refused is not None or (account is not None and not account.enabled)
    reject = _FORBIDDEN if refused else _NOT_FOUND
    name = account.id if account is not None else None
    return Step(reject, None, (), properties, (), tuple(trace), name, None, None, ())


def after_emergency(position: Position, outcome: Outcome) -> Step:
    """An emergency call that failed: the caller hears why; the proxy has tried its lines."""
    action: Action
    if outcome.cause in ("answered", "gone"):
        action = Over("connected" if outcome.cause == "answered" else "gone")
    else:
        action = REFUSALS.get(outcome.cause, REFUSALS["congestion"])
    trace = (f"outcome {outcome} of an emergency call",)
    return Step(action, None, (), Properties(), (), trace, position.account, None, None, ())
