"""Records: every device's enrolment, packed, as a hundred thousand of them are kept in memory and few are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from .enrolment import Enrolment, Stage
from .tokens import Issued

DeviceKey = tuple[str, str]
"""(account, id)."""
_Token = tuple[bytes, bytes, float | None]
_Record = tuple[str | None, Stage, float, _Token | None, tuple[_Token, ...], str | None, str, bytes | None]
_DECODER: Final = msgspec.msgpack.Decoder(_Record)
_ENCODER: Final = msgspec.msgpack.Encoder()


class Records:
    """Enrolments by device and by token. A device with one token takes about 350 bytes."""

    def __init__(self) -> None:
        self._packed: dict[str, bytes] = {}
        self.stages: Final[Counter[str]] = Counter()
        """How many stand where."""
        self._digests: dict[int, str] = {}
        """A token's digest → whose it is; numbers are smaller than the bytes that they are made of."""

    def __iter__(self) -> Iterator[DeviceKey]:
        """The keys of all."""
        return map(_key, list(self._packed))

    def get(self, key: DeviceKey) -> Enrolment | None:
        """A device's; None: nothing is known of it."""
        packed = self._packed.get(_name(key))
        return _opened(key, packed) if packed is not None else None

    def by_digest(self, digest: bytes) -> Enrolment | None:
        """The one that has a token with this digest, dead or alive."""
        name = self._digests.get(int.from_bytes(digest))
        return self.get(_key(name)) if name is not None else None

    def put(self, enrolment: Enrolment) -> None:
        """Keep a device's in place of the one before."""
        name = _name(enrolment.key)
        self._unlist(name)
        self._packed[name] = _packed(enrolment)
        self.stages[enrolment.stage] += 1
        for issued in _tokens(enrolment):
            self._digests[int.from_bytes(issued.digest)] = name

    def remove(self, key: DeviceKey) -> None:
        """Forget a device's, and whose its tokens were."""
        name = _name(key)
        self._unlist(name)
        self._packed.pop(name, None)

    def _unlist(self, name: str) -> None:
        packed = self._packed.get(name)
        if packed is not None:
            before = _opened(_key(name), packed)
            self.stages[before.stage] -= 1
            for issued in _tokens(before):
                self._digests.pop(int.from_bytes(issued.digest), None)


def _name(key: DeviceKey) -> str:
    return f"{key[0]} {key[1]}"


def _key(name: str) -> DeviceKey:
    account, _, device = name.partition(" ")
    return account, device


def _tokens(enrolment: Enrolment) -> Iterable[Issued]:
    return (*enrolment.steady, *((enrolment.first,) if enrolment.first else ()))


def _packed(enrolment: Enrolment) -> bytes:
    def token(issued: Issued) -> _Token:
        return issued.seed, issued.digest, issued.until

    record: _Record = (
        enrolment.mac,
        enrolment.stage,
        enrolment.opened,
        token(enrolment.first) if enrolment.first is not None else None,
        tuple(map(token, enrolment.steady)),
        enrolment.address,
        enrolment.reason,
        enrolment.leaf,
    )
    return _ENCODER.encode(record)


def _opened(key: DeviceKey, packed: bytes) -> Enrolment:
    mac, stage, opened, first, steady, address, reason, leaf = _DECODER.decode(packed)
    return Enrolment(
        account=key[0],
        device=key[1],
        mac=mac,
        stage=stage,
        opened=opened,
        first=Issued(*first) if first is not None else None,
        steady=tuple(Issued(*token) for token in steady),
        address=address,
        reason=reason,
        leaf=leaf,
    )
