"""The registry: the one way to change anything. Check against the directory → make durable → publish the new directory."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from offhook.directory import Directory, Documents, Entry
from offhook.integrity import Check, problems_of, still_used
from offhook.model.device import Device, Sip
from offhook.model.document import Document, RawValue
from offhook.model.kind import kind_of, public_values
from offhook.model.mailbox import Mailbox
from offhook.model.problem import NotFound, Problem, Refused, RevisionConflict, Unavailable
from offhook.model.references import Key
from offhook.model.secret import MASK, Secret
from offhook.secrets.sealing import reader, seal_document
from offhook.secrets.vault import Vault, WrappedKey
from offhook.store.base import Change, Store, StoreUnavailable

DATA_KEYS: Final = "datakeys"
"""The kind under which the store keeps each account's wrapped data key; it is no document and in no directory."""

IN_A_THREAD: Final = 20
"""From this many documents on a change is checked beside the event loop, so that phones are answered meanwhile."""

UNMISTAKABLE: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody confuses and no vendor's file has to escape."""


class Put(msgspec.Struct, frozen=True):
    """Save a document as it is given."""

    document: Document
    expected: int | None = None
    """The revision that must be there now; 0 = the document must be new; None = whatever is there."""
    place: str = ""
    """How messages call the document; absent: `kind/id`."""


class Remove(msgspec.Struct, frozen=True):
    """Remove a document."""

    key: Key
    expected: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What a change did, or would do, to one document."""

    key: Key
    action: Literal["added", "changed", "removed"]
    differences: tuple[tuple[str, Any, Any], ...]
    """(field, before, after) with secrets masked; a field that was absent is None."""


class Registry:
    """Holds the current directory and lets nothing into it that is not checked and durable."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        *,
        checks: Sequence[Check] = (),
        is_secret: Callable[[str, str], bool] = lambda vendor, parameter: False,
    ) -> None:
        """`checks` are asked beside the registry's own; `is_secret(vendor, parameter)` tells raw parameters to seal."""
        self._store = store
        self._vault = vault
        self._checks = checks
        self._is_secret = is_secret
        self._documents = Documents(reader(vault))
        self._lock = asyncio.Lock()
        self.directory = Directory.empty(self._documents)
        """What is published: durable, and what every answer is made from."""
        self._head = self.directory
        """The published directory and the changes that are on their way to the disk."""

    async def open(self) -> None:
        """Load everything from the store and publish it."""
        revision, stored = await self._store.load()
        entries: list[tuple[Key, Entry]] = []
        for document in stored:
            if document.kind == DATA_KEYS:
                self._vault.load_data_key(msgspec.json.decode(document.body, type=WrappedKey))
            else:
                key = (document.account, document.kind, document.id)
                entries.append((key, Entry(key, document.rev, document.body)))
        self._head = self.directory = self.directory.changed(revision, entries)

    async def change(self, changes: Sequence[Put | Remove], *, dry_run: bool = False) -> list[Outcome]:
        """Make all of the changes or none; durable and published when it returns.

        Raises `Refused` (with every problem), `RevisionConflict`, `NotFound` or `Unavailable` (the store cannot write).
        What would not change anything is left out of the outcomes and of the store.
        """
        async with self._lock:
            base = self._head
            if len(changes) >= IN_A_THREAD:
                staged = await asyncio.to_thread(self._stage, base, changes)
            else:
                staged = self._stage(base, changes)
            if dry_run or not staged.outcomes:
                return staged.outcomes
            self._head = staged.directory
            commit = asyncio.ensure_future(self._store.commit(staged.stored, base.revision))
        try:
            await asyncio.shield(commit)
        except asyncio.CancelledError:
            commit.add_done_callback(lambda done: self._settle(done, staged.directory))
            raise
        except StoreUnavailable as error:
            self._settle(commit, staged.directory)
            raise Unavailable(f"the change was not made: {error}") from error
        except BaseException:
            self._settle(commit, staged.directory)
            raise
        self._settle(commit, staged.directory)
        return staged.outcomes

    def _settle(self, commit: asyncio.Future[int], directory: Directory) -> None:
        """Publish what is durable; after a failure go on from what is published."""
        if commit.cancelled() or commit.exception() is not None:
            self._head = self.directory
        elif directory.revision > self.directory.revision:
            self.directory = directory

    def _stage(self, base: Directory, changes: Sequence[Put | Remove]) -> _Staged:
        return _Stager(base, self._vault, self._checks, self._is_secret).stage(changes)


class _Staged(msgspec.Struct):
    directory: Directory
    stored: list[Change]
    data_keys: list[WrappedKey]
    outcomes: list[Outcome]


class _Stager:
    """Turns changes into the next directory, checked, and into what the store writes."""

    def __init__(
        self,
        base: Directory,
        vault: Vault,
        checks: Sequence[Check],
        is_secret: Callable[[str, str], bool],
    ) -> None:
        self._base = base
        self._vault = vault
        self._checks = checks
        self._is_secret = is_secret

    def stage(self, changes: Sequence[Put | Remove]) -> _Staged:
        revision = self._base.revision + 1
        staged = _Staged(self._base, [], [], [])
        entries: list[tuple[Key, Entry | None]] = []
        saved: list[tuple[Put, Document]] = []
        for change in sorted(changes, key=_accounts_first):
            if isinstance(change, Remove):
                entries.append((change.key, None))
                self._remove(change, staged)
            elif (document := self._complete(change)) is not None:
                saved.append((change, document))
                if kind_of(document) == "accounts" and self._base.entry(document.id, "accounts", document.id) is None:
                    staged.data_keys.append(self._new_data_key(document.id, staged))
                entries.append(self._save(change, document, staged))
        staged.directory = self._base.changed(revision, entries)
        problems = list(self._problems(staged.directory, saved, changes))
        if problems:
            raise Refused(problems)
        return staged

    def _problems(
        self, directory: Directory, saved: Iterable[tuple[Put, Document]], changes: Iterable[Put | Remove]
    ) -> Iterator[Problem]:
        for put, document in saved:
            place = put.place or f"{kind_of(document)}/{document.id}"
            for problem in problems_of(directory, document, self._checks):
                yield Problem(f"{place}.{problem.place}" if problem.place else place, problem.message)
            yield from self._problems_of_others(directory, document, {(d.account, kind_of(d), d.id) for _, d in saved})
        for change in changes:
            if isinstance(change, Remove):
                yield from still_used(directory, change.key)

    def _problems_of_others(self, directory: Directory, changed: Document, checked: set[Key]) -> Iterator[Problem]:
        """What a changed schedule or mode breaks in the callflows that branch by it."""
        kind = kind_of(changed)
        if kind in ("schedules", "modes"):
            for key in directory.referrers(changed.account, kind, changed.id):
                other = directory.get(*key)
                if key not in checked and other is not None:
                    for problem in problems_of(directory, other, ()):
                        yield Problem(f"{key[1]}/{key[2]}.{problem.place}", problem.message)

    def _remove(self, change: Remove, staged: _Staged) -> None:
        old = self._base.get(*change.key)
        if old is None:
            raise NotFound(f"there is no {change.key[1]}/{change.key[2]} in account {change.key[0]!r}")
        _check_revision(change.key, change.expected, old.rev)
        staged.stored.append(Change(*change.key, expected=old.rev, body=None, rev=old.rev + 1))
        staged.outcomes.append(Outcome(change.key, "removed", ()))
        if change.key[1] == "accounts":
            account = change.key[0]
            staged.stored.append(Change(account, DATA_KEYS, account, expected=1, body=None, rev=2))

    def _complete(self, put: Put) -> Document | None:
        """The document with kept and made-up secrets and its next revision; None when nothing changes."""
        given = put.document
        key = (given.account, kind_of(given), given.id)
        old = self._base.get(*key)
        _check_revision(key, put.expected, old.rev if old is not None else 0)
        document = _with_secrets(self._mark_overrides(given), old)
        document = msgspec.structs.replace(document, rev=old.rev if old is not None else 0)
        if document == old:
            return None
        return msgspec.structs.replace(document, rev=document.rev + 1)

    def _save(self, put: Put, document: Document, staged: _Staged) -> tuple[Key, Entry]:
        key = (document.account, kind_of(document), document.id)
        old = self._base.get(*key)
        if self._base.entry(document.account, "accounts", document.account) is None and not any(
            wrapped.account == document.account for wrapped in staged.data_keys
        ):
            known = self._base.accounts()
            raise Refused(
                [
                    Problem(
                        f"{put.place or '/'.join(key[1:])}.account",
                        f"there is no account {document.account!r}; known are {known}",
                    )
                ]
            )
        body = seal_document(self._vault, document)
        staged.stored.append(Change(*key, expected=document.rev - 1 or None, body=body, rev=document.rev))
        action: Literal["added", "changed"] = "added" if old is None else "changed"
        staged.outcomes.append(Outcome(key, action, differences(old, document)))
        return key, Entry(key, document.rev, body)

    def _new_data_key(self, account: str, staged: _Staged) -> WrappedKey:
        wrapped = self._vault.new_data_key(account)
        self._vault.load_data_key(wrapped)
        staged.stored.append(
            Change(account, DATA_KEYS, account, expected=None, body=msgspec.json.encode(wrapped), rev=1)
        )
        return wrapped

    def _mark_overrides(self, document: Document) -> Document:
        """Raw parameters that the vendor's profile declares secret become secrets, however they were written."""
        overrides: dict[str, dict[str, RawValue]] | None = getattr(document, "overrides", None)
        if not overrides:
            return document
        marked = {
            vendor: {
                name: RawValue(value.text, value.secret or self._is_secret(vendor, name))
                for name, value in parameters.items()
            }
            for vendor, parameters in overrides.items()
        }
        return msgspec.structs.replace(document, overrides=marked)


def _accounts_first(change: Put | Remove) -> bool:
    """Sorts accounts before what belongs to them: their data keys seal it."""
    return not (isinstance(change, Put) and kind_of(change.document) == "accounts")


def _check_revision(key: Key, expected: int | None, found: int) -> None:
    if expected == 0 and found:
        raise RevisionConflict(f"{key[1]}/{key[2]} exists already: choose another id, or change it with edit")
    if expected is not None and expected != found:
        now = f"is at revision {found}" if found else "does not exist"
        raise RevisionConflict(f"{key[1]}/{key[2]} {now}, not at {expected}: read it again and repeat the change")


def _with_secrets(document: Document, old: Document | None) -> Document:
    """Secrets that were left out (or given as `***`) are kept from the stored document, or made up."""
    replace = msgspec.structs.replace
    if isinstance(document, Device):
        sip = document.sip or (old.sip if isinstance(old, Device) else None) or Sip(username=document.id)
        kept = old.sip.password if isinstance(old, Device) and old.sip is not None else None
        document = replace(document, sip=replace(sip, password=_kept(sip.password, kept) or _made_up(20)))
    if isinstance(document, Mailbox):
        kept = old.pin if isinstance(old, Mailbox) else None
        document = replace(document, pin=_kept(document.pin, kept) or _made_up(6, "0123456789"))
    settings = getattr(document, "settings", None)
    if settings is not None:
        before = getattr(old, "settings", None)
        secret_fields = {
            name: _kept(getattr(settings, name), getattr(before, name, None))
            for name in settings.__struct_fields__
            if isinstance(getattr(settings, name), Secret)
        }
        if secret_fields:
            document = replace(document, settings=replace(settings, **secret_fields))
    overrides = getattr(document, "overrides", None)
    if overrides and any(value.secret and value.text == MASK for raw in overrides.values() for value in raw.values()):
        stored = getattr(old, "overrides", {})
        document = replace(
            document,
            overrides={
                vendor: {
                    name: stored.get(vendor, {}).get(name, value) if value.secret and value.text == MASK else value
                    for name, value in raw.items()
                }
                for vendor, raw in overrides.items()
            },
        )
    return document


def _kept(given: Secret | None, stored: Secret | None) -> Secret | None:
    return stored if given is None or given.reveal() == MASK else given


def _made_up(length: int, characters: str = UNMISTAKABLE) -> Secret:
    return Secret("".join(secrets.choice(characters) for _ in range(length)))


def differences(old: Document | None, new: Document) -> tuple[tuple[str, Any, Any], ...]:
    """(field, before, after) of every field that differs, one level below lists; secrets are masked."""
    before = dict(_flat("", public_values(old))) if old is not None else {}
    after = dict(_flat("", public_values(new)))
    changed = [name for name in (before | after) if name != "rev" and before.get(name) != after.get(name)]
    masked = _changed_secrets(old, new) if old is not None else ()
    return tuple((name, before.get(name), after.get(name)) for name in sorted({*changed, *masked}))


def _changed_secrets(old: Document, new: Document) -> Iterator[str]:
    """Fields whose secret changed, which the masked values cannot show."""
    before, after = (dict(_flat("", public_values(document, reveal=True))) for document in (old, new))
    shown = dict(_flat("", public_values(new)))
    for name, value in after.items():
        if before.get(name) != value and shown.get(name) == MASK:
            yield name


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _flat(f"{place}.{name}" if place else name, part)
    else:
        yield place, value
