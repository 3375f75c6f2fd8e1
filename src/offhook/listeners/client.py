"""The client: who stands at the other end of a request, and over what, as far as its proxies can be believed."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from offhook.provisioning.certificate.proof import Offered, Proven, Prover, Unproven
from offhook.provisioning.guard.networks import is_inside

from .forwarded import client_address
from .shown import ALL_HEADERS, FORMS, FormName, forged, shown_by
from .tls.handshake import PhoneTls

_PROTO: Final = "x-forwarded-proto"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks."""

    peer: str
    """Its address, or that of its NAT."""
    scheme: str
    """`http` or `https`, as the phone called us."""
    certificate: Proven | Unproven | None
    """What the certificate that it showed proves; None: it showed none."""
    event: str = ""
    """`header.forged`: it wrote a header that only proxies may write."""


class Clients:
    """Reads who the clients of a door are."""

    def __init__(self, prover: Prover, trusted: tuple[str, ...] = (), form: FormName = "") -> None:
        """`trusted` are networks of proxies, `form` the header in which they pass certificates on."""
        self._prover = prover
        self._trusted = trusted
        self._form = FORMS.get(form)

    def read(self, request: web.BaseRequest, now: float) -> Client:
        """Who sent a request, at `now` (seconds since the epoch)."""
        remote = request.remote or ""
        is_trusted = is_inside(remote, self._trusted)
        headers = {name: request.headers.getall(name, []) for name in (*ALL_HEADERS, _PROTO)}
        shown: Offered | Unproven | None = _by_tls(request)
        if is_trusted and self._form is not None:
            shown = shown_by(headers, self._form) or shown
        said = [one.strip().lower() for one in headers[_PROTO]] if is_trusted else []
        return Client(
            peer=client_address(remote, request.headers.getall("X-Forwarded-For", ()), self._trusted),
            scheme=said[0] if said in (["http"], ["https"]) else request.scheme,
            certificate=self._prover.judge(shown, now) if isinstance(shown, Offered) else shown,
            event="header.forged" if not is_trusted and forged(headers) else "",
        )


def _by_tls(request: web.BaseRequest) -> Offered | None:
    """The certificate that was shown to this door itself."""
    transport = request.transport
    tls = transport.get_extra_info("ssl_object") if transport is not None else None
    return tls.offered() if isinstance(tls, PhoneTls) else None
