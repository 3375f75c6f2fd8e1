"""What the guard costs: a boot request's way with it, as a ratio to the same request whose file is rendered and kept.

    python bench/guard.py

The rounds of both alternate, so that a machine that is busy with something else is so for both.
"""

from __future__ import annotations

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable

import msgspec

from offhook import resources
from offhook.admin.office import OfficeFile
from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.model.document import Document
from offhook.model.kind import kind_of, make_document, public_values
from offhook.model.secret import Secret
from offhook.provisioning.firmware import FirmwareShelf
from offhook.provisioning.guard.caller import Asking
from offhook.provisioning.guard.enrolment import Enrolment
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.guard.logins import Logins
from offhook.provisioning.guard.roll import Roll
from offhook.provisioning.guard.tokens import Issued
from offhook.provisioning.profiles import load_profiles
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.render import Renderer
from offhook.provisioning.request import BootRequest
from offhook.provisioning.tones import load_tones
from offhook.provisioning.uploads import Uploads

PHONES = 2000
ROUNDS = 15
ENROLLED = 100_000


def mac(number: int) -> str:
    return f"001565{number:06x}"


def office() -> Directory:
    devices = "".join(
        f"  - {{id: d{number}, mac: {mac(number)}, model: yealink/T46S, sip: {{username: d{number}, password: p}}}}\n"
        for number in range(PHONES)
    )
    text = f"accounts: [{{id: default, realm: bench.example}}]\ndevices:\n{devices}"
    documents = [document for _, document in OfficeFile(text, "bench.yaml").documents()]

    def entry(document: Document) -> Entry:
        values = public_values(document, reveal=True)
        return Entry((document.account, kind_of(document), document.id), 1, msgspec.json.encode(values))

    made = [entry(document) for document in documents]
    empty = Directory.empty(Documents(lambda kind, body: make_document(kind, msgspec.json.decode(body), "")))
    return empty.changed(1, [(one.key, one) for one in made])


def microseconds(ask: Callable[[int], object]) -> float:
    """Of one phone, asked of all of them."""
    begun = time.perf_counter()
    for number in range(PHONES):
        ask(number)
    return (time.perf_counter() - begun) / PHONES * 1e6


def main() -> None:
    """Print the table."""
    directory, folder = office(), resources.profile_folders(None)[-1]
    none = folder / "none"
    guard = Guard(Roll(bytes(32), os.urandom, lambda *_: None), lambda *_: None, Logins(os.urandom(32)))
    guard.roll.begin(((entry.key[0], entry.key[2]) for entry in directory.all("devices")), 0.0)
    provisioner = Provisioner(
        load_profiles([folder]),
        Renderer(resources.template_folders(None)),
        load_tones(folder / "tones.toml"),
        FirmwareShelf(none),
        Uploads(none, lambda *given: given[-1].reveal(), lambda *given: Secret(given[-1])),
        guard,
        "http://boot.example",
    )

    def request(path: str, peer: str) -> BootRequest:
        return BootRequest(listener="x", transport="http", path=path, peer=peer, now=1.0)

    def peer(number: int) -> str:
        return f"10.0.{number // 250}.{number % 250}"

    plain = [request(f"/{mac(number)}.cfg", peer(number)) for number in range(PHONES)]
    for one in plain:
        provisioner.answer(directory, one)
    devices = [directory.device_of_mac(mac(number)) for number in range(PHONES)]
    tokens = [guard.roll.told(guard.roll.enrolment(device)) for device in devices if device is not None]
    strange = [
        request(f"/0004f2{number * 4099 % 2**24:06x}.cfg", f"10.9.{number // 250}.{number % 250}")
        for number in range(PHONES)
    ]
    ours = [request(f"/t/{token}/{mac(number)}.cfg", peer(number)) for number, token in enumerate(tokens)]

    def weigh(number: int, token: str | None) -> object:
        asking = Asking(peer=peer(number), transport="http", now=1.0, token=token, mac=mac(number))
        caller = guard.caller(directory, asking)
        return guard.secrets(caller)

    ways: dict[str, Callable[[int], object]] = {
        "whole answer, with its token": lambda number: provisioner.answer(directory, ours[number]),
        "guard alone, with its token": lambda number: weigh(number, tokens[number]),
        "whole refusal, unknown MAC": lambda number: provisioner.answer(directory, strange[number]),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    window = [microseconds(lambda number: provisioner.answer(directory, plain[number])) for _ in range(3)]
    for _ in range(ROUNDS):
        for name, ask in ways.items():
            times[name].append(microseconds(ask))
    whole, alone = times["whole answer, with its token"], times["guard alone, with its token"]
    ratios = [one / (one - other) for one, other in zip(whole, alone, strict=True)]
    print(f"{'whole answer, in its window':<32}{statistics.median(window):>8.1f} µs")
    for name, taken in times.items():
        print(f"{name:<32}{statistics.median(taken):>8.1f} µs")
    print(f"with the guard / without it     {statistics.median(ratios):>8.2f} ×")
    print(f"{ENROLLED:,} enrolled devices{memory():>18.1f} MB")


def memory() -> float:
    """Megabytes that enrolments take."""
    tracemalloc.start()
    roll = Roll(bytes(32), os.urandom, lambda *_: None)
    roll.load(
        Enrolment(
            account="default", device=f"device-{number}", mac=mac(number), stage="enrolled", opened=1.7e9 + number,
            steady=(Issued(os.urandom(16), os.urandom(16)),), address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        )
        for number in range(ENROLLED)
    )  # fmt: skip
    taken = tracemalloc.get_traced_memory()[0] / 1_000_000
    tracemalloc.stop()
    return taken


if __name__ == "__main__":
    main()
