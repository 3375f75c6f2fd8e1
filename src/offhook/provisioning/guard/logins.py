"""Logins: the user name and password that are one device's own, and whether a request proves them.

A password is made as tokens are, of a steady token's seed: it lives and dies with that token, and is stored nowhere. It
counts over TLS only.

The theory of replays. A nonce is a time with our signature, so nobody can fill our memory by asking for one. Once a good
response has used it, it is remembered with the responses that were given to it: each counts once. Phones that always send
the same nonce count, or ask for two files at once, are served by that as well as those that count. A nonce that had to be
forgotten takes every older one with it: none of them is believed again.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.secret import Secret

from .authorization import Basic, Digest, is_for, read_authorization, response_to
from .roll import Found, Roll

REALM: Final = "offhook"
LIFETIME: Final = 300.0
"""Seconds that a nonce may be used."""
NONCES: Final = 20_000
"""Used ones that are remembered: four boots of 5,000 phones within a nonce's lifetime."""
USES: Final = 64
"""Of one nonce; then the phone is given another. A boot takes about twenty."""
_STRANGERS: Final = Secret("nobody's")
"""What a response is compared with that names nobody, so that this takes as long as for somebody."""


class Shown(msgspec.Struct, frozen=True):
    """What a request's credentials prove."""

    found: Found | None = None
    """The device whose own they are."""
    event: str = ""
    """`credentials.refused`, `credentials.factory` or `credentials.plain` when they prove nothing; empty when there are
    none, or good ones."""
    words: str = ""
    """Why they prove nothing."""
    user_name: str = ""
    """Whose they claim to be."""
    stale: bool = False
    """Whether the password was right and only the nonce is too old (RFC 7616 §3.3)."""

    @property
    def is_refused(self) -> bool:
        """Whether the request is to be asked for credentials again."""
        return self.stale or self.event in ("credentials.refused", "credentials.factory")

    @property
    def is_wrong(self) -> bool:
        """Whether somebody has guessed: who is refused for the age of a nonce alone has not."""
        return self.event == "credentials.refused"


NONE_SHOWN: Final = Shown()
_PLAIN: Final = Shown(event="credentials.plain", words="its credentials came without TLS and count for nothing")


class Logins:
    """Judges credentials, and asks for them."""

    def __init__(self, key: bytes, *, sha256: bool = False, factory: frozenset[str] = frozenset()) -> None:
        """`key` signs nonces; a new one at each start makes those of before stale. `sha256` offers SHA-256 before MD5;
        `factory` are user names that phones have from the factory."""
        self._key = key
        self._factory = factory
        self._algorithms = ("SHA-256", "MD5") if sha256 else ("MD5",)
        self._used: OrderedDict[str, set[str]] = OrderedDict()
        self._forgotten = ""
        """The latest nonce that had to be forgotten."""

    def challenges(self, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """What `WWW-Authenticate` headers say, the one that is liked best first: some phones look at no other."""
        nonce = self._nonce(f"{int(now * 1_000_000):016x}")
        ending = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm="{REALM}", qop="auth", algorithm={algorithm}, nonce="{nonce}"{ending}'
            for algorithm in self._algorithms
        )

    def judge(
        self,
        directory: Directory,
        roll: Roll,
        *,
        header: str | None,
        secure: bool,
        method: str,
        target: str,
        now: float,
    ) -> Shown:
        """What an `Authorization` header proves; `target` is the request's as it stands in its first line."""
        if header is None or not secure:
            return NONE_SHOWN if header is None else _PLAIN
        said = read_authorization(header)
        if said is None:
            return _refused("they are no Basic, and no Digest with qop=auth as RFC 7616 has it")
        if said.user_name in self._factory:
            words = f"{said.user_name} is the user name that these phones have from the factory, and proves nothing"
            return Shown(None, "credentials.factory", words, said.user_name)
        found = self._found(directory, roll, said, method, now)
        elsewhere = isinstance(said, Digest) and (said.realm != REALM or not is_for(said, target))
        if found is None or elsewhere:
            why = "they were made for another file or server" if elsewhere else "no device has this name and password"
            return _refused(why, said.user_name)
        if isinstance(said, Digest) and not self._take(said, now):
            words = "its credentials come with a nonce that is used up or too old"
            return Shown(None, words=words, user_name=said.user_name, stale=True)
        return Shown(found, user_name=said.user_name)

    def _found(self, directory: Directory, roll: Roll, said: Basic | Digest, method: str, now: float) -> Found | None:
        """The device whose name and password they are."""
        found = None
        for one, password in roll.by_login(directory, said.user_name, now) or ((None, _STRANGERS),):
            if _fits(said, password, method) and one is not None:
                found = one
        return found

    def _nonce(self, made: str) -> str:
        return made + hmac.digest(self._key, made.encode(), "sha256").hex()[:32]

    def _take(self, said: Digest, now: float) -> bool:
        """Use a nonce for one response; False when it is not ours, too old, or was used for this one before."""
        nonce, made = said.nonce, said.nonce[:16]
        if not hmac.compare_digest(
            self._nonce(made).encode("utf-8", "surrogateescape"), nonce.encode("utf-8", "surrogateescape")
        ):
            return False
        if now - int(made, 16) / 1_000_000 > LIFETIME:
            return False
        uses = self._used.get(nonce)
        if uses is None:
            if nonce <= self._forgotten:
                return False
            uses = self._used[nonce] = set()
            if len(self._used) > NONCES:
                oldest, _ = self._used.popitem(last=False)
                self._forgotten = max(self._forgotten, oldest)
        if said.response in uses or len(uses) >= USES:
            return False
        uses.add(said.response)
        return True


def _fits(said: Basic | Digest, password: Secret, method: str) -> bool:
    if isinstance(said, Basic):
        return password == said.password
    given = response_to(said, password, method)
    return hmac.compare_digest(given.encode(), said.response.encode("utf-8", "surrogateescape"))


def _refused(words: str, user_name: str = "") -> Shown:
    return Shown(None, "credentials.refused", f"its credentials prove nothing: {words}", user_name)
