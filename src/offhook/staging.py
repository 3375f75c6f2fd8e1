"""Staging: changes become the next directory, checked, and the bytes that the store writes; nothing is kept yet."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal

import msgspec

from offhook.change import Outcome, Put, Remove, differences
from offhook.directory import Directory
from offhook.entry import Entry
from offhook.integrity import Check, Rehearsal, problems_of, still_used
from offhook.keyring import KeyRing
from offhook.model.device import Device, Sip
from offhook.model.document import Document, Overrides, RawValue
from offhook.model.kind import kind_of
from offhook.model.mailbox import Mailbox
from offhook.model.problem import NotFound, Problem, Refused, RevisionConflict
from offhook.model.references import Key
from offhook.model.secret import MASK, Secret
from offhook.secrets.sealing import open_document, seal_document
from offhook.secrets.vault import SealBroken, Vault, WrappedKey
from offhook.store.base import Change

"""The kind under which the store keeps each account's wrapped data key; it is no document and in no directory."""

_MASKED: Final = RawValue(MASK, secret=True)

UNMISTAKABLE: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody confuses and no vendor's file has to escape."""


class Staged(msgspec.Struct):
    """A change that is ready to be written."""

    directory: Directory
    stored: list[Change]
    data_keys: list[WrappedKey]
    outcomes: list[Outcome]


class Stager:
    """Turns changes into the next directory, checked, and into what the store writes."""

    def __init__(
        self,
        base: Directory,
        vault: Vault,
        checks: Sequence[Check],
        is_secret: Callable[[str, str], bool],
        ring: KeyRing,
        rehearsal: Rehearsal = lambda before, after, account: iter(()),
    ) -> None:
        self._ring = ring
        self._base = base
        self._vault = vault
        self._checks = checks
        self._is_secret = is_secret
        self._rehearsal = rehearsal

    def stage(self, changes: Sequence[Put | Remove], *, force: bool = False) -> Staged:
        """The next directory and what to write; `force` makes a change that breaks what is rehearsed. Raises `Refused`."""
        revision = self._base.revision + 1
        staged = Staged(self._base, [], [], [])
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
        if not problems and not force:
            touched = sorted({outcome.key[0] for outcome in staged.outcomes})
            problems = [one for account in touched for one in self._rehearsal(self._base, staged.directory, account)]
        if problems:
            raise Refused(problems)
        return staged

    def _problems(
        self, directory: Directory, saved: Sequence[tuple[Put, Document]], changes: Iterable[Put | Remove]
    ) -> Iterator[Problem]:
        checked = {(document.account, kind_of(document), document.id) for _, document in saved}
        for put, document in saved:
            place = put.place or f"{kind_of(document)}/{document.id}"
            for problem in problems_of(directory, document, self._checks):
                yield Problem(f"{place}.{problem.place}" if problem.place else place, problem.message)
            yield from self._problems_of_others(directory, document, checked)
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

    def _remove(self, change: Remove, staged: Staged) -> None:
        old = self._base.entry(*change.key)
        if old is None:
            raise NotFound(f"there is no {change.key[1]}/{change.key[2]} in account {change.key[0]!r}")
        _check_revision(change.key, change.expected, old.rev)
        staged.stored.append(Change(*change.key, expected=old.rev, body=None, rev=old.rev + 1))
        staged.outcomes.append(Outcome(change.key, "removed", ()))
        if change.key[1] == "accounts":
            staged.stored += self._ring.removing(self._ring.of(change.key[0]))

    def _complete(self, put: Put) -> Document | None:
        """The document with kept and made-up secrets and its next revision; None when nothing changes."""
        given = put.document
        key = (given.account, kind_of(given), given.id)
        old, rev = self._stored(key)
        _check_revision(key, put.expected, rev)
        document = _with_secrets(self._mark_overrides(given), old, keep=put.keep_secrets)
        document = msgspec.structs.replace(document, rev=rev)
        if document == old:
            return None
        return msgspec.structs.replace(document, rev=rev + 1)

    def _stored(self, key: Key) -> tuple[Document | None, int]:
        """The stored document and its revision (0: there is none); without the secrets that do not open any more.

        Such a document can be saved anew, which is how it is mended.
        """
        entry = self._base.entry(*key)
        if entry is None:
            return None, 0
        try:
            return self._base.get(*key), entry.rev
        except SealBroken:
            return open_document(self._vault, key[1], entry.body, broken=[]), entry.rev

    def _save(self, put: Put, document: Document, staged: Staged) -> tuple[Key, Entry]:
        key = (document.account, kind_of(document), document.id)
        old, rev = self._stored(key)
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
        action: Literal["added", "changed"] = "changed" if rev else "added"
        staged.outcomes.append(Outcome(key, action, differences(old, document)))
        return key, Entry(key, document.rev, body)

    def _new_data_key(self, account: str, staged: Staged) -> WrappedKey:
        wrapped = self._vault.new_data_key(account)
        self._vault.load_data_key(wrapped)
        staged.stored.append(self._ring.adding(wrapped))
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


def _with_secrets(document: Document, old: Document | None, *, keep: bool) -> Document:
    """Secrets that were given as `***` are kept from the stored document; passwords and PINs that were left out too, or
    made up; with `keep` all that were left out."""
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
            if isinstance(getattr(settings, name) or (keep and getattr(before, name, None)), Secret)
        }
        if secret_fields:
            document = replace(document, settings=replace(settings, **secret_fields))
    overrides = getattr(document, "overrides", None)
    if overrides is not None:
        stored = getattr(old, "overrides", {})
        document = replace(document, overrides=_overrides_with_secrets(overrides, stored, keep=keep))
    return document


def _overrides_with_secrets(given: Overrides, stored: Overrides, *, keep: bool) -> Overrides:
    """Raw parameters with their secrets from the stored ones; a `***` that stands for nothing is left out."""
    completed: Overrides = {
        vendor: {
            name: kept
            for name, value in parameters.items()
            if (kept := stored.get(vendor, {}).get(name) if value == _MASKED else value) is not None
        }
        for vendor, parameters in given.items()
    }
    if keep:
        for vendor, parameters in stored.items():
            for name, value in parameters.items():
                if value.secret:
                    completed.setdefault(vendor, {}).setdefault(name, value)
    return completed


def _kept(given: Secret | None, stored: Secret | None) -> Secret | None:
    return stored if given is None or given.reveal() == MASK else given


def _made_up(length: int, characters: str = UNMISTAKABLE) -> Secret:
    return Secret("".join(secrets.choice(characters) for _ in range(length)))
