"""The maker: whether a manufacturer can vouch for a MAC at all, which takes that the MAC is of its own."""

from __future__ import annotations

from offhook.directory import Directory
from offhook.provisioning.profiles import Profiles

from .proof import Proven, Unproven


def believed(shown: Proven | Unproven | None, profiles: Profiles, directory: Directory) -> tuple[Proven | None, str]:
    """(what a certificate proves, an event): it counts where the MAC's prefix is its vendor's, or the device is registered
    as one of that vendor, as some phones are sold under another name."""
    if not isinstance(shown, Proven):
        return None, ""
    device, maker = directory.device_of_mac(shown.mac), profiles.of_mac(shown.mac)
    registered = (device.model or "").partition("/")[0] if device is not None else ""
    if shown.vendor in (registered, maker.vendor if maker is not None else ""):
        return shown, ""
    return None, "certificate.vendor_mismatch"
