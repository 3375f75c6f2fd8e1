"""The gatehouse: all that decides who gets a phone's secrets, joined to the files in which it lasts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Final

from offhook.config import Config
from offhook.doors import tls_doors
from offhook.listeners.tls.live import LiveDoors
from offhook.provisioning.certificate.proof import Prover
from offhook.provisioning.guard.enrolment import Enrolment
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.guard.logins import Logins
from offhook.provisioning.guard.records import DeviceKey
from offhook.provisioning.guard.roll import Roll
from offhook.provisioning.guard.sources import Ban
from offhook.provisioning.profiles import Profiles
from offhook.secrets.authoritybook import AuthorityBook
from offhook.secrets.keptkey import kept_key
from offhook.store.statelog import StateLog

log = logging.getLogger(__name__)

CERTIFICATES_LOOKED_AT: Final = 2.0
"""Seconds between two looks at the TLS doors' files."""


class Gatehouse:
    """The guard, and whom it believes."""

    def __init__(self, config: Config, data: Path, profiles: Profiles, barred: Callable[[DeviceKey], None]) -> None:
        """`barred` is told when a device is locked, and when it is no more. Raises `PrivateFileRefused` or `TlsRefused`."""
        self.enrolments: Final = StateLog(data / "guard" / "enrolments.jsonl", Enrolment)
        bans = self._bans = StateLog(data / "guard" / "bans.jsonl", Ban)
        roll = Roll(kept_key(data / "keys" / "boot-token.key"), os.urandom, self.enrolments.put, barred)
        logins = Logins(os.urandom(32), sha256=config.boot.sha256, factory=profiles.factory_user_names)
        self.guard: Final = Guard(roll, lambda source, ban: bans.put((source,), ban), logins)
        authorities = self.authorities = AuthorityBook(data / "authorities.json")
        """The manufacturers' authorities that an admin imported."""
        self.prover: Final = Prover(profiles.certificate_rules(), authorities.all())
        self.live: Final = LiveDoors(tls_doors(config), lambda: [one.der for one in authorities.all()])

    def believe(self) -> None:
        """Let phones prove themselves by the authorities that are in the book now."""
        self.prover.believe(self.authorities.all())
        self.live.believe()

    @contextlib.asynccontextmanager
    async def kept(self, devices: Iterable[DeviceKey]) -> AsyncIterator[None]:
        """Load what was decided, and keep what is from now on; `devices` are all that there are."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.enrolments.close)
            stack.push_async_callback(self._bans.close)
            self.guard.load(self.enrolments.open(), self._bans.open(), time.time())
            if opened := self.guard.roll.begin(devices, time.time()):
                log.info("%d devices were not known to the guard: their enrolment windows are open from now on", opened)
            self.enrolments.start()
            self._bans.start()
            yield

    async def watch(self) -> None:
        """Take up certificates that were renewed, without a restart."""
        while True:
            await asyncio.sleep(CERTIFICATES_LOOKED_AT)
            await asyncio.to_thread(self.live.look)
