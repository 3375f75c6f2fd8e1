"""Asterisk: its realtime tables over HTTP (res_config_curl), as rows that are made when they are asked for.

Asterisk posts a form with conditions (`id=…`, `id LIKE=…`) to `<table>/<operation>` and takes rows back: pairs joined by `&`, a
row a line; no text at all is no row. We are the source of these tables, so whatever it wants to write is answered with 0
rows. Ids are `<login>@<realm>`: PJSIP looks for an endpoint and an address of record by that first, so any number of
realms fit beside each other. Source: res_config_curl.c, res_sorcery_realtime.c, app_voicemail.c of Asterisk 18 to 23.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from offhook.model.mailbox import Mailbox
from offhook.proxy.credentials import Credential

Row = dict[str, str]
"""Column → value, in the order in which Asterisk is to take them."""

CONTEXT: Final = "offhook"
"""The dialplan context that calls of phones go into."""
CODECS: Final = "g722,alaw,ulaw"
MOST_CONTACTS: Final = 1
"""A login is one line of one phone: after a restart with another port it takes its own place."""


class Member(msgspec.Struct, frozen=True):
    """A line that may log in, with what else its rows say."""

    credential: Credential
    realm: str
    mailboxes: tuple[str, ...]
    """Numbers of its user's mailboxes, for the message lamp."""

    @property
    def id(self) -> str:
        """Of its rows in all tables."""
        return f"{self.credential.username}@{self.realm}"


def endpoint(member: Member) -> Row:
    """A row of ps_endpoints: what a phone may do."""
    row = {
        "id": member.id,
        "context": CONTEXT,
        "disallow": "all",
        "allow": CODECS,
        "auth": member.id,
        "aors": member.id,
        "direct_media": "no",
        "rtp_symmetric": "yes",
        "force_rport": "yes",
        "rewrite_contact": "yes",
    }
    if member.mailboxes:
        row["mailboxes"] = ",".join(f"{box}@{member.realm}" for box in member.mailboxes)
    return row


def auth(member: Member) -> Row:
    """A row of ps_auths: the digest secret, never the password."""
    return {
        "id": member.id,
        "auth_type": "md5",
        "username": member.credential.username,
        "realm": member.realm,
        "md5_cred": member.credential.ha1,
    }


def aor(member: Member) -> Row:
    """A row of ps_aors: the address of record, which holds the contacts."""
    return {"id": member.id, "max_contacts": str(MOST_CONTACTS), "remove_existing": "yes"}


MEMBERS: Final[Mapping[str, Callable[[Member], Row]]] = {"ps_endpoints": endpoint, "ps_auths": auth, "ps_aors": aor}
"""Tables with a row for each line."""
VOICEMAIL: Final = "voicemail"
"""The table of mailboxes (app_voicemail)."""


def mailbox(box: Mailbox, realm: str) -> Row:
    """A row of voicemail. The hyphen before the PIN keeps Asterisk from letting people change it where we would not know."""
    row = {
        "uniqueid": f"{box.number}@{realm}",
        "mailbox": box.number,
        "context": realm,
        "password": f"-{box.pin.reveal()}" if box.pin is not None else "",
        "fullname": box.name or box.number,
    }
    return {**row, "email": box.email} if box.email is not None else row


def wanted_id(conditions: Mapping[str, str]) -> tuple[str, str] | None:
    """Login and realm, when just one row is asked for by its id; None: it is not."""
    username, _, realm = conditions.get("id", "").rpartition("@")
    return (username, realm) if username and realm else None


def fits(row: Mapping[str, str], conditions: Mapping[str, str]) -> bool:
    """Whether a row meets all conditions: `{"id LIKE": "marie%", "context": "offhook"}`."""
    for condition, value in conditions.items():
        name, _, operator = condition.strip().partition(" ")
        compare = _OPERATORS.get(operator.strip().upper())
        if compare is None or not compare(row.get(name, ""), value):
            return False
    return True


def _like(value: str, pattern: str) -> bool:
    """SQL's LIKE, without regard to case."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL | re.IGNORECASE) is not None


def _number(value: str) -> float:
    return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else 0.0


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "": lambda value, wanted: value == wanted,
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "<>": lambda value, wanted: value != wanted,
    ">": lambda value, wanted: _number(value) > _number(wanted),
    ">=": lambda value, wanted: _number(value) >= _number(wanted),
    "<": lambda value, wanted: _number(value) < _number(wanted),
    "<=": lambda value, wanted: _number(value) <= _number(wanted),
    "LIKE": _like,
}
"""What may stand behind a column's name."""


def written_rows(rows: Iterable[Row]) -> str:
    """Rows as Asterisk reads them: a line each, names and values escaped."""
    return "".join(urlencode(row, quote_via=quote) + "\n" for row in rows)


WRITES: Final[Sequence[str]] = ("update", "store", "destroy")
"""Operations that would change a table: 0 rows are changed."""
REQUIRED: Final = "0"
"""To `require`: all columns are there."""
