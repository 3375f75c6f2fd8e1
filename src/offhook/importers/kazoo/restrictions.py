"""Call restrictions: who may not dial which class of numbers outside, as nodes before a callflow that dials outside.

Kazoo looks at the class of the dialled number (or of its captured part) before a callflow begins. The classes are those
that Kazoo begins with, the first that matches counts; an account's denial holds for all, else a user's own word comes
before that of the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .context import Context
from .tree import Graph

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "tollfree_us": (r"(?:\+?1)?(?:800|888|877|866|855|844|833)[0-9]{7}",),
    "toll_us": (r"(?:\+?1)?900[0-9]{7}",),
    "emergency": ("911",),
    "caribbean": (
        r"(?:\+?1)?(?:684|264|268|242|246|441|284|345|767|809|829|849|473|671|876|664|670|787|939|869|758|784|721|868|649"
        r"|340)[0-9]{7}",
    ),
    "did_us": (r"(?:\+?1)?[2-9][0-9]{2}[2-9][0-9]{6}",),
    "international": (r"011[0-9]*", r"00[0-9]*", r"\+(?!1)[0-9]+"),
    "unknown": (".*",),
}
"""Class → expressions over the number as it is dialled or in E.164."""
UNAUTHORIZED: Final = "cf-unauthorized_call"
"""Prompt that Kazoo plays to a caller who may not."""
_OTHERS: Final = "closed_groups"


def guard(context: Context, graph: Graph, identity: str, start: str, *, captured: bool) -> str:
    """The node to begin with: `start` itself, unless somebody may not dial something here."""
    if identity not in context.scan.outside:
        return start
    denied = _by_caller(context)
    everybody = _denied(context, "accounts", next(iter(context.kazoo.of("accounts")), ""))
    if not denied and not everybody:
        return start
    refuse = graph.reserve("not-allowed")
    graph.put(refuse, "end", {}, hangup=True, media=UNAUTHORIZED)

    def number_is(classes: frozenset[str]) -> str:
        """A node that lets through what is not of these classes; every class before it in turn is let through too."""
        name = graph.reserve("class-" + "-".join(sorted(classes)))
        listed = list(CLASSES)
        needed = listed[: 1 + max(listed.index(one) for one in classes)]
        branches = {one: refuse if one in classes else start for one in needed}
        cases = [{"name": one, "patterns": list(CLASSES[one])} for one in needed]
        return graph.put(name, "number_is", {**branches, "else": start}, capture="1" if captured else None, cases=cases)

    checks = {
        classes: number_is(classes) for classes in sorted({*denied.values(), everybody} - {frozenset()}, key=sorted)
    }
    following = checks.get(everybody, start)
    if not denied:
        return following
    asks = graph.reserve("who-calls")
    cases = [{"name": "-".join(sorted(classes)) or "free", kind: who} for (kind, who), classes in denied.items()]
    branches = {"-".join(sorted(classes)) or "free": checks.get(classes, start) for classes in denied.values()}
    return graph.put(asks, "caller_is", {**branches, "else": following}, cases=cases)


def _by_caller(context: Context) -> dict[tuple[str, str], frozenset[str]]:
    """(user or device, our id) → denied classes, for callers who may not what everybody may; devices before users."""
    everybody = _denied(context, "accounts", next(iter(context.kazoo.of("accounts")), ""))
    found: dict[tuple[str, str], frozenset[str]] = {}
    for device in context.kazoo.of("devices"):
        owner = str(context.document("devices", device).get("owner_id") or "")
        own = _said(context, "devices", device)
        if not own:
            continue
        together = {**own, **_said(context, "users", owner)}
        classes = everybody | _classes(together)
        ours = context.ids.find("devices", device)
        of_user = everybody | _classes(_said(context, "users", owner))
        if ours is not None and classes != of_user:
            found["device", ours] = classes
    for user in context.kazoo.of("users"):
        classes = everybody | _classes(_said(context, "users", user))
        ours = context.ids.find("users", user)
        if ours is not None and classes != everybody:
            found["user", ours] = classes
    return found


def _denied(context: Context, kind: str, identity: str) -> frozenset[str]:
    return _classes(_said(context, kind, identity))


def _classes(actions: Mapping[str, str]) -> frozenset[str]:
    return frozenset(one for one, action in actions.items() if action == "deny")


def _said(context: Context, kind: str, identity: str) -> dict[str, str]:
    """Class → `deny` or `allow`, as a document says it; unknown classes are reported."""
    listed: Any = context.document(kind, identity).get("call_restriction")
    found: dict[str, str] = {}
    for name, value in listed.items() if isinstance(listed, Mapping) else ():
        action = value.get("action") if isinstance(value, Mapping) else value
        if action not in ("deny", "allow"):
            continue
        if name in CLASSES:
            found[name] = action
        elif action == "deny":
            report_unknown(context, kind, identity, str(name))
    return found


def report_unknown(context: Context, kind: str, identity: str, name: str) -> None:
    """A denial that no node says."""
    why = "who may call whom inside is not restricted" if name == _OTHERS else "its numbers are not known"
    context.report.add(
        f"{kind}/{identity}",
        f"call_restriction.{name}",
        "deny",
        why,
        "Put a number_is or caller_is node before the ring.",
    )


def without_callflow(context: Context) -> Iterable[str]:
    """Reports denials that nothing carries: no callflow dials outside."""
    if context.scan.outside:
        return
    for kind in ("accounts", "users", "devices"):
        for identity in context.kazoo.of(kind):
            if _denied(context, kind, identity):
                yield f"{kind}/{identity}"
