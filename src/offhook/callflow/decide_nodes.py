"""Nodes that decide by themselves: hours, mode, caller_is, number_is, variable_is, flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from offhook.model import decision
from offhook.model import node as nodes
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.decision import CallerCase, ValueCase
from offhook.model.mode import Mode
from offhook.model.schedule import Schedule

from .action import Action
from .call import Outcome
from .caller import is_member
from .expression import expression
from .hours import period_at
from .match import Match
from .number import e164, tidy
from .walk import NodeType, Walk, by_cause, hang_up

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "call": ("called", "number", "name", "caller_number", "caller_name", "language", "tone", "priority", "rung"),
    "device": ("id", "name", "model", "owner", "site", "mac"),
    "user": ("id", "name", "email", "language", "timezone", "primary_extension"),
    "account": ("id", "name", "realm", "country", "language", "timezone"),
}
"""What `variable_is` can look at, besides `vars.<name>`; no secret is among it."""


def zone_of(account: Account, schedule: Schedule) -> ZoneInfo:
    """The time zone in which a schedule's hours are meant: its own, else the account's, else UTC."""
    return ZoneInfo(schedule.timezone or account.timezone or "UTC")


def _hours(walk: Walk, node: decision.Hours) -> str:
    schedule = walk.directory.find(Schedule, walk.account.id, node.schedule)
    if schedule is None:
        walk.say(f"there is no schedule {node.schedule}")
        return "else"
    walk.clocks.append(f"schedules/{schedule.id}")
    period = period_at(schedule, zone_of(walk.account, schedule), walk.now)
    walk.say(f"schedule {schedule.id}: {period.why}: {period.name}")
    return period.name


def _mode(walk: Walk, node: decision.ModeNode) -> str:
    mode = walk.directory.find(Mode, walk.account.id, node.mode)
    if mode is None:
        walk.say(f"there is no mode {node.mode}")
        return "else"
    walk.clocks.append(f"modes/{mode.id}")
    state = state_at(mode, walk.now)
    walk.say(f"mode {mode.id} is {state}")
    return state


def state_at(mode: Mode, now: float) -> str:
    """The state of a mode at a moment (seconds since 1970): what it was switched to, until that ends."""
    ended = mode.until is not None and now >= mode.until.timestamp()
    return mode.states[0] if mode.state is None or ended else mode.state


def _caller_is(walk: Walk, node: decision.CallerIs) -> str:
    for case in node.cases:
        if _is_caller(walk, case):
            walk.say(f"the caller is {case.name}")
            return case.name
    walk.say(f"the caller {walk.caller.number or '(no number)'} is none of {_names(node.cases)}")
    return "else"


def _is_caller(walk: Walk, case: CallerCase) -> bool:
    wanted = [(test, asked) for what, test in CALLER_TESTS.items() if (asked := getattr(case, what)) is not None]
    return bool(wanted) and all(test(walk, asked) for test, asked in wanted)


def _numbers_of_caller(walk: Walk) -> tuple[str, ...]:
    number = walk.caller.number
    return tuple(dict.fromkeys((number, e164(walk.account.dial, number) or number)))


CALLER_TESTS: Final[Mapping[str, Callable[[Walk, Any], bool]]] = {
    "device": lambda walk, wanted: walk.caller.device is not None and walk.caller.device.id == wanted,
    "user": lambda walk, wanted: walk.caller.user is not None and walk.caller.user.id == wanted,
    "group": lambda walk, wanted: (
        walk.caller.device is not None
        and is_member(
            walk.directory,
            walk.account.id,
            wanted,
            walk.caller.user.id if walk.caller.user is not None else None,
            walk.caller.device.id,
        )
    ),
    "numbers": lambda walk, wanted: any(
        number in _numbers_of_caller(walk)
        or (e164(walk.account.dial, tidy(number)) or number) in _numbers_of_caller(walk)
        for number in wanted
    ),
    "patterns": lambda walk, wanted: _any_matches(wanted, _numbers_of_caller(walk)),
    "anonymous": lambda walk, wanted: (walk.position.call.anonymous or not walk.caller.number) == wanted,
    "inside": lambda walk, wanted: walk.caller.inside == wanted,
}
"""What a case can ask of the caller."""


def _any_matches(patterns: Iterable[str], values: Iterable[str]) -> bool:
    expressions = [expression(pattern).matcher for pattern in patterns]
    return any(one.fullmatch(value) for one in expressions for value in values)


def _number_is(walk: Walk, node: decision.NumberIs) -> str:
    position = walk.position
    value = position.number if node.capture == "called" else position.captures.get(node.capture, "")
    return _case(walk, node.cases, node.capture, value)


def _variable_is(walk: Walk, node: decision.VariableIs) -> str:
    return _case(walk, node.cases, node.variable, variable(walk, node.variable))


def _case(walk: Walk, cases: tuple[ValueCase, ...], what: str, value: str) -> str:
    for case in cases:
        if value in case.values or _any_matches(case.patterns, (value,)):
            walk.say(f"{what} {value!r} is {case.name}")
            return case.name
    walk.say(f"{what} {value!r} is none of {_names(cases)}")
    return "else"


def _names(cases: Sequence[CallerCase | ValueCase]) -> str:
    return ", ".join(case.name for case in cases) or "its cases"


def variable(walk: Walk, name: str) -> str:
    """The value of `vars.<name>` or `<holder>.<field>`; empty when there is none."""
    holder, _, field = name.partition(".")
    if holder == "vars":
        return walk.position.vars.get(field, "")
    if field not in FIELDS.get(holder, ()):
        return ""
    if holder == "call":
        position = walk.position
        of_call = {"called": position.number, "number": walk.caller.number, "name": walk.caller.name}
        value = of_call[field] if field in of_call else getattr(position, field)
    else:
        found = {"device": walk.caller.device, "user": walk.caller.user, "account": walk.account}[holder]
        value = getattr(found, field, None)
    return "" if value is None else str(value)


def _flow(walk: Walk, node: nodes.Flow) -> Action | str | None:
    flow = walk.directory.find(Callflow, walk.account.id, node.flow)
    if flow is None or not flow.enabled:
        walk.say(f"callflow {node.flow} " + ("does not exist" if flow is None else "is not enabled"))
        return "done"
    position = walk.position
    walk.say(f"{position.node}: on in callflow {flow.id}" + (", and back" if node.return_ else ""))
    number = number_in(flow, position.number)
    return walk.jump(Match(number, flow, captures=position.captures), returning=node.return_)


def number_in(flow: Callflow, called: str) -> str:
    """The number by which a callflow is reached from another one: its own first internal one, if it has any."""
    if called in flow.numbers:
        return called
    return next((number for number in flow.numbers if not number.startswith("+")), called)


def _after_flow(walk: Walk, node: nodes.Flow, outcome: Outcome) -> str:
    return "done"


DECIDE_NODES: Final[dict[type[nodes.Node], NodeType]] = {
    decision.Hours: NodeType(_hours, by_cause, hang_up),
    decision.ModeNode: NodeType(_mode, by_cause, hang_up),
    decision.CallerIs: NodeType(_caller_is, by_cause, hang_up),
    decision.NumberIs: NodeType(_number_is, by_cause, hang_up),
    decision.VariableIs: NodeType(_variable_is, by_cause, hang_up),
    nodes.Flow: NodeType(_flow, _after_flow, hang_up),
}
