"""Which callflow a dialled number reaches.

For a registered caller, in this order: an emergency number; a callflow with the number as it was dialled; one with its
public form (E.164); the most literal of the patterns that match all of it, then the one with the longest literal
beginning, then by the callflow's id. A caller from outside reaches public numbers that a callflow has, and nothing
else: patterns, through which one dials out, are for those inside.
"""

from __future__ import annotations

import re

import msgspec

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.callflow import Callflow

from .expression import Expression, expression
from .memory import Memory, keep
from .number import LONGEST, e164, tidy


class Match(msgspec.Struct, frozen=True):
    """What a number reaches."""

    number: str
    """The number in the form that was found."""
    callflow: Callflow | None = None
    """None: nothing, or an emergency number."""
    emergency: bool = False
    captures: dict[str, str] = {}
    account: Account | None = None
    """The account that was found by the number, for a caller from outside."""
    trace: tuple[str, ...] = ()


class Patterned(msgspec.Struct, frozen=True):
    """One pattern of a callflow."""

    callflow: str
    expression: Expression


def match(directory: Directory, memory: Memory, account: Account, called: str) -> Match:
    """What a number reaches for a registered caller of an account."""
    key = (account.id, called)
    known: Match | None = memory.matches.get(key)
    return known if known is not None else keep(memory.matches, key, _match(directory, memory, account, called))


def match_from_outside(directory: Directory, memory: Memory, realm: str, called: str) -> Match:
    """What a number reaches for a caller from outside, and of which account; `realm` may say how the trunk writes."""
    key = (realm, called)
    known: Match | None = memory.trunks.get(key)
    return known if known is not None else keep(memory.trunks, key, _from_outside(directory, realm, called))


def extension(directory: Directory, account: str, digits: str) -> Callflow | None:
    """The callflow that has just this internal number: what a caller may dial in a menu, never an outside line."""
    flow = directory.callflow_of_number(account, digits) if not digits.startswith("+") else None
    return flow if flow is not None and flow.enabled else None


def _match(directory: Directory, memory: Memory, account: Account, called: str) -> Match:
    if len(called) > LONGEST:
        return Match(called[:LONGEST], trace=(f"a number of {len(called)} signs is none: {LONGEST} at most",))
    number = tidy(called)
    if number in account.dial.emergency:
        return Match(number, emergency=True, trace=(f"{number} is an emergency number of account {account.id}",))
    public = e164(account.dial, number)
    trace: list[str] = []
    for form in dict.fromkeys((number, public or number)):
        flow = directory.callflow_of_number(account.id, form)
        if flow is None:
            continue
        if flow.enabled:
            trace.append(f"{_said(called, form)} is a number of callflow {flow.id}")
            return Match(form, flow, trace=tuple(trace))
        trace.append(f"callflow {flow.id} has the number {form}, but is not enabled")
    return _by_pattern(directory, memory, account, number, public, trace)


def _said(called: str, form: str) -> str:
    return form if called == form else f"{called}, which is {form},"


def _by_pattern(
    directory: Directory, memory: Memory, account: Account, number: str, public: str | None, trace: list[str]
) -> Match:
    found: list[tuple[Patterned, str, dict[str, str]]] = []
    for pattern in _patterns(directory, memory, account.id):
        for form in dict.fromkeys((number, public or number)):
            matched = pattern.expression.matcher.fullmatch(form)
            if matched is not None:
                found.append((pattern, form, _captures(matched)))
                break
    if not found:
        trace.append(f"no callflow of account {account.id} has the number {_said(number, public or number)}")
        return Match(public or number, trace=tuple(trace))
    (best, form, captures), *others = found
    flow = directory.find(Callflow, account.id, best.callflow)
    trace.append(f"{form} matches {best.expression.pattern} of callflow {best.callflow}, {_literal(best)}")
    trace += [
        f"it also matches {other.expression.pattern} of callflow {other.callflow}, {_literal(other)}"
        for other, _, _ in others
    ]
    return Match(form, flow, captures=captures, trace=tuple(trace))


def _literal(pattern: Patterned) -> str:
    measured = pattern.expression
    return f"with {measured.literals} literal sign(s), {measured.prefix} of them at the beginning"


def _captures(matched: re.Match[str]) -> dict[str, str]:
    by_position = {str(index): text or "" for index, text in enumerate(matched.groups(), start=1)}
    return {**by_position, **{name: text or "" for name, text in matched.groupdict().items()}}


def _patterns(directory: Directory, memory: Memory, account: str) -> tuple[Patterned, ...]:
    """The account's patterns, the one that wins first."""
    known: tuple[Patterned, ...] | None = memory.patterns.get(account)
    if known is None:
        flows = [directory.find(Callflow, account, identity) for identity in directory.patterned(account)]
        patterns = [
            Patterned(flow.id, expression(text)) for flow in flows if flow and flow.enabled for text in flow.patterns
        ]
        patterns.sort(key=lambda one: (-one.expression.literals, -one.expression.prefix, one.callflow))
        known = keep(memory.patterns, account, tuple(patterns))
    return known


def _from_outside(directory: Directory, realm: str, called: str) -> Match:
    number = tidy(called[:LONGEST])
    for form in _public_forms(directory, realm, number):
        for key in directory.holders("public_number", form):
            flow = directory.find(Callflow, key[0], key[2])
            if flow is None:
                continue
            account = directory.account(key[0])
            if not flow.enabled or not account.enabled:
                what = f"callflow {flow.id}" if not flow.enabled else f"account {account.id}"
                return Match(
                    form, account=account, trace=(f"{form} is of callflow {flow.id}, but {what} is not enabled",)
                )
            said = f"{_said(called, form)} is a public number of callflow {flow.id} of account {account.id}"
            return Match(form, flow, account=account, trace=(said,))
    trace = f"no callflow has the public number {number!r}; callers from outside reach no other numbers"
    return Match(number, trace=(trace,))


def _public_forms(directory: Directory, realm: str, number: str) -> list[str]:
    """The public numbers that a trunk may mean: as the dialled realm's account writes, else E.164 with or without `+`."""
    account = directory.account_of_realm(realm.lower())
    if account is None and (only := directory.only_account()) is not None:
        account = directory.account(only)
    forms = [e164(account.dial, number) if account is not None else None, number, f"+{number}"]
    return [form for form in dict.fromkeys(forms) if form is not None and form.startswith("+")]
