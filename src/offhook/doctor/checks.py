"""What can be seen of a server from its data folder and its settings, whether it runs or not: one function a check."""

from __future__ import annotations

import contextlib
import email.utils
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from offhook.config import ConfigRefused, address
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.privatefile import PrivateFileRefused

from .certificates import authorities, certificate
from .finding import Finding, Verdict
from .patient import Check, Patient

LITTLE: Final = 1_000_000_000
"""Bytes free below which there is a warning."""
TOO_LITTLE: Final = 100_000_000
WRITTEN: Final = 2026
"""The year in which this was written: no clock is earlier."""
SKEW: Final = 5.0
"""Seconds."""


def key_file(patient: Patient) -> Iterator[Finding]:
    """The master keys: without them all secrets are lost."""
    path = Path(patient.config.secrets.key_file or patient.data / "keys" / "master.key")
    if not path.exists():
        yield Finding(
            "key file",
            "fail",
            "is missing",
            str(path),
            "restore it from its copy, or set [secrets] key_file to where it is",
        )
        return
    try:
        keys = KeyFile.open(path, data_exists=True).keys
    except PrivateFileRefused as error:
        yield Finding("key file", "fail", error.what, str(path), error.mend)
        return
    inside = path.resolve().is_relative_to(patient.data.resolve())
    words = f"holds {len(keys)} key{'s' if len(keys) > 1 else ''}"
    yield Finding("key file", "ok", f"{words}; who copies the data folder has it, too" if inside else words, str(path))


def permissions(patient: Patient) -> Iterator[Finding]:
    """Nobody else may read what is private."""
    for name in (
        "",
        "admin.token",
        "tokens.json",
        "admins.json",
        "authorities.json",
        "keys",
        "store",
        "history",
        "audit",
    ):
        path = patient.data / name
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            worst: Verdict = "fail" if name and mode & 0o044 else "warn"
            yield Finding("permissions", worst, f"others may open it ({mode:o})", str(path), f"chmod go= {path}")
    if not patient.data.is_dir():
        yield Finding(
            "permissions", "fail", "there is no such folder", str(patient.data), "name the data folder with --data"
        )


def clock(patient: Patient) -> Iterator[Finding]:
    """Phones check certificates, cursors run out, schedules open and close by it."""
    year = datetime.fromtimestamp(patient.now, UTC).year
    if year < WRITTEN:
        yield Finding("clock", "fail", f"says that it is {year}", mend="set the clock, and let NTP keep it")
    synchronised = _synchronised()
    if synchronised is False:
        yield Finding("clock", "warn", "is not kept by NTP", mend="timedatectl set-ntp true, or install chrony")
    date = patient.running.get("date") if patient.running is not None else None
    if date:
        skew = patient.now - email.utils.parsedate_to_datetime(date).timestamp()
        if abs(skew) > SKEW:
            yield Finding("clock", "warn", f"is {skew:+.0f} s from the server's", mend="let NTP keep both clocks")
    if year >= WRITTEN:
        yield Finding("clock", "ok", "is plausible" + (", and kept by NTP" if synchronised else ""))


def _synchronised() -> bool | None:
    """Whether systemd says that NTP keeps the clock; None: nobody can be asked."""
    command = shutil.which("timedatectl")
    if command is None:
        return None
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(  # noqa: S603 - nothing of it comes from outside
            [command, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        return {"yes": True, "no": False}.get(done.stdout.strip())
    return None


def ports(patient: Patient) -> Iterator[Finding]:
    """Every door is open; where no server runs, every port is free for it."""
    if patient.running is not None:
        missing = patient.running.get("missing") or {}
        for part, why in missing.items():
            yield Finding("server", "fail", why, part, "its log says more")
        if not missing:
            yield Finding("server", "ok", "runs, and every door is open")
        return
    yield Finding("server", "warn", "does not run, or not at this address", mend="start it: offhook serve")
    config = patient.config
    doors = {
        "boot.http": config.boot.http, "boot.https": config.boot.https if config.tls.certificate else "",
        "boot.mtls": config.boot.mtls, "boot.legacy": config.boot.legacy,
        "tftp.listen": config.tftp.listen, "admin.listen": config.admin.listen, "proxy.listen": config.proxy.listen,
    }  # fmt: skip
    for name, setting in doors.items():
        try:
            listen = address(setting, name)
        except ConfigRefused as error:
            yield Finding("ports", "fail", str(error), name, "write address:port")
            continue
        if listen is not None and (problem := _unusable(listen, udp=name.startswith("tftp"))) is not None:
            yield Finding("ports", "fail", *problem)


def _unusable(listen: tuple[str, int], *, udp: bool) -> tuple[str, str, str] | None:
    """Why nobody can listen there: what, where, how to mend it."""
    family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
    where = f"{listen[0]}:{listen[1]}/{'udp' if udp else 'tcp'}"
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(listen)
        except PermissionError:
            mend = "run it as root, give it CAP_NET_BIND_SERVICE, or let the firewall send the port to one above 1023"
            return "only root may listen there", where, mend
        except OSError as error:
            return f"cannot be listened at ({error.strerror})", where, f"find who has it: ss -lnp | grep :{listen[1]}"
    return None


def disk(patient: Patient) -> Iterator[Finding]:
    """What is acknowledged must fit on the disk."""
    folder = patient.data if patient.data.is_dir() else patient.data.absolute().parent
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "fail" if free < TOO_LITTLE else "warn" if free < LITTLE else "ok"
    mend = "make room: no change can be saved on a full disk" if verdict != "ok" else ""
    yield Finding("disk", verdict, f"{free / 1e9:,.1f} GB are free", str(folder), mend)


def told(patient: Patient) -> Iterator[Finding]:
    """What the server itself knows."""
    return iter(patient.told)


CHECKS: Final[tuple[Check, ...]] = (key_file, permissions, certificate, authorities, clock, ports, disk, told)


def examine(patient: Patient) -> list[Finding]:
    """All findings, in the order of the checks."""
    return [finding for check in CHECKS for finding in check(patient)]
