"""The guard itself: what it knows of each device's enrolment and of each source, and what it lets a request have.

It decides in memory, in one step that nothing can come between: of two requests at once exactly one claims a device. What
it has decided is handed to its keeper at once; who answers a phone waits until the keeper has it on the disk.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.provisioning.certificate.proof import Proven

from .assurance import Evidence, Rules, Rung, rules_of, rung_of
from .caller import Asking, Caller
from .certified import changed, contradiction, is_another, is_contested, may_have_files
from .enrolment import Enrolment, locked, may_claim, used
from .logins import Logins
from .moves import move_notice, move_refused
from .networks import is_own, source_of
from .roll import Found, Roll
from .sources import PHONES_A_GUESS, Ban, Sources
from .tokens import digest_of
from .verdict import Verdict
from .words import (
    banned,
    barred,
    below,
    late,
    locked_words,
    not_its,
    outside,
    over_opened_tftp,
    taken,
    unknown_token,
    without_credentials,
)  # fmt: skip

log = logging.getLogger("offhook.guard")

KeepBan = Callable[[str, Ban | None], None]
"""Makes a ban of a source last; None: it is gone."""


class Guard:
    """Who may have what."""

    def __init__(self, roll: Roll, keep_ban: KeepBan, logins: Logins) -> None:
        self.roll: Final = roll
        self.logins: Final = logins
        self.sources: Final = Sources()
        self._keep_ban = keep_ban

    def load(self, enrolments: Sequence[Enrolment], bans: Iterable[Ban], now: float) -> None:
        """What was kept."""
        self.roll.load(enrolments)
        phones = Counter(enrolment.address for enrolment in enrolments)
        for enrolment in enrolments:
            if enrolment.address is None or enrolment.mac is None or phones[enrolment.address] < PHONES_A_GUESS:
                continue  # a source with a phone or two is allowed no more than any other
            self.sources.served(enrolment.address, enrolment.mac)
        self.sources.load(bans)
        for ban in self.sources.forget(now):
            self._keep_ban(ban.source, None)

    def clear(self, source: str | None) -> list[Ban]:
        """Lift the ban of a source, or with None of all: what was lifted."""
        lifted = self.sources.clear(source)
        for ban in lifted:
            self._keep_ban(ban.source, None)
        return lifted

    # What a request may have.

    def caller(self, directory: Directory, asking: Asking) -> Caller:
        """Who asks."""
        caller = Caller(asking=asking, notice=asking.login.event or asking.notice, refusal=asking.refusal)
        if asking.refusal is not None:
            return caller
        if asking.certificate is not None:
            certified = self._by_certificate(directory, caller, asking.certificate)
            if certified is not None:
                return certified
        if asking.token is not None:
            return self._by_token(directory, caller, asking.token)
        if asking.login.found is not None:
            return self._by_proof(directory, caller, asking.login.found, Evidence(credentials=True))
        source = source_of(asking.peer)
        if (ban := self.sources.ban(source, asking.now)) is not None:
            return msgspec.structs.replace(caller, refusal=banned(ban))
        device = directory.device_of_mac(asking.mac) if asking.mac is not None else None
        if device is not None:
            caller = self._by_mac(caller, device, rules_of(directory, device.account, device))
        if asking.mac is not None or asking.conflict is not None:
            closed = device is not None and not (device.enabled and directory.account(device.account).enabled)
            self._judge(caller, asking.mac or f"identity {asking.conflict}", good=caller.is_entitled and not closed)
        elif asking.login.is_wrong:
            self._judge(caller, f"login {asking.login.user_name}", good=False)
        return caller

    def demand(self, asking: Asking) -> Verdict | None:
        """What is said to whoever proves nothing at a door that wants credentials of everybody; None: they were proven.

        It is the same for a MAC that is known and for one that is not, as neither is looked at.
        """
        if asking.login.found is not None or asking.certificate is not None:
            return None
        if asking.login.is_wrong:
            self._judge(Caller(asking=asking), f"login {asking.login.user_name}", good=False)
        words = asking.login.words or "it came without credentials, and this door asks everybody for them"
        return Verdict(False, words, asking.login.event, ask=True)

    def secrets(self, caller: Caller, *, gives: bool = True) -> Verdict:
        """Whether the caller may have the device's own file. `gives` is False when it gets nothing, as when it sends."""
        device, known, rules = caller.device, caller.enrolment, caller.rules
        if device is None or known is None or rules is None:
            return Verdict(False, "nothing says whose file it is")
        refusal = barred(device, known, rules, caller.rung, caller.peer, caller.transport)
        if refusal is not None or caller.transport == "tftp":
            return refusal or over_opened_tftp(device, caller.rung, rules)
        if caller.conflict and rules.minimum > Rung.L0:
            return self._conflict(caller, device, known)
        if caller.rung < rules.minimum:
            return self._too_low(caller, device, known, rules, gives=gives)
        if caller.rung == Rung.L1 and gives:
            known = self.roll.claim(known, device, caller.peer)
        verdict = Verdict(True, f"the config of device {device.id}")
        return self._telling(verdict, known) if caller.rung > Rung.L0 else verdict

    def own(self, caller: Caller) -> Verdict:
        """Whether the caller may have a file without secrets that only a registered MAC has.

        It tells that the device is there, so it takes what a config takes; but it goes over TFTP, too, to lead elsewhere.
        """
        device, known, rules = caller.device, caller.enrolment, caller.rules
        if device is None or known is None or rules is None:
            return Verdict(False, "nothing says whose file it is")
        if known.stage == "locked":
            return Verdict(False, locked_words(device, known), "locked")
        opened_tftp = caller.transport == "tftp" and rules.tftp_secrets and rules.knows(caller.peer)
        if caller.is_entitled or opened_tftp:
            return self.shared(caller, f"a file without secrets, of device {device.id}")
        if not rules.knows(caller.peer):
            return outside(caller.peer, "the files", device.account)
        return late(device, known, rules.hours)

    def came_back(self, caller: Caller) -> None:
        """The phone got a file at the URL that its config gave it: it has taken its config, and is there now.

        Not said of the phone book, whose URL also phones are given that cannot be told where their config is.
        """
        if caller.steady is not None and caller.enrolment is not None:
            self.roll.set(used(caller.enrolment, caller.steady, caller.peer))

    def shared(self, caller: Caller, words: str) -> Verdict:
        """A file without secrets: it tells the phone the token to come back with only if it has proven who it is."""
        known = caller.enrolment if caller.rung >= Rung.L2 else None
        return Verdict(True, words, token=self.roll.told(known) if known is not None else None)

    # The parts of it.

    def _telling(self, verdict: Verdict, known: Enrolment) -> Verdict:
        """The verdict with all that a phone is told for coming back."""
        return msgspec.structs.replace(verdict, token=self.roll.told(known), tells_login=True)

    def _by_token(self, directory: Directory, caller: Caller, token: str) -> Caller:
        found = self.roll.by_token(directory, token, caller.now)
        if found is None:
            self._judge(caller, f"token {digest_of(token).hex()}", good=False)
            return msgspec.structs.replace(caller, refusal=self._unknown(directory, caller.asking.mac))
        login = caller.asking.login.found
        if login is not None and login.device.mac != found.device.mac:
            self._judge(caller, login.device.mac or login.device.id, good=False)
            return msgspec.structs.replace(
                caller, refusal=not_its("credentials", login.device, "the token in the path")
            )
        return self._by_proof(directory, caller, found, Evidence(token=True, credentials=login is not None))

    def _by_proof(self, directory: Directory, caller: Caller, found: Found, evidence: Evidence) -> Caller:
        """Somebody who has proven to be a device, whatever MAC it names."""
        peer, mac = caller.peer, caller.asking.mac
        device, known = found.device, found.enrolment
        rules = rules_of(directory, device.account, device)
        caller = msgspec.structs.replace(caller, device=device, rules=rules, enrolment=known)
        if mac is not None and mac != device.mac:
            self._judge(caller, mac, good=False)
        if (refusal := self._token_refused(caller, found, rules, mac)) is not None:
            return msgspec.structs.replace(caller, refusal=refusal)
        self._judge(caller, device.mac or device.id, good=True)
        return msgspec.structs.replace(
            caller,
            enrolment=self.roll.claim(known, device, peer) if found.first else known,
            steady=None if found.first else found.issued,
            rung=rung_of(evidence),
            notice=caller.notice if found.first else move_notice(known, rules, peer) or caller.notice,
        )

    def _by_certificate(self, directory: Directory, caller: Caller, proven: Proven) -> Caller | None:
        """A phone with its manufacturer's certificate; None: no device has its MAC, and it is as good as without one."""
        asking = caller.asking
        by_token = self.roll.by_token(directory, asking.token, asking.now) if asking.token is not None else None
        others = [found.device for found in (by_token, asking.login.found) if found is not None]
        other = next((device for device in others if device.mac != proven.mac), None)
        if (refusal := contradiction(asking, proven, other)) is not None:
            self._judge(caller, asking.mac or (other.mac if other is not None else None) or proven.mac, good=False)
            return msgspec.structs.replace(caller, refusal=refusal)
        device = directory.device_of_mac(proven.mac)
        known = self.roll.find(device) if device is not None else None
        if device is None or known is None:
            return None
        rules = rules_of(directory, device.account, device)
        caller = msgspec.structs.replace(
            caller, device=device, rules=rules, enrolment=known, rung=rung_of(Evidence(certificate=True))
        )
        if not (caller.is_entitled and may_have_files(directory, device)):
            self._judge(caller, proven.mac, good=False)
            barring = outside(caller.peer, "the secrets", device.account) if rules.bars(caller.peer) else None
            return msgspec.structs.replace(caller, refusal=barring)
        refusal = None
        if is_another(known, proven):
            refusal = changed(self.roll, device, known, caller.peer, proven)
        elif is_contested(known, rules, caller.peer):
            refusal = self._conflict(caller, device, known, "showed its certificate")
        elif known.stage == "enrolled":
            refusal = move_refused(self.roll, device, known, rules, caller.peer)
        if refusal is not None:
            return msgspec.structs.replace(caller, refusal=refusal)
        self._judge(caller, proven.mac, good=True)
        steady = by_token.issued if by_token is not None and not by_token.first else None
        return msgspec.structs.replace(
            caller,
            enrolment=self.roll.certify(known, device, caller.peer, proven.digest, with_token=steady is not None),
            steady=steady,
            notice=(move_notice(known, rules, caller.peer) if known.stage == "enrolled" else "") or caller.notice,
        )

    def _unknown(self, directory: Directory, mac: str | None) -> Verdict:
        """The refusal of a token that is nobody's; the words say where the device stands whose MAC it came with."""
        device = directory.device_of_mac(mac) if mac is not None else None
        known = self.roll.find(device) if device is not None else None
        return unknown_token(device, known)

    def _token_refused(self, caller: Caller, found: Found, rules: Rules, mac: str | None) -> Verdict | None:
        """Why a token that leads to a device opens nothing here; None: it does."""
        device, known, _, first = found
        if mac is not None and mac != device.mac:
            return not_its("token" if caller.by_token else "credentials", device, f"the MAC {mac}")
        if rules.bars(caller.peer):
            return outside(caller.peer, "the secrets", device.account)
        if first and not known.is_window_open(rules.hours, caller.now):
            return late(device, known, rules.hours)
        if first and not may_claim(known, caller.peer):
            return self._conflict(caller, device, known)
        return None if first else move_refused(self.roll, device, known, rules, caller.peer)

    def _by_mac(self, caller: Caller, device: Device, rules: Rules) -> Caller:
        caller = msgspec.structs.replace(caller, device=device)
        known = self.roll.find(device)
        if known is None:
            return caller
        window = known.is_window_open(rules.hours, caller.now)
        free = may_claim(known, caller.peer)
        evidence = Evidence(known_network=rules.knows(caller.peer), window=window and free)
        return msgspec.structs.replace(
            caller,
            enrolment=known,
            rules=rules,
            rung=rung_of(evidence),
            conflict=window and not free and evidence.known_network,
        )

    def _conflict(
        self, caller: Caller, device: Device, known: Enrolment, did: str = "asked for its config without its token"
    ) -> Verdict:
        if is_own(source_of(caller.peer)):
            return taken(device, known)
        reason = f"{caller.peer} {did} after {known.address} was given its config"
        known = self.roll.set(locked(known, reason))
        log.warning("device %s of account %s is locked: %s", device.id, device.account, reason)
        return Verdict(False, locked_words(device, known), "enrol.conflict")

    def _too_low(self, caller: Caller, device: Device, known: Enrolment, rules: Rules, *, gives: bool) -> Verdict:
        """What a phone gets that is not known surely enough: from the first rung on what leads it to the second."""
        if caller.rung == Rung.L0:
            return late(device, known, rules.hours)
        if rules.minimum == Rung.L3 and caller.by_token and (caller.steady or not caller.asking.is_secure):
            return without_credentials(device, is_secure=caller.asking.is_secure)
        verdict = below(device, caller.rung, rules.minimum)
        if rules.minimum == Rung.L4:
            return verdict  # nothing that it could be told leads there: only a certificate does
        if rules.minimum == Rung.L3 and caller.by_token and gives:
            # The first token, which has claimed the device: the phone is led on to the steady one, with its credentials.
            return self._telling(msgspec.structs.replace(verdict, bootstrap=True), known)
        if caller.rung != Rung.L1 or not gives:
            return verdict
        known = self.roll.claim(known, device, caller.peer)
        return msgspec.structs.replace(verdict, bootstrap=True, token=self.roll.first(known))

    def _judge(self, caller: Caller, what: str, *, good: bool) -> None:
        """Count what was asked for, where the address is proven: whoever sends by UDP may write any address."""
        source = source_of(caller.peer)
        if caller.transport == "tftp" or is_own(source):
            return
        if good:
            self.sources.served(source, what)
        elif (ban := self.sources.guess(source, what, caller.now)) is not None:
            self._keep_ban(source, ban)
            log.warning("ban address=%s minutes=%d guesses=%d: %s", source, ban.minutes, ban.guesses, ban.reason)
