"""Whom a ring rings: its targets become legs, forwards followed; when each of them rings, `stages` says.

Forwards: a user's dials once, whatever number of devices the user has; a device's stands for that device. The number is
dialled as the forwarding party would: one of a callflow of the account is followed there, and rings whom that
callflow rings now. Nobody is rung who has forwarded this call already, and no chain is longer than `LONGEST_CHAIN`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from offhook.model.document import Forward
from offhook.model.group import Group, Member
from offhook.model.node import Target

from . import action
from .action import Leg
from .match import Match, match
from .number import e164
from .reach import reach_of
from .stages import Item
from .walk import Walk

MOST_MEMBERS: Final = 1_000
"""Members of groups that one ring looks at; groups within groups can multiply."""
LONGEST_CHAIN: Final = 5
"""Forwards that follow one another; those that happened before the call came to us count."""


class Gathered(msgspec.Struct):
    """What the targets of a ring or page come to."""

    items: list[Item]
    dead: bool = False
    """True: something was named that does not exist."""

    def user(self) -> str | None:
        """The one user whose devices ring; None when there are several or none."""
        users = {leg.user for item in self.items for leg in item.legs}
        return users.pop() if len(users) == 1 else None


class Gatherer:
    """Finds the legs of one ring or page."""

    def __init__(self, walk: Walk, targets: tuple[Target, ...], *, forwards: str, skip_self: bool) -> None:
        self._walk = walk
        self._targets = targets
        self._skip_self = skip_self
        parties = [target for target in targets if target.number is None]
        self._direct = len(parties) == 1 and parties[0].group is None
        """Whether the ring is for one user or device alone."""
        self._follow = forwards == "follow" or (forwards == "direct_only" and self._direct)
        self._members = 0
        self._called = (walk.position.number, walk.flow.id)

    def gather(self) -> Gathered:
        """Everyone who can ring, in the order of the targets."""
        found = Gathered([])
        for target in self._targets:
            if target.number is not None:
                legs = dialled(self._walk, target.number, None, None, confirm=target.confirm, forwarded=False)
                found.items.append(Item(f"number {target.number}", target.delay, target.timeout, legs))
            else:
                self._member(found, target, 0, None, target.confirm, frozenset())
        found.items = [item for item in found.items if item.legs]
        return found

    def _member(
        self,
        found: Gathered,
        member: Target | Member,
        delay: int,
        timeout: int | None,
        confirm: bool,
        inside: frozenset[str],
    ) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            if self._members == MOST_MEMBERS + 1:
                self._walk.say(f"more than {MOST_MEMBERS} members of groups: the others are not rung")
            return
        delay += member.delay
        timeout = member.timeout if member.timeout is not None else timeout
        if member.group is not None:
            self._group(found, member.group, delay, timeout, confirm, inside)
            return
        kind, identity = ("users", member.user) if member.user is not None else ("devices", member.device)
        assert identity is not None
        legs = self._party(found, kind, identity)
        if confirm:
            legs = [msgspec.structs.replace(leg, confirm=True) for leg in legs]
        found.items.append(Item(f"{kind[:-1]} {identity}", delay, timeout, legs))

    def _group(
        self, found: Gathered, identity: str, delay: int, timeout: int | None, confirm: bool, inside: frozenset[str]
    ) -> None:
        walk = self._walk
        group = walk.directory.find(Group, walk.account.id, identity)
        if group is None:
            found.dead = True
            walk.say(f"there is no group {identity}")
            return
        if identity in inside:
            walk.say(f"group {identity} holds itself: it is rung once")
            return
        if not group.members:
            walk.say(f"group {identity} has no members")
        for member in group.members:
            self._member(found, member, delay, timeout, confirm, inside | {identity})

    def _party(self, found: Gathered, kind: str, identity: str) -> Sequence[Leg]:
        """The legs of one user or device."""
        walk = self._walk
        if (kind, identity) in walk.forwarded:
            walk.say(f"{kind[:-1]} {identity} forwarded this call: not rung again")
            return ()
        caller = walk.caller.user
        if self._skip_self and kind == "users" and caller is not None and caller.id == identity:
            walk.say(f"user {identity} calls: their own devices do not ring")
            return ()
        reach = reach_of(walk.directory, walk.memory, walk.exchange, walk.account, (kind, identity), self._called)
        walk.trace += reach.skipped
        found.dead = found.dead or reach.dead
        legs = self._not_the_caller(reach.legs)
        if not (reach.forward or reach.of_devices):
            return legs
        if not self._follow:
            walk.say(f"{kind[:-1]} {identity} forwards calls, which this ring does not follow")
            return legs
        if reach.forward is not None and self._applies(reach.forward, identity):
            return self._forwarded(kind, identity, reach.forward, legs)
        following: list[Leg] = list(legs)
        for device, forward in reach.of_devices:
            own = [leg for leg in following if leg.device == device]
            if own and self._applies(forward, device):
                others = [leg for leg in following if leg.device != device]
                following = [*others, *self._forwarded("devices", device, forward, own)]
        return following

    def _not_the_caller(self, legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        caller = self._walk.caller
        if not self._skip_self or caller.device is None:
            return legs
        user = caller.user.id if caller.user is not None else None
        own = [leg for leg in legs if leg.device == caller.device.id or (user is not None and leg.user == user)]
        if not own:
            return legs
        for leg in own:
            self._walk.say(f"device {leg.device} is the caller's own: it does not ring")
        return tuple(leg for leg in legs if leg not in own)

    def _applies(self, forward: Forward, identity: str) -> bool:
        if forward.direct_only and not self._direct:
            self._walk.say(f"{identity} forwards only calls for {identity} alone")
            return False
        return True

    def _forwarded(self, kind: str, identity: str, forward: Forward, legs: Sequence[Leg]) -> Sequence[Leg]:
        assert forward.number is not None
        self._walk.say(
            f"{kind[:-1]} {identity} forwards to {forward.number}, " + ("instead" if forward.substitute else "too")
        )
        user = identity if kind == "users" else (legs[0].user if legs else None)
        elsewhere = dialled(self._walk, forward.number, (kind, identity), user, confirm=forward.confirm)
        return elsewhere if forward.substitute else (*legs, *elsewhere)


def dialled(
    walk: Walk,
    number: str,
    party: tuple[str, str] | None,
    user: str | None,
    *,
    confirm: bool = False,
    forwarded: bool = True,
    known_only: bool = False,
) -> list[Leg]:
    """The legs that a number comes to when `party` (kind, id) dials it, or the ring itself (None).

    `known_only`: only numbers that a callflow has, as for a phone that redirects on its own.
    """
    chain = walk.chain + len(walk.position.call.diversions) + forwarded
    found = match(walk.directory, walk.memory, walk.account, number)
    if chain > LONGEST_CHAIN:
        walk.say(f"{number} is not dialled: {LONGEST_CHAIN} forwards came before it")
    elif found.emergency:
        walk.say(f"{number} is an emergency number: nothing is forwarded there")
    elif found.callflow is not None:
        return _followed(walk, found, party, Leg(found.number, None, user, confirm=confirm, forwarded=forwarded))
    elif known_only or not (e164(walk.account.dial, found.number) or found.number.isdigit()):
        walk.say(f"{number} is not dialled: no callflow has that number")
    else:
        return [Leg(found.number, None, user, confirm=confirm, outside=True, forwarded=forwarded)]
    return []


def _followed(walk: Walk, found: Match, party: tuple[str, str] | None, plain: Leg) -> list[Leg]:
    """The legs that a number of a callflow comes to: whom that rings now, else the number itself (`plain`)."""
    assert found.callflow is not None
    inner = walk.branched()
    inner.chain += 1
    inner.forwarded = walk.forwarded | {party} if party is not None else walk.forwarded
    asked = inner.jump(found)
    if asked is None:
        walk.say(f"{found.number} is followed in callflow {found.callflow.id}")
        asked = inner.run()
    if isinstance(asked, action.Ring):
        return list(_flattened(asked, confirm=plain.confirm, forwarded=plain.forwarded))
    if isinstance(asked, action.Dial):
        return [msgspec.structs.replace(plain, address=asked.number, outside=True)]
    # A callflow that has nobody to ring goes on to a mailbox or a menu: those are for who called its number themselves.
    ended = isinstance(asked, action.Reject | action.Hangup | action.Change | action.Ask)
    return [] if inner.nobody or ended else [plain]


def _flattened(ring: action.Ring, *, confirm: bool, forwarded: bool) -> Iterator[Leg]:
    """The legs of a ring with the times at which they would ring."""
    begin = 0
    for stage in ring.stages:
        for leg in stage.legs:
            yield msgspec.structs.replace(
                leg, delay=begin + leg.delay, confirm=confirm or leg.confirm, forwarded=forwarded or leg.forwarded
            )
        begin += stage.timeout
