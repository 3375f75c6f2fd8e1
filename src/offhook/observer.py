"""The observer: counts what happens, and writes a log line of what somebody may want to find again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from offhook.change import Outcome
from offhook.logs import fields
from offhook.meters import Meters
from offhook.provisioning.request import BootEvent

log = logging.getLogger(__name__)

BOOT_FIELDS: Final = (
    "transport", "peer", "path", "mac", "account", "device", "vendor", "model", "version", "status", "verdict", "bytes",
    "milliseconds",
)  # fmt: skip
"""What a log line of a boot request tells besides its words."""


class Observer:
    """Told of everything, tells it on."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def booted(self, event: BootEvent) -> None:
        """A phone asked for something: a line in the log where it was not given."""
        self._meters.boots[event.vendor or "unknown", event.transport, event.status] += 1
        self._meters.guarded[event.assurance, event.event] += 1
        self._meters.boot_seconds.took(event.milliseconds / 1000)
        level = logging.DEBUG if event.status < 400 else logging.INFO if event.status < 500 else logging.WARNING
        if log.isEnabledFor(level):
            log.log(
                level,
                "%s asked for %s over %s and got %d: %s",
                event.peer,
                event.path,
                event.transport,
                event.status,
                event.verdict,
                extra=fields(event="boot", **{name: getattr(event, name) for name in BOOT_FIELDS}),
            )

    def changed(self, outcomes: Sequence[Outcome], who: str) -> None:
        """Documents were changed."""
        for outcome in outcomes:
            account, kind, identity = outcome.key
            log.info(
                "%s: %s %s/%s of account %s",
                who,
                outcome.action,
                kind,
                identity,
                account,
                extra=fields(event="change", who=who, action=outcome.action, account=account, kind=kind, id=identity),
            )
