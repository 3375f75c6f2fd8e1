"""Keys over REST: which there are and what each is needed for, new ones, and an end to old ones."""

from __future__ import annotations

import json
from typing import Final, TypedDict

from aiohttp import web

from offhook.model.problem import NotFound, did_you_mean
from offhook.registry import Registry

from .ledger import Ledger
from .principal import who
from .rotation import Rotation
from .route import Answer, Parameter, Route

ONLY: Final = Parameter("account", "Only this account's data key, and no master key.")


class MasterKeyShown(TypedDict):
    """A key of the key file."""

    id: str
    wraps: int
    """Data keys."""
    newest: bool


class DataKeyShown(TypedDict):
    """A data key of an account."""

    account: str
    id: str
    number: int
    seals: int
    """Texts: in documents, earlier revisions, and files that phones were given or have sent."""
    newest: bool


class Standing(TypedDict):
    """Where the keys stand."""

    key_file: str
    master_keys: list[MasterKeyShown]
    data_keys: list[DataKeyShown]
    under_way: bool
    """Whether something is being sealed anew."""
    renewed: int
    """What this rotation, or the last since the start, has sealed anew."""
    problem: str | None
    """Why it stopped before its end."""
    broken: list[str]
    """What it could not open."""
    retirable: list[str]
    """The keys that nothing needs any more."""


class Begun(TypedDict):
    """That a rotation is under way."""

    under_way: bool


class Retired(TypedDict):
    """What was taken away."""

    retired: list[str]


class KeyRoutes:
    """`/api/v1/keys`."""

    def __init__(self, registry: Registry, rotation: Rotation, ledger: Ledger) -> None:
        self._registry = registry
        self._rotation = rotation
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of keys."""
        return [
            Route(
                method="GET", path="/api/v1/keys", handler=self.standing, right="people",
                gives={200: Answer("All keys, and what each is needed for.", Standing)},
            ),
            Route(
                method="POST", path="/api/v1/keys/rotate", handler=self.rotate, right="people", query=(ONLY,),
                gives={202: Answer("It has begun: `GET /api/v1/keys` tells how far it is.", Begun)},
            ),
            Route(
                method="POST", path="/api/v1/keys/retire", handler=self.retire, right="people",
                gives={200: Answer("What was taken away.", Retired)},
            ),
        ]  # fmt: skip

    async def standing(self, request: web.Request) -> web.Response:
        """Which keys there are, and what each is needed for."""
        rotation = self._rotation
        counts, keys, file = await rotation.counts(), rotation.keys(), rotation.vault.key_file
        data_keys: list[DataKeyShown] = [
            {
                "account": one.key.account,
                "id": one.key.id,
                "number": one.key.number,
                "seals": counts[one.key.account, one.key.id],
                "newest": one.key.id == rotation.vault.newest(one.key.account),
            }
            for one in keys
        ]
        master_keys: list[MasterKeyShown] = [
            {"id": key.id, "wraps": sum(one.key.master_key_id == key.id for one in keys), "newest": not number}
            for number, key in enumerate(file.keys)
        ]
        values: Standing = {
            "key_file": str(file.path),
            "master_keys": master_keys,
            "data_keys": data_keys,
            "under_way": rotation.is_under_way,
            "renewed": rotation.renewed,
            "problem": rotation.problem,
            "broken": list(rotation.broken),
            "retirable": [
                *(f"data key {one['id']} of account {one['account']}" for one in data_keys if _is_idle(one)),
                *(f"master key {one['id']}" for one in master_keys if not one["newest"] and not one["wraps"]),
            ],
        }
        return _json(values)

    async def rotate(self, request: web.Request) -> web.Response:
        """New keys for everything, or for one account; what is sealed is sealed anew while phones are served."""
        account = request.query.get("account")
        known = self._registry.directory.accounts()
        if account is not None and account not in known:
            raise NotFound(f"there is no account {account!r}{did_you_mean(account, known)}")
        await self._ledger.note(
            who(request), "rotated", f"keys of account {account}" if account else "all keys", account
        )
        self._rotation.begin(account)
        return _json({"under_way": True}, 202)

    async def retire(self, request: web.Request) -> web.Response:
        """Take away the keys that nothing needs any more; backups that were made with them need them yet."""
        await self._ledger.note(who(request), "retired", "keys that nothing needs")
        return _json({"retired": await self._rotation.retire()})


def _is_idle(one: DataKeyShown) -> bool:
    return not one["newest"] and not one["seals"]


def _json(values: object, status: int = 200) -> web.Response:
    text = json.dumps(values, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json")
