"""Restore: a backup becomes a data folder beside the one that it is to replace, is tried there, and takes its place at once."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.problem import Refused
from offhook.registry import Registry
from offhook.secrets import privatefile
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.vault import SealBroken, Vault, VaultLocked
from offhook.store.audit import Audit
from offhook.store.base import Change, StoredDocument, StoreError, StoreLocked
from offhook.store.lock import FolderLock
from offhook.store.tinydb import TinyDBStore

from .archive import BackupRefused, Manifest, read, read_manifest
from .collect import DOCUMENTS, KEYS, WrappedKeys, unwrapped

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
"""renameat2(2): two names change places at once."""


class Restored(msgspec.Struct, frozen=True):
    """What was restored."""

    manifest: Manifest
    documents: int
    kept: Path | None
    """Where the folder that was there before is now."""


def restore(file: Path, data: Path, key_file: Path | None, *, force: bool) -> Restored:
    """Make `data` what a backup holds. Raises `BackupRefused`; `data` is then what it was.

    `key_file`: the keys that the backup was sealed with; None: those of the folder that is replaced. A folder that holds
    anything is only replaced with `force`, and kept beside.
    """
    data = data.absolute()
    _check_free(data, force=force)
    keys = key_file or data / "keys" / "master.key"
    if not keys.is_file():
        raise BackupRefused(f"there is no key file {keys}: name the one that belongs to the backup with --key-file")
    opened = KeyFile.open(keys, data_exists=True)
    with file.open("rb") as stream:
        manifest = read_manifest(stream)
    size = sum(member.size for member in manifest.members.values())
    data.parent.mkdir(parents=True, exist_ok=True)
    if size > shutil.disk_usage(data.parent).free:
        raise BackupRefused(f"the backup needs {size / 1e6:,.0f} MB in {data.parent}, and there is less: make room")
    made = data.with_name(f"{data.name}.restoring-{os.getpid()}")
    made.mkdir(mode=0o700)
    try:
        with file.open("rb") as stream:
            manifest = read(stream, made)
        documents = _built(made, opened, keys.read_bytes())
        _tried(made, opened)
        _sync(made)
    except BaseException as error:
        shutil.rmtree(made, ignore_errors=True)
        if isinstance(error, StoreError | VaultLocked | SealBroken | Refused | sqlite3.Error | msgspec.DecodeError):
            raise BackupRefused(f"the backup does not make a working server: {error}") from error
        raise
    return Restored(manifest, documents, _put_in_place(made, data))


def _check_free(data: Path, *, force: bool) -> None:
    if not data.exists() or not any(data.iterdir()):
        return
    if (data / "store").is_dir():
        try:
            FolderLock(data / "store").release()
        except StoreLocked as error:
            raise BackupRefused(f"a server runs on {data} ({error.holder}): stop it first") from None
    if not force:
        raise BackupRefused(f"{data} is not empty: give another folder, or --force to replace it and keep it beside")


def _built(made: Path, key_file: KeyFile, master: bytes) -> int:
    """The parts that are not in a backup as they are in a data folder: the store, and keys."""
    wrapped = msgspec.json.decode((made / KEYS).read_bytes(), type=WrappedKeys)
    for name, key in unwrapped(wrapped, key_file).items():
        privatefile.create(made / "keys" / name, key)
    privatefile.create(made / "keys" / "master.key", master)
    lines = (made / DOCUMENTS).read_bytes().splitlines()
    documents = [msgspec.json.decode(line, type=StoredDocument) for line in lines]
    changes = [Change(one.account, one.kind, one.id, None, one.body, one.rev) for one in documents]

    async def fill() -> None:
        store = TinyDBStore(made / "store")
        await store.load()
        try:
            if changes:
                await store.commit(changes, 0)
        finally:
            await store.close()

    asyncio.run(fill())
    (made / KEYS).unlink()
    (made / DOCUMENTS).unlink()
    return len(documents)


def _tried(made: Path, key_file: KeyFile) -> None:
    """Everything is opened as a server does, and every secret is."""

    async def load() -> Directory:
        store = TinyDBStore(made / "store")
        registry = Registry(store, Vault(key_file))
        try:
            await registry.open()
            for entry in registry.directory.all():
                registry.directory.get(*entry.key)
        finally:
            await store.close()
        return registry.directory

    asyncio.run(load())
    for name in ("revisions", "given"):
        path = made / "history" / f"{name}.sqlite"
        if path.is_file():
            with sqlite3.connect(path) as database:
                (verdict,) = database.execute("PRAGMA quick_check").fetchone()
            database.close()
            if verdict != "ok":
                raise BackupRefused(f"the backup's {name} are damaged: {verdict}")
    if (made / "keys" / "audit.key").is_file() and (made / "audit").is_dir():
        fault = Audit(made / "audit", (made / "keys" / "audit.key").read_bytes()).check().fault
        if fault is not None:
            raise BackupRefused(f"the backup's audit is not as it was written: {fault}")


def _put_in_place(made: Path, data: Path) -> Path | None:
    """The new folder takes the place of the old one, at once; gives where the old one is now."""
    if not data.exists():
        made.rename(data)
        _sync_folder(data.parent)
        return None
    kept = data.with_name(f"{data.name}.before-{time.strftime('%Y%m%d-%H%M%S')}")
    empty = not any(data.iterdir())
    try:
        _exchange(made, data)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        if error.errno in (errno.EBUSY, errno.EXDEV):
            raise BackupRefused(
                f"{data} is where a file system is mounted and cannot be replaced: restore into a folder in it, or mount the"
                " restored one there"
            ) from None
        raise
    if empty:
        made.rmdir()
        kept_at = None
    else:
        made.rename(kept)
        kept_at = kept
    _sync_folder(data.parent)
    return kept_at


def _exchange(one: Path, other: Path) -> None:
    """Two folders change names, so that at no moment there is none."""
    call: Callable[..., int] = ctypes.CDLL(None, use_errno=True).renameat2
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        elif path.is_dir():
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
