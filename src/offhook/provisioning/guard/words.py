"""Words: why somebody is refused, and the command that mends it."""

from __future__ import annotations

from offhook.model.device import Device

from .assurance import Rules, Rung
from .enrolment import Enrolment
from .sources import Ban
from .verdict import Verdict


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


def banned(ban: Ban) -> Verdict:
    """A source that asked for too much that is not its own."""
    words = f"{ban.source} is banned for {ban.minutes} minutes, as it asked for {ban.reason}:"
    return Verdict(False, f"{words} offhook bans clear {ban.source}", "ban")


def unknown_token(device: Device | None, known: Enrolment | None) -> Verdict:
    """A token that is nobody's; the device is the one whose MAC it came with."""
    if device is None or known is None:
        return Verdict(False, "the token in the path belongs to no device", "token.unknown")
    if known.stage == "locked":
        return Verdict(False, locked_words(device, known), "token.unknown")
    words = f"the token in the path is not one of device {device.id}, or no more: {command('enrol', device)}"
    return Verdict(False, words, "token.unknown")


def taken(device: Device, known: Enrolment) -> Verdict:
    """An admin tries a phone on the server itself which has been at another address."""
    words = (
        f"the config of device {device.id} was given to {known.address} already, and to the server's own machine"
        " it goes no more in this window"
    )
    return Verdict(False, words, "enrol.conflict")


def below(device: Device, rung: Rung, minimum: Rung) -> Verdict:
    """A phone is known, but not surely enough."""
    return Verdict(
        False, f"assurance {rung.name} is below the {minimum.name} that device {device.id} needs", "assurance.low"
    )


def without_credentials(device: Device, *, is_secure: bool) -> Verdict:
    """A phone came with its token to where its credentials are wanted, too."""
    if is_secure:
        words = f"device {device.id} needs assurance L3: its token alone opens nothing, it is asked for its credentials"
        return Verdict(False, words, "assurance.low", ask=True)
    words = (
        f"device {device.id} needs assurance L3, and credentials count over HTTPS only: set [boot] public_url to an"
        f" https:// address, then {command('enrol', device)}"
    )
    return Verdict(False, words, "assurance.low")


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


def not_its(proof: str, device: Device, other: str) -> Verdict:
    """A proof of one device came with what belongs to another. `proof` is `token` or `credentials`."""
    words = (
        f"its {proof} {'is' if proof == 'token' else 'are'} device {device.id}'s but {other} is not: a file goes only"
    )
    return Verdict(False, f"{words} to the device that it belongs to", f"{proof}.mac_mismatch")


def barred(device: Device, enrolment: Enrolment, rules: Rules, rung: Rung, peer: str, transport: str) -> Verdict | None:
    """Why a caller gets no secret of a device, however sure we are who it is; None: it may."""
    if enrolment.stage == "locked":
        return Verdict(False, locked_words(device, enrolment), "locked")
    if transport == "tftp" and not rules.tftp_secrets:
        return over_tftp(device)
    if rules.bars(peer) or not (rung > Rung.L1 or rules.knows(peer)):
        return outside(peer, "the secrets", device.account)
    return None


def over_opened_tftp(device: Device, rung: Rung, rules: Rules) -> Verdict:
    """An admin opened it for these networks: there is no better proof over TFTP than the address."""
    if rules.minimum > Rung.L1:
        return below(device, rung, rules.minimum)
    return Verdict(True, f"the config of device {device.id}")
