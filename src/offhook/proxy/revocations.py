"""Revocations: whose credentials have changed since a revision, so that proxies forget what they keep of them.

Proxies ask for it every second or so (`GET /proxy/v1/changes`): a phone that was disabled, or whose password is new, is
known to them at once, through any firewall, and no proxy has to be reached from here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.references import Key
from offhook.secrets.vault import SealBroken

MOST: Final = 5_000
"""Names that are kept; a proxy that missed more forgets everything."""
MOST_AT_ONCE: Final = 200
"""Names that one answer lists; beyond that all is to be forgotten."""


class Revocations:
    """The names that changed lately, by revision."""

    def __init__(self, directory: Callable[[], Directory], started: int = 0) -> None:
        """`started`: a number that is higher at each start by more than devices are locked meanwhile, such as seconds."""
        self._directory = directory
        self._locks = started
        """How often devices were locked and unlocked, which changes no document: each counts as a revision more. As it is
        not kept, what proxies were told before a start is not known after it, and they forget everything."""
        self._log: deque[tuple[int, str]] = deque()
        self.begin()

    def begin(self) -> None:
        """Take the directory of now, as it was loaded: what changed before is not known."""
        self._before = self._directory()
        self._first = self._now()
        """The revision since which nothing was left out."""

    def note(self, keys: Iterable[Key]) -> None:
        """Documents have changed, and the directory that has the change is published."""
        before, after = self._before, self._directory()
        self._before = after
        self._note({name: None for key in keys for name in _names(before, after, key)})

    def barred(self, key: tuple[str, str]) -> None:
        """A device (account, id) may log in no more, or again, though nothing was said of it in a document."""
        self._locks += 1
        directory = self._directory()
        self._note(dict.fromkeys(_names(directory, directory, (key[0], "devices", key[1]))))

    def _now(self) -> int:
        return self._directory().revision + self._locks

    def _note(self, names: Iterable[str]) -> None:
        now = self._now()
        self._log.extend((now, name) for name in names)
        while len(self._log) > MOST:
            self._first = self._log.popleft()[0]

    def since(self, revision: int, realm: str | None = None) -> tuple[int, Sequence[str] | None]:
        """The revision now, and the names that changed since: `realm:username`, `realm:*`; None: forget everything.

        `realm`: only names of this one.
        """
        now = self._now()
        if not self._first <= revision <= now:
            return now, None
        names = {name: None for changed, name in self._log if changed > revision}
        wanted = [name for name in names if realm is None or name.startswith(f"{realm}:")]
        return now, wanted if len(wanted) <= MOST_AT_ONCE else None


def _names(before: Directory, after: Directory, key: Key) -> Iterator[str]:
    """Whose credentials a document bears on: a device's own, those of a user's devices, a whole realm's."""
    account, kind, identity = key
    for directory in (before, after):
        owner = directory.find(Account, account, account)
        if owner is None:
            continue
        if kind == "accounts":
            yield f"{owner.realm}:*"
        devices = [identity] if kind == "devices" else []
        if kind == "users":
            devices = [named[2] for named in directory.referrers(account, "users", identity, "devices")]
        for device in devices:
            try:
                found = directory.find(Device, account, device)
            except SealBroken:  # nothing tells its name any more
                yield f"{owner.realm}:*"
                continue
            if found is not None and found.sip is not None:
                yield f"{owner.realm}:{found.sip.username}"
