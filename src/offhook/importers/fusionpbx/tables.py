"""Files of FusionPBX: what its pages export, or its tables as CSV with a header; the columns tell which one a file is.

The export of devices has a device's lines in the device's own row: the first line's columns as they are, those of the
second as `line_number|2` and so on. Its import takes keys in the same row, too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from offhook.importers.phones.accepted import plain
from offhook.importers.report import Report, Unreadable

Row = dict[str, str]
"""Column → text; without the columns that are empty."""

_TOLD_BY: Final = (
    ("device_address", "devices"), ("device_mac_address", "devices"), ("device_key_id", "device_keys"),
    ("device_setting_subcategory", "device_settings"), ("profile_key_id", "device_profile_keys"),
    ("profile_setting_name", "device_profile_settings"), ("device_profile_name", "device_profiles"),
    ("line_number", "device_lines"), ("extension", "extensions"), ("voicemail_id", "voicemails"),
    ("domain_setting_subcategory", "domain_settings"), ("default_setting_subcategory", "default_settings"),
    ("domain_name", "domains"),
)  # fmt: skip
"""Column → the table that has it, the surest first."""
_OF_A_LINE: Final = frozenset({
    "device_line_uuid", "line_number", "server_address", "server_address_primary", "server_address_secondary",
    "outbound_proxy_primary", "outbound_proxy_secondary", "label", "display_name", "user_id", "auth_id", "password",
    "sip_port", "sip_transport", "register_expires", "shared_line", "enabled",
})  # fmt: skip
_ONE_DOMAIN: Final = ("devices", "device_lines", "extensions", "voicemails", "domains")


class Tables(msgspec.Struct, frozen=True):
    """The rows of all files, by table."""

    rows: dict[str, list[Row]]

    def of(self, table: str) -> list[Row]:
        """The rows of a table."""
        return self.rows.get(table, [])

    def has(self, table: str) -> bool:
        """Whether the files hold a table, even an empty one."""
        return table in self.rows


def read_tables(files: Iterable[tuple[str, str]], report: Report) -> Tables:
    """The rows of files, each a name and a text; raises `Unreadable`."""
    rows: dict[str, list[Row]] = {}
    for name, text in files:
        header, listed = _rows(name, text)
        table = next((table for column, table in _TOLD_BY if column in header), None)
        if table is None:
            known = ", ".join(dict.fromkeys(f"{table} ({column})" for column, table in _TOLD_BY))
            raise Unreadable(
                f"{name} has no column that tells its table: it has {', '.join(header[:6]) or 'none'}. Known are {known};"
                " export it with its column names in the first row"
            )
        rows.setdefault(table, [])
        for number, row in enumerate(listed, start=2):
            if extra := row.pop("", None):
                report.add(name, f"row {number}", extra, "there is no column name above it")
            if table == "devices":
                _split(row, rows, f"{name} row {number}", report)
            elif row:
                rows[table].append(row)
    _one_domain(rows)
    if not any(rows.get(table) for table in ("devices", "extensions")):
        raise Unreadable("there are no devices and no extensions: give the CSV export of either")
    return Tables(rows)


def device_id(row: Mapping[str, str]) -> str:
    """How rows of a device find each other: by its UUID, else by its address."""
    return row.get("device_uuid") or row.get("device_address") or row.get("device_mac_address") or ""


def _rows(name: str, text: str) -> tuple[list[str], Iterator[Row]]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t|", key=first.count) if "," not in first else ","
    if delimiter == "|" and "line_number|2" in first:
        delimiter = ","
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
    try:
        listed = list(reader)
    except csv.Error as error:
        raise Unreadable(f"{name} is not readable as CSV ({error}): export it again") from None
    header = [plain(column).lower() for column in listed[0]] if listed else []
    return header, (_row(header, cells) for cells in listed[1:])


def _row(header: list[str], cells: list[str]) -> Row:
    found: Row = {}
    for index, cell in enumerate(cells):
        text = plain(cell)
        if text:
            found.setdefault(header[index] if index < len(header) else "", text)
    return found


def _split(row: Row, rows: dict[str, list[Row]], place: str, report: Report) -> None:
    """A device's row, and what stands in it of its lines, keys and settings."""
    device: Row = {}
    parts: dict[tuple[str, str], Row] = {}
    for column, text in row.items():
        name, _, number = column.partition("|")
        table = _table_of(name)
        if table is None:
            device[column] = text
        else:
            parts.setdefault((table, number), {})[name] = text
    identity = device_id(device)
    if not identity:
        if row:
            report.add(place, "", "the row", "it names no device", "Export device_address, too.")
        return
    rows["devices"].append(device)
    for (table, _), part in parts.items():
        rows.setdefault(table, []).append({"device_uuid": identity, **part})


def _table_of(column: str) -> str | None:
    if column in _OF_A_LINE:
        return "device_lines"
    if column.startswith("device_key_"):
        return "device_keys"
    return "device_settings" if column.startswith("device_setting_") else None


def _one_domain(rows: Mapping[str, list[Row]]) -> None:
    """Raises `Unreadable` for rows of several customers."""
    domains = sorted(
        {row["domain_uuid"] for table in _ONE_DOMAIN for row in rows.get(table, []) if "domain_uuid" in row}
    )
    if len(domains) > 1:
        raise Unreadable(
            f"the rows belong to {len(domains)} domains ({', '.join(domains[:3])}): export each domain by itself, and import it"
            " into an account of its own"
        )
