"""The whole import: devices and extensions become phones and people, and these an office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from offhook.importers.fields import Fields
from offhook.importers.phones.models import Models, PhoneModel
from offhook.importers.phones.moving import move
from offhook.importers.phones.phone import Line, Person, Phone
from offhook.importers.phones.taking import servers_of
from offhook.importers.report import Imported, Remark, Report

from .devices import Devices
from .people import persons_of
from .tables import Tables, read_tables


def import_fusionpbx(
    files: Iterable[tuple[str, str]],
    *,
    account: str = "default",
    models: Iterable[PhoneModel] = (),
    present: Mapping[str, Any] | None = None,
) -> Imported:
    """An office from CSV files of FusionPBX, each a name and a text.

    `account` is ours, to which everything is to belong, and `present` its document when it is there already; `models`
    are those that the profiles know. Raises `Unreadable`.
    """
    report = Report()
    tables = read_tables(files, report)
    passwords = {
        row["extension"]: row["password"] for row in tables.of("extensions") if {"extension", "password"} <= set(row)
    }
    domain = _domain(tables, present)
    devices = Devices(tables, Models(models), passwords, domain, report)
    phones, persons = devices.phones(), persons_of(tables, report)
    persons += [one for one in devices.persons if tables.has("extensions") is False or _new(one, persons, report)]
    phones += _softphones(tables, phones, domain, report)
    moved = move(phones, persons, account, present, report)
    documents = {one.document for one in phones} | {one.document for one in persons}
    counts = Counter(document.partition("/")[0] for document in documents)
    ids = {
        "devices": {one.document.partition("/")[2]: moved.devices[one.document] for one in phones},
        "users": moved.users,
    }
    return Imported(moved.office, _for_all(report, counts), {kind: given for kind, given in ids.items() if given})


def _new(person: Person, persons: Iterable[Person], report: Report) -> bool:
    """Whether somebody whom only a line names is to be a user, too; that there is no extension is reported."""
    if any(person.number in (one.number, *one.more_numbers) for one in persons):
        return False
    report.add(
        person.document, "lines", f"the extension {person.number}", "the files have lines of it, and no extension",
        "It is a user now; remove it if it is nobody's.",
    )  # fmt: skip
    return True


def _domain(tables: Tables, present: Mapping[str, Any] | None) -> str | None:
    """Where lines register that say nothing: the one domain of the files, else the account's realm."""
    names = {row["domain_name"] for row in tables.of("domains") if "domain_name" in row}
    return names.pop() if len(names) == 1 else str(present["realm"]) if present is not None else None


def _softphones(tables: Tables, phones: Sequence[Phone], domain: str | None, report: Report) -> list[Phone]:
    """A device without MAC for each extension that has a password and no device: a softphone goes on logging in."""
    used = {line.username for phone in phones for line in phone.lines}
    servers = None
    if not any(phone.servers for phone in phones):
        servers = servers_of(domain, {}, Fields({}, "domains", "", report), "domain_name")
    return [
        Phone(
            document=f"extensions/{row['extension']}", configured=False, servers=servers,
            lines=(Line("", row["extension"], username=row["extension"], password=row["password"]),),
        )
        for row in tables.of("extensions")
        if {"extension", "password"} <= set(row) and row["extension"] not in used
    ]  # fmt: skip


def _for_all(report: Report, counts: Mapping[str, int]) -> tuple[Remark, ...]:
    """The remarks; what is said alike of all documents of a kind is said once."""
    alike: dict[tuple[str, ...], list[Remark]] = {}
    for one in report.remarks:
        kind = one.document.partition("/")[0]
        alike.setdefault((kind, one.place, one.what, one.why, one.instead), []).append(one)
    once = Report()
    for (kind, place, what, why, instead), remarks in alike.items():
        if len(remarks) > 1 and len(remarks) == counts.get(kind):
            once.add(f"{kind} (all {len(remarks)})", place, what, why, instead)
        else:
            for one in remarks:
                once.add(one.document, one.place, one.what, one.why, one.instead)
    return once.remarks
