"""The caller: what is known of who asks, before any file is looked at, and the words in which it is refused."""

from __future__ import annotations

import msgspec

from offhook.model.device import Device

from .assurance import Rules, Rung
from .enrolment import Enrolment
from .tokens import Issued
from .verdict import Verdict


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says and proves of who sends it."""

    peer: str
    transport: str
    now: float
    """Seconds since the epoch."""
    token: str | None = None
    """What stands in the path as a token, good or not."""
    mac: str | None = None
    """The MAC that it names."""
    conflict: str | None = None
    """What in it contradicts itself, in words."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks."""

    asking: Asking
    device: Device | None = None
    """Whose token the path holds, else whose MAC the request names."""
    enrolment: Enrolment | None = None
    rules: Rules | None = None
    """Of the device."""
    steady: Issued | None = None
    """The steady token that it came with."""
    rung: Rung = Rung.L0
    conflict: bool = False
    """Whether another address has claimed the device in its open window."""
    notice: str = ""
    """An event of a request that is answered all the same, such as `ip.changed`."""
    refusal: Verdict | None = None
    """Why it gets nothing, whatever the file is."""

    @property
    def peer(self) -> str:
        """The address that it comes from."""
        return self.asking.peer

    @property
    def transport(self) -> str:
        """How it came."""
        return self.asking.transport

    @property
    def now(self) -> float:
        """When it came, in seconds since the epoch."""
        return self.asking.now

    @property
    def by_token(self) -> bool:
        """Whether the path holds a token, good or not."""
        return self.asking.token is not None

    @property
    def is_entitled(self) -> bool:
        """Whether it may have the device's files without secrets."""
        if self.rules is None or self.refusal is not None or self.enrolment is None:
            return False
        if self.enrolment.stage == "locked" or self.rules.bars(self.peer):
            return False
        least = min(Rung.L1, self.rules.minimum)
        return self.rung >= least and (self.rung > Rung.L0 or self.rules.knows(self.peer))


def command(verb: str, device: Device) -> str:
    """The command that an admin types to do something with a device."""
    account = "" if device.account == "default" else f" --account {device.account}"
    return f"offhook device {verb} {device.id}{account}"


def locked_words(device: Device, enrolment: Enrolment) -> str:
    """Why a locked device gets nothing, and what lifts it."""
    return f"device {device.id} is locked, as {enrolment.reason}: {command('unlock', device)}"


def late(device: Device, enrolment: Enrolment, hours: int) -> Verdict:
    """A phone without token comes when no window is open to it."""
    if enrolment.stage == "enrolled":
        words = (
            f"device {device.id} has its token and this came without it: it is another phone, or it was reset:"
            f" {command('enrol', device)}"
        )
    else:
        words = f"the {hours} hours in which device {device.id} may enrol are over: {command('enrol', device)}"
    return Verdict(False, words, "enrol.late")


def below(device: Device, rung: Rung, minimum: Rung) -> Verdict:
    """A phone is known, but not surely enough."""
    return Verdict(
        False, f"assurance {rung.name} is below the {minimum.name} that device {device.id} needs", "assurance.low"
    )


def outside(peer: str, what: str, account: str) -> Verdict:
    """An address is in none of the networks."""
    words = (
        f"{peer} is in none of the networks that may have {what} of account {account}: add its network to"
        " security.networks of the account, site or device"
    )
    return Verdict(False, words, "network")


def over_tftp(device: Device) -> Verdict:
    """TFTP is open to all on the way."""
    return Verdict(
        False,
        f"the config of device {device.id} holds secrets and TFTP is open to all on the way: let it boot over HTTP, or"
        f" allow it with offhook device edit {device.id} --set security.tftp_secrets=true (or on its site or account)",
        "tftp",
    )
