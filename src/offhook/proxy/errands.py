"""Errands: what a callflow asks of us in the middle of a call: to change a setting, to ask a web service."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
import msgspec

from offhook.callflow.action import Ask, Change
from offhook.callflow.call import Outcome
from offhook.change import Put
from offhook.directory import Directory
from offhook.model.device import Device
from offhook.model.document import Document, Forward, Number
from offhook.model.group import Group, Member
from offhook.model.mode import Mode
from offhook.model.problem import NotFound, Refused, RevisionConflict, Unavailable
from offhook.model.user import User
from offhook.outbound import Outbound, host_of
from offhook.registry import Registry

log = logging.getLogger(__name__)

LONGEST_LABEL: Final = 4_096
"""Bytes of a web service's answer."""
_LABEL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REFUSED: Final = Outcome("refused")
_SWITCHED: Final[Mapping[str, Callable[[bool], bool]]] = {
    "on": lambda _: True,
    "off": lambda _: False,
    "toggle": lambda now: not now,
}


class Errands:
    """Runs what calls ask of us."""

    def __init__(self, registry: Registry, outbound: Outbound) -> None:
        """`outbound` says which web services may be asked."""
        self._registry = registry
        self._outbound = outbound
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections to web services up."""
        if self._session is not None:
            await self._session.close()

    async def run(self, action: Change | Ask, account: str) -> Outcome:
        """What came of an errand: `done` (value: what is set now), `refused`, `label` (value: the branch), `failed`."""
        if isinstance(action, Ask):
            return await self._ask(action)
        changed = changed_document(self._registry.directory, action, account)
        if changed is None:
            return _REFUSED
        document, value = changed
        if document is None:
            return Outcome("done", value)
        try:
            who = f"a call of user {action.by}" if action.by else "a call"
            await self._registry.change([Put(document, document.rev)], who=who)
        except (NotFound, Refused, RevisionConflict, Unavailable) as error:
            log.warning("a call was to set %s of %s/%s and could not: %s", action.what, action.kind, action.id, error)
            return _REFUSED
        return Outcome("done", value)

    async def _ask(self, ask: Ask) -> Outcome:
        """POST the facts of the call; the answer is the name of a branch, as text or as JSON `{"branch": name}`."""
        self._session = self._session or self._outbound.session()
        timeout = aiohttp.ClientTimeout(total=max(ask.timeout, 1))
        try:
            async with self._session.post(ask.url, json=ask.facts, timeout=timeout, allow_redirects=False) as answer:
                body = await answer.content.read(LONGEST_LABEL)
                label = label_of(body.decode("utf-8", "replace")) if answer.status == 200 else None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            log.warning("%s gave no answer for a call: %s", host_of(ask.url), error or type(error).__name__)
            return Outcome("failed")
        return Outcome("label", label) if label is not None else Outcome("failed")


def label_of(text: str) -> str | None:
    """The branch that a web service names; None when it names none."""
    try:
        values: Any = json.loads(text)
    except ValueError:
        values = text.strip()
    label = values.get("branch") if isinstance(values, dict) else values
    return label if isinstance(label, str) and _LABEL.fullmatch(label) else None


def changed_document(directory: Directory, change: Change, account: str) -> tuple[Document | None, str] | None:
    """The document as a change makes it (None: it was only asked for) and the setting's value; None: it is refused."""
    document = directory.get(account, change.kind, change.id)
    make = _CHANGES.get(change.what)
    return make(change, document) if document is not None and make is not None else None


def _switch(change: Change, now: bool) -> tuple[bool, bool]:
    """Whether something is on after the change, and whether that is new."""
    after = _SWITCHED[change.op](now) if change.op in _SWITCHED else now
    return after, after != now


def _word(on: bool) -> str:
    return "on" if on else "off"


def _dnd(change: Change, document: Document) -> tuple[Document | None, str] | None:
    if not isinstance(document, User | Device):
        return None
    on, new = _switch(change, document.dnd)
    return (msgspec.structs.replace(document, dnd=on) if new else None), _word(on)


def _call_waiting(change: Change, document: Document) -> tuple[Document | None, str] | None:
    if not isinstance(document, User | Device):
        return None
    on, new = _switch(change, document.settings.call_waiting is not False)
    settings = msgspec.structs.replace(document.settings, call_waiting=on)
    return (msgspec.structs.replace(document, settings=settings) if new else None), _word(on)


def _forward(change: Change, document: Document) -> tuple[Document | None, str] | None:
    """Forwarding can only be switched on with a number: the captured one, else the one that is there."""
    if not isinstance(document, User | Device):
        return None
    before = document.forward
    on, _ = _switch(change, before.enabled)
    number = (change.value if change.op in ("on", "toggle") else None) or before.number
    if on and number is None:
        return None
    try:
        msgspec.convert(number, Number | None)
    except msgspec.ValidationError:
        return None
    after: Forward = msgspec.structs.replace(before, enabled=on, number=number)
    return (msgspec.structs.replace(document, forward=after) if after != before else None), _word(on)


def _mode(change: Change, document: Document) -> tuple[Document | None, str] | None:
    if not isinstance(document, Mode):
        return None
    now = document.state or document.states[0]
    after = change.value or document.states[(document.states.index(now) + 1) % len(document.states)]
    if change.op == "ask":
        return None, now
    if after not in document.states:
        return None
    return (msgspec.structs.replace(document, state=after, until=None) if after != now else None), after


def _member(change: Change, document: Document) -> tuple[Document | None, str] | None:
    """The caller joins or leaves a group."""
    if not isinstance(document, Group) or change.by is None:
        return None
    own = [member for member in document.members if member.user == change.by]
    on, new = _switch(change, bool(own))
    others = tuple(member for member in document.members if member not in own)
    members = (*document.members, Member(user=change.by)) if on else others
    return (msgspec.structs.replace(document, members=members) if new else None), _word(on)


_CHANGES: Final[Mapping[str, Callable[[Change, Any], tuple[Document | None, str] | None]]] = {
    "dnd": _dnd,
    "call_waiting": _call_waiting,
    "forward": _forward,
    "mode": _mode,
    "member": _member,
}
"""Settings that a call may change; all others are refused."""

Run = Callable[[Change | Ask, str], Awaitable[Outcome]]
"""Runs an errand for an account."""
