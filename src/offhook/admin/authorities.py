"""Certification authorities over REST: whose certificates phones may prove themselves with."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection
from typing import Any, Final, TypedDict

import msgspec
from aiohttp import web

from offhook.model.problem import NotFound, Problem, Refused, did_you_mean
from offhook.secrets.authority import Authority, CertificateRefused, authorities_in, facts_of, normal_serial
from offhook.secrets.authoritybook import AuthorityBook

from .ledger import Ledger
from .principal import who
from .problems import BadRequest
from .route import Answer, Route

SHORTEST: Final = 8
"""Digits of a fingerprint that are enough to name an authority."""


class Imported(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The authorities that are to be believed."""

    vendor: str
    """Whose phones they vouch for."""
    pem: str
    """One certificate or more."""
    refuse_expired: bool = False
    """Whether phones' certificates that ran out count no more."""


class Authorities(TypedDict):
    """The authorities that are believed."""

    items: list[dict[str, Any]]


class AuthorityRoutes:
    """`/api/v1/authorities` and below."""

    def __init__(
        self, book: AuthorityBook, vendors: Collection[str], ledger: Ledger, changed: Callable[[], None]
    ) -> None:
        """`vendors` are those with a profile; `changed` is called when others are believed than before."""
        self._book = book
        self._vendors = vendors
        self._ledger = ledger
        self._changed = changed

    def routes(self) -> list[Route]:
        """The routes of authorities."""
        one = {200: Answer("The authority as it is now.")}
        return [
            Route(
                method="GET", path="/api/v1/authorities", handler=self.list,
                gives={200: Answer("All that are believed.", Authorities)},
            ),
            Route(
                method="POST", path="/api/v1/authorities", handler=self.take, right="write", body=Imported,
                gives={201: Answer("Those of the file, which are believed from now on.", Authorities)},
            ),
            Route(
                method="DELETE", path="/api/v1/authorities/{fingerprint}", handler=self.remove, right="write",
                gives={200: Answer("The authority that is believed no more.")},
            ),
            Route(
                method="PUT", path="/api/v1/authorities/{fingerprint}/revoked/{serial}", handler=self.revoke,
                right="write", gives=one,
            ),
            Route(
                method="DELETE", path="/api/v1/authorities/{fingerprint}/revoked/{serial}", handler=self.believe_again,
                right="write", gives=one,
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.Response:
        """Every authority that was imported, with the facts of its certificate."""
        return _json({"items": [_values(one) for one in self._book.all()]})

    async def take(self, request: web.Request) -> web.Response:
        """Believe the authorities of a PEM file: certificates that they signed prove a vendor's phones from now on."""
        try:
            wanted = msgspec.json.decode(await request.read(), type=Imported)
        except msgspec.DecodeError as error:
            raise BadRequest(str(error)) from None
        if wanted.vendor not in self._vendors:
            known = did_you_mean(wanted.vendor, self._vendors)
            raise Refused([Problem("vendor", f"there is no vendor {wanted.vendor[:64]!r}{known}: offhook vendors")])
        try:
            found = authorities_in(
                wanted.pem.encode("utf-8", "replace"), wanted.vendor,
                refuse_expired=wanted.refuse_expired, now=time.time(),
            )  # fmt: skip
        except CertificateRefused as error:
            raise Refused([Problem("pem", str(error))]) from None
        kept = [self._with_history(one) for one in found]
        for one in kept:
            await self._ledger.note(who(request), "imported", f"authority {one.fingerprint} of {one.vendor}")
        self._book.keep(kept)
        self._changed()
        return _json({"items": [_values(one) for one in kept]}, 201)

    async def remove(self, request: web.Request) -> web.Response:
        """Believe an authority no more; phones that it vouched for have no certificate from now on."""
        authority = self._named(request)
        await self._ledger.note(who(request), "removed", f"authority {authority.fingerprint} of {authority.vendor}")
        self._book.remove(authority.fingerprint)
        self._changed()
        return _json(_values(authority))

    async def revoke(self, request: web.Request) -> web.Response:
        """Believe one certificate below an authority no more, by its serial number in hexadecimal."""
        authority, serial = self._named(request), _serial(request)
        await self._ledger.note(who(request), "revoked", f"certificate {serial} of authority {authority.fingerprint}")
        return self._kept(authority, {*authority.revoked, serial})

    async def believe_again(self, request: web.Request) -> web.Response:
        """Believe a revoked certificate again."""
        authority, serial = self._named(request), _serial(request)
        if serial not in authority.revoked:
            raise NotFound(f"certificate {serial} of authority {authority.fingerprint} is not revoked")
        await self._ledger.note(who(request), "restored", f"certificate {serial} of authority {authority.fingerprint}")
        return self._kept(authority, set(authority.revoked) - {serial})

    def _kept(self, authority: Authority, revoked: set[str]) -> web.Response:
        changed = msgspec.structs.replace(authority, revoked=tuple(sorted(revoked)))
        self._book.keep([changed])
        self._changed()
        return _json(_values(changed))

    def _with_history(self, authority: Authority) -> Authority:
        """An authority that is imported again: what was revoked stays so."""
        known = self._book.find(authority.fingerprint)
        if known is None:
            return authority
        return msgspec.structs.replace(authority, added=known.added, revoked=known.revoked)

    def _named(self, request: web.Request) -> Authority:
        """The authority that a path names, by as much of its fingerprint as tells it from the others."""
        said = request.match_info["fingerprint"]
        digits = said.replace(":", "").lower()
        fits = re.fullmatch(f"[0-9a-f]{{{SHORTEST},64}}", digits) is not None
        found = [one for one in self._book.all() if fits and one.fingerprint.startswith(digits)]
        if len(found) != 1:
            raise NotFound(
                f"there {'are several authorities' if found else 'is no authority'} {said[:100]!r}:"
                " offhook ca list shows their fingerprints"
            )
        return found[0]


def _serial(request: web.Request) -> str:
    try:
        return normal_serial(request.match_info["serial"])
    except CertificateRefused as error:
        raise BadRequest(str(error)) from None


def _values(authority: Authority) -> dict[str, Any]:
    """An authority as JSON."""
    return {
        "vendor": authority.vendor,
        "fingerprint": authority.fingerprint,
        **msgspec.to_builtins(facts_of(authority.parsed)),
        "added": authority.added,
        "refuse_expired": authority.refuse_expired,
        "revoked": list(authority.revoked),
    }


def _json(values: object, status: int = 200) -> web.Response:
    text = json.dumps(values, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json")
