"""The caller: what is known of who asks, before any file is looked at."""

from __future__ import annotations

import msgspec

from offhook.model.device import Device
from offhook.provisioning.certificate.proof import Proven

from .assurance import Rules, Rung
from .enrolment import Enrolment
from .logins import NONE_SHOWN, Shown
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
    login: Shown = NONE_SHOWN
    """What its HTTP credentials prove."""

    certificate: Proven | None = None
    """What the certificate that it showed proves; None: it showed none, or one that counts as none."""
    notice: str = ""
    """An event that is said of it where nothing else is to be said."""
    refusal: Verdict | None = None
    """Why it gets nothing, whoever it is."""

    @property
    def is_secure(self) -> bool:
        """Whether nobody on the way can read it."""
        return self.transport == "https"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks."""

    asking: Asking
    device: Device | None = None
    """Whose token the path holds, else whose MAC the request names."""
    enrolment: Enrolment | None = None
    rules: Rules | None = None
    """Of the device."""
    steady: Issued | None = None
    """The steady token that it came with, or the one whose password it proved."""
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
