"""The adapters behind HTTP, below `/proxy/v1/<proxy>`; who may ask is settled before, as for all of the proxy door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from aiohttp import web

from offhook.directory import Directory
from offhook.extension_lines import login, shown_lines
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.mailbox import Mailbox
from offhook.proxy.answers import Answers
from offhook.proxy.authentication import TOKEN
from offhook.proxy.credentials import Credential, credential
from offhook.proxy.fields import fields_of
from offhook.proxy.routing import Routing

from . import asterisk_realtime as realtime
from . import freeswitch
from .freeswitch_dialplan import dialplan

FORM: Final = "application/x-www-form-urlencoded"
"""What every adapter is asked with, whatever it is called in the header."""


class AdapterDoor:
    """What proxies ask that have a form of their own."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        routing: Routing,
        answers: Answers,
        is_locked: Callable[[Device], bool] = lambda device: False,
    ) -> None:
        self._is_locked = is_locked
        self._directory = directory
        self._routing = routing
        self._answers = answers

    def routes(self) -> list[web.RouteDef]:
        """The routes, to be added to the door's own."""
        return [
            web.post("/proxy/v1/freeswitch", self.ask_freeswitch),
            web.post("/proxy/v1/asterisk/{table}/{operation}", self.ask_asterisk),
            web.get("/proxy/v1/asterisk/{table}/static", self.no_static_file),
        ]

    async def ask_freeswitch(self, request: web.Request) -> web.Response:
        """mod_xml_curl: users and dialplan; what is not ours is `not found`, so that FreeSWITCH looks into its files."""
        fields = fields_of(await request.read(), FORM)
        asked = freeswitch.question(fields)
        account = TOKEN.get().account

        async def make() -> bytes:
            assert isinstance(asked, freeswitch.Dialled | freeswitch.Continued)
            ask = self._routing.route if isinstance(asked, freeswitch.Dialled) else self._routing.resume
            plan = await ask(asked.fields, account)
            return dialplan(plan, asked.context, self._realm_of(plan["account"])).encode()

        if asked is None:
            return _xml(freeswitch.not_found().encode())
        if isinstance(asked, freeswitch.Lookup):
            return _xml(self._user(asked, account).encode())
        return _xml(await self._answers.once((account, msgspec.json.encode(asked)), make))

    async def ask_asterisk(self, request: web.Request) -> web.Response:
        """res_config_curl: rows of the tables that Asterisk reads PJSIP and mailboxes from."""
        table, operation = request.match_info["table"], request.match_info["operation"]
        if operation == "require" or operation in realtime.WRITES:
            return web.Response(text=realtime.REQUIRED)
        if operation not in ("single", "multi"):
            raise web.HTTPNotFound
        conditions = fields_of(await request.read(), FORM)
        rows = self._rows(table, conditions, TOKEN.get().account)
        found = (row for row in rows if realtime.fits(row, conditions))
        return web.Response(text=realtime.written_rows([*found][: 1 if operation == "single" else None]))

    async def no_static_file(self, request: web.Request) -> web.Response:
        """Whole configuration files: we have none, so Asterisk takes an empty one."""
        return web.Response(text="")

    def _rows(self, table: str, conditions: dict[str, str], only: str | None) -> Iterator[realtime.Row]:
        """The rows that may fit; those of one id are found without going over the others."""
        if table == realtime.VOICEMAIL:
            yield from self._mailboxes(conditions, only)
        make = realtime.MEMBERS.get(table)
        if make is None:
            return
        wanted = realtime.wanted_id(conditions)
        logins = [wanted] if wanted is not None else self._logins(only) if "id" not in conditions else ()
        for username, realm in logins:
            found = self._credential(realm, username, only)
            if found is not None:
                yield make(realtime.Member(found, realm, self._boxes_of(found, realm)))

    def _logins(self, only: str | None) -> Iterator[tuple[str, str]]:
        """Every line of every device: user name and realm, in order."""
        directory = self._directory()
        for entry in sorted(directory.all("devices"), key=lambda entry: entry.key):
            account = directory.find(Account, entry.key[0], entry.key[0])
            device = directory.find(Device, entry.key[0], entry.key[2])
            if account is None or device is None or device.sip is None or only not in (None, account.id):
                continue
            for line in range(1, len(shown_lines(directory, device)) + 1):
                yield login(device, line), account.realm

    def _boxes_of(self, found: Credential, realm: str) -> tuple[str, ...]:
        directory, account = self._directory(), self._account(realm, None)
        device = directory.find(Device, account.id, found.device) if account is not None else None
        if account is None or device is None or device.owner is None:
            return ()
        boxes = (
            directory.find(Mailbox, account.id, box) for box in directory.owned(account.id, device.owner, "mailboxes")
        )
        return tuple(sorted(box.number for box in boxes if box is not None))

    def _mailboxes(self, conditions: dict[str, str], only: str | None) -> Iterator[realtime.Row]:
        realm, number = conditions.get("context", ""), conditions.get("mailbox", "")
        found = self._mailbox(realm, number, only)
        if found is not None:
            yield realtime.mailbox(found, realm)

    def _user(self, asked: freeswitch.Lookup, only: str | None) -> str:
        found = self._credential(asked.realm, asked.username, only)
        mailbox = None if asked.registering else self._mailbox(asked.realm, asked.username, only)
        if found is None and mailbox is None:
            return freeswitch.not_found()
        return freeswitch.found_user(asked.realm, asked.username, found, mailbox)

    def _credential(self, realm: str, username: str, only: str | None) -> Credential | None:
        if self._account(realm, only) is None:
            return None
        return credential(self._directory(), realm, username, self._is_locked)

    def _mailbox(self, realm: str, number: str, only: str | None) -> Mailbox | None:
        directory, account = self._directory(), self._account(realm, only)
        holders = directory.holders("mailbox_number", (account.id, number)) if account is not None else ()
        return directory.find(Mailbox, holders[0][0], holders[0][2]) if holders else None

    def _account(self, realm: str, only: str | None) -> Account | None:
        """The account of a realm, where a token may see it."""
        account = self._directory().account_of_realm(realm.lower())
        seen = account is not None and account.enabled and only in (None, account.id)
        return account if seen else None

    def _realm_of(self, account: str | None) -> str:
        found = self._directory().find(Account, account or "", account)
        return found.realm if found is not None else "invalid"


def _xml(text: bytes) -> web.Response:
    return web.Response(body=text, content_type="text/xml", charset="utf-8")
