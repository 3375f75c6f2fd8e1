"""Rotation: new keys for all that is sealed, while phones are served; and keys that nothing needs any more.

A rotation makes a master key, wraps every data key with it, gives each account a new data key, and seals everything anew
with that: documents and their history, what phones were given and what they sent. Each piece is durable by itself and
whatever is sealed by an older key opens all the time, so that a server may die at any point: the next rotation goes on.
For nobody has anything changed by it: documents keep their revision, and phones their bytes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

from offhook.directory import Directory
from offhook.keyring import RingKey
from offhook.model.problem import Problem, Refused, Unavailable
from offhook.model.references import Key
from offhook.provisioning.uploads import Uploads
from offhook.registry import Registry
from offhook.secrets.keyfile import KeyFileRefused
from offhook.secrets.sealing import SECRET_FIELDS, keys_in, renewed_body
from offhook.secrets.vault import SealBroken, Vault
from offhook.store.base import Change
from offhook.store.given import GivenFiles
from offhook.store.history import History

log = logging.getLogger(__name__)

AT_A_TIME: Final = 20
"""Documents that are sealed anew before phones have their turn: about two milliseconds."""


class Rotation:
    """Changes the keys of a running server."""

    def __init__(self, registry: Registry, vault: Vault, history: History, given: GivenFiles, uploads: Uploads) -> None:
        self.vault: Final = vault
        self._registry = registry
        self._history = history
        self._given = given
        self._uploads = uploads
        self._task: asyncio.Task[None] | None = None
        self.renewed = 0
        """What this rotation, or the last one, has sealed anew."""
        self.problem: str | None = None
        """Why it stopped before its end, in words."""
        self.broken: dict[str, None] = {}
        """What it could not open, such as `devices/lobby of default`."""

    @property
    def is_under_way(self) -> bool:
        """Whether something is being sealed anew."""
        return self._task is not None and not self._task.done()

    def keys(self) -> list[RingKey]:
        """All data keys, by account and age."""
        return self._registry.ring.keys()

    async def counts(self) -> Counter[tuple[str, str]]:
        """(account, id of the data key) → how many texts it has sealed, everywhere."""
        found: Counter[tuple[str, str]] = Counter()
        for number, entry in enumerate(self._registry.directory.all()):
            for key in keys_in(entry.body):
                found[entry.key[0], key] += 1
            if not number % 500:
                await asyncio.sleep(0)
        found += await self._history.by_key()
        found += await self._given.by_key()
        found += await asyncio.to_thread(self._uploads.by_key)
        return found

    def begin(self, account: str | None) -> None:
        """Rotate in the background, everything or with `account` its data key alone; raises `Refused` while one runs."""
        if self.is_under_way:
            raise Refused([Problem("", "a rotation is under way: offhook keys status")])
        self.renewed, self.problem, self.broken = 0, None, {}
        self._task = asyncio.create_task(self._rotate(account))

    async def close(self) -> None:
        """Stop where it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def retire(self) -> list[str]:
        """Take away every key that nothing needs; what was, in words. Raises `Refused` when older keys are needed yet."""
        if self.is_under_way:
            raise Refused([Problem("", "a rotation is under way: offhook keys status")])
        counts = await self.counts()
        older = [one for one in self.keys() if one.key.id != self.vault.newest(one.key.account)]
        idle = [one for one in older if not counts[one.key.account, one.key.id]]
        await self._registry.rewrite(lambda _: self._registry.ring.removing(idle))
        for one in idle:
            self.vault.forget_data_key(one.key.account, one.key.id)
        wrapping = {one.key.master_key_id for one in self.keys()}
        masters = [key.id for key in self.vault.key_file.keys[1:] if key.id not in wrapping]
        if masters:
            await self._use(masters)
        if not idle and not masters and older:
            raise Refused(
                [
                    Problem(
                        "",
                        f"data key {one.key.id} of account {one.key.account} has sealed"
                        f" {counts[one.key.account, one.key.id]} texts yet: offhook keys rotate seals them anew",
                    )
                    for one in older
                ]
            )
        return [
            *(f"data key {one.key.id} of account {one.key.account}" for one in idle),
            *(f"master key {master}" for master in masters),
        ]

    async def _use(self, without: Sequence[str] = ()) -> None:
        """Go on with a key file that has a new key, or none of `without`; raises `Unavailable`."""
        known = self.vault.key_file
        change = partial(known.without, without) if without else known.with_new
        try:
            changed = await asyncio.to_thread(change)
        except KeyFileRefused as error:
            raise Unavailable(str(error)) from error
        self.vault.use(changed)

    async def _rotate(self, account: str | None) -> None:
        """Finish a rotation that was left unfinished; if there was none, begin one."""
        try:
            if not (await self._rewrap() + await self._renew(account)):
                if account is None:
                    await self._use()
                    await self._rewrap()
                for one in sorted({one.key.account for one in self.keys()} if account is None else {account}):
                    await self._add(one)
                await self._renew(account)
            log.info("keys: %d texts are sealed anew", self.renewed)
        except (Unavailable, OSError) as error:
            self.problem = str(error)
            log.error("keys: the rotation has stopped, and the next one goes on: %s", error)

    async def _add(self, account: str) -> None:
        """A new data key, which seals once it is durable."""
        key = self.vault.new_data_key(account)
        await self._registry.rewrite(lambda _: [self._registry.ring.adding(key)])
        self.vault.load_data_key(key)

    async def _rewrap(self) -> int:
        """Wrap every data key with the newest master key; how many were not."""
        newest = self.vault.key_file.keys[0].id
        ring = self._registry.ring
        return await self._registry.rewrite(
            lambda _: [
                ring.rewrapping(one, self.vault.rewrapped(one.key))
                for one in self.keys()
                if one.key.master_key_id != newest
            ]
        )

    async def _renew(self, account: str | None) -> int:
        """Seal everything by the newest data keys; how much was not."""
        before = self.renewed
        keys = [
            entry.key
            for entry in self._registry.directory.all()
            if entry.key[1] in SECRET_FIELDS and account in (None, entry.key[0])
        ]
        for at in range(0, len(keys), AT_A_TIME):
            some = keys[at : at + AT_A_TIME]
            self.renewed += await self._registry.rewrite(partial(self._bodies, account, some))
            await asyncio.sleep(0)
        self.renewed += await self._history.renew(partial(self._body, account))
        text = partial(self._text, account)
        self.renewed += await self._given.renew(text)
        self.renewed += await asyncio.to_thread(self._uploads.renew, text)
        return self.renewed - before

    def _bodies(self, wanted: str | None, keys: Sequence[Key], directory: Directory) -> list[Change]:
        changes = []
        for key in keys:
            entry = directory.entry(*key)
            body = self._body(wanted, *key, entry.body) if entry is not None else None
            if entry is not None and body is not None:
                changes.append(Change(*key, expected=entry.rev, body=body, rev=entry.rev))
        return changes

    def _body(self, wanted: str | None, account: str, kind: str, identity: str, body: bytes) -> bytes | None:
        if wanted not in (None, account) or all(key == self.vault.newest(account) for key in keys_in(body)):
            return None
        try:
            return renewed_body(self.vault, account, kind, identity, body)
        except SealBroken:
            self.broken[f"{kind}/{identity} of {account}"] = None
            return None

    def _text(self, wanted: str | None, account: str, kind: str, identity: str, field: str, sealed: str) -> str | None:
        if wanted not in (None, account):
            return None
        try:
            return self.vault.renewed(account, kind, identity, field, sealed)
        except SealBroken:
            self.broken[f"{kind}/{identity} of {account}"] = None
            return None
