"""SIP headers that we ask a proxy to add: only such as can do no harm to the message that they are put into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .fields import clean

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
LONGEST: Final = 500
"""Characters of a value: a request over UDP should stay below 1,300 bytes (RFC 3261 §18.1.1)."""
THE_PROXYS_OWN: Final = frozenset({
    "via", "from", "to", "call-id", "cseq", "contact", "route", "record-route", "max-forwards", "content-length",
    "content-type", "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "expires", "require",
    "proxy-require", "path", "v", "f", "t", "i", "m", "l", "c",
})  # fmt: skip
"""Headers (and their short forms, RFC 3261 §7.3.3) on which the call itself rests: no document may set them."""

Header = dict[str, str]
"""`{name, value}`."""


def header(name: str, value: str) -> Header:
    """A header of our own making, its value cleaned."""
    return {"name": name, "value": clean(value)[:LONGEST]}


def headers_of(wanted: Mapping[str, str]) -> list[Header]:
    """The headers that a callflow sets, without those that no callflow may set."""
    return [header(name, value) for name, value in wanted.items() if is_allowed(name)]


def is_allowed(name: str) -> bool:
    """Whether a document may set this header."""
    return _NAME.fullmatch(name) is not None and name.lower() not in THE_PROXYS_OWN


def diversion(number: str, realm: str) -> Header:
    """Says for the far side that the call was forwarded, and from which number (RFC 5806)."""
    return header("Diversion", f"<sip:{_in_uri(number)}@{realm}>;reason=unconditional")


def address(number: str, realm: str) -> str:
    """A number as a SIP address; signs that have a meaning in addresses are escaped (RFC 3261 §25.1)."""
    return f"sip:{_in_uri(number)}@{realm}"


def _in_uri(user: str) -> str:
    """`#` and all that is no plain user character is escaped."""
    return re.sub(r"[^A-Za-z0-9_.!~*'()&=+$,;?/-]", _percent, user)


def _percent(sign: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in sign[0].encode())


def display_name(name: str) -> str:
    """A name that can stand between quotes as it is (RFC 3261 §25.1)."""
    return clean(name).replace("\\", "").replace('"', "'")[:200]
