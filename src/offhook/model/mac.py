"""A device's MAC address, in the one writing that is stored: 12 lower-case hexadecimal digits."""

from __future__ import annotations

import re

# Six pairs with one kind of separator, three groups of four with dots (Cisco), or twelve digits in a row.
_USUAL = re.compile(
    r"([0-9a-f]{2})([:\-. _]?)([0-9a-f]{2})(?:\2[0-9a-f]{2}){4}|([0-9a-f]{4})([.\-:])[0-9a-f]{4}\5[0-9a-f]{4}"
)


class MalformedMac(ValueError):
    """A text that is no MAC address."""


def mac_digits(text: str) -> str | None:
    """Twelve lower-case hexadecimal digits of what is written like a MAC, even one that no device has; else None."""
    folded = text.strip().lower()
    return re.sub(r"[^0-9a-f]", "", folded) if _USUAL.fullmatch(folded) else None


def normalise_mac(text: str) -> str:
    """Twelve lower-case hexadecimal digits from any usual writing (`00:15:65:AA:BB:01`, `0015.65aa.bb01`, …).

    Raises `MalformedMac`, also for the broadcast, multicast and all-zero addresses, which no phone has.
    """
    digits = mac_digits(text)
    if digits is None:
        raise MalformedMac(
            f"{text!r} is not a MAC address: write its 12 hexadecimal digits, as 00:15:65:aa:bb:01, 00-15-65-AA-BB-01,"
            " 0015.65aa.bb01 or 001565aabb01"
        )
    if digits == "0" * 12 or int(digits[1], 16) & 1:
        raise MalformedMac(
            f"{text!r} is a group or empty address, which no device has: read the MAC on the device's label"
        )
    return digits
