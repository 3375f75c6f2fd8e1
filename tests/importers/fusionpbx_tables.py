"""Tables of FusionPBX in tests, and the office that they become."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from offhook.importers.fusionpbx import import_fusionpbx
from offhook.importers.phones.models import PhoneModel
from offhook.importers.report import Imported

MODELS: Final = (
    PhoneModel("yealink/T46S", keys=27, module_keys=40),
    PhoneModel("yealink/T26P", keys=13, line_keys=3),
    PhoneModel("snom/D765", keys=16),
    PhoneModel("polycom/VVX450", keys=12),
    PhoneModel("cisco/SPA504G", keys=4),
)
LINE: Final = {
    "line_number": "1", "server_address": "acme.example", "display_name": "Marie Tremblay", "user_id": "101", "auth_id": "101",
    "password": "secret101", "sip_port": "5060", "sip_transport": "tcp", "register_expires": "120", "enabled": "1",
}  # fmt: skip
EXTENSION: Final = {
    "extension_uuid": "e1", "domain_uuid": "d", "extension": "101", "password": "secret101", "call_timeout": "30",
    "effective_caller_id_name": "Marie Tremblay", "effective_caller_id_number": "101", "enabled": "true",
}  # fmt: skip


def device(identity: str = "one", **said: str) -> dict[str, str]:
    """A Yealink of Marie's, with its first line in the same row, as the export of devices has it."""
    return {
        "device_uuid": identity, "device_address": "001565aabb01", "device_vendor": "yealink",
        "device_template": "yealink/t46s", "device_enabled": "1", **LINE, **said,
    }  # fmt: skip


def key(identity: str = "one", **said: str) -> dict[str, str]:
    """A Yealink's key that watches Jean."""
    return {
        "device_uuid": identity, "device_key_id": "3", "device_key_category": "line", "device_key_vendor": "yealink",
        "device_key_type": "16", "device_key_line": "1", "device_key_value": "102", "device_key_label": "Jean", **said,
    }  # fmt: skip


def table(*rows: Mapping[str, str]) -> str:
    """Rows as CSV."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def imported(*tables: Sequence[Mapping[str, str]], **options: Any) -> Imported:
    """What tables become, each as a file."""
    files = [(f"file {number}", table(*rows)) for number, rows in enumerate(tables)]
    return import_fusionpbx(files, models=MODELS, **options)
