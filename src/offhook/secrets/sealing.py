"""Documents at rest: JSON whose secrets are sealed by the vault, each bound to its account, kind, id and field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from offhook.model.document import Document, RawValue
from offhook.model.kind import KINDS, kind_of, secret_or_raw
from offhook.model.secret import Secret

from .vault import SealBroken, Vault

SEALED: Final = "$sealed"
"""A sealed secret stands in the JSON as `{"$sealed": "v1:…"}`."""

_BROKEN: Final = object()
_SEALED_BY: Final = re.compile(rb'"\$sealed":"v1:([0-9a-f]+):')
"""Only the house writes this: in what an admin writes, quotation marks are escaped."""

SECRET_FIELDS: Final[Mapping[str, Mapping[str, int]]] = {
    "accounts": {"settings": 1, "overrides": 2},
    "sites": {"settings": 1, "overrides": 2},
    "users": {"settings": 1, "overrides": 2},
    "devices": {"sip": 1, "settings": 1, "overrides": 2},
    "mailboxes": {"pin": 0},
}
"""The fields of each kind below which secrets can stand, and how many names below; nowhere else is one looked for."""


def seal_document(vault: Vault, document: Document) -> bytes:
    """The JSON that lasts: the document's set fields, with every secret sealed."""
    kind = kind_of(document)

    def sealed(field: str, value: Any) -> Any:
        if isinstance(value, Secret):
            return {SEALED: vault.seal(document.account, kind, document.id, field, value)}
        if isinstance(value, RawValue):
            return {"secret": sealed(field, Secret(value.text))} if value.secret else value.text
        if isinstance(value, Mapping):
            return {name: sealed(f"{field}.{name}", part) for name, part in value.items()}
        if isinstance(value, msgspec.Struct):
            return {
                name: sealed(f"{field}.{name}", part)
                for name, attribute in zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
                if (part := getattr(value, attribute)) is not None
            }
        return value

    values: dict[str, Any] = msgspec.to_builtins(document, enc_hook=_nothing)
    for name in SECRET_FIELDS.get(kind, {}):
        if name in values:
            values[name] = sealed(name, getattr(document, name))
    return msgspec.json.encode(values)


def open_document(vault: Vault, kind: str, body: bytes, broken: list[SealBroken] | None = None) -> Document:
    """The document that `seal_document` wrote; raises the vault's `SealBroken` when a secret was swapped or altered.

    With `broken` such secrets are left out, and told there.
    """
    values: dict[str, Any] = msgspec.json.decode(body)
    account, identity = values.get("account", "default"), values["id"]

    def opened(field: str, value: Any, below: int) -> Any:
        # By depth and never by name: vendors and raw parameters are called whatever an admin wrote.
        if below:
            parts = {name: opened(f"{field}.{name}", part, below - 1) for name, part in value.items()}
            return {name: part for name, part in parts.items() if part is not _BROKEN}
        if not isinstance(value, dict):
            return value
        if "secret" in value:
            inner = opened(field, value["secret"], 0)
            return inner if inner is _BROKEN else {"secret": inner}
        try:
            return vault.open(account, kind, identity, field, value[SEALED])
        except SealBroken as error:
            if broken is None:
                raise
            broken.append(error)
            return _BROKEN

    for name, below in SECRET_FIELDS.get(kind, {}).items():
        if name in values and (found := opened(name, values[name], below)) is not _BROKEN:
            values[name] = found
        else:
            values.pop(name, None)
    return msgspec.convert(values, KINDS[kind], dec_hook=_opened_or_raw)


def renewed_body(vault: Vault, account: str, kind: str, identity: str, body: bytes) -> bytes | None:
    """A document's JSON with every secret sealed by the account's newest data key; None when all are. Raises `SealBroken`."""
    values: dict[str, Any] = msgspec.json.decode(body)
    changed = False

    def renewed(field: str, value: Any, below: int) -> Any:
        nonlocal changed
        if below:
            return {name: renewed(f"{field}.{name}", part, below - 1) for name, part in value.items()}
        if not isinstance(value, dict):
            return value
        if "secret" in value:
            return {"secret": renewed(field, value["secret"], 0)}
        anew = vault.renewed(account, kind, identity, field, value[SEALED])
        changed = changed or anew is not None
        return value if anew is None else {SEALED: anew}

    for name, below in SECRET_FIELDS.get(kind, {}).items():
        if name in values:
            values[name] = renewed(name, values[name], below)
    return msgspec.json.encode(values) if changed else None


def keys_in(body: bytes) -> Iterator[str]:
    """The id of the data key of each secret that stands sealed in a document's JSON."""
    return (matched[1].decode() for matched in _SEALED_BY.finditer(body))


def reader(vault: Vault) -> Callable[[str, bytes], Document]:
    """`open_document` with the vault given, as the directory wants it."""
    return lambda kind, body: open_document(vault, kind, body)


def _opened_or_raw(wanted: type, raw: object) -> object:
    """Take what the vault opened as it is, whatever the rules for new secrets say today."""
    if isinstance(raw, wanted):
        return raw
    if wanted is RawValue and isinstance(raw, dict) and isinstance(raw.get("secret"), Secret):
        return RawValue(raw["secret"].reveal(), secret=True)
    return secret_or_raw(wanted, raw)


def _nothing(value: object) -> object:
    """Stands in for secrets until their sealed form replaces them."""
    assert isinstance(value, Secret | RawValue)
    return None
