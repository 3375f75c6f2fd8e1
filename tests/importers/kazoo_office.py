"""Kazoo documents in tests, and the office that they become: checked as the server checks it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from offhook.callflow.check import check_callflow
from offhook.importers.kazoo import Imported, import_kazoo
from offhook.integrity import problems_of
from offhook.model.callflow import Callflow
from offhook.model.document import Document
from offhook.model.kind import make_document
from tests.offices import directory_of

NOW: Final = datetime(2024, 7, 1, 12, tzinfo=UTC)
"""A Monday."""
ACCOUNT: Final = {"id": "acme", "name": "Acme", "realm": "acme.example", "timezone": "UTC"}


def imported(**documents: Any) -> Imported:
    """What an account with some documents becomes."""
    return import_kazoo(json.dumps({"accounts": [ACCOUNT], **documents}), now=NOW)


def flow(tree: Mapping[str, Any], *numbers: str, identity: str = "flow", **fields: Any) -> dict[str, Any]:
    """A Kazoo callflow."""
    return {"id": identity, "name": identity, "numbers": list(numbers or ("100",)), "flow": dict(tree), **fields}


def node(module: str, data: Mapping[str, Any] | None = None, **children: Any) -> dict[str, Any]:
    """A Kazoo node; `after` is its child `_`."""
    named = {{"after": "_"}.get(key, key): child for key, child in children.items()}
    return {"module": module, "data": dict(data or {}), "children": named}


def only(office: Imported, kind: str) -> dict[str, Any]:
    """The one document of a kind."""
    (document,) = office.office[kind]
    return document


def nodes(office: Imported, identity: str = "flow") -> dict[str, Any]:
    """The nodes of a callflow."""
    flows = {document["id"]: document for document in office.office["callflows"]}
    found: dict[str, Any] = flows[identity]["nodes"]
    return found


def first(office: Imported, identity: str = "flow") -> dict[str, Any]:
    """The node at which a callflow starts."""
    flows = {document["id"]: document for document in office.office["callflows"]}
    found: dict[str, Any] = flows[identity]["nodes"][flows[identity]["start"]]
    return found


def said(office: Imported) -> str:
    """The report, a line for each remark."""
    return "\n".join(map(str, office.remarks))


def documents_of(office: Imported) -> list[Document]:
    """The documents, as the server reads them."""
    return [
        make_document(kind, values, f"{kind}[{index}]")
        for kind, listed in office.office.items()
        for index, values in enumerate(listed)
    ]


def problems(documents: Iterable[Document]) -> list[str]:
    """Why the server would refuse documents; none when it takes them."""
    listed = list(documents)
    found = directory_of(listed)
    return [
        f"{document.id}: {problem}"
        for document in listed
        for problem in problems_of(found, document, (check_callflow,) if isinstance(document, Callflow) else ())
    ]
