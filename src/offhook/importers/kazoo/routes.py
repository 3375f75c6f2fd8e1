"""Module temporal_route: rules as schedules, and rules that callers can switch as modes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from offhook.importers.fields import shown
from offhook.importers.names import slug

from .context import Context
from .hours import Candidate, schedules_of
from .scan import SWITCHES
from .times import ALWAYS, NEVER, times_of
from .tree import AFTER, Tree

AUTOMATIC: Final = "auto"
_STATES: Final = {"enable": "on", "disable": "off", "reset": AUTOMATIC}
"""Action → the state of the rule's mode."""
_MENU_KEYS: Final = {"1": "enable", "2": "disable", "3": "reset"}
_WORDS: Final = "1 switches on, 2 switches off, 3 goes by the calendar."


def temporal_route(tree: Tree) -> str | None:
    """`temporal_route`: the first of some rules that holds, or a switch of them."""
    fields = tree.fields
    action = fields.text("action")
    if action in SWITCHES:
        rules = [str(rule) for rule in fields.items("rules")]
        fields.passed("rule_set", "timezone", "interdigit_timeout")
        return _switch(tree, action, rules)
    if action is not None:
        fields.remark("action", shown(action), f"it is none of {', '.join(SWITCHES)}", "The rules are asked.")
    fields.passed("interdigit_timeout")
    zone, own = _zone(tree)
    candidates, branches = _candidates(tree, zone)
    if not candidates:
        tree.remark("the rules", "none of them exists; the call goes on behind it", "Set hours.")
        return tree.after
    return _ask(tree, candidates, branches, own)


def _zone(tree: Tree) -> tuple[ZoneInfo, str | None]:
    """The clocks of the rules, and the name of the zone where it is not the account's."""
    own = tree.fields.text("timezone")
    own = None if own == "inherit" else own
    account = next(iter(tree.context.kazoo.of("accounts").values()), {}).get("timezone")
    try:
        return ZoneInfo(own or str(account or "UTC")), own
    except (ZoneInfoNotFoundError, ValueError):
        tree.fields.remark("timezone", shown(own or account), "there is no such time zone", "Set the schedule's.")
        return ZoneInfo("UTC"), None


def _candidates(tree: Tree, zone: ZoneInfo) -> tuple[list[tuple[str, Candidate]], list[str]]:
    """(Kazoo id, rule) in the order in which Kazoo tries them, and the children that they lead to."""
    context = tree.context
    listed = [str(rule) for rule in tree.fields.items("rules")]
    keys = [key for key in tree.children if key not in (AFTER, "rule_set")]
    rule_set = tree.fields.text("rule_set")
    found: list[tuple[str, Candidate]] = []
    for identity in dict.fromkeys([*listed, *keys]):
        for rule in _rules_of(context, identity):
            candidate = _candidate(tree, rule, identity, identity, zone)
            if candidate is not None:
                found.append((rule, candidate))
    if rule_set is not None:
        for rule in _rules_of(context, rule_set):
            candidate = _candidate(tree, rule, "rule_set", rule_set, zone)
            if candidate is not None:
                found.append((rule, candidate))
    return found, list(dict.fromkeys(candidate.branch for _, candidate in found))


def _rules_of(context: Context, identity: str) -> list[str]:
    """A rule, or the rules of a set."""
    document = context.kazoo.of("temporal_rules_sets").get(identity)
    if document is None:
        return [identity]
    context.sets_used.add(identity)
    listed = document.get("temporal_rules")
    return [str(rule) for rule in listed] if isinstance(listed, list) else []


def _candidate(tree: Tree, rule: str, branch: str, named: str, zone: ZoneInfo) -> Candidate | None:
    context = tree.context
    if rule not in context.kazoo.of("temporal_rules"):
        tree.remark(f"rule {rule}", "there is no such document; it never holds", "Set hours for it.")
        tree.child(branch)
        return None
    context.rules_used.add(rule)
    fields = context.fields("temporal_rules", rule)
    times = times_of(fields, zone, context.now)
    enabled = fields.raw("enabled")
    fields.passed("time_window_start", "time_window_stop", "cycle", "name", "interval", "days", "wdays", "month",
                  "ordinal", "start_date")  # fmt: skip
    fields.rest("a schedule has nothing of this meaning")
    if rule not in context.scan.switched and enabled is not None:
        on = str(enabled).lower() == "true"
        times = ALWAYS if on else NEVER
        fields.remark(
            "enabled", shown(enabled), "it is switched " + ("on" if on else "off") + " for good, whatever the calendar says",
            "Write its hours into the schedule when the calendar is to count again.",
        )  # fmt: skip
    of_set = tree.context.document("temporal_rules_sets", named).get("name") or named
    return Candidate(str(of_set if named != rule else fields.text("name") or rule), branch, times)


def _ask(tree: Tree, rules: Sequence[tuple[str, Candidate]], branches: Sequence[str], zone: str | None) -> str | None:
    """Nodes that ask for the rules in order; a rule with a switch is asked on its own."""
    steps: list[tuple[str | None, list[Candidate]]] = []
    for rule, candidate in rules:
        if rule in tree.context.scan.switched:
            steps.append((rule, [candidate]))
        elif steps and steps[-1][0] is None:
            steps[-1][1].append(candidate)
        else:
            steps.append((None, [candidate]))
    names = [[tree.graph.reserve(name) for name in _names(rule, listed)] for rule, listed in steps]
    for branch in branches:
        tree.child(branch)
    following: str = tree.after or tree.graph.nothing_more()
    for (switched, listed), reserved in reversed(list(zip(steps, names, strict=True))):
        hours = schedules_of(listed)
        schedule_names = reserved[1:] if switched is not None else reserved
        rest: str = following
        for name, one in reversed(list(zip(schedule_names, hours, strict=True))):
            document = {"name": one.name[:200], **({"timezone": zone} if zone else {}), **one.schedule}
            schedule = tree.context.share("schedules", one.name, document)
            nexts = {period: tree.child(branch) or tree.after or tree.graph.nothing_more()
                     for period, branch in one.branches.items()}  # fmt: skip
            rest = tree.graph.put(name, "hours", {**nexts, one.otherwise: rest}, schedule=schedule)
        if switched is not None:
            on = tree.child(listed[0].branch) or tree.after or tree.graph.nothing_more()
            states = {AUTOMATIC: rest, "on": on, "off": following}
            rest = tree.graph.put(reserved[0], "mode", states, mode=mode_of(tree.context, switched))
        following = rest
    return following


def _names(rule: str | None, listed: Sequence[Candidate]) -> list[str]:
    hours = [f"hours-{one.name}" for one in schedules_of(listed)]
    return hours if rule is None else [f"mode-{listed[0].rule}", *hours]


def mode_of(context: Context, rule: str) -> str:
    """Id of the mode that switches a rule: by the calendar, on or off."""
    if rule not in context.modes:
        document = context.document("temporal_rules", rule)
        name = str(document.get("name") or rule)
        identity = context.ids.make("modes", slug(name) or "rule")
        enabled = document.get("enabled")
        mode: dict[str, Any] = {"id": identity, "name": name[:200], "states": [AUTOMATIC, "on", "off"]}
        if enabled is not None:
            mode["state"] = "on" if str(enabled).lower() == "true" else "off"
        context.modes[rule] = context.add("modes", mode)
    return context.modes[rule]


def _switch(tree: Tree, action: str, rules: Sequence[str]) -> str | None:
    known = [rule for rule in rules if rule in tree.context.kazoo.of("temporal_rules")]
    for rule in rules:
        if rule not in known:
            tree.remark(f"rule {rule}", "there is no such document; there is nothing to switch")
    if not known:
        return tree.after
    if action != "menu":
        return _set(tree, action, known)
    name = tree.graph.reserve("switch-menu")
    choices = {key: _set(tree, chosen, known) for key, chosen in _MENU_KEYS.items()}
    return tree.graph.put(name, "menu", {**choices, "out_of_tries": tree.after}, prompt={"text": _WORDS}, max_digits=1)


def _set(tree: Tree, action: str, rules: Sequence[str]) -> str | None:
    """One setting after the other."""
    names = [tree.graph.reserve(f"switch-{_STATES[action]}") for _ in rules]
    following = tree.after
    for name, rule in reversed(list(zip(names, rules, strict=True))):
        mode = mode_of(tree.context, rule)
        branches = {"done": following, "refused": tree.after}
        following = tree.graph.put(
            name, "setting", branches, what="mode", op="on", target=mode, state=_STATES[action]
        )  # fmt: skip
    return following
