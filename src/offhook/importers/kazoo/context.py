"""What an import has at hand while it goes through the documents, and the documents of ours that it makes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from offhook.importers.fields import Fields
from offhook.importers.names import slug
from offhook.importers.report import Report

from .documents import Kazoo
from .names import Ids
from .scan import Scan, scan

HOUSEKEEPING: Final = (
    "id", "ui_metadata", "metadata", "ui_flags", "created", "flags", "tags", "note", "pvt_type", "available_apps",
)  # fmt: skip
"""Fields of any document that say nothing about phones and calls."""


class Context:
    """The documents to import, and what has become of them so far."""

    def __init__(self, kazoo: Kazoo, report: Report, account: str, now: datetime) -> None:
        self.kazoo = kazoo
        self.report = report
        self.account = account
        """Our account that everything is to belong to."""
        self.now = now
        """With a time zone."""
        self.ids = Ids()
        self.office: dict[str, list[dict[str, Any]]] = {}
        self.scan: Final[Scan] = scan(kazoo)
        self.toggle_groups: dict[str, str] = {}
        """Callflow → the group of ours in which its users log in and out."""
        self.with_toggle_group: set[str] = set()
        """Callflows whose group has been made."""
        self.modes: dict[str, str] = {}
        """Temporal rule → the mode of ours that switches it."""
        self.numbers_used: set[str] = set()
        self.patterns_used: set[str] = set()
        self.rules_used: set[str] = set()
        self.sets_used: set[str] = set()
        self.dialled: str | None = None
        """What a call outside dials while a callflow of the dial plan is made; None: the number that was called."""
        self._same: dict[tuple[str, str], str] = {}
        for kind in kazoo.listed:
            self.ids.know(kind)

    def fields(self, kind: str, identity: str) -> Fields:
        """The fields of a Kazoo document, without its housekeeping."""
        fields = Fields(self.kazoo.of(kind).get(identity), f"{kind}/{identity}", "", self.report)
        fields.passed(*HOUSEKEEPING)
        return fields

    def document(self, kind: str, identity: str) -> Mapping[str, Any]:
        """A Kazoo document; empty when there is none."""
        return self.kazoo.of(kind).get(identity, {})

    def add(self, kind: str, document: dict[str, Any]) -> str:
        """Add a document of ours; gives its id."""
        placed = document if self.account == "default" or kind == "accounts" else {**document, "account": self.account}
        self.office.setdefault(kind, []).append(placed)
        return str(document["id"])

    def share(self, kind: str, wanted: str, document: dict[str, Any]) -> str:
        """Add a document that several may name: one that says the same is made once."""
        said = json.dumps(document, sort_keys=True)
        if (kind, said) not in self._same:
            identity = self.ids.make(kind, slug(wanted) or kind.rstrip("s"))
            self._same[kind, said] = self.add(kind, {"id": identity, **document})
        return self._same[kind, said]
