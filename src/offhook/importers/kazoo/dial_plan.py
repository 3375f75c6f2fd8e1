"""An account's dial plan: numbers that Kazoo rewrites before it looks for a callflow, as numbers and callflows of ours.

What the plan makes of a number is either a callflow's own (then the callflow gets the short form as a number, too) or
dialled outside (then a callflow with the plan's expression dials it so).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from offhook.importers.fields import Fields, shown

from .context import Context
from .expressions import groups, whole

_SHORT: Final = re.compile(r"[0-9*#]{1,31}")


class Rewriting(msgspec.Struct, frozen=True):
    """One rule of a dial plan."""

    pattern: str
    """Matches the whole dialled number."""
    group: int
    """The capture that stays."""
    prefix: str
    suffix: str

    @property
    def template(self) -> str:
        """The number that is dialled, with the capture left open."""
        return f"{self.prefix}{{{self.group}}}{self.suffix}"

    def short_form(self, number: str) -> str | None:
        """What one dials for a number; None when the rule does not come to it."""
        kept = number[len(self.prefix) : len(number) - len(self.suffix)]
        if self.prefix + kept + self.suffix != number:
            return None
        matched = re.fullmatch(self.pattern, kept)
        return kept if matched is not None and matched[self.group] == kept and _SHORT.fullmatch(kept) else None


def rewritings_of(context: Context) -> tuple[Rewriting, ...]:
    """The rules of the account's dial plan, in its order; what is none is reported."""
    found = []
    for identity in sorted(context.kazoo.of("accounts"))[:1]:
        plan = context.fields("accounts", identity).inner("dial_plan")
        for pattern in plan.names():
            rule = plan.raw(pattern)
            if pattern != "system" and isinstance(rule, Mapping):
                one = _rewriting(plan, pattern, rule)
                found += [one] if one is not None else []
    return tuple(found)


def _rewriting(plan: Fields, pattern: str, rule: Mapping[str, object]) -> Rewriting | None:
    try:
        ours = whole(pattern)
    except re.error as error:
        plan.remark(pattern, shown(rule), f"not a regular expression: {error}", "Give callflows patterns for it.")
        return None
    if not groups(ours):
        plan.remark(pattern, shown(rule), "it captures nothing, so nothing of the number is left", "Write it anew.")
        return None
    return Rewriting(ours, groups(ours), str(rule.get("prefix") or ""), str(rule.get("suffix") or ""))


def short_forms(rewritings: tuple[Rewriting, ...], numbers: list[str]) -> list[str]:
    """How numbers can be dialled by the plan."""
    forms = [one.short_form(number) for number in numbers for one in rewritings]
    return [form for form in dict.fromkeys(forms) if form is not None and form not in numbers]
