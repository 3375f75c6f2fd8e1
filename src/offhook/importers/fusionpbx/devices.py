"""Devices with their lines, keys and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.models import Models
from offhook.importers.phones.phone import Person, Phone
from offhook.importers.phones.taking import take
from offhook.importers.report import Report
from offhook.model.mac import MalformedMac, normalise_mac

from .cells import switch
from .keys import as_device_key, keys_of
from .lines import by_number, lines_of
from .settings import Set, settings_of
from .tables import Row, Tables, device_id

_STATE: Final = (
    "device_uuid", "domain_uuid", "device_user_uuid", "device_profile_uuid", "device_enabled_date", "device_address",
    "device_mac_address", "device_vendor", "device_template", "device_provisioned_date", "device_provisioned_method",
    "device_provisioned_ip", "device_provisioned_agent", "device_firmware_version", "insert_date", "insert_user",
    "update_date", "update_user",
)  # fmt: skip
"""What FusionPBX has seen of a device, and how its tables find each other."""
_LEFT: Final = (
    ("device_username", "phones are told apart by their MAC", "See who may have a file with secrets: security."),
    ("device_password", "phones are told apart by their MAC", "See who may have a file with secrets: security."),
    ("device_uuid_alternate", "a device is not another one's stand-in", "Give the new phone the old one's lines."),
    ("device_location", "a device has no place of its own", "Make a site, and give the device that site."),
    ("device_serial_number", "a device is known by its MAC", ""),
)
_CATEGORIES: Final = ("domain", "provision")
"""Categories of a domain's settings that phones see."""
_OF_THE_DOMAIN: Final = ("time_zone", "language")


class Devices:
    """Makes phones of the devices in the tables."""

    def __init__(
        self, tables: Tables, models: Models, passwords: Mapping[str, str], domain: str | None, report: Report
    ) -> None:
        """`passwords` are the extensions' own; `domain` is where lines register that do not say it."""
        self.persons: list[Person] = []
        """Whom the lines of the phones name, as far as `phones` has been asked for."""
        self._tables = tables
        self._models = models
        self._passwords = passwords
        self._domain = domain
        self._report = report
        self._common = self._domain_settings()
        self._rows = _by_owner(tables)

    def phones(self) -> list[Phone]:
        """A phone for each device."""
        rows: dict[str, Row] = {}
        for row in self._tables.of("devices"):
            identity = device_id(row)
            if rows.get(identity, row) != row:
                self._report.add(_document(row), "", "the device", "it is there twice, and the first row counts")
            rows.setdefault(identity, row)
        self._lost(set(rows))
        return [self._phone(identity, row) for identity, row in sorted(rows.items())]

    def _phone(self, identity: str, row: Row) -> Phone:
        fields = Fields(row, _document(row), "", self._report)
        vendor, model = self._model(fields)
        settings = settings_of(self._settings(identity, row, fields), vendor)
        take(settings, "timezone", fields.text("device_time_zone"), fields, "device_time_zone")
        for ours, theirs in zip(("timezone", "language"), _OF_THE_DOMAIN, strict=True):
            one = self._common.get(theirs)
            if one is not None and ours not in settings:
                take(
                    settings, ours, one.value.replace("_", "-") if ours == "language" else one.value, one.fields, theirs
                )
        lines = lines_of(self._lines(identity, fields), self._passwords, self._domain, settings)
        self.persons.extend(lines.persons)
        said = {"domain_name": self._domain or ""}
        keys = keys_of(self._keys(identity, row, fields), vendor, self._models.get(model), lines.numbers, said)
        label, described = fields.text("device_label"), fields.text("device_description")
        if label is not None and described is not None and described != label:
            fields.remark("device_description", shown(described), f"a device has one name: {label!r}")
        enabled = switch(fields, "device_enabled", "device_enabled" not in row and "device_uuid" not in row)
        if not enabled and "device_enabled" not in row:
            fields.remark(
                "device_enabled", "an empty cell", "the export writes false so", "Enable the device if it is there."
            )
        for column, why, instead in _LEFT:
            fields.leave(column, why, instead)
        fields.passed(*_STATE)
        fields.rest("a device has nothing of this meaning")
        return Phone(
            document=fields.document, mac=_mac(fields), model=model, name=label or described, enabled=enabled,
            configured=bool(lines.lines),
            lines=lines.lines, keys=keys, settings=settings, servers=lines.servers,
        )  # fmt: skip

    def _model(self, fields: Fields) -> tuple[str, str | None]:
        """What FusionPBX calls the vendor, and our model: the template's folder is named after it."""
        template = fields.text("device_template") or ""
        folder, _, name = template.partition("/")
        said = fields.text("device_vendor") or folder
        name = fields.text("device_model") or name
        vendor = self._models.vendor(folder) or self._models.vendor(said)
        if vendor is None:
            if said:
                fields.remark("device_vendor", shown(template or said), "this vendor is not known",
                              "See offhook vendors; the phone gets no files until it has a vendor.")  # fmt: skip
            return said, None
        known = self._models.name(vendor, name) if name else None
        if known is None and name:
            fields.remark("device_template", shown(template or name), f"{vendor} has no model of this name that is known",
                          "The phone tells its model when it asks; see offhook vendors.")  # fmt: skip
        return said, known or vendor

    def _lines(self, identity: str, device: Fields) -> list[Fields]:
        rows: dict[str, Row] = {}
        for row in sorted(
            (one for one in self._tables.of("device_lines") if device_id(one) == identity), key=by_number
        ):
            number = row.get("line_number", "1")
            if rows.get(number, row) != row:
                device.remark("lines", f"line {number}", "it is there twice, and the last one counts")
            rows[number] = row
        return [Fields(row, device.document, f"lines.{number}", self._report) for number, row in rows.items()]

    def _keys(self, identity: str, row: Row, device: Fields) -> Iterator[Fields]:
        profile = row.get("device_profile_uuid")
        if profile is not None:
            own = self._rows["device_profile_keys"].get(profile, [])
            if not own and not self._tables.has("device_profile_keys"):
                device.remark(
                    "device_profile_uuid", f"profile {profile}", "the files do not have what it says",
                    "Import v_device_profile_keys and v_device_profile_settings together with the devices.",
                )  # fmt: skip
            for one in own:
                yield self._key(as_device_key(one), device)
        for one in self._rows["device_keys"].get(identity, ()):
            yield self._key(one, device)

    def _key(self, row: Row, device: Fields) -> Fields:
        place = f"keys.{row.get('device_key_category', 'line')}.{row.get('device_key_id', '')}"
        return Fields(row, device.document, place, self._report)

    def _settings(self, identity: str, row: Row, device: Fields) -> dict[str, Set]:
        """By name; the device's own over the profile's over the domain's."""
        found = {name: one for name, one in self._common.items() if name not in _OF_THE_DOMAIN}
        profile = row.get("device_profile_uuid")
        for table, prefix, name, owner in (
            ("device_profile_settings", "profile_setting", "profile_setting_name", profile),
            ("device_settings", "device_setting", "device_setting_subcategory", identity),
        ):
            for one in self._rows[table].get(owner or "", ()) if owner else ():
                if name not in one:
                    continue
                fields = Fields(one, device.document, "settings", self._report)
                if not switch(fields, f"{prefix}_enabled", False):
                    fields.remark(one[name], shown(one.get(f"{prefix}_value", ""), one[name]), "it is not enabled")
                elif f"{prefix}_value" in one:
                    found[one[name]] = Set(one[f"{prefix}_value"], fields)
        return found

    def _domain_settings(self) -> dict[str, Set]:
        """What the whole system and then the domain say for all phones."""
        found: dict[str, Set] = {}
        for table in ("default_settings", "domain_settings"):
            prefix = table.removesuffix("s")
            fields = Fields({}, table, "", self._report)
            for row in self._tables.of(table):
                category, name = row.get(f"{prefix}_category", ""), row.get(f"{prefix}_subcategory", "")
                if category not in _CATEGORIES or (category == "domain" and name not in _OF_THE_DOMAIN):
                    fields.remark(
                        category, "settings of this category", "they are about FusionPBX itself, not about phones"
                    )
                elif not switch(Fields(row, table, name, self._report), f"{prefix}_enabled", False):
                    fields.remark(name, shown(row.get(f"{prefix}_value", ""), name), "it is not enabled")
                elif f"{prefix}_value" in row:
                    found[name] = Set(row[f"{prefix}_value"], fields)
        return found

    def _lost(self, devices: set[str]) -> None:
        """Lines, keys and settings whose device, and profiles whose devices the files do not have."""
        profiles = {row.get("device_profile_uuid", "") for row in self._tables.of("devices")}
        for table, known in (
            ("device_lines", devices), ("device_keys", devices), ("device_settings", devices),
            ("device_profile_keys", profiles), ("device_profile_settings", profiles),
        ):  # fmt: skip
            kind = "profiles" if known is profiles else "devices"
            for identity in sorted(set(self._rows[table]) - known | {""} & set(self._rows[table])):
                why = (
                    f"the files have no {kind.removesuffix('s')} of these"
                    if identity
                    else "they do not say whose they are"
                )
                self._report.add(
                    f"{kind}/{identity}", "", f"{len(self._rows[table][identity])} {table}", why,
                    "Export the tables with their UUIDs.",
                )  # fmt: skip


def _by_owner(tables: Tables) -> dict[str, dict[str, list[Row]]]:
    """Table → device or profile → its rows."""
    found: dict[str, dict[str, list[Row]]] = {}
    for table in ("device_lines", "device_keys", "device_settings", "device_profile_keys", "device_profile_settings"):
        owned = found.setdefault(table, {})
        for row in tables.of(table):
            owner = row.get("device_profile_uuid", "") if "profile" in table else device_id(row)
            owned.setdefault(owner, []).append(row)
    return found


def _document(row: Mapping[str, Any]) -> str:
    return f"devices/{row.get('device_address') or row.get('device_mac_address') or device_id(row)}"


def _mac(fields: Fields) -> str | None:
    said = fields.text("device_address") or fields.text("device_mac_address")
    try:
        return normalise_mac(said) if said is not None else None
    except MalformedMac as error:
        fields.remark("device_address", shown(said), str(error), "Give the device its MAC.")
        return None
