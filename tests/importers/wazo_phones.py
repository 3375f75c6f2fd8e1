"""Devices and configs of wazo-provd in tests, and the office that they become."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.phones.models import PhoneModel
from offhook.importers.report import Imported
from offhook.importers.wazo import import_wazo

MODELS: Final = (
    PhoneModel("yealink/T46S", keys=27, module_keys=40),
    PhoneModel("snom/D765", keys=16),
    PhoneModel("mitel/6731i", keys=8),
    PhoneModel("cisco/7942", keys=2),
)
BASE: Final = {"id": "base", "parent_ids": [], "raw_config": {"ntp_enabled": True, "ntp_ip": "10.0.0.1"}}


def line(number: str = "101", **said: Any) -> dict[str, Any]:
    """A SIP line of Marie's."""
    return {
        "username": f"line{number}", "password": f"secret{number}", "display_name": "Marie Tremblay", "number": number,
        "proxy_ip": "10.0.0.1", **said,
    }  # fmt: skip


def config(identity: str = "d1", parents: tuple[str, ...] = ("base",), **raw: Any) -> dict[str, Any]:
    """A config; one line of Marie's unless it is said otherwise."""
    return {"id": identity, "parent_ids": list(parents), "raw_config": {"sip_lines": {"1": line()}, **raw}}


def device(identity: str = "d1", **said: Any) -> dict[str, Any]:
    """A Yealink with the config of its own id."""
    return {
        "id": identity, "mac": "00:15:65:aa:bb:01", "vendor": "Yealink", "model": "T46S", "config": identity,
        "configured": True, "plugin": "wazo-yealink-v86", "tenant_uuid": "t1", **said,
    }  # fmt: skip


def imported(*documents: Mapping[str, Any], **options: Any) -> Imported:
    """What documents become, each as a file of provd's database."""
    files = [(f"file {number}", json.dumps(document)) for number, document in enumerate(documents)]
    return import_wazo(files, models=MODELS, **options)


def one_phone(*more: Mapping[str, Any], **raw: Any) -> Imported:
    """Marie's phone with what its config says."""
    return imported(device(), config(**raw), BASE, *more)
