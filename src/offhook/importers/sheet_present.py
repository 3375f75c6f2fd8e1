"""What is there before a sheet is taken in: an office's documents, found by what a sheet knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from offhook.model.callflow import Callflow
from offhook.model.kind import make_document
from offhook.model.ringing import Named, first_rung

Values = dict[str, Any]
"""A document as an office file writes it."""

Office = Mapping[str, Sequence[Values]]
"""Kind → documents, as an office file has them."""


class Present:
    """An account's documents."""

    def __init__(self, office: Office, account: str) -> None:
        """`office` is checked already: an export, or nothing. Documents of other accounts are left aside."""
        self.documents: dict[str, dict[str, Values]] = {
            kind: {one["id"]: one for one in listed if one.get("account", "default") == account}
            for kind, listed in office.items()
        }
        """Kind → id → document."""
        self.device_of_mac = {one["mac"]: one["id"] for one in self.all("devices") if "mac" in one}
        self._callflows: dict[str, Callflow] = {}
        for values in self.all("callflows"):
            callflow = make_document("callflows", values, "")
            assert isinstance(callflow, Callflow)
            self._callflows[callflow.id] = callflow
        self._boxes: dict[str, str] = {}
        for box in sorted(self.all("mailboxes"), key=lambda one: (one["id"] != one.get("owner"), one["id"])):
            if "owner" in box:
                self._boxes.setdefault(box["owner"], box["id"])
        self.callflow_of_number = {number: flow.id for flow in self._callflows.values() for number in flow.numbers}
        self._rung: dict[str, set[Named]] = {}
        self._flows_of: dict[Named, list[str]] = {}
        for identity in sorted(self._callflows):
            self._rung[identity] = {one.target for one in first_rung(self._callflows.get, identity) if one.first}
            for target in self._rung[identity]:
                self._flows_of.setdefault(target, []).append(identity)

    def all(self, kind: str) -> list[Values]:
        """All documents of a kind, ascending by id."""
        listed = self.documents.get(kind, {})
        return [listed[identity] for identity in sorted(listed)]

    def get(self, kind: str, identity: str) -> Values | None:
        """A document, or None."""
        return self.documents.get(kind, {}).get(identity)

    def callflow(self, identity: str) -> Callflow | None:
        """A callflow as its struct, or None."""
        return self._callflows.get(identity)

    def rings_first(self, flow: str, target: Named) -> bool:
        """Whether a callflow rings this user or device first and alone."""
        return target in self._rung.get(flow, ())

    def callflows_of(self, target: Named) -> Sequence[str]:
        """Ids of the callflows that ring this user or device first and alone; the one with its own id first."""
        return sorted(self._flows_of.get(target, ()), key=lambda flow: (flow != target[1], flow))

    def mailbox_of(self, user: str) -> Values | None:
        """A user's mailbox: the one with the user's id, else the first by id."""
        box = self._boxes.get(user)
        return self.get("mailboxes", box) if box is not None else None
