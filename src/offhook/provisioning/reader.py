"""The reader: what comes in from a phone, who sends it as far as it proves that, and whether it may send us files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from offhook.directory import Directory
from offhook.model.device import Device

from .admit import admit_file
from .certificate.maker import believed
from .certificate.proof import Unproven
from .event import boot_event
from .guard.caller import Asking, Caller
from .guard.guard import Guard
from .guard.tokens import token_in
from .guard.verdict import Verdict
from .identify import Identifier, Identity, file_name
from .profile import Profile
from .profiles import Profiles
from .request import NOT_FOUND, BootAnswer, BootEvent, BootRequest

SCOPED: Final = re.compile(r"^/?p/(?P<account>[^/]+)/(?P<rest>.*)$", re.DOTALL)
"""A path below an account's own."""


class Upload(NamedTuple):
    """A file that a phone wants to send."""

    device: Device | None
    """Whose it is; None when it is refused."""
    name: str
    event_of: Callable[[BootAnswer, Verdict], BootEvent]
    verdict: Verdict
    refusal: BootAnswer = NOT_FOUND
    """What is answered when it is not taken."""


class Reader:
    """Reads requests; remembers what phones of one kind all say."""

    def __init__(self, profiles: Profiles, guard: Guard) -> None:
        self.identifier: Final = Identifier(profiles)
        self._profiles = profiles
        self._guard = guard

    def asking(self, directory: Directory, request: BootRequest, identity: Identity, token: str | None) -> Asking:
        """What a request says and proves of who sends it; `token` is what its path holds as one."""
        proven, mismatch = believed(request.certificate, self._profiles, directory)
        shown = request.certificate
        return Asking(
            peer=request.peer,
            transport=request.transport,
            now=request.now,
            token=token,
            mac=identity.mac,
            conflict=identity.conflicts[0] if identity.conflicts and identity.mac is None else None,
            login=self._guard.logins.judge(
                directory,
                self._guard.roll,
                header=request.authorization,
                secure=request.transport == "https",
                method=request.method,
                target=request.target,
                now=request.now,
            ),
            certificate=proven,
            notice=mismatch or request.notice,
            refusal=Verdict(False, shown.words, shown.event) if isinstance(shown, Unproven) and shown.refuses else None,
        )

    def asked_again(self, asking: Asking, answer: BootAnswer, verdict: Verdict) -> tuple[BootAnswer, Verdict]:
        """Whoever gets nothing and came with credentials that prove nothing is asked for better ones, whoever it is."""
        login = asking.login
        if answer.status != NOT_FOUND.status or not asking.is_secure or not (verdict.ask or login.is_refused):
            return answer, verdict
        if login.is_refused and not verdict.ask:
            verdict = Verdict(False, f"{login.words}; without them: {verdict.words}", login.event or verdict.event)
        elif login.is_refused:
            verdict = Verdict(False, login.words, login.event)
        return BootAnswer(status=401, challenges=self._guard.logins.challenges(asking.now, stale=login.stale)), verdict

    def profile(self, identity: Identity, device: Device | None) -> Profile | None:
        """The registered vendor's profile; else that of the vendor that the request shows."""
        registered = self._profiles.of_model(device.model, identity.profile) if device else None
        return registered or identity.profile

    def admit_upload(self, directory: Directory, request: BootRequest) -> Upload:
        """Whether a phone may send us a file."""
        token, path = token_in(request.path)
        identity = self.identifier.identify(path, request.user_agent)
        asking = self.asking(directory, request, identity, token)
        name = file_name(path)
        demand = self._guard.demand(asking) if request.demands_login else None
        caller = self._guard.caller(directory, asking) if demand is None else Caller(asking=asking, refusal=demand)
        device = caller.device

        def refused(verdict: Verdict) -> Upload:
            answer, words = self.asked_again(asking, NOT_FOUND, verdict)
            return Upload(None, name, event, words, answer)

        def event(answer: BootAnswer, verdict: Verdict) -> BootEvent:
            return boot_event(request, identity, device, caller, answer, verdict)

        if caller.refusal is not None:
            return refused(caller.refusal)
        profile = self.profile(identity, device)
        rule = self.identifier.file_of(path, profile) if profile is not None else None
        if device is None or profile is None or rule is None or not rule.upload:
            return refused(Verdict(False, "nothing that a registered phone sends has this name"))
        own = msgspec.structs.replace(rule, kind="device")
        scope = SCOPED.match(path)
        verdict = admit_file(
            directory, self._guard, caller, identity, profile, own, scope["account"] if scope else None, device.account,
            gives=False,
        )  # fmt: skip
        return Upload(device, name, event, verdict) if verdict.allowed else refused(verdict)
