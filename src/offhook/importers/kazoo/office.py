"""The whole import: Kazoo documents become an office of ours and a report."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from offhook.importers.report import Imported, Report

from .callflows import add_callflow
from .context import Context
from .devices import add_device
from .documents import Kazoo, read_kazoo
from .people import add_account, add_group, add_mailbox, add_user
from .restrictions import without_callflow

KIND_OF: Final = {"accounts": "accounts", "users": "users", "devices": "devices", "groups": "groups",
                  "vmboxes": "mailboxes", "callflows": "callflows"}  # fmt: skip
"""Kazoo's kinds that become documents → ours."""
ORDER: Final = ("accounts", "users", "devices", "groups", "mailboxes", "schedules", "modes", "callflows")


def import_kazoo(text: str, *, account: str = "default", now: datetime) -> Imported:
    """An office from the text of a file of Kazoo documents.

    `account` is ours, to which everything is to belong; `now` (with a time zone) says which rules and absences are over.
    Raises `Unreadable`.
    """
    report = Report()
    return convert(read_kazoo(text, report), report, account=account, now=now)


def convert(kazoo: Kazoo, report: Report, *, account: str, now: datetime) -> Imported:
    """An office from Kazoo documents; what cannot be carried over goes into the report."""
    context = Context(kazoo, report, account, now)
    ids = _give_ids(context)
    for identity in _only_one(context):
        add_account(context, identity)
    silent = any(_is_silent(document) for document in kazoo.of("accounts").values())
    for identity in sorted(kazoo.of("users")):
        add_user(context, identity, silent=silent)
    for identity in sorted(kazoo.of("devices")):
        add_device(context, identity, silent=silent)
    for identity in sorted(kazoo.of("groups")):
        add_group(context, identity)
    for identity in sorted(kazoo.of("vmboxes")):
        add_mailbox(context, identity)
    for identity in sorted(kazoo.of("callflows")):
        add_callflow(context, identity)
    _report_unused(context)
    office = {kind: sorted(context.office[kind], key=_id) for kind in ORDER if context.office.get(kind)}
    return Imported(office, report.remarks, ids)


def _give_ids(context: Context) -> dict[str, dict[str, str]]:
    """Kazoo's ids, as slugs; all that differ."""
    changed: dict[str, dict[str, str]] = {}
    for kind in sorted(context.kazoo.listed - {"accounts"}):
        for theirs in sorted(context.kazoo.of(kind)):
            if kind == "callflows" and not isinstance(context.document(kind, theirs).get("flow"), dict):
                continue
            ours = context.ids.give(kind, theirs, theirs)
            if ours != theirs:
                changed.setdefault(kind, {})[theirs] = ours
                if kind in KIND_OF:
                    context.report.add(f"{kind}/{theirs}", "id", theirs, f"ids are slugs; it is {ours} now")
    return changed


def _only_one(context: Context) -> list[str]:
    """The account of the file."""
    accounts = sorted(context.kazoo.of("accounts"))
    for identity in accounts[1:]:
        context.report.add(
            f"accounts/{identity}", "", "the whole account", f"one account is imported at a time: {accounts[0]}",
            "Make a file of each account's documents.",
        )  # fmt: skip
    return accounts[:1]


def _is_silent(account: dict[str, Any]) -> bool:
    dnd = account.get("do_not_disturb")
    return isinstance(dnd, dict) and str(dnd.get("enabled")).lower() == "true"


def _report_unused(context: Context) -> None:
    """Documents that only callflows make something of, and no callflow does."""
    used = {"temporal_rules": context.rules_used | context.scan.switched, "temporal_rules_sets": context.sets_used}
    for kind, names in used.items():
        for identity in context.kazoo.of(kind):
            if identity not in names:
                context.report.add(
                    f"{kind}/{identity}", "", "the rule" if kind == "temporal_rules" else "the set",
                    "no callflow of the file uses it", "Write it into a schedule where it is needed.",
                )  # fmt: skip
    for document in without_callflow(context):
        context.report.add(
            document, "call_restriction", "deny", "no callflow of the file dials outside, so there is nothing to guard",
            "Import it together with the callflows.",
        )  # fmt: skip
    for kind in ("directories",):
        for identity in context.kazoo.of(kind):
            context.report.add(
                f"{kind}/{identity}", "", "who is in it", "dial by name finds every user with an extension"
            )


def _id(document: dict[str, Any]) -> str:
    return str(document["id"])
