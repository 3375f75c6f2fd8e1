"""The virtual phone: does what the vendor's real phones do at boot, and says whether one would come up.

Which files are asked for in which order, what a boot file names, and where a config holds the SIP accounts is all in the
vendor's profile; how a file is fetched is given, so that the walk itself knows no network.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from offhook.model.secret import Secret
from offhook.provisioning.encryption.fault import KeyRefused, NotDecrypted
from offhook.provisioning.envelope import format_of
from offhook.provisioning.identify import Identifier
from offhook.provisioning.profile import Profile, asked_name
from offhook.provisioning.profile_file import BootStep, FileRule, Reading
from offhook.provisioning.profiles import Profiles
from offhook.provisioning.syntax import SYNTAXES, SyntaxProblem


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for one file."""

    url: str
    outcome: Literal["found", "absent", "failed"]
    """failed: the server's own failure or silence, after which a phone tries again and goes on with what it has."""
    words: str
    """`200 OK`, `File not found`, `no answer in 5 s`."""
    body: bytes = b""
    content_type: str = ""
    milliseconds: float = 0.0
    content: bytes | None = None
    """What the phone read in it; None: the body as it came."""


Fetch = Callable[[str], Awaitable[Fetched]]
"""Asks for a file by its name or full URL."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A SIP account that the phone would register."""

    number: int
    label: str
    display_name: str
    user_name: str
    auth_name: str
    password: Secret
    server: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One boot."""

    requests: tuple[Fetched, ...]
    accounts: tuple[Account, ...]
    came_up: bool
    reason: str
    """Why it came up, or why not and what to do."""


class VirtualPhone:
    """A phone of a vendor, as far as booting goes."""

    def __init__(
        self,
        profile: Profile,
        model: str | None,
        version: str | None,
        mac: str,
        fetch: Fetch,
        config_key: Secret | None = None,
    ) -> None:
        """`model` in the profile's writing; `mac` 12 lower-case hexadecimal digits.

        With a `config_key` it takes its own file encrypted only, as phones can be told to.
        """
        self._profile = profile
        self._model = model
        self._facts = profile.file.models.get(model or "")
        self._version = version or (self._facts.firmware if self._facts else None) or ""
        self._generation = profile.generation(model, version)
        self._mac = mac
        self._fetch = fetch
        self._config_key = config_key
        self._identifier = Identifier(Profiles([profile]))
        self._requests: list[Fetched] = []
        self._parameters: dict[str, str] = {}
        self._faults: list[str] = []
        self._got_own_file = False

    async def boot(self) -> Report:
        """Ask for the files as the phone does, and read the accounts."""
        for step in self._profile.file.boot:
            name = self._name(step, step.ask)
            if name is None:
                continue
            found = await self._ask(name)
            if found is None and (instead := self._name(step, step.otherwise)) is not None:
                found = await self._ask(instead)
            if found is None:
                if step.missing == "fail":
                    self._faults.append(f"{name} is not there and this phone needs it")
                continue
            if step.found in ("follow", "follow_on"):
                await self._follow(found)
            if step.found in ("stop", "follow"):
                break
        accounts = tuple(self._accounts())
        failed = [one for one in self._requests if one.outcome == "failed"]
        if failed:
            reason = f"{failed[0].url} failed ({failed[0].words}): the phone tries again"
        elif self._faults:
            reason = "; ".join(self._faults)
        elif not self._got_own_file:
            reason = "it got no file of its own: `offhook why` with its MAC says why"
        elif not accounts:
            reason = "its config has no account with server, user name and password"
        else:
            return Report(
                requests=tuple(self._requests), accounts=accounts, came_up=True, reason="it registers its lines"
            )
        return Report(requests=tuple(self._requests), accounts=accounts, came_up=False, reason=reason)

    def _name(self, step: BootStep, ask: str | None) -> str | None:
        """What a step asks for; None when this phone does not ask for it."""
        if ask is None:
            return None
        if step.generations and self._generation not in step.generations:
            return None
        code = self._facts.code if self._facts else None
        if ("{code" in ask and code is None) or ("{model" in ask and self._model is None):
            return None
        return asked_name(ask, self._mac, code=code, model=self._model, version=self._version)

    async def _ask(self, name: str) -> bytes | None:
        """Fetch a file and take its parameters; None when it is not there."""
        fetched = await self._fetch(name)
        self._requests.append(fetched)
        if fetched.outcome != "found":
            return None
        rule = self._identifier.file_of(name.partition("?")[0], self._profile)
        if rule is None or rule.kind not in ("device", "common"):
            return fetched.body
        try:
            content = self._decrypted(rule, fetched.body)
        except (KeyRefused, NotDecrypted) as error:
            self._faults.append(f"the phone cannot decrypt {name}: {error}")
            return fetched.body
        if content is not fetched.body:
            self._requests[-1] = msgspec.structs.replace(fetched, content=content)
        self._take(name, rule, content)
        return content

    def _decrypted(self, rule: FileRule, body: bytes) -> bytes:
        """A file as the phone reads it; raises `KeyRefused` or `NotDecrypted`."""
        form = format_of(self._profile, rule)
        return body if form is None or self._config_key is None else form.decrypt(body, self._config_key)

    def _take(self, name: str, rule: FileRule, body: bytes) -> None:
        try:
            read = SYNTAXES[self._profile.syntax(rule, self._generation)].read(body)
        except SyntaxProblem as error:
            keyless = format_of(self._profile, rule) is not None and self._config_key is None
            mend = "; if it is encrypted, give the phone its key: --config-key" if keyless else ""
            self._faults.append(f"the phone refuses {name}: {error}{mend}")
            return
        self._parameters.update(read)
        self._got_own_file = self._got_own_file or (rule.kind == "device" and bool(read))

    async def _follow(self, body: bytes) -> None:
        """Fetch what a boot file names, in its order."""
        reading = self._profile.reading(self._generation)
        if reading is None or reading.include is None:
            return
        for line in body.decode("utf-8", "replace").splitlines():
            for included in re.finditer(reading.include, line):
                only = included.groupdict().get("model")
                if only is not None and only != self._model:
                    continue
                for name in re.split(r"\s*,\s*", included["path"].strip()):
                    if name and await self._ask(name) is None and self._requests[-1].outcome == "absent":
                        self._faults.append(f"the boot file names {name}, which is not there")

    def _accounts(self) -> list[Account]:
        """The accounts that are switched on and complete."""
        reading = self._profile.reading(self._generation)
        if reading is None:
            return []
        most = self._facts.accounts if self._facts else 16
        accounts = []
        for number in range(1, most + 1):
            account = self._account(reading, number)
            if account is not None:
                accounts.append(account)
        return accounts

    def _account(self, reading: Reading, number: int) -> Account | None:
        def value(field: str) -> str:
            names = reading.names(field, number)
            return next((self._parameters[name] for name in names if self._parameters.get(name)), "")

        if reading.names("enabled", number) and value("enabled") not in reading.enabled_values:
            return None
        user_name, password, server = value("user_name"), value("password"), value("server")
        if not (user_name and password and server):
            return None
        return Account(
            number=number,
            label=value("label"),
            display_name=value("display_name"),
            user_name=user_name,
            auth_name=value("auth_name") or user_name,
            password=Secret(password),
            server=server,
        )
