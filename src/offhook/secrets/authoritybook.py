"""The book of authorities: whose certificates phones may prove themselves with, in one private file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from . import privatefile
from .authority import Authority, CertificateRefused
from .privatefile import PrivateFileRefused

_decode: Final = msgspec.json.Decoder(tuple[Authority, ...]).decode


class AuthorityBookRefused(PrivateFileRefused):
    """The file is unsafe or holds no authorities; the server does not start with it."""


class AuthorityBook:
    """All authorities, in memory; every change is on the disk when it returns. offhook comes with none."""

    def __init__(self, path: Path) -> None:
        """Open the book, which may not be there yet; raises `AuthorityBookRefused`."""
        self._path = path
        self._authorities: tuple[Authority, ...] = ()
        self.edition = 0
        """Another number after each change."""
        try:
            content = privatefile.read(path)
            found = _decode(content) if content is not None else ()
            for one in found:
                one.parsed  # noqa: B018 - read here, and on no request's way
        except PrivateFileRefused as error:
            raise AuthorityBookRefused(error.path, error.what, error.mend) from error
        except (msgspec.DecodeError, CertificateRefused, ValueError) as error:
            mend = "Put back a copy of it, or remove it and import the authorities again."
            raise AuthorityBookRefused(path, f"is no book of authorities ({error})", mend) from error
        self._authorities = found

    def all(self) -> Sequence[Authority]:
        """Every authority, by vendor and fingerprint."""
        return self._authorities

    def find(self, fingerprint: str) -> Authority | None:
        """An authority by its fingerprint."""
        return next((one for one in self._authorities if one.fingerprint == fingerprint), None)

    def keep(self, authorities: Iterable[Authority]) -> None:
        """Add authorities, or put them in the place of those with the same certificate; raises `PrivateFileRefused`."""
        kept = {one.fingerprint: one for one in (*self._authorities, *authorities)}
        self._write(kept.values())

    def remove(self, fingerprint: str) -> Authority | None:
        """Believe an authority no more; None when there is none such. Raises `PrivateFileRefused`."""
        found = self.find(fingerprint)
        if found is not None:
            self._write(one for one in self._authorities if one is not found)
        return found

    def _write(self, authorities: Iterable[Authority]) -> None:
        ordered = tuple(sorted(authorities, key=lambda one: (one.vendor, one.fingerprint)))
        privatefile.replace(self._path, msgspec.json.format(msgspec.json.encode(ordered), indent=1) + b"\n")
        self._authorities = ordered
        self.edition += 1
