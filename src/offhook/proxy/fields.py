"""What a proxy sends, as clean texts: JSON or form-encoded, whatever phones put into their headers.

Everything in a call request comes from outside: names with quotes, line breaks, half a character, 64 KB of it. None of
that is a reason to refuse a call, so it is repaired here, once: what goes on from here is valid Unicode on one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from offhook.callflow.call import Call

LONGEST: Final = 2_000
"""Characters of a field; a token may be longer."""
LONGEST_TOKEN: Final = 20_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
_ADDRESS: Final = re.compile(r"(?:sips?:([^@;>\s]*)@[^;>\s]*|tel:([^;>\s]+))", re.IGNORECASE)


class BodyUnreadable(Exception):
    """A body that is neither JSON nor a form; the message says what is wrong with it."""


def fields_of(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a request by name; lists are joined by commas. Raises `BodyUnreadable`.

    What begins like JSON is taken as such, whatever it is called.
    """
    text = body.decode("utf-8", "replace")
    if content_type != "application/json" and not text.lstrip().startswith("{"):
        pairs: Any = parse_qsl(text, keep_blank_values=True, errors="replace")
        return {name: clean(value, name) for name, value in pairs}
    try:
        values = json.loads(text)
    except ValueError as error:
        raise BodyUnreadable(f"the body is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise BodyUnreadable("the body must be an object with the fields of the request")
    return {str(name): clean(_text(value), str(name)) for name, value in values.items()}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_text(part) for part in value)
    if value is None or isinstance(value, dict):
        return ""
    return str(value)


def clean(text: str, name: str = "") -> str:
    """A text from outside on one line, in Unicode that can be encoded, not endless."""
    limit = LONGEST_TOKEN if name.endswith("token") else LONGEST
    return _CONTROL.sub(" ", text[:limit].encode("utf-8", "replace").decode()).strip()


def call_of(fields: Mapping[str, str]) -> Call:
    """The call that a route request tells of; fields that are not there are empty."""
    asserted = user_of(fields.get("pai", ""))
    from_user = unquote(fields.get("from_user", ""), errors="replace")
    hidden = from_user.lower() == "anonymous" or "id" in re.split(r"[;,\s]+", fields.get("privacy", "").lower())
    return Call(
        called=unquote(fields.get("dialed", ""), errors="replace"),
        realm=fields.get("domain", "").lower(),
        login=fields.get("auth_user") or None,
        number=asserted or from_user,
        name=unquoted(fields.get("from_name", ""))[:200],
        anonymous=hidden,
        diversions=tuple(users_of(fields.get("diversion", ""))),
        id=fields.get("call_id", ""),
    )


def unquoted(name: str) -> str:
    """A display name as people read it: without the quotes around it and the backslashes in it (RFC 3261 §25.1)."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name.strip()


def user_of(header: str) -> str:
    """The number or user name of the first address in a header (RFC 3261 §20.10, RFC 3966); empty when there is none."""
    return next(iter(users_of(header)), "")


def users_of(header: str) -> list[str]:
    """The numbers or user names of all addresses in a header."""
    found = (unquote(matched[1] or matched[2] or "", errors="replace") for matched in _ADDRESS.finditer(header))
    return [user.partition(";")[0] for user in found if user]
