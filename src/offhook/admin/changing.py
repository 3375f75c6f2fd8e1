"""Changing documents at the admin door: made, or asked what it would do and whose files it would alter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Literal, NotRequired, TypedDict

import msgspec
from aiohttp import web

from offhook.change import Outcome, Put, Remove
from offhook.model.device import Device
from offhook.model.problem import NotFound
from offhook.provisioning.impact import Difference, Impact, file_differences, impact
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.render import TemplateBroken
from offhook.registry import Preview, Registry

from .principal import who
from .problems import BadRequest

MOST_NAMED: Final = 1000
"""Devices that an answer names; of more it tells the number."""


class Changed(TypedDict):
    """What a change did to one document."""

    account: str
    kind: str
    id: str
    action: Literal["added", "changed", "removed"]
    differences: list[dict[str, Any]]


class DeviceName(TypedDict):
    """A device by its account and id."""

    account: str
    id: str


class Diff(DeviceName):
    """How one device's files would change."""

    differences: list[dict[str, Any]]


class Files(TypedDict):
    """Whose files a change would alter."""

    devices: list[DeviceName]
    count: int
    exact: bool
    diff: Diff | None


class Made(TypedDict):
    """What a change did, or with dry_run would do."""

    changes: list[Changed]
    files: NotRequired[Files]


class Changing:
    """The one way in which a request changes documents."""

    def __init__(self, registry: Registry, provisioner: Provisioner) -> None:
        self._registry = registry
        self._provisioner = provisioner

    async def make(self, request: web.Request, changes: Sequence[Put | Remove]) -> Made:
        """Make changes as the request says and tell what they did.

        `dry_run=1`: nothing is made, and the answer has `files`, too: whose files it would alter, and of one of them
        (`diff=<device>`, else the first) what. `force=1`: although an example of a callflow comes out otherwise then.
        """
        force = is_set(request, "force")
        if not dry_run(request):
            outcomes = await self._registry.change(changes, force=force, who=who(request))
            return {"changes": [outcome_values(outcome) for outcome in outcomes]}
        preview = await self._registry.preview(changes, force=force)
        return {
            "changes": [outcome_values(outcome) for outcome in preview.outcomes],
            "files": await asyncio.to_thread(self._files, preview, request.query.get("diff")),
        }

    def _files(self, preview: Preview, wanted: str | None) -> Files:
        """Whose files change, and how one's do; `wanted` is a device's id, with `account/` before it where it needs one."""
        accounts = {outcome.key[0] for outcome in preview.outcomes}
        try:
            found = impact(self._provisioner, preview.before, preview.after, accounts)
            shown = self._shown(found, preview, wanted, accounts)
            diff = self._diff(preview, shown) if shown is not None else []
        except TemplateBroken as error:
            raise BadRequest(f"what it alters cannot be told, as a template is broken: {error}") from None
        return {
            "devices": [{"account": account, "id": identity} for account, identity in found.devices[:MOST_NAMED]],
            "count": len(found.devices),
            "exact": found.exact,
            "diff": {"account": shown[0], "id": shown[1], "differences": diff} if shown is not None else None,
        }

    def _shown(self, found: Impact, preview: Preview, wanted: str | None, accounts: set[str]) -> tuple[str, str] | None:
        """The device whose difference is shown."""
        if wanted is None:
            return found.devices[0] if found.devices else None
        account, _, identity = wanted.rpartition("/")
        for one in [account] if account else sorted(accounts):
            if preview.before.find(Device, one, identity) is not None:
                return one, identity
        raise NotFound(f"diff={wanted}: there is no device {identity!r} in what this changes")

    def _diff(self, preview: Preview, device: tuple[str, str]) -> list[dict[str, Any]]:
        found: list[Difference] = file_differences(self._provisioner, preview.before, preview.after, *device)
        return [msgspec.to_builtins(one) for one in found]


def outcome_values(outcome: Outcome) -> Changed:
    """An outcome as JSON."""
    account, kind, identity = outcome.key
    differences = [{"field": field, "before": before, "after": after} for field, before, after in outcome.differences]
    return {"account": account, "kind": kind, "id": identity, "action": outcome.action, "differences": differences}


def dry_run(request: web.Request) -> bool:
    """Whether the request only asks what would happen."""
    return is_set(request, "dry_run")


def is_set(request: web.Request, name: str) -> bool:
    """Whether a query parameter says yes."""
    return request.query.get(name, "") in ("1", "true", "yes")
