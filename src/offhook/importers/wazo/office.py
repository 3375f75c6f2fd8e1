"""The whole import: devices with their configs become phones, and these an office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.phones.models import Models, PhoneModel
from offhook.importers.phones.moving import move
from offhook.importers.phones.phone import Person, Phone
from offhook.importers.report import Imported, Report, Unreadable
from offhook.model.mac import MalformedMac, normalise_mac

from .documents import Provd, read_provd
from .inheritance import ByOrigin, resolve
from .keys import keys_of
from .lines import lines_of
from .settings import settings_of

_STATE: Final = (
    "id", "config", "plugin", "configured", "added", "is_new", "tenant_uuid", "ip", "version", "sn", "uuid",
    "remote_state_trigger", "remote_state_sip_username", "vendor", "model",
)  # fmt: skip
"""What provd has seen of a device, and how it finds its things: nothing that anybody set on the phone."""
_KNOWN_OF_CONFIGS: Final = frozenset({
    "id", "parent_ids", "raw_config", "role", "transient", "deletable", "X_type", "label", "configdevice", "displayname",
    "registrar_main", "registrar_main_port", "registrar_backup", "registrar_backup_port", "proxy_main", "proxy_main_port",
    "proxy_backup", "proxy_backup_port", "proxy_outbound", "proxy_outbound_port",
})  # fmt: skip


def import_wazo(
    files: Iterable[tuple[str, str]],
    *,
    account: str = "default",
    models: Iterable[PhoneModel] = (),
    present: Mapping[str, Any] | None = None,
) -> Imported:
    """An office from files of wazo-provd, each a name and a text.

    `account` is ours, to which everything is to belong, and `present` its document when it is there already; `models`
    are those that the profiles know. Raises `Unreadable`.
    """
    report = Report()
    provd = read_provd(files, report)
    _one_tenant(provd)
    known = Models(models)
    phones: list[Phone] = []
    persons: list[Person] = []
    used: set[str] = set()
    for identity in sorted(provd.devices):
        phone, people, configs = _phone(provd, identity, known, report)
        phones.append(phone)
        persons.extend(people)
        used.update(configs)
    _configs(provd, used, report)
    moved = move(phones, persons, account, present, report)
    ids = {
        "devices": {one.document.partition("/")[2]: moved.devices[one.document] for one in phones},
        "users": moved.users,
    }
    return Imported(moved.office, report.remarks, {kind: given for kind, given in ids.items() if given})


def _one_tenant(provd: Provd) -> None:
    """Raises `Unreadable` for devices of several customers; one that waits for its config belongs to none yet."""
    waiting = _autocreate(provd)
    tenants = {
        str(device["tenant_uuid"])
        for device in provd.devices.values()
        if device.get("tenant_uuid") and device.get("config") and not _waits(provd, device, waiting)
    }
    if len(tenants) > 1:
        raise Unreadable(
            f"the devices belong to {len(tenants)} tenants ({', '.join(sorted(tenants)[:3])}…): import each tenant's devices"
            " by themselves, into an account of its own"
        )


def _autocreate(provd: Provd) -> frozenset[str]:
    return frozenset(identity for identity, config in provd.configs.items() if config.get("role") == "autocreate")


def _waits(provd: Provd, device: Mapping[str, Any], autocreate: frozenset[str]) -> bool:
    """Whether a device has only the config that provd gives to whatever it sees."""
    config = device.get("config")
    parents = provd.configs.get(config, {}).get("parent_ids") if isinstance(config, str) else None
    named = {config, *(one for one in (parents if isinstance(parents, list) else []) if isinstance(one, str))}
    return bool(named & autocreate)


def _phone(
    provd: Provd, identity: str, models: Models, report: Report
) -> tuple[Phone, tuple[Person, ...], tuple[str, ...]]:
    """A phone, the people that it rings, and the configs that it has."""
    device = provd.devices[identity]
    fields = Fields(device, f"devices/{identity}", "", report)
    model = _model(fields, models)
    mac, name = _mac(fields), fields.text("description")
    fields.leave("options", "a device has no options", "Set what they did on the device.")
    config = fields.text("config") or _default(provd)
    fields.passed(*_STATE)
    fields.rest("a device has nothing of this meaning")
    phone = Phone(document=fields.document, mac=mac, model=model, name=name, configured=False)
    if config is None or _waits(provd, {"config": config}, _autocreate(provd)):
        fields.remark("config", "the device has no lines", "nobody configured it in Wazo", "Give it an owner.")
        return phone, (), _used(provd, config)
    resolved = resolve(provd.configs, config)
    for missing in resolved.missing:
        report.add(
            fields.document if missing == config else f"configs/{config}", "config" if missing == config else "parent_ids",
            f"config {missing}", "the files do not have it", "Import them together with all configs.",
        )  # fmt: skip
    if not resolved.order:
        return phone, (), ()
    raw = Fields(resolved.raw, f"configs/{config}", "", ByOrigin(report, resolved))
    settings = settings_of(raw)
    lines = lines_of(raw, settings)
    keys = keys_of(raw, models.get(model), lines.numbers)
    raw.rest("a phone has no setting of this meaning", "Set the vendor's own parameter (overrides).")
    configured = Phone(
        document=fields.document, mac=mac, model=model, name=name, lines=lines.lines, keys=keys, settings=settings,
        servers=lines.servers,
    )  # fmt: skip
    return configured, lines.persons, resolved.order


def _mac(fields: Fields) -> str | None:
    said = fields.text("mac")
    try:
        return normalise_mac(said) if said is not None else None
    except MalformedMac as error:
        fields.remark("mac", shown(said), str(error), "Give the device its MAC.")
        return None


def _model(fields: Fields, models: Models) -> str | None:
    """`vendor/Model` as our profiles write it; `vendor` alone where the model is not known."""
    said, name = fields.text("vendor"), fields.text("model")
    vendor = models.vendor(said or "")
    if vendor is None:
        if said is not None or name is not None:
            fields.remark("vendor", shown(" ".join(one for one in (said, name) if one)), "this vendor is not known",
                          "See offhook vendors; the phone gets no files until it has a vendor.")  # fmt: skip
        return None
    known = models.name(vendor, name) if name is not None else None
    if known is None and name is not None:
        fields.remark("model", shown(name), f"{vendor} has no model of this name that is known",
                      "The phone tells its model when it asks; see offhook vendors.")  # fmt: skip
    return known or vendor


def _default(provd: Provd) -> str | None:
    """The config of devices that have none."""
    return min((one for one, config in provd.configs.items() if config.get("role") == "default"), default=None)


def _used(provd: Provd, config: str | None) -> tuple[str, ...]:
    return resolve(provd.configs, config).order if config is not None else ()


def _configs(provd: Provd, used: set[str], report: Report) -> None:
    """What is said of configs themselves, and those that no device has."""
    for identity, config in provd.configs.items():
        fields = Fields(config, f"configs/{identity}", "", report)
        fields.passed(*_KNOWN_OF_CONFIGS)
        fields.rest("only raw_config reaches a phone")
        if identity not in used and "role" not in config:
            report.add(f"configs/{identity}", "", "the config", "no device of the files has it")
