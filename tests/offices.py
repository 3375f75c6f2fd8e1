"""Offices made from the text of an office file: a directory in memory, and the provisioner that answers from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from offhook import resources
from offhook.admin.office import OfficeFile
from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.kind import kind_of, make_document, public_values
from offhook.model.secret import Secret
from offhook.provisioning.certificate.proof import Proven, Unproven
from offhook.provisioning.firmware import FirmwareShelf
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.guard.logins import Logins
from offhook.provisioning.guard.roll import Roll
from offhook.provisioning.profiles import Profiles, load_profiles
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.render import Renderer
from offhook.provisioning.request import BootAnswer, BootEvent, BootRequest, Transport
from offhook.provisioning.tones import load_tones
from offhook.provisioning.uploads import Uploads

NOW = 1_790_000_000.0


@cache
def all_profiles() -> Profiles:
    """Every vendor's profile, read once."""
    return load_profiles(resources.profile_folders(None))


@cache
def all_templates() -> Renderer:
    """Every template, compiled once."""
    return Renderer(resources.template_folders(None))


def entry_of(document: Document, rev: int = 1) -> Entry:
    """A document as the directory keeps it; secrets stay in clear, there is no vault here."""
    document = msgspec.structs.replace(document, rev=rev)
    key = (document.account, kind_of(document), document.id)
    return Entry(key, rev, msgspec.json.encode(public_values(document, reveal=True)))


def read_clear(kind: str, body: bytes) -> Document:
    """Opens what `entry_of` wrote."""
    return make_document(kind, msgspec.json.decode(body), "")


def directory_of(documents: Sequence[Document]) -> Directory:
    """A directory of some documents."""
    entries = [entry_of(document) for document in documents]
    return Directory.empty(Documents(read_clear)).changed(1, [(entry.key, entry) for entry in entries])


class Office:
    """A directory, and phones that ask; every device has been added a minute ago, so that its window is open."""

    def __init__(
        self, directory: Directory, public_url: str | None = "http://boot.example", firmware: Path | None = None
    ) -> None:
        self.directory = directory
        tones = load_tones(resources.profile_folders(None)[-1] / "tones.toml")
        self.uploads = Uploads(Path("no-uploads"), lambda *given: given[-1].reveal(), lambda *given: Secret(given[-1]))
        self.shelf = FirmwareShelf(firmware or Path("no-firmware"))
        self.guard = Guard(Roll(b"tests" * 8, bytes, lambda *_: None), lambda *_: None, Logins(b"nonce" * 7))
        self.guard.roll.begin(((entry.key[0], entry.key[2]) for entry in directory.all("devices")), NOW - 60)
        self.provisioner = Provisioner(
            all_profiles(), all_templates(), tones, self.shelf, self.uploads, self.guard, public_url
        )

    def ask(
        self,
        path: str,
        user_agent: str | None = None,
        *,
        query: str = "",
        transport: Transport = "http",
        peer: str = "10.0.0.9",
        certificate: Proven | Unproven | None = None,
    ) -> tuple[BootAnswer, BootEvent]:
        """What a phone gets, and the event of it."""
        request = BootRequest(
            listener=transport,
            transport=transport,
            path=path,
            query=query,
            user_agent=user_agent,
            peer=peer,
            now=NOW,
            certificate=certificate,
        )
        return self.provisioner.answer(self.directory, request)

    def home(self, identity: str, account: str = "default") -> str:
        """The URL of its own that a device's config tells it, ending in `/`; it has fetched it once."""
        device = self.directory.find(Device, account, identity)
        assert device is not None and device.mac is not None
        token = self.guard.roll.told(self.guard.roll.enrolment(device))
        assert token is not None, f"{identity} has not asked for its config"
        return f"http://boot.example/t/{token}/"

    def change(self, *documents: Document) -> None:
        """Save documents, as the registry would."""
        changes = []
        for document in documents:
            before = self.directory.entry(document.account, kind_of(document), document.id)
            entry = entry_of(document, before.rev + 1 if before else 1)
            changes.append((entry.key, entry))
            if isinstance(document, Device):
                self.guard.roll.changed((document.account, document.id), document, NOW - 60)
        self.directory = self.directory.changed(self.directory.revision + 1, changes)


def office_of(text: str, **settings: Any) -> Office:
    """An office from the text of an office file."""
    documents = [document for _, document in OfficeFile(text, "office.yaml").documents()]
    return Office(directory_of(documents), **settings)
