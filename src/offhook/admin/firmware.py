"""The admin door's firmware shelf: files in, listed, and out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, TypedDict

import msgspec
from aiohttp import web

from offhook.model.problem import NotFound, Problem, Refused, Unavailable, did_you_mean
from offhook.provisioning.firmware import FirmwareFile, FirmwareShelf, describe
from offhook.provisioning.profile import Profile
from offhook.provisioning.profiles import Profiles

from .route import BYTES, Answer, Parameter, Route

LARGEST_FILE: Final = 2 * 1024**3
"""Bytes of one firmware file."""
CHUNK: Final = 1024 * 1024


class Shelf(TypedDict):
    """What is on the shelf."""

    items: list[dict[str, Any]]


_DESCRIBED: Final = (
    Parameter("version", "Its version, where the name does not tell."),
    Parameter("model", "A model that it is for, where the name does not tell.", many=True),
    Parameter("sha256", "What it must have, hexadecimal."),
)


class FirmwareRoutes:
    """What admins do with the shelf; phones are answered meanwhile, as all that touches the disk runs beside them."""

    def __init__(self, shelf: FirmwareShelf, profiles: Profiles) -> None:
        self._shelf = shelf
        self._profiles = profiles

    def routes(self) -> list[Route]:
        """The routes below `/api/v1/firmware`."""
        return [
            Route(
                method="GET",
                path="/api/v1/firmware",
                handler=self.list,
                about="nobody",
                gives={200: Answer("All files.", Shelf)},
            ),
            Route(
                method="PUT",
                path="/api/v1/firmware/{vendor}/{name}",
                handler=self.add,
                right="write",
                query=_DESCRIBED,
                body=bytes,
                body_types=(BYTES,),
                gives={201: Answer("The file.", FirmwareFile)},
            ),
            Route(
                method="DELETE",
                path="/api/v1/firmware/{vendor}/{version}/{name}",
                handler=self.remove,
                right="write",
                gives={200: Answer("The file that was removed.", FirmwareFile)},
            ),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Every file, by vendor and version."""
        return _json({"items": [_values(file) for file in self._shelf.all()]})

    async def add(self, request: web.Request) -> web.Response:
        """Put the body on the shelf.

        `version` and `model` (repeatable) say what the name does not; `sha256` is what the file must have.
        """
        vendor, name = request.match_info["vendor"], request.match_info["name"]
        families = self._families(vendor)
        query = request.query
        described = describe(  # before a byte is taken: a wrong name is no reason to wait for 100 MB
            families, name, size=1, sha256="", version=query.get("version"), models=query.getall("model", [])
        )
        self._shelf.folder.mkdir(parents=True, exist_ok=True)
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=self._shelf.folder))
        try:
            file = await self._receive(request, incoming / "file", described)
            await asyncio.to_thread(_place, incoming, self._shelf.path(file), file)
        except OSError as error:
            raise Unavailable(f"{name} could not be kept below {self._shelf.folder}: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(shutil.rmtree, incoming)
        self._shelf.put(file)
        return _json(_values(file), status=201)

    async def remove(self, request: web.Request) -> web.Response:
        """Take a file off the shelf; phones that are fetching it get it whole."""
        place = "/".join(request.match_info[part] for part in ("vendor", "version", "name"))
        file = self._shelf.at(place)
        if file is None:
            known = [known.place for known in self._shelf.all()]
            raise NotFound(f"there is no firmware {place}{did_you_mean(place, known)}")
        self._shelf.drop(file)
        path = self._shelf.path(file)
        await asyncio.to_thread(_unlink, [path.with_name(f"{path.name}.json"), path])
        return _json(_values(file))

    async def _receive(self, request: web.Request, path: Path, described: FirmwareFile) -> FirmwareFile:
        digest = hashlib.sha256()
        size = 0
        with path.open("wb") as into:
            async for chunk in request.content.iter_chunked(CHUNK):
                size += len(chunk)
                if size > LARGEST_FILE:
                    raise Refused(
                        [Problem("file", f"it is larger than {LARGEST_FILE} bytes: is it really a firmware?")]
                    )
                await asyncio.to_thread(_write, into, chunk)
                digest.update(chunk)
            await asyncio.to_thread(os.fsync, into.fileno())
        if not size:
            raise Refused([Problem("file", "it is empty")])
        expected = request.query.get("sha256", "").lower()
        if expected and expected != digest.hexdigest():
            raise Refused(
                [
                    Problem(
                        "sha256", f"{described.name} has SHA-256 {digest.hexdigest()}, not {expected}: fetch it again"
                    )
                ]
            )
        return msgspec.structs.replace(described, size=size, sha256=digest.hexdigest())

    def _families(self, vendor: str) -> Sequence[Profile]:
        families = self._profiles.of_vendor(vendor)
        if not families:
            raise NotFound(f"no vendor {vendor!r} is known{did_you_mean(vendor, self._profiles.by_vendor)}")
        return families


def _write(into: BinaryIO, chunk: bytes) -> None:
    into.write(chunk)


def _place(incoming: Path, path: Path, file: FirmwareFile) -> None:
    """Let the file and then its description take their names, so that the one never stands there without the other."""
    beside = path.with_name(f"{path.name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside.unlink(missing_ok=True)
    (incoming / "file").replace(path)
    described = incoming / "described"
    with described.open("wb") as into:
        into.write(msgspec.json.encode(file))
        into.flush()
        os.fsync(into.fileno())
    described.replace(beside)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _values(file: FirmwareFile) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(file)
    return values


def _json(values: object, status: int = 200) -> web.Response:
    return web.Response(
        status=status, text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json"
    )
