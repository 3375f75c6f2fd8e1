"""The verdict on a request: whether it may have what it asks for, how sure we are who asks, and why, in words."""

from __future__ import annotations

import msgspec


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may have a file, in words."""

    allowed: bool
    words: str
    event: str = ""
    """What happened, for programs: `enrol.late`, `enrol.conflict`, `token.unknown`, `token.mac_mismatch`, `ip.changed`,
    `credentials.refused`, `credentials.mac_mismatch`, `certificate.mac_mismatch`, `certificate.vendor_mismatch`,
    `certificate.changed`, `header.doubled`, `header.forged`, `ban`; empty for what is usual."""
    token: str | None = None
    """What stands in the URL that the phone is to come back to; None: no token."""
    tells_login: bool = False
    """Whether the phone is told its credentials for coming back, where its way is safe."""
    ask: bool = False
    """Whether it is to be asked for credentials instead of being told that nothing is there."""
    bootstrap: bool = False
    """Whether it may have what leads to the next rung, in place of the file itself."""
