"""The composition root: every part of a running offhook, and how they are joined. Read it from top to bottom."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from offhook import resources
from offhook.admin.api import AdminApi, Parts
from offhook.admin.ledger import Ledger
from offhook.admin.listener import AdminListener
from offhook.admin.office import OfficeFile
from offhook.admin.offices import apply_office
from offhook.admin.rotation import Rotation
from offhook.admin.tampered import Tampered
from offhook.bind import ListenRefused
from offhook.callflow.check import check_callflow
from offhook.callflow.memory import Exchange
from offhook.callflow.rehearsal import newly_broken
from offhook.change import Outcome
from offhook.config import Config, ConfigRefused, address
from offhook.directory import Directory
from offhook.doors import allowed_outbound, boot_doors, url_of, webhooks
from offhook.gatehouse import Gatehouse
from offhook.listeners.desk import Desk
from offhook.listeners.http import HttpListener
from offhook.listeners.tftp.listener import TftpListener
from offhook.listeners.tls.context import TlsRefused
from offhook.meters import Meters
from offhook.model.callflow import Callflow
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.problem import Problem, Refused
from offhook.observer import Observer
from offhook.provisioning.catalogue import Catalogue
from offhook.provisioning.firmware import FirmwareShelf
from offhook.provisioning.guard.networks import is_inside
from offhook.provisioning.inspection import folder_state
from offhook.provisioning.profiles import ProfileBroken, load_profiles
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.render import Renderer, TemplateBroken
from offhook.provisioning.request import BootEvent
from offhook.provisioning.story import Story
from offhook.provisioning.tones import TonesBroken, load_tones
from offhook.provisioning.uploads import Uploads
from offhook.proxy.adapters.agi_door import AgiListener
from offhook.proxy.errands import Errands
from offhook.proxy.listener import ProxyDoor, ProxyListener
from offhook.proxy.notify import Notifier
from offhook.proxy.presence import Presence
from offhook.proxy.revocations import Revocations
from offhook.proxy.routing import Routing
from offhook.registry import Registry
from offhook.secrets.keptkey import kept_key
from offhook.secrets.keyfile import KeyFile, KeyFileRefused
from offhook.secrets.peoplebook import PeopleBook, PeopleBookRefused
from offhook.secrets.privatefile import PrivateFileRefused
from offhook.secrets.tokenbook import TokenBook, TokenBookRefused
from offhook.secrets.tokens import AdminTokenRefused, ensure_admin_token
from offhook.secrets.vault import SealBroken, Vault, VaultLocked
from offhook.store.audit import Audit
from offhook.store.base import Change, StoreDamaged, StoreLocked, StoreUnavailable
from offhook.store.given import GivenFiles
from offhook.store.history import History
from offhook.store.stream import EventStream
from offhook.store.tinydb import TinyDBStore

log = logging.getLogger(__name__)

REFUSALS = (
    ConfigRefused, KeyFileRefused, ListenRefused, PeopleBookRefused, PrivateFileRefused, ProfileBroken, Refused,
    StoreDamaged, StoreLocked, StoreUnavailable, TemplateBroken, TlsRefused, AdminTokenRefused, TokenBookRefused, TonesBroken,
    VaultLocked,
)  # fmt: skip
"""Why a server may not start; each says in its message what is wrong and how to mend it."""

SECONDS_TO_2026 = 1_767_225_600
"""From the epoch; what proxies are told is counted from there, as some of them count in 32 bits."""

TEMPLATES_LOOKED_AT = 2.0
"""Seconds between two looks at an admin's own templates."""

Listener = HttpListener | TftpListener | AdminListener | ProxyListener | AgiListener


class Server:
    """A running server."""

    def __init__(self, config: Config, data: Path) -> None:
        self.data = data
        self._config = config

        # What vendors' phones are like: data, read once.
        profiles = load_profiles(resources.profile_folders(data))
        templates = resources.template_folders(data)
        renderer = _renderer(templates)
        tones = load_tones(
            next(
                path
                for folder in reversed(resources.profile_folders(data))
                if (path := folder / "tones.toml").is_file()
            )
        )
        catalogue = Catalogue(profiles)

        # What is: documents on disk, sealed, and the directory that is made of them.
        key_file = Path(config.secrets.key_file) if config.secrets.key_file else data / "keys" / "master.key"
        store_folder = data / "store"
        self._meters = Meters()
        self._observer = Observer(self._meters)
        self._store = TinyDBStore(store_folder, took=self._meters.commit_seconds.took)
        keys = KeyFile.open(key_file, data_exists=store_folder.exists() and any(store_folder.glob("*.json*")))
        self._audit = Audit(data / "audit", kept_key(data / "keys" / "audit.key"))
        self._ledger = Ledger(self._audit)
        self._tampered = Tampered(self._ledger)
        vault = Vault(keys, broken=self._tampered.told)
        exchange = Exchange(kept_key(data / "keys" / "cursor.key"), profiles.accounts)
        self._history = History(data / "history" / "revisions.sqlite")
        self.registry = Registry(
            self._store,
            vault,
            checks=(*catalogue.checks(), _check_callflow),
            is_secret=catalogue.is_secret,
            recorded=self._recorded,
            rehearsal=lambda before, after, account: newly_broken(before, after, account, exchange, time.time()),
        )

        # Who asks: phones at the desk, admins and SIP proxies at their doors.
        self.story = Story()
        self._stream = EventStream(data / "events", "boots", BootEvent)
        shelf = FirmwareShelf(data / "firmware")
        uploads = Uploads(data / "uploads", vault.seal, vault.open)
        self._revocations = Revocations(self._directory, max(0, int(time.time()) - SECONDS_TO_2026))
        self._gatehouse = Gatehouse(config, data, profiles, self._revocations.barred)
        guard, settled = self._gatehouse.guard, self._gatehouse.enrolments
        public_url = config.boot.public_url or None
        self._provisioner = Provisioner(profiles, renderer, tones, shelf, uploads, guard, public_url)
        self._given = GivenFiles(data / "history" / "given.sqlite", vault.seal, vault.open)
        self._rotation = Rotation(self.registry, vault, self._history, self._given, uploads)
        rendered = self._meters.render_seconds.took
        desk = Desk(self._directory, self._provisioner, self.story, self._given, settled, rendered)
        self.token_file = data / "admin.token"
        tokens = TokenBook(data / "tokens.json")
        self._presence = Presence()
        outbound = allowed_outbound(config)
        self._webhooks = webhooks(config, data, outbound)
        self._errands = Errands(self.registry, outbound)
        routing = Routing(self._directory, exchange, self._errands.run)
        proxy = ProxyDoor(
            self._directory, routing, self._presence, self._revocations, tokens, config.proxy.rate, self._meters,
            guard.roll.is_locked,
        )  # fmt: skip
        notify = address(config.proxy.notify, "proxy.notify")
        self._notifier = Notifier(notify) if notify else None
        admin = AdminApi(
            Parts(
                registry=self.registry,
                history=self._history,
                given=self._given,
                audit=self._audit,
                ledger=self._ledger,
                exchange=exchange,
                provisioner=self._provisioner,
                story=self.story,
                admin=ensure_admin_token(self.token_file),
                tokens=tokens,
                people=PeopleBook(data / "admins.json"),
                authorities=self._gatehouse.authorities,
                believe=self._gatehouse.believe,
                settled=settled.settled,
                online=lambda aor: self._presence.told(aor, time.time()),
                notify=self._notifier.notify if self._notifier else None,
                data=data,
                rotation=self._rotation,
                stored=self._store.of_kind,
                meters=self._meters,
                online_lines=lambda: self._presence.count(time.time()),
                ready=self._missing,
                open_metrics=config.admin.open_metrics,
                templates=templates,
            )
        )
        self.listeners = dict(
            self._listeners(desk, admin, proxy, lambda at: AgiListener(self._directory, routing, tokens, at))
        )

    def _directory(self) -> Directory:
        return self.registry.directory

    def _recorded(self, changes: Sequence[Change], outcomes: Sequence[Outcome], who: str) -> asyncio.Future[None]:
        """A change is durable and published: write it down, and let proxies forget what it revokes."""
        self._history.record(changes, who, time.time())
        self._observer.changed(outcomes, who)
        self._revocations.note((change.account, change.kind, change.id) for change in changes)
        for change in changes:
            if change.kind == "devices":
                device = self._directory().find(Device, change.account, change.id)
                self._gatehouse.guard.roll.changed((change.account, change.id), device, time.time())
            if change.kind == "devices" and change.body is None:
                self._given.forget(change.account, change.id)
        return asyncio.ensure_future(self._ledger.changed(outcomes, who))

    def _listeners(
        self, desk: Desk, admin: AdminApi, proxy: ProxyDoor, agi: Callable[[tuple[str, int]], AgiListener]
    ) -> list[tuple[str, Listener]]:
        """The doors of this server by name, those that are switched on."""
        config = self._config
        try:
            is_inside("127.0.0.1", config.trust.proxies)
        except ValueError as error:
            raise ConfigRefused(f"[trust] proxies: {error}: write networks such as 10.0.0.7/32") from None
        doors: list[tuple[str, Listener]] = [*boot_doors(config, desk, self._gatehouse.prover, self._gatehouse.live)]
        if tftp := address(config.tftp.listen, "tftp.listen"):
            doors.append(("tftp", TftpListener(desk, tftp, self._meters)))
        if listen := address(config.admin.listen, "admin.listen"):
            doors.append(("admin", AdminListener(admin, listen)))
        if listen := address(config.proxy.listen, "proxy.listen"):
            doors.append(("proxy", ProxyListener(proxy, listen)))
        if listen := address(config.proxy.agi, "proxy.agi"):
            doors.append(("agi", agi(listen)))
        return doors

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load everything, open the doors; close them and the store at the end."""
        async with contextlib.AsyncExitStack() as stack:
            self._audit.open(time.time())
            stack.callback(self._audit.close)
            self._tampered.start()
            stack.push_async_callback(self._tampered.stop)
            stack.callback(self._history.close)
            stack.callback(self._given.close)
            stack.push_async_callback(self._store.close)
            stack.push_async_callback(self._errands.close)
            stack.push_async_callback(self._rotation.close)
            if self._notifier is not None:
                stack.callback(self._notifier.close)
            gc.disable()  # loading makes many objects that all stay: looking for garbage among them is lost time
            await self.registry.open()
            self._revocations.begin()
            devices = ((entry.key[0], entry.key[2]) for entry in self.registry.directory.all("devices"))
            await stack.enter_async_context(self._gatehouse.kept(devices))
            gc.enable()
            gc.collect()
            gc.freeze()
            for event in self._stream.last():
                self.story.remember(event)
                if self._webhooks is not None:
                    self._webhooks.remember(event)
            self.story.listen(self._stream.add)
            self.story.listen(self._observer.booted)
            if self._webhooks is not None:
                self._webhooks.start()
                self.story.listen(self._webhooks.booted)
                stack.push_async_callback(self._webhooks.close)
            stack.push_async_callback(self._stream.close)
            self._stream.start()
            for listener in self.listeners.values():
                await listener.start()
                stack.push_async_callback(listener.stop)
            watching = asyncio.create_task(self._watch_templates())
            stack.callback(watching.cancel)
            looking = asyncio.create_task(self._gatehouse.watch())
            stack.callback(looking.cancel)
            (self.data / "admin.url").write_text(self.addresses().get("admin", "") + "\n", encoding="ascii")
            yield

    async def _watch_templates(self) -> None:
        """Take up what an admin changes in their own templates, without a restart."""
        folders = resources.template_folders(self.data)
        known = await asyncio.to_thread(folder_state, folders[0])
        while True:
            await asyncio.sleep(TEMPLATES_LOOKED_AT)
            state = await asyncio.to_thread(folder_state, folders[0])
            if state != known:
                known = state
                self._provisioner.use(await asyncio.to_thread(_renderer, folders))
                log.info("the templates in %s have changed and are used from now on", folders[0])

    async def _missing(self) -> dict[str, str]:
        """What phones, proxies or admins miss: part → why."""
        closed = {name: "it does not listen" for name, listener in self.listeners.items() if not listener.port}
        fault = await self._store.missing()
        return closed if fault is None else {**closed, "store": fault}

    def addresses(self) -> dict[str, str]:
        """The address of each open door as a URL; doors on all addresses are shown with one that phones can reach."""
        schemes = {"tftp": "tftp", "agi": "agi", "boot.https": "https", "boot.mtls": "https", "boot.legacy": "https"}
        return {
            name: url_of(schemes.get(name, "http"), listener.host, listener.port)
            for name, listener in self.listeners.items()
        }

    def example(self) -> str | None:
        """A command that fetches the config of the first device that has one."""
        http = self.listeners.get("boot.http")
        device = None
        for entry in self.registry.directory.all("devices"):
            with contextlib.suppress(SealBroken):
                device = self.registry.directory.find(Device, entry.key[0], entry.key[2])
            names = self._provisioner.config_names(device) if device is not None else []
            if http is not None and names:
                return f"curl http://127.0.0.1:{http.port}/{names[0]}"
        return None

    async def load_office(self, office: OfficeFile) -> None:
        """Apply an office file, as a first start with a demo does."""
        await apply_office(self.registry, office)

    def is_empty(self) -> bool:
        """Whether there is not one document yet."""
        return not self.registry.directory.accounts()


def _check_callflow(directory: Directory, document: Document) -> Iterator[Problem]:
    if isinstance(document, Callflow):
        yield from check_callflow(directory, document)


def _renderer(folders: Sequence[Path]) -> Renderer:
    """All templates, compiled; what is wrong with one is logged, and its phones are asked to come again."""
    renderer = Renderer(folders)
    for broken in renderer.preload():
        log.error("%s: phones keep what they have, or are asked to come again, until it is mended", broken)
    return renderer


async def serve(config: Config, data: Path, *, office: OfficeFile | None, ready: Callable[[Server], None]) -> None:
    """Run a server until SIGINT or SIGTERM; `office` is loaded when there is no document yet; `ready` is told then."""
    server = Server(config, data)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server.running():
        if office is not None and server.is_empty():
            await server.load_office(office)
        ready(server)
        await stop.wait()
        log.info("stopping")
