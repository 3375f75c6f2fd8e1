"""The ledger: every change, every sign-in and every reading of a secret becomes a note in the audit."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from offhook.change import Outcome
from offhook.model.problem import Unavailable
from offhook.store.audit import Audit, Note

log = logging.getLogger(__name__)


class Ledger:
    """Writes down who did what."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def changed(self, outcomes: Sequence[Outcome], who: str) -> None:
        """Changes of documents that were made, and that stand even when they cannot be written down."""
        now = time.time()
        notes = [
            Note(
                time=now,
                who=who,
                action=outcome.action,
                what="/".join(outcome.key[1:]),
                account=outcome.key[0],
                differences=outcome.differences if outcome.action == "changed" else (),
            )
            for outcome in outcomes
        ]
        try:
            await self._audit.write(notes)
        except OSError as error:
            log.error("a change was made and the audit could not be written: %s", error)

    async def note(self, who: str, action: str, what: str, account: str | None = None) -> None:
        """Anything else, before it is done: raises `Unavailable` when it cannot be written down, so that it is not done."""
        try:
            await self._audit.write([Note(time=time.time(), who=who, action=action, what=what, account=account)])
        except OSError as error:
            raise Unavailable(f"not done, as the audit cannot be written: {error.strerror or error}") from error
