"""The transfer machine against a phone that follows the RFCs, over a network that does what it likes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.listeners.tftp.blocks import Blocks, Burst
from offhook.listeners.tftp.terms import Terms, TftpLimits
from offhook.listeners.tftp.terms import agree as agree_on
from offhook.listeners.tftp.transfer import State, Transfer


class Phone:
    """A careful TFTP client (RFC 1350, 7440): acknowledges the last block of a window, or the last good one after a gap."""

    def __init__(self, blksize: int, windowsize: int) -> None:
        self._blksize = blksize
        self._windowsize = windowsize
        self._received: list[bytes] = []
        self._since_ack = 0
        self.done = False

    @property
    def body(self) -> bytes:
        return b"".join(self._received)

    def ack(self) -> int:
        self._since_ack = 0
        return len(self._received) & 0xFFFF

    def take(self, datagram: bytes) -> int | None:
        """The block to acknowledge, if any."""
        if datagram[1] == 6:  # OACK
            return 0 if not self._received else None
        block = int.from_bytes(datagram[2:4], "big")
        if block != len(self._received) + 1 & 0xFFFF or self.done:
            return self.ack() if not self.done or block == len(self._received) & 0xFFFF else None
        self._received.append(datagram[4:])
        self._since_ack += 1
        if len(datagram) - 4 < self._blksize:
            self.done = True
            return self.ack()
        return self.ack() if self._since_ack >= self._windowsize else None


def agree(size: int, **options: int) -> Terms:
    return agree_on(options, size, TftpLimits())


def transfer_of(body: bytes, **options: int) -> Transfer:
    terms = agree(len(body), **options)
    return Transfer(Blocks(body, terms.blksize), terms)


def datagrams(sent: Burst | None) -> list[bytes]:
    """What a machine sends, as the shell cuts it."""
    return sent.datagrams() if sent is not None else []


def deliver(
    body: bytes, blksize: int, windowsize: int, chance: random.Random, loss: float, doubling: float
) -> tuple[Transfer, Phone]:
    """A whole transfer over a network that loses, doubles and reorders."""
    wanted = {name: value for name, value in (("blksize", blksize), ("windowsize", windowsize)) if value > 0}
    terms = agree_on(wanted, len(body), TftpLimits(windowsize=64))
    transfer = Transfer(Blocks(body, terms.blksize), terms)
    phone = Phone(terms.blksize, terms.windowsize)
    now = 0.0
    to_phone = datagrams(transfer.start(now))
    to_server: list[int] = []
    while transfer.state is State.GOING:
        moved = False
        while to_phone or to_server:
            moved = True
            if to_phone and (not to_server or chance.random() < 0.7):
                datagram = to_phone.pop(0 if chance.random() > doubling else chance.randrange(len(to_phone)))
                if chance.random() < loss:
                    continue
                for _ in range(2 if chance.random() < doubling else 1):
                    block = phone.take(datagram)
                    if block is not None:
                        to_server.append(block)
            else:
                block = to_server.pop(0)
                if chance.random() >= loss:
                    for _ in range(2 if chance.random() < doubling else 1):
                        to_phone += datagrams(transfer.ack(block, now))
            if transfer.state is not State.GOING:
                break
        now = transfer.deadline if not moved else max(now, transfer.deadline)
        if transfer.state is State.GOING:
            to_phone += datagrams(transfer.wait_over(now))
    return transfer, phone


sizes = st.one_of(st.integers(0, 4000), st.sampled_from([8, 512, 1024, 1468, 5120, 65_536]))


@settings(max_examples=150, deadline=None)
@given(
    size=sizes,
    blksize=st.sampled_from([0, 8, 9, 512, 1428, 1468]),
    windowsize=st.sampled_from([0, 1, 2, 8, 64]),
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.05, 0.3]),
    doubling=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_a_phone_gets_exactly_the_file_or_the_server_gives_up(
    size: int, blksize: int, windowsize: int, seed: int, loss: float, doubling: float
) -> None:
    chance = random.Random(seed)
    body = chance.randbytes(size)
    transfer, phone = deliver(body, blksize, windowsize, chance, loss, doubling)
    if transfer.state is State.DONE:
        assert phone.body == body
    else:
        assert transfer.state is State.GAVE_UP and loss > 0
    assert body.startswith(phone.body)


@pytest.mark.parametrize("size", [0, 511, 512, 513, 1024, 5120])
def test_without_loss_every_size_arrives_and_nothing_is_sent_twice(size: int) -> None:
    body = random.Random(size).randbytes(size)
    transfer, phone = deliver(body, 0, 0, random.Random(1), 0, 0)
    assert (phone.body, phone.done, transfer.state, transfer.retransmissions) == (body, True, State.DONE, 0)


def test_block_numbers_roll_over_to_zero() -> None:
    body = random.Random(7).randbytes(8 * 70_000 + 3)
    transfer, phone = deliver(body, 8, 16, random.Random(2), 0, 0)
    assert transfer.state is State.DONE and phone.body == body


def test_tftp_exact_multiple_a_size_that_is_a_multiple_of_the_block_ends_with_an_empty_block() -> None:
    transfer = transfer_of(b"x" * 1024)
    transfer.start(0)
    transfer.ack(1, 0)
    last = transfer.ack(2, 0)
    assert last is not None and last.buffer == b"\0\x03\0\x03"
    assert transfer.ack(3, 0) is None and transfer.state is State.DONE


def test_tftp_sorcerer_a_duplicate_ack_is_never_answered_with_data() -> None:
    transfer = transfer_of(b"x" * 2000)
    transfer.start(0)
    assert transfer.ack(1, 0) is not None
    assert transfer.ack(1, 0) is None
    assert transfer.retransmissions == 0


def test_in_a_window_an_ack_below_its_end_means_from_there_again() -> None:
    transfer = transfer_of(b"x" * 512 * 20, windowsize=8)
    transfer.start(0)
    transfer.ack(0, 0)
    again = transfer.ack(3, 0)
    assert again is not None and again.buffer[2:4] == b"\0\x04" and len(again.buffer) == 8 * 516


def test_an_ack_of_what_was_never_sent_is_ignored() -> None:
    transfer = transfer_of(b"x" * 5120)
    transfer.start(0)
    assert transfer.ack(2, 0) is None and transfer.ack(65_535, 0) is None
    assert transfer.state is State.GOING


def test_a_repeated_request_gets_its_first_answer_again_until_something_was_acknowledged() -> None:
    transfer = transfer_of(b"x" * 5120, blksize=1024)
    first = transfer.start(0)
    assert transfer.request_again() == first
    transfer.ack(0, 0)
    assert transfer.request_again() is None


@pytest.mark.parametrize(("heard", "expected"), [(False, [1, 2, 4]), (True, [1, 2, 4, 8, 16])])
def test_tftp_amplification_a_silent_phone_is_asked_with_growing_patience_and_then_given_up(
    heard: bool, expected: list[int]
) -> None:
    transfer = transfer_of(b"x" * 1000)
    transfer.start(0)
    if heard:
        transfer.ack(1, 0)
    waits, now = [], 0.0
    while transfer.state is State.GOING:
        waits.append(transfer.deadline - now)
        assert transfer.wait_over(transfer.deadline - 0.01) is None
        now = transfer.deadline
        transfer.wait_over(now)
    assert waits == expected and transfer.state is State.GAVE_UP


def test_the_phones_own_timeout_is_kept() -> None:
    terms = agree(10, timeout=7)
    assert terms.timeout == 7 and terms.oack == b"\0\x06timeout\x007\0"


def test_tftp_options_options_out_of_range_are_left_out_and_large_ones_cut_to_what_we_do() -> None:
    terms = agree(123, blksize=7, windowsize=0, timeout=0, tsize=0)
    assert (terms.blksize, terms.windowsize, terms.oack) == (512, 1, b"\0\x06tsize\x00123\0")
    terms = agree(123, blksize=65_464, windowsize=65_535)
    assert (terms.blksize, terms.windowsize) == (1468, 16)


def test_a_phone_that_says_error_is_left_alone() -> None:
    transfer = transfer_of(b"x" * 5120)
    transfer.start(0)
    transfer.error()
    assert transfer.state is State.ABORTED and transfer.wait_over(1e9) is None
