"""What must hold of a callflow before it is saved, beyond what the model says: no call may get stuck or go in circles.

`check_callflow` is one of the registry's checks; places are fields of the callflow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from offhook.directory import Directory
from offhook.model import decision
from offhook.model import node as nodes
from offhook.model.callflow import Callflow
from offhook.model.document import Document
from offhook.model.mode import Mode
from offhook.model.problem import Problem, did_you_mean
from offhook.model.schedule import Schedule

from .decide_nodes import CALLER_TESTS, FIELDS
from .hours import NOTHING_HOLDS
from .media_nodes import MENU_WORDS

_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_DIGITS: Final = re.compile(r"[0-9*#]{1,32}")
_WAITS: Final = (nodes.Menu, nodes.Ask, nodes.DirectoryNode, nodes.VoicemailCheck)
"""Nodes at which a circle is the caller's own will."""


def check_callflow(directory: Directory, callflow: Document) -> Iterator[Problem]:
    """Everything that would leave a call without an answer."""
    assert isinstance(callflow, Callflow)
    for name, node in callflow.nodes.items():
        for problem in _of_node(directory, callflow, node):
            yield Problem(f"nodes.{name}.{problem.place}", problem.message)
    yield from _circles(callflow)
    yield from _same_patterns(directory, callflow)


def _of_node(directory: Directory, callflow: Callflow, node: nodes.Node) -> Iterator[Problem]:
    if isinstance(node, decision.Hours | decision.ModeNode | nodes.Ask):
        yield from _all_branches(directory, callflow, node)
    elif isinstance(node, decision.CallerIs):
        yield from _caller_cases(node)
    elif isinstance(node, decision.NumberIs | decision.VariableIs):
        yield from _value_cases(node)
    elif isinstance(node, nodes.Menu):
        yield from _menu(node)
    elif isinstance(node, nodes.Set):
        for header, text in node.headers.items():
            if not _HEADER.fullmatch(header) or any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
                yield Problem(
                    f"headers.{header}", "a header has a name of letters, digits and '-', and stands on one line"
                )
    elif isinstance(node, nodes.Setting) and node.target == "caller" and node.what in ("mode", "member"):
        yield Problem("target", f"name the {'mode' if node.what == 'mode' else 'group'}: the caller is none")
    if isinstance(node, decision.VariableIs) and not _is_variable(node.variable):
        known = [f"{holder}.{field}" for holder, fields in FIELDS.items() for field in fields]
        yield Problem(
            "variable", f"there is no {node.variable!r}: write vars.<name>{did_you_mean(node.variable, known)}"
        )


def _is_variable(name: str) -> bool:
    holder, _, field = name.partition(".")
    return bool(field) and (holder == "vars" or field in FIELDS.get(holder, ()))


def _all_branches(
    directory: Directory, callflow: Callflow, node: decision.Hours | decision.ModeNode | nodes.Ask
) -> Iterator[Problem]:
    """Every period, state and failure leads somewhere."""
    wanted: tuple[str, ...] = ("failed",)
    if isinstance(node, decision.Hours):
        schedule = directory.find(Schedule, callflow.account, node.schedule)
        names = [*schedule.periods, *(one.period for one in schedule.exceptions)] if schedule else []
        has_else = schedule is not None and "else" in schedule.periods.values()
        wanted = tuple(dict.fromkeys([*names, *([] if has_else or schedule is None else [NOTHING_HOLDS])]))
    elif isinstance(node, decision.ModeNode):
        mode = directory.find(Mode, callflow.account, node.mode)
        wanted = mode.states if mode is not None else ()
    missing = [branch for branch in wanted if branch not in node.next]
    if missing and "else" not in node.next:
        yield Problem("next", f"say what happens when it is {' or '.join(missing)}: add that branch, or else")


def _caller_cases(node: decision.CallerIs) -> Iterator[Problem]:
    for index, case in enumerate(node.cases):
        if all(getattr(case, what) is None for what in CALLER_TESTS):
            yield Problem(f"cases[{index}]", f"say who it is: one of {', '.join(CALLER_TESTS)}")
        yield from _expressions(case.patterns or (), f"cases[{index}].patterns")
    yield from _branches_of_cases(node, [case.name for case in node.cases])


def _value_cases(node: decision.NumberIs | decision.VariableIs) -> Iterator[Problem]:
    for index, case in enumerate(node.cases):
        if not case.values and not case.patterns:
            yield Problem(f"cases[{index}]", "say what it is: values or patterns")
        yield from _expressions(case.patterns, f"cases[{index}].patterns")
    yield from _branches_of_cases(node, [case.name for case in node.cases])


def _branches_of_cases(node: nodes.Node, names: list[str]) -> Iterator[Problem]:
    for branch in node.next:
        if branch != "else" and branch not in names:
            yield Problem(f"next.{branch}", f"no case has this name{did_you_mean(branch, [*names, 'else'])}")
    if "else" not in node.next:
        yield Problem("next", "say what happens when no case holds: add else")


def _menu(node: nodes.Menu) -> Iterator[Problem]:
    for branch in node.next:
        if branch not in MENU_WORDS and not _DIGITS.fullmatch(branch):
            yield Problem(f"next.{branch}", f"a menu has digits, {', '.join(MENU_WORDS)} as branches")
        elif branch not in MENU_WORDS and len(branch) > node.max_digits:
            yield Problem(f"next.{branch}", f"nobody can dial it: max_digits is {node.max_digits}")
    for what in node.prompt:
        if what not in ("media", "text"):
            yield Problem(f"prompt.{what}", "a prompt is media or text")
    if node.direct_dial is not None:
        yield from _expressions(node.direct_dial.allow, "direct_dial.allow")
        yield from _expressions(node.direct_dial.deny, "direct_dial.deny")


def _expressions(patterns: tuple[str, ...], field: str) -> Iterator[Problem]:
    for index, pattern in enumerate(patterns):
        try:
            re.compile(pattern)
        except (re.error, OverflowError) as error:
            yield Problem(f"{field}[{index}]", f"not a regular expression: {error}")


def _circles(callflow: Callflow) -> Iterator[Problem]:
    """A circle without a node that waits for the caller never ends by itself."""
    passing = {
        name: tuple(node.next.values())
        for name, node in callflow.nodes.items()
        if not isinstance(node, _WAITS) and not (isinstance(node, nodes.Wait) and node.seconds >= 1)
    }
    ended: set[str] = set()
    for start in passing:
        path: list[str] = []
        todo: list[tuple[str, bool]] = [(start, True)]
        while todo:
            name, entering = todo.pop()
            if not entering:
                ended.add(path.pop())
            elif name in path:
                circle = " → ".join([*path[path.index(name) :], name])
                yield Problem(
                    f"nodes.{name}",
                    f"goes in a circle without asking the caller: {circle}; put a menu or a wait into it",
                )
                return
            elif name in passing and name not in ended:
                path.append(name)
                todo.append((name, False))
                todo += [(after, True) for after in passing[name]]


def _same_patterns(directory: Directory, callflow: Callflow) -> Iterator[Problem]:
    """Of two callflows with one pattern neither is more literal."""
    if not callflow.patterns or not callflow.enabled:
        return
    for identity in directory.patterned(callflow.account):
        other = directory.find(Callflow, callflow.account, identity)
        if other is None or other.id == callflow.id or not other.enabled:
            continue
        for index, pattern in enumerate(callflow.patterns):
            if pattern in other.patterns:
                yield Problem(f"patterns[{index}]", f"{pattern!r} is already that of callflow {other.id!r}")
