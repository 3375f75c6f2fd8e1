"""Rehearsal: a call that nobody makes, walked to its end with given outcomes, and told in a few words.

`offhook explain call` shows one; the examples of callflows are rehearsed at every change, and `told` is what they expect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import login, shown_lines
from offhook.model.account import Account
from offhook.model.callflow import Callflow, Example
from offhook.model.device import Device
from offhook.model.problem import Problem
from offhook.model.user import User

from .action import Action, Ask, Change, Dial, Leg, Page, Reject, Ring, Service, Step
from .call import Call, Outcome
from .engine import resume, route
from .memory import Exchange

MOST_STEPS: Final = 100
_SEED: Final = 1
"""Rehearsals are the same each time, also where the order is at random."""


class CallerUnknown(ValueError):
    """A caller that cannot call; the message says why and what to write."""


class Broken(msgspec.Struct, frozen=True):
    """An example that does not come out as it says."""

    callflow: str
    index: int
    """Which of the callflow's examples, from 0."""
    example: Example
    told: tuple[str, ...]
    """What happens instead, or what keeps it from being rehearsed."""


def call_from(directory: Directory, account: Account, caller: str, called: str) -> Call:
    """The call that somebody makes: an extension (or a user's or device's id) from its first line, any other number from
    outside. Raises `CallerUnknown`."""
    device = _device_of(directory, account, caller)
    if device is None:
        if not caller.startswith("+") and not (caller.isdigit() and len(caller) > len(called)):
            raise CallerUnknown(
                f"nobody inside has the number {caller!r}: write an extension, the id of a user or device, or a number"
                " outside such as +15145550199"
            )
        return Call(called=called, realm=account.realm, number=caller)
    line = next(
        (number for number, shown in enumerate(shown_lines(directory, device), 1) if _shows(shown.extension, caller)), 1
    )
    return Call(called=called, realm=account.realm, login=login(device, line))


def rehearse(
    directory: Directory,
    call: Call,
    exchange: Exchange,
    *,
    now: float,
    outcomes: Sequence[str] = (),
    digits: Sequence[str] = (),
) -> list[Step]:
    """Every step of a call: `outcomes` are those of what rings and is dialled, in order, then it is answered; `digits`
    are what the caller chooses, in order, then nothing; everything else is done."""
    waiting, chosen = list(outcomes), list(digits)
    steps = [route(directory, call, exchange, now=now, seed=_SEED)]
    while (cursor := steps[-1].cursor) is not None and len(steps) < MOST_STEPS:
        outcome = _outcome(steps[-1], waiting, chosen)
        steps.append(resume(directory, cursor, outcome, exchange, now=now))
    return steps


def told(steps: Sequence[Step]) -> tuple[str, ...]:
    """A call in a few words, an action each: `ring marie josh`, `voicemail general`, `end 486`."""
    return tuple(words for step in steps if (words := in_words(step.action)) is not None)


def in_words(action: Action) -> str | None:
    """One action in a few words; None for what is no event of its own (the end of an answered call)."""
    for kind, words in _WORDS:
        if isinstance(action, kind):
            return words(action)
    return None


def _rings(action: Ring) -> str:
    return " ".join(["ring", *dict.fromkeys(_who(leg) for stage in action.stages for leg in stage.legs)])


def _serves(action: Service) -> str:
    what = next((str(action.parameters[name]) for name in _NAMED if action.parameters.get(name)), "")
    return f"{action.name} {what}".rstrip()


_WORDS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (Ring, _rings),
    (Page, lambda action: " ".join(["page", *dict.fromkeys(_who(leg) for leg in action.legs)])),
    (Dial, lambda action: f"dial {action.number}"),
    (Service, _serves),
    (Change, lambda action: f"set {action.what} {action.id} {action.value or action.op}"),
    (Ask, lambda action: f"ask {action.url}"),
    (Reject, lambda action: f"end {action.code}"),
)


def broken_examples(directory: Directory, account: Account, exchange: Exchange, now: float) -> Iterator[Broken | None]:
    """Every example of an account that does not come out as it says; None for each callflow that was rehearsed.

    `now` is for the examples that name no time.
    """
    for identity in directory.ids(account.id, "callflows"):
        flow = directory.find(Callflow, account.id, identity)
        if flow is None or not flow.examples:
            continue
        yield None
        for index, example in enumerate(flow.examples):
            found = _rehearsed(directory, account, exchange, example, now)
            if found != example.expect:
                yield Broken(flow.id, index, example, found)


def newly_broken(
    before: Directory, after: Directory, identity: str, exchange: Exchange, now: float
) -> Iterator[Problem]:
    """What a change breaks in an account: examples that come out otherwise than they say, and did not before."""
    account = after.find(Account, identity, identity)
    if account is None:
        return
    broken = [one for one in broken_examples(after, account, exchange, now) if one is not None]
    if not broken:
        return
    earlier = before.find(Account, identity, identity)
    found = broken_examples(before, earlier, exchange, now) if earlier is not None else iter(())
    known = {(one.callflow, one.example) for one in found if one is not None}
    for one in broken:
        if (one.callflow, one.example) not in known:
            yield problem_of(one)


def problem_of(broken: Broken) -> Problem:
    """A broken example in words."""
    example = broken.example
    when = f" at {example.at.isoformat()}" if example.at is not None else ""
    return Problem(
        f"callflows/{broken.callflow}.examples[{broken.index}]",
        f"from {example.from_} to {example.to}{when} is to come out as {_list(example.expect)}, and now comes out as"
        f" {_list(broken.told)}: correct the one or the other, or force the change",
    )


def _list(words: Sequence[str]) -> str:
    return ", then ".join(f"«{one}»" for one in words) or "nothing"


def _rehearsed(
    directory: Directory, account: Account, exchange: Exchange, example: Example, now: float
) -> tuple[str, ...]:
    try:
        call = call_from(directory, account, example.from_, example.to)
    except CallerUnknown as error:
        return (str(error),)
    moment = example.at.timestamp() if example.at is not None else now
    steps = rehearse(directory, call, exchange, now=moment, outcomes=example.outcomes, digits=example.digits)
    return told(steps)


_NAMED: Final = ("box", "room", "pool", "to", "media", "text", "directory", "seconds")
"""The parameters of services that say the most, the first one that is set."""


def _who(leg: Leg) -> str:
    return leg.user or leg.device or leg.address


def _outcome(step: Step, waiting: list[str], chosen: list[str]) -> Outcome:
    if "digits" in step.outcomes:
        digits = chosen.pop(0) if chosen else ""
        return Outcome("digits", digits) if digits else Outcome("no_input")
    if isinstance(step.action, Ring | Dial | Page):
        return Outcome.of(waiting.pop(0)) if waiting else Outcome("answered")
    if isinstance(step.action, Ask):
        return Outcome.of(waiting.pop(0)) if waiting else Outcome("failed")
    return Outcome(step.outcomes[0] if step.outcomes else "done")


def _device_of(directory: Directory, account: Account, caller: str) -> Device | None:
    """The device that calls for an extension, a user's id or its own id: the first of its user's that is enabled."""
    device = directory.find(Device, account.id, caller)
    if device is not None:
        return device
    user = directory.find(User, account.id, caller)
    owners = (
        [user.id]
        if user is not None
        else [
            identity
            for identity in directory.ids(account.id, "users")
            if any(_shows(extension, caller) for extension in directory.extensions(account.id, "users", identity))
        ]
    )
    for owner in owners:
        for identity in directory.owned(account.id, owner, "devices"):
            device = directory.find(Device, account.id, identity)
            if device is not None and device.enabled and device.sip is not None:
                return device
    return _of_nobody(directory, account, caller)


def _of_nobody(directory: Directory, account: Account, caller: str) -> Device | None:
    for identity in directory.ids(account.id, "devices"):
        if any(_shows(extension, caller) for extension in directory.extensions(account.id, "devices", identity)):
            return directory.find(Device, account.id, identity)
    return None


def _shows(extension: object, number: str) -> bool:
    return extension is not None and getattr(extension, "number", None) == number
