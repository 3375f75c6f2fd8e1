"""The roll: every device's enrolment and whose each token is, in memory, and what an admin does with them.

Whatever changes is handed to a keeper, which makes it last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import msgspec

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.model.problem import NotFound, Problem, Refused
from offhook.model.secret import Secret

from .enrolment import Enrolment, certified, claimed, locked, opened, rotated
from .login import Login
from .networks import source_of
from .records import DeviceKey, Records
from .tokens import SEED_BYTES, Issued, digest_of, issue, token_of
from .words import command

KeepEnrolment = Callable[[DeviceKey, Enrolment | None], None]
"""Makes an enrolment last; None: it is gone."""
Randomness = Callable[[int], bytes]
_FIRST: Final = "first {} {}"
_STEADY: Final = "steady {} {}"
_LOGIN: Final = "login {} {}"
"""What a token is for; account and id of a device are slugs."""


class Found(NamedTuple):
    """A token, or the password that goes with it, that leads to a device."""

    device: Device
    enrolment: Enrolment
    issued: Issued
    first: bool
    """Whether it is a first token, which does no more than claim."""


class Roll:
    """All enrolments."""

    def __init__(
        self, key: bytes, random: Randomness, keep: KeepEnrolment, barred: Callable[[DeviceKey], None] = lambda _: None
    ) -> None:
        """`key` makes tokens of seeds and must not change; `random` gives that many bytes of randomness; `barred` is told
        when a device is locked, and when it is no more."""
        self._key = key
        self._random = random
        self._keep = keep
        self._barred = barred
        self._records = Records()

    def load(self, enrolments: Iterable[Enrolment]) -> None:
        """What was kept."""
        for enrolment in enrolments:
            self._records.put(enrolment)

    def begin(self, devices: Iterable[DeviceKey], now: float) -> int:
        """Open a window for devices that nothing is known of, and forget those that are gone: how many windows."""
        there = set(devices)
        known = set(self._records)
        for key in sorted(known - there):
            self._forget(key)
        fresh = sorted(there - known)
        for key in fresh:
            self.set(opened(*key, None, now))
        return len(fresh)

    def changed(self, key: DeviceKey, device: Device | None, now: float) -> None:
        """A device was added, saved or removed. Another MAC is another phone: it enrols anew."""
        known = self._records.get(key)
        if device is None:
            self._forget(key)
        elif known is None or (known.mac is not None and known.mac != device.mac):
            self.set(opened(*key, device.mac, now))
        elif known.mac is None and device.mac is not None:
            self.set(msgspec.structs.replace(known, mac=device.mac))

    def find(self, device: Device) -> Enrolment | None:
        """Where a device stands; None for one that nobody told of."""
        return self._records.get((device.account, device.id))

    def stages(self) -> dict[str, int]:
        """How many devices stand where: open, enrolled, locked."""
        return dict(self._records.stages)

    def is_locked(self, device: Device) -> bool:
        """Whether a device gets nothing, and may not log in."""
        known = self.find(device)
        return known is not None and known.stage == "locked"

    def enrolment(self, device: Device) -> Enrolment:
        """Where a device stands; raises `NotFound` for one that was removed meanwhile."""
        known = self.find(device)
        if known is None:
            raise NotFound(f"there is no device {device.id}")
        return known

    def open(self, device: Device, now: float) -> str:
        """Open a new window; all that was given out before is dead. Gives the first token."""
        key = (device.account, device.id)
        first = self._issue_first(key)
        self.set(opened(*key, device.mac, now, first))
        return token_of(self._key, first, _FIRST.format(*key))

    def lock(self, device: Device, reason: str) -> Enrolment:
        """Give a device nothing any more."""
        return self.set(locked(self.enrolment(device), reason))

    def check_locked(self, device: Device) -> None:
        """Raise `Refused` when there is nothing to unlock."""
        if self.enrolment(device).stage != "locked":
            raise Refused(
                [Problem("", f"device {device.id} is not locked: to let it enrol anew, {command('enrol', device)}")]
            )

    def check_enrolled(self, device: Device) -> None:
        """Raise `Refused` when the device has used no token yet."""
        stage = self.enrolment(device).stage
        if stage != "enrolled":
            mend = command("unlock" if stage == "locked" else "enrol", device)
            raise Refused([Problem("", f"device {device.id} has not used a token yet: {mend}")])

    def rotate(self, device: Device, now: float) -> Enrolment:
        """Give a device another token at its next boot; for one that is enrolled."""
        return self.set(rotated(self.enrolment(device), now, self._issue_steady((device.account, device.id))))

    def by_token(self, directory: Directory, token: str, now: float) -> Found | None:
        """The device that a token is good for; None: it is for none, or was."""
        digest = digest_of(token)
        known = self._records.by_digest(digest)
        device = directory.find(Device, known.account, known.device) if known is not None else None
        if known is None or device is None or device.mac is None or device.mac != (known.mac or device.mac):
            return None
        if known.first is not None and known.first.digest == digest:
            return Found(device, known, known.first, True)
        for issued in known.live(now):
            if issued.digest == digest:
                return Found(device, known, issued, False)
        return None

    def by_login(self, directory: Directory, user_name: str, now: float) -> list[tuple[Found, Secret]]:
        """The device whose user name it is, once for each password that it may use now."""
        device = directory.device_of_mac(user_name.lower())
        known = self.find(device) if device is not None else None
        if device is None or known is None or device.mac != (known.mac or device.mac):
            return []
        return [(Found(device, known, one, False), self._password(known, one)) for one in known.live(now)]

    def login(self, enrolment: Enrolment) -> Login | None:
        """What a device is told to prove itself with; None: it has claimed nothing yet, is locked, or has no MAC."""
        if not enrolment.steady or enrolment.mac is None:
            return None
        return Login(enrolment.mac, self._password(enrolment, enrolment.steady[-1]))

    def claim(self, enrolment: Enrolment, device: Device, peer: str) -> Enrolment:
        """An address that `may_claim` is given the device's config, and with it a token the first time."""
        named = enrolment if enrolment.mac is not None else msgspec.structs.replace(enrolment, mac=device.mac)
        if named.address == source_of(peer) and named.steady:
            return self.set(named)
        return self.set(claimed(named, peer, self._issue_steady(named.key)))

    def certify(self, enrolment: Enrolment, device: Device, peer: str, digest: str, *, with_token: bool) -> Enrolment:
        """A phone that showed its manufacturer's certificate is enrolled, from wherever it comes.

        What tokens there are stay its own when it came with one, from where they were given out, or has shown the
        certificate before; otherwise somebody else may have them, and it is told another. `digest` is the certificate's.
        """
        named = enrolment if enrolment.mac is not None else msgspec.structs.replace(enrolment, mac=device.mac)
        own = with_token or named.leaf is not None or named.address == source_of(peer)
        steady = None if named.steady and own else self._issue_steady(named.key)
        return self.set(certified(named, bytes.fromhex(digest), peer, steady))

    def told(self, enrolment: Enrolment) -> str | None:
        """The token that a device's config tells it; None: it has claimed nothing yet, or is locked."""
        return token_of(self._key, enrolment.steady[-1], _STEADY.format(*enrolment.key)) if enrolment.steady else None

    def first(self, enrolment: Enrolment) -> str:
        """The first token of an open window, which is made when it is wanted."""
        first = enrolment.first or self._issue_first(enrolment.key)
        self.set(msgspec.structs.replace(enrolment, first=first))
        return token_of(self._key, first, _FIRST.format(*enrolment.key))

    def _password(self, enrolment: Enrolment, issued: Issued) -> Secret:
        return Secret(token_of(self._key, issued, _LOGIN.format(*enrolment.key)))

    def _issue_first(self, key: DeviceKey) -> Issued:
        return issue(self._key, self._random(SEED_BYTES), _FIRST.format(*key))

    def _issue_steady(self, key: DeviceKey) -> Issued:
        return issue(self._key, self._random(SEED_BYTES), _STEADY.format(*key))

    def set(self, enrolment: Enrolment) -> Enrolment:
        """Let a device stand there from now on."""
        before = self._records.get(enrolment.key)
        if before != enrolment:
            self._records.put(enrolment)
            self._keep(enrolment.key, enrolment)
            if (before is not None and before.stage == "locked") != (enrolment.stage == "locked"):
                self._barred(enrolment.key)
        return enrolment

    def _forget(self, key: DeviceKey) -> None:
        if self._records.get(key) is not None:
            self._records.remove(key)
            self._keep(key, None)
