"""The archive: a gzipped tar of a manifest and the members that it names, written and read as a stream.

Reading trusts nothing: names are of a few known forms, members are plain files, each comes once, and size and SHA-256 are
those of the manifest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import msgspec

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LARGEST_MANIFEST: Final = 64 * 1024 * 1024
"""Bytes."""
_PIECE: Final = 1024 * 1024
_ONE: Final = frozenset(
    (
        "documents.jsonl", "keys.json", "tokens.json", "admins.json", "authorities.json", "offhook.toml",
        "history/revisions.sqlite", "history/given.sqlite", "audit/audit.head", "guard/enrolments.jsonl", "guard/bans.jsonl",
    )
)  # fmt: skip
_MANY: Final = re.compile(
    r"(audit/audit-[0-9]{12}\.jsonl|(firmware|uploads|templates|firmware-profiles)(/[^/\\\x00-\x1f\x7f]+)+)"
)
_LONGEST: Final = 1000

_DAMAGE: Final = (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError)
Source = Path | bytes
"""What a member's content is: that of a file, or these bytes."""


class BackupRefused(Exception):
    """A backup that cannot be made or taken back; the message says why and how to mend it. Nothing was altered."""


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup holds."""

    format: int
    offhook: str
    """The version that made it."""
    made: float
    """Seconds since the epoch."""
    revision: int
    """Of the documents."""
    master_keys: tuple[str, ...]
    """Ids of the key file's keys, one of which each sealed key of an account needs."""
    members: dict[str, Member]


def is_member_name(name: str) -> bool:
    """Whether a backup may hold a file of this name."""
    if name in _ONE:
        return True
    return (
        len(name) <= _LONGEST
        and _MANY.fullmatch(name) is not None
        and not any(part in (".", "..") for part in name.split("/"))
    )


def measured(source: Source) -> Member:
    """Size and hash of a content."""
    if isinstance(source, bytes):
        return Member(len(source), hashlib.sha256(source).hexdigest())
    sha256, size = hashlib.sha256(), 0
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            sha256.update(piece)
            size += len(piece)
    return Member(size, sha256.hexdigest())


def write(stream: IO[bytes], manifest: Manifest, sources: Mapping[str, Source]) -> None:
    """Write an archive; raises `BackupRefused` when a file is not any more what the manifest says."""
    with tarfile.open(fileobj=stream, mode="w|gz") as archive:
        _add(archive, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)), manifest.made)
        for name, source in sources.items():
            _add(archive, name, source, manifest.made, manifest.members[name])


def _add(archive: tarfile.TarFile, name: str, source: Source, made: float, known: Member | None = None) -> None:
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = 0o600, int(made)
    if isinstance(source, bytes):
        info.size = len(source)
        archive.addfile(info, io.BytesIO(source))
        return
    assert known is not None
    info.size = known.size
    with source.open("rb") as file:
        try:
            archive.addfile(info, file)
        except OSError as error:
            raise BackupRefused(f"{source} changed while it was saved: make the backup again ({error})") from None


def read_manifest(stream: IO[bytes]) -> Manifest:
    """The manifest at an archive's beginning; raises `BackupRefused`."""
    with gzip.GzipFile(fileobj=stream) as unzipped, _opened(unzipped) as archive:
        return _manifest(archive)


def read(stream: IO[bytes], folder: Path) -> Manifest:
    """Unpack an archive into an empty folder and check all of it; raises `BackupRefused`, or `OSError` of the disk."""
    with gzip.GzipFile(fileobj=stream) as unzipped, _opened(unzipped) as archive:
        manifest = _manifest(archive)
        left = dict(manifest.members)
        try:
            while (info := archive.next()) is not None:
                known = left.pop(info.name, None)
                if known is None:
                    again = info.name in manifest.members
                    raise BackupRefused(
                        f"the backup is damaged: {info.name!r} is in it {'twice' if again else 'uncalled for'}"
                    )
                if not info.isreg() or info.size != known.size:
                    raise BackupRefused(f"the backup is damaged: {info.name!r} is no file of {known.size} bytes")
                _unpack(archive, info, folder / info.name, known)
            while unzipped.read(_PIECE):
                pass  # what is behind the last member counts, too: only then gzip checks that all of it came
        except _DAMAGE as error:
            raise _damaged(error) from None
    if left:
        raise BackupRefused(
            f"the backup is cut off: {min(left)} and {len(left) - 1} more are missing; take a whole copy of it"
        )
    return manifest


def _opened(unzipped: gzip.GzipFile) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=unzipped, mode="r|")
    except (*_DAMAGE, OSError) as error:
        raise _damaged(error) from None


def _manifest(archive: tarfile.TarFile) -> Manifest:
    try:
        info = archive.next()
        if info is None or info.name != MANIFEST or not info.isreg() or info.size > LARGEST_MANIFEST:
            raise BackupRefused("this is no backup of offhook: it does not begin with a manifest")
        file = archive.extractfile(info)
        assert file is not None
        content = file.read()
    except _DAMAGE as error:
        raise _damaged(error) from None
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupRefused(
            f"the backup's manifest cannot be read ({error}): was it made by a newer offhook?"
        ) from None
    if manifest.format != FORMAT:
        raise BackupRefused(
            f"the backup has format {manifest.format} and this offhook knows {FORMAT}: take the one that made it"
        )
    wrong = next((name for name, one in manifest.members.items() if not is_member_name(name) or one.size < 0), None)
    if wrong is not None:
        raise BackupRefused(f"the backup is damaged, or not ours: it names {wrong[:200]!r}")
    return manifest


def _unpack(archive: tarfile.TarFile, info: tarfile.TarInfo, path: Path, known: Member) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = archive.extractfile(info)
    assert content is not None
    sha256 = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        while piece := content.read(_PIECE):
            sha256.update(piece)
            file.write(piece)
    if path.stat().st_size != known.size or sha256.hexdigest() != known.sha256:
        raise BackupRefused(f"the backup is damaged: {info.name} is not what was saved; take another copy of it")


def _damaged(error: Exception) -> BackupRefused:
    return BackupRefused(f"the backup is damaged or cut off ({error}): take a whole copy of it")
