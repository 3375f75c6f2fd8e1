"""Callflows: Kazoo's tree of modules becomes our graph of named nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from offhook.importers.fields import Fields, shown

from .context import Context
from .decide import DECIDE
from .dial_plan import Rewriting, rewritings_of, short_forms
from .expressions import groups, is_anchored, no_other, whole
from .media import MEDIA
from .pickups import PICKUPS
from .restrictions import guard
from .rings import RINGS
from .routes import temporal_route
from .scan import preflow_of
from .settings import SETTINGS
from .tree import Graph, Tree

MODULES: Final[Mapping[str, Callable[[Tree], str | None]]] = {
    **RINGS, **PICKUPS, **MEDIA, **DECIDE, **SETTINGS, "temporal_route": temporal_route,
}  # fmt: skip
"""Kazoo's module → how it becomes nodes of ours; gives the name of the first one, or of what follows."""
_TAKES_THE_CALL: Final = ("dead_air", "wait_for_hangup", "eavesdrop", "eavesdrop_feature", "move", "camping_feature")
"""Modules that are not carried over, and behind which nothing comes."""
_LEADS_ON: Final[Mapping[str, tuple[str, ...]]] = {
    "nomorobo": ("_", "0"), "fax_detect": ("ON_VOICE", "_"),
}  # fmt: skip
"""Modules that are not carried over, and the child that the call goes to instead; others: `_`."""
NO_MATCH: Final = "no_match"
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,31}|[A-Za-z0-9._*#-]{1,31}")


def add_callflow(context: Context, identity: str) -> None:
    """One callflow, with the account's preflow before it and what its callers may not dial outside."""
    fields = context.fields("callflows", identity)
    flow = fields.raw("flow")
    if not isinstance(flow, Mapping):
        fields.remark(
            "flow", "the whole callflow", "the file has only its summary", "Fetch the callflow by its own address."
        )
        return
    document: dict[str, Any] = {"id": context.ids.find("callflows", identity)}
    name = fields.text("name")
    if name is not None:
        document["name"] = name[:200]
    numbers = _numbers(context, fields)
    patterns = _patterns(context, fields, [_no_other(context)] if NO_MATCH in numbers else [])
    fields.passed("featurecode", "owner_id", "flags", "metaflow", "type")
    fields.inner("ringback").rest("the SIP proxy decides this")
    fields.rest("a callflow has nothing of this meaning")
    is_last = NO_MATCH in numbers
    numbers = [number for number in numbers if number != NO_MATCH]
    rewritings = rewritings_of(context)
    numbers += [form for form in short_forms(rewritings, numbers) if _is_free(context, form)]
    graph = _graph(context, identity, flow, captured=any(map(groups, patterns)))
    context.add("callflows", _said({**document, "numbers": numbers, "patterns": patterns, **graph}))
    if is_last:
        _add_dial_plan(context, identity, flow, rewritings)


def _said(document: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in document.items() if value != []}


def _graph(context: Context, identity: str, flow: Mapping[str, Any], *, captured: bool) -> dict[str, Any]:
    """Start and nodes of a callflow's tree, and of what comes before it."""
    graph = Graph(nodes_of, returns=identity in context.scan.returning)
    start = nodes_of(Tree(flow, context, graph, f"callflows/{identity}", "flow")) if flow else None
    start = _preflow(context, graph, identity, start or graph.nothing_more())
    start = guard(context, graph, identity, start, captured=captured)
    return {"start": start, "nodes": graph.nodes}


def _is_free(context: Context, number: str) -> bool:
    """Whether no callflow has a number yet; then this one has it."""
    free = not any(number in map(str, one.get("numbers") or ()) for one in context.kazoo.of("callflows").values())
    if not free or number in context.numbers_used:
        return False
    context.numbers_used.add(number)
    return True


def _add_dial_plan(context: Context, identity: str, flow: Mapping[str, Any], rewritings: tuple[Rewriting, ...]) -> None:
    """A callflow for each rule of the dial plan: it does what the last one does, with the number that the rule makes."""
    for number, rewriting in enumerate(rewritings, start=1):
        if rewriting.pattern in context.patterns_used:
            continue
        context.patterns_used.add(rewriting.pattern)
        context.dialled = rewriting.template
        ours = context.ids.make("callflows", f"{context.ids.find('callflows', identity)}-dial-plan-{number}")
        context.add(
            "callflows", {"id": ours, "patterns": [rewriting.pattern], **_graph(context, identity, flow, captured=True)}
        )
        context.dialled = None


def nodes_of(tree: Tree) -> str | None:
    """Our nodes for a Kazoo node and all below it; gives the name of the first one."""
    if tree.fields.flag("skip_module"):
        tree.remark(f"module {tree.module}", "it is switched off (skip_module); the call goes on behind it")
        tree.fields.passed(*tree.fields.names())
        name = tree.after
    elif (make := MODULES.get(tree.module)) is not None:
        name = make(tree)
        tree.fields.rest()
    else:
        name = _not_carried(tree)
    for key in tree.unread():
        tree.remark(f"child {key}", "the call never goes there, or nothing of ours leads there", "Lead a branch there.")
    return name


def _not_carried(tree: Tree) -> str | None:
    tree.fields.passed(*tree.fields.names())
    if tree.module in _TAKES_THE_CALL:
        tree.remark(f"module {tree.module}", "callflows do not do this; the call ends here", "Lead it elsewhere.")
        return tree.graph.nothing_more()
    tree.remark(f"module {tree.module}", "callflows do not do this; the call goes on behind it", "Lead it elsewhere.")
    return tree.first(*_LEADS_ON.get(tree.module, ("_",)))


def _numbers(context: Context, fields: Fields) -> list[str]:
    """Numbers as they are dialled; one that two callflows have is the first one's."""
    found: list[str] = []
    for number in map(str, fields.items("numbers")):
        if not _NUMBER.fullmatch(number):
            fields.remark("numbers", shown(number), "this is no number that can be dialled", "Give it another one.")
        elif number in context.numbers_used:
            fields.remark("numbers", shown(number), "another callflow has it", "A number belongs to one callflow.")
        else:
            context.numbers_used.add(number)
            found.append(number)
    return found


def _patterns(context: Context, fields: Fields, more: list[str]) -> list[str]:
    """Expressions that match a whole number, where Kazoo's are found anywhere in one; one is one callflow's."""
    found: list[str] = []
    for index, pattern in enumerate(map(str, fields.items("patterns"))):
        place = f"patterns[{index}]"
        try:
            ours = whole(pattern)
        except re.error as error:
            fields.remark(place, shown(pattern), f"not a regular expression: {error}", "Write it anew.")
            continue
        if not is_anchored(pattern):
            fields.remark(
                place,
                shown(pattern),
                f"it is found anywhere in a number, so it has become {ours}",
                "Say where it begins and ends.",
            )
        if groups(ours) > 1:
            fields.remark(
                place,
                shown(pattern),
                "Kazoo takes the longest capture, offhook the first one",
                "Leave one capture in it.",
            )
        found.append(ours)
    found += more
    for pattern in found:
        if pattern in context.patterns_used:
            fields.remark("patterns", shown(pattern), "another callflow has it", "A pattern belongs to one callflow.")
    found = [pattern for pattern in dict.fromkeys(found) if pattern not in context.patterns_used]
    context.patterns_used.update(found)
    return found


def _no_other(context: Context) -> str:
    """The pattern of the callflow that takes what no other does."""
    patterns = [one.pattern for one in rewritings_of(context)]
    for callflow in context.kazoo.of("callflows").values():
        for pattern in callflow.get("patterns") or ():
            with suppress(re.error):
                patterns.append(whole(str(pattern)))
    return no_other(patterns)


def _preflow(context: Context, graph: Graph, identity: str, start: str) -> str:
    """The account's preflow before the callflow, as a node of its own."""
    for account in context.kazoo.of("accounts").values():
        theirs = preflow_of(account)
        ours = context.ids.find("callflows", theirs) if theirs is not None else None
        if theirs is not None and ours is None:
            context.report.add(
                f"accounts/{context.account}", "preflow.always", f"callflow {theirs}", "there is no such document"
            )
        if ours is None or theirs == identity:
            continue
        if identity in context.scan.returning:
            context.report.add(
                f"callflows/{identity}", "", "going in from another callflow without the preflow",
                "the preflow stands in the callflow itself", "Move the rest into a callflow without numbers.",
            )  # fmt: skip
        return graph.add("preflow", "flow", {"done": start}, flow=ours, **{"return": True})
    return start
