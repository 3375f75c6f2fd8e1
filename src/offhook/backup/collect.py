"""What goes into a backup: documents as they are sealed, their history, the audit, and what admins put beside them."""

from __future__ import annotations

import base64
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from offhook import __version__
from offhook.secrets.keyfile import KeyFile
from offhook.store.base import StoredDocument

from .archive import FORMAT, BackupRefused, Manifest, Source, is_member_name, measured

DOCUMENTS: Final = "documents.jsonl"
KEYS: Final = "keys.json"
KEPT_KEYS: Final = ("audit.key", "boot-token.key", "cursor.key", "webhooks.key")
"""Keys of the server's own, which go along wrapped by the master key."""
_PLAIN: Final = ("tokens.json", "admins.json", "authorities.json", "offhook.toml", "audit/audit.head")
_DATABASES: Final = ("history/revisions.sqlite", "history/given.sqlite")
_FOLDERS: Final = ("uploads", "templates", "firmware-profiles")
_NONCE: Final = 12


class WrappedKeys(msgspec.Struct, frozen=True):
    """The server's own keys, of no use without the key file."""

    master_key: str
    keys: dict[str, str]
    """Name → base64 of nonce, encrypted key and tag."""


def gather(
    data: Path,
    documents: Iterable[StoredDocument],
    revision: int,
    key_file: KeyFile,
    work: Path,
    *,
    firmware: bool,
    now: float,
) -> tuple[Manifest, dict[str, Source]]:
    """What a backup of a data folder holds; copies of what is being written meanwhile are made in `work`.

    Raises `BackupRefused` for a file with a name that cannot be taken back.
    """
    sources: dict[str, Source] = {
        DOCUMENTS: b"".join(msgspec.json.encode(one) + b"\n" for one in documents),
        KEYS: msgspec.json.encode(_wrapped(data / "keys", key_file)),
    }
    for name in _PLAIN:  # the audit's head before its lines, as there may be more of these
        if (data / name).is_file():
            sources[name] = (data / name).read_bytes()
    for path in (*sorted((data / "audit").glob("audit-*.jsonl")), *sorted((data / "guard").glob("*.jsonl"))):
        content = path.read_bytes()
        sources[path.relative_to(data).as_posix()] = content[: content.rfind(b"\n") + 1]
    for name in _DATABASES:
        if (data / name).is_file():
            sources[name] = _copied(data / name, work / Path(name).name)
    for folder in (*_FOLDERS, *(("firmware",) if firmware else ())):
        for path in _files(data / folder):
            sources[path.relative_to(data).as_posix()] = path
    for name in sources:
        if not is_member_name(name):
            raise BackupRefused(f"{data / name} has a name that a backup cannot hold: rename it")
    manifest = Manifest(
        format=FORMAT,
        offhook=__version__,
        made=now,
        revision=revision,
        master_keys=tuple(key.id for key in key_file.keys),
        members={name: measured(source) for name, source in sources.items()},
    )
    return manifest, sources


def unwrapped(wrapped: WrappedKeys, key_file: KeyFile) -> dict[str, bytes]:
    """The server's own keys; raises `BackupRefused` when the key file does not open them."""
    master = key_file.key(wrapped.master_key)
    if master is None:
        raise BackupRefused(
            f"the backup needs master key {wrapped.master_key}, which {key_file.path} does not hold: name the key file that"
            " belongs to it with --key-file"
        )
    try:
        raw = {name: base64.b64decode(text, validate=True) for name, text in wrapped.keys.items() if name in KEPT_KEYS}
        return {name: AESGCM(master.key).decrypt(one[:_NONCE], one[_NONCE:], _bound(name)) for name, one in raw.items()}
    except (InvalidTag, ValueError):
        raise BackupRefused(
            f"{key_file.path} holds another master key {wrapped.master_key} than the backup needs"
        ) from None


def _wrapped(folder: Path, key_file: KeyFile) -> WrappedKeys:
    master = key_file.keys[0]
    keys = {}
    for name in KEPT_KEYS:
        if (folder / name).is_file():
            nonce = os.urandom(_NONCE)
            sealed = nonce + AESGCM(master.key).encrypt(nonce, (folder / name).read_bytes(), _bound(name))
            keys[name] = base64.b64encode(sealed).decode()
    return WrappedKeys(master.id, keys)


def _bound(name: str) -> bytes:
    return f"backup|{name}".encode()


def _copied(path: Path, copy: Path) -> Path:
    """A copy of a database that is written to meanwhile, as of one moment."""
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    copy.chmod(0o600)
    return copy


def _files(folder: Path) -> Iterator[Path]:
    """The plain files below a folder, in order; what is on its way in is passed over."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("~"):
            yield path
