"""Making files: an order for one file of one phone becomes what is rendered, or what is said about it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device

from .book import Book, Question, account_book, found, page_of
from .envelope import encryption_faults, encryption_notes, envelope_of
from .guard.login import Login
from .phone import Firmware
from .profile import Profile
from .profile_file import FileRule
from .render import Rendered, Renderer
from .resolve import Resolution, resolve_common, resolve_phone
from .tones import TonePlan


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One file to be made; two orders with the same `key` are for the same file."""

    profile: Profile
    rule: FileRule
    account: str | None
    """Whose settings it shows; None: it is not known."""
    device: str | None
    """The device's id, which the file is of."""
    model: str | None
    generation: str | None
    root_url: str
    """Where phones find us, ending in `/`; empty when nobody said."""
    scoped: bool
    """Whether the phone asked below `/p/<account>/`, and is to go on doing so."""
    token: str | None = None
    """The device's own, which the phone is to come back with."""
    login: Login | None = None
    """The credentials that it is told to come back with."""
    firmware: Firmware | None = None
    question: Question | None = None
    """What is asked of the phone book."""

    @property
    def base_url(self) -> str:
        """Where the phone is to ask, ending in `/`."""
        if self.token is not None and self.root_url:
            return f"{self.root_url}t/{self.token}/"
        return self.account_url if self.scoped else self.root_url

    @property
    def account_url(self) -> str:
        """Where the account's own files are, ending in `/`; empty when nobody said where phones find us."""
        return f"{self.root_url}p/{self.account}/" if self.root_url and self.account else ""

    @property
    def firmware_url(self) -> str:
        """Below which firmware is, ending in `/`: where the phone asks, as some can only be told of files below it."""
        return self.base_url if self.token is not None else self.root_url

    @property
    def book_url(self) -> str:
        """Where the phone book is, ending in `/`: a device's token opens it from everywhere."""
        return self.base_url if self.token is not None else self.account_url

    @property
    def key(self) -> Hashable:
        """What tells one order from another."""
        return (
            self.profile.family,
            self.rule.name,
            self.account,
            self.device,
            self.model,
            self.generation,
            self.base_url,
            self.login,
            self.firmware,
            self.question,
        )


class Made(msgspec.Struct, frozen=True):
    """One file as it goes out."""

    body: bytes
    content_encoding: str = ""
    """What HTTP says of a body that is encrypted in a way of HTTP's own; else empty."""


class Explanation(msgspec.Struct, frozen=True):
    """How a device's files come to be."""

    resolution: Resolution
    files: dict[str, Rendered]
    """File name in the profile → what it holds."""
    faults: tuple[str, ...] = ()
    """Why the phone is refused its files, in words for the admin; also among the resolution's notes."""


class FileMaker:
    """Makes what is ordered from a directory."""

    def __init__(self, renderer: Renderer, tones: Mapping[str, TonePlan]) -> None:
        self._renderer: Final = renderer
        self._tones: Final = tones

    def make(self, directory: Directory, order: Order) -> Made:
        """A file as it goes out; raises `TemplateBroken` or `KeyRefused`. What it depends on is read from `directory`."""
        device = directory.find(Device, order.account, order.device) if order.account is not None else None
        if order.rule.kind == "device":
            assert device is not None
            resolution = self.resolve(directory, device, order)
            body = self._renderer.render(order.profile, order.rule, resolution.phone).body
            envelope = envelope_of(order.profile, order.rule, resolution.layers)
            return Made(envelope.close(body), envelope.format.content_encoding) if envelope is not None else Made(body)
        account = directory.find(Account, order.account, order.account) if order.account is not None else None
        common = resolve_common(
            account,
            order.profile,
            self._tones,
            model=order.model,
            generation=order.generation,
            mac=device.mac if device is not None and "{mac}" in order.rule.path else None,
            base_url=order.base_url,
            login=order.login,
            firmware=order.firmware,
        )
        book = self._book(directory, account, order) if account is not None else None
        return Made(self._renderer.render(order.profile, order.rule, common, book).body)

    def explain(self, directory: Directory, device: Device, order: Order) -> Explanation:
        """How all of a device's own files come to be; `order` is for any one of them."""
        resolution = self.resolve(directory, device, order)
        profile = order.profile
        files = {
            rule.name: self._renderer.render(profile, rule, resolution.phone)
            for rule in profile.file.files
            if rule.kind == "device" and (not rule.generations or order.generation in rule.generations)
        }
        faults = tuple(encryption_faults(profile, resolution.layers))
        for note in (*faults, *encryption_notes(profile, resolution.layers)):
            resolution = resolution.noting(note)
        return Explanation(resolution, files, faults)

    def resolve(self, directory: Directory, device: Device, order: Order) -> Resolution:
        """What the templates of a device's own files are given."""
        book = order.profile.file.phone_book
        return resolve_phone(
            directory,
            device,
            order.profile,
            self._tones,
            model=order.model,
            generation=order.generation,
            base_url=order.base_url,
            book_url=order.book_url + book.url if book is not None and order.book_url else None,
            login=order.login,
            firmware=order.firmware,
        )

    def _book(self, directory: Directory, account: Account, order: Order) -> Book | None:
        rule = order.profile.file.phone_book
        if rule is None or order.question is None:
            return None
        entries = found(account_book(directory, account.id), order.question.term)
        url = order.book_url + rule.url.partition("?")[0] if order.book_url else ""
        return page_of(account.name or account.id, entries, rule, order.question, url)
