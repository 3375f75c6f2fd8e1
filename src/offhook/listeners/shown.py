"""The certificate that a phone showed a reverse proxy, in each form of header that proxies write: one table of forms.

A header is worth what whoever wrote it is worth: only proxies that an admin trusts are believed, in the one form that they
were said to write, and what they pass on is verified anew. A header that is there twice was not written by the proxy alone,
and which of the two is its own cannot be told: such a request gets nothing.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal
from urllib.parse import unquote

import msgspec

from offhook.provisioning.certificate.proof import Offered, Unproven

FormName = Literal["", "rfc9440", "nginx", "haproxy", "envoy", "traefik"]
Headers = Mapping[str, Sequence[str]]
"""Lower-case name → every value, in their order."""

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_BYTES: Final = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_XFCC: Final = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)\s*(;|,|$)')
_LARGEST: Final = 65_536
"""Characters of one header that are looked at."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of proxy writes."""

    headers: tuple[str, ...]
    """All that it writes, in lower case, the certificate's first."""
    verified: tuple[str, str] | None = None
    """(header, value): the proxy says so that it has verified the certificate; None: it passes on no other."""
    read: Callable[[Mapping[str, str]], Sequence[bytes]]
    """DER of the certificates in the headers, the phone's own first; none: there is none. Raises `ValueError`."""


def shown_by(headers: Headers, form: Form) -> Offered | Unproven | None:
    """What a trusted proxy says that the phone showed it; None: nothing. Never fails, whatever is written there."""
    there = {name: list(headers[name]) for name in form.headers if headers.get(name)}
    doubled = next((name for name, values in there.items() if len(values) > 1 or _is_appended(name, values[0])), None)
    if doubled is not None:
        words = f"the header {doubled} came twice: let the proxy take away what phones write there themselves"
        return Unproven(words, "header.doubled", refuses=True)
    one = {name: values[0].strip() for name, values in there.items()}
    if not one.get(form.headers[0]):
        return None
    if form.verified is not None and one.get(form.verified[0]) != form.verified[1]:
        said = one.get(form.verified[0], "nothing")[:80]
        return Unproven(f"the proxy has not verified its certificate: {form.verified[0]} is {said}")
    try:
        if any(len(value) > _LARGEST for value in one.values()):
            raise ValueError("it is too long")
        certificates = form.read(one)
    except ValueError as error:
        return Unproven(f"what the proxy wrote into {form.headers[0]} cannot be read ({error})")
    return Offered(certificates[0], tuple(certificates[1:])) if certificates else None


def forged(headers: Headers) -> str | None:
    """A header that only a proxy may write, in a request of somebody who is none."""
    return next((name for name in ALL_HEADERS if headers.get(name)), None)


def _is_appended(name: str, value: str) -> bool:
    """Whether a proxy has written behind what was there (Envoy's APPEND_FORWARD)."""
    return name == "x-forwarded-client-cert" and any(end == "," for _, _, end in _XFCC.findall(value[:_LARGEST]))


def _rfc9440(headers: Mapping[str, str]) -> Sequence[bytes]:
    """RFC 9440 §2.2, §2.3: byte sequences of RFC 8941 §3.3.5, without parameters."""
    chain = headers.get("client-cert-chain", "")
    said = [headers["client-cert"], *(chain.split(",") if chain else ())]
    matched = [_BYTES.fullmatch(one.strip()) for one in said]
    if any(one is None for one in matched):
        raise ValueError("it is no byte sequence of RFC 8941")
    return [_base64(one[1]) for one in matched if one is not None]


def _nginx(headers: Mapping[str, str]) -> Sequence[bytes]:
    return _pem(unquote(headers["x-ssl-client-cert"]))


def _haproxy(headers: Mapping[str, str]) -> Sequence[bytes]:
    return [_base64(headers["x-ssl-client-cert"])]


def _envoy(headers: Mapping[str, str]) -> Sequence[bytes]:
    """`Key=value;Key="value"`; `Chain` has the phone's own certificate, too."""
    value, at, said = headers["x-forwarded-client-cert"], 0, {}
    while at < len(value):
        matched = _XFCC.match(value, at)
        if matched is None or matched.end() == at:
            raise ValueError("it is no list of keys and values")
        said[matched[1].lower()] = re.sub(r"\\(.)", r"\1", matched[2].strip('"'))
        at = matched.end()
    leaf = _pem(unquote(said["cert"])) if said.get("cert") else []
    return [*leaf[:1], *(one for one in _pem(unquote(said.get("chain", ""))) if one not in leaf)] if leaf else []


def _traefik(headers: Mapping[str, str]) -> Sequence[bytes]:
    """The PEM without its first and last line, escaped by some versions and not by others."""
    return [_base64(one) for one in unquote(headers["x-forwarded-tls-client-cert"]).split(",")]


def _pem(text: str) -> list[bytes]:
    if text and not _PEM.search(text):
        raise ValueError("it is no PEM")
    return [ssl.PEM_cert_to_DER_cert(one) for one in _PEM.findall(text)]


def _base64(text: str) -> bytes:
    return base64.b64decode(re.sub(r"\s", "", text), validate=True)


FORMS: Final[dict[FormName, Form]] = {
    "rfc9440": Form(headers=("client-cert", "client-cert-chain"), read=_rfc9440),
    "nginx": Form(
        headers=("x-ssl-client-cert", "x-ssl-client-verify"), verified=("x-ssl-client-verify", "SUCCESS"), read=_nginx
    ),
    "haproxy": Form(
        headers=("x-ssl-client-cert", "x-ssl-client-verify"), verified=("x-ssl-client-verify", "0"), read=_haproxy
    ),
    "envoy": Form(headers=("x-forwarded-client-cert",), read=_envoy),
    "traefik": Form(headers=("x-forwarded-tls-client-cert",), read=_traefik),
}
"""By the value of `[trust] certificate_header`."""
ALL_HEADERS: Final = tuple(sorted({name for form in FORMS.values() for name in form.headers}))
"""Every header that some proxy writes a certificate, or what it thinks of it, into."""
