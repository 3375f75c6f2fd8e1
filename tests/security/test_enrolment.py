"""How a device comes to its token: first address, steady token, lock; whatever happens in whatever order."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offhook.provisioning.guard.enrolment import Enrolment, certified, claimed, locked, may_claim, opened, rotated, used
from offhook.provisioning.guard.tokens import Issued, digest_of, issue, token_in, token_of

KEY = bytes(range(32))
PHONE, OTHER, OWN = "10.0.0.5", "10.0.0.66", "127.0.0.1"
HOUR = 3600.0


def token(number: int) -> Issued:
    return issue(KEY, number.to_bytes(16, "big"), "test")


def new() -> Enrolment:
    return opened("default", "desk", "001565000001", 0.0, token(1))


def test_a_window_is_open_for_its_hours_and_not_a_second_longer() -> None:
    assert new().is_window_open(24, 24 * HOUR - 1)
    assert not new().is_window_open(24, 24 * HOUR)
    assert not new().is_window_open(0, 0.0)


def test_the_first_address_claims_and_no_other_may() -> None:
    taken = claimed(new(), PHONE, token(2))
    assert may_claim(taken, PHONE) and not may_claim(taken, OTHER) and not may_claim(taken, OWN)
    assert claimed(taken, PHONE, token(3)) is taken


def test_a_phone_with_privacy_addresses_stays_the_same_one() -> None:
    taken = claimed(new(), "2001:db8::1", token(2))
    assert may_claim(taken, "2001:db8::ffff:1") and not may_claim(taken, "2001:db8:0:1::1")


def test_what_the_server_s_own_machine_claimed_is_given_up_with_another_token() -> None:
    tried = claimed(new(), OWN, token(2))
    assert may_claim(tried, PHONE)
    assert claimed(tried, PHONE, token(3)).steady == (token(3),)


def test_using_the_token_kills_the_first_one_and_closes_the_window() -> None:
    enrolled = used(claimed(new(), PHONE, token(2)), token(2), PHONE)
    assert (enrolled.stage, enrolled.first, enrolled.steady) == ("enrolled", None, (token(2),))
    assert not enrolled.is_window_open(24, 1.0)
    assert used(enrolled, token(2), PHONE) is enrolled


def test_a_certificate_enrols_without_a_window_and_kills_the_first_token() -> None:
    enrolled = certified(claimed(new(), PHONE, token(2)), b"leaf", PHONE, None)
    assert (enrolled.stage, enrolled.first, enrolled.steady, enrolled.leaf) == ("enrolled", None, (token(2),), b"leaf")
    assert certified(enrolled, b"leaf", PHONE, None) is enrolled
    assert rotated(enrolled, 1.0, token(3)).leaf == b"leaf" and locked(enrolled, "lost").leaf == b"leaf"
    assert certified(claimed(new(), OTHER, token(2)), b"leaf", PHONE, token(3)).steady == (token(3),)


def test_a_rotation_leaves_the_old_token_good_until_the_new_one_is_used_or_a_month_is_over() -> None:
    enrolled = used(claimed(new(), PHONE, token(2)), token(2), PHONE)
    both = rotated(enrolled, 100.0, token(3))
    assert [one.digest for one in both.live(101.0)] == [token(2).digest, token(3).digest]
    assert [one.digest for one in both.live(100.0 + 31 * 86_400)] == [token(3).digest]
    assert used(both, token(3), PHONE).steady == (token(3),)
    assert used(both, both.steady[0], PHONE).steady == both.steady


def test_a_token_is_found_by_its_digest_and_made_of_its_seed_by_this_server_alone() -> None:
    made = token_of(KEY, token(7), "test")
    assert digest_of(made) == token(7).digest and len(made) == 26
    assert token_of(bytes(32), token(7), "test") != made != token_of(KEY, token(7), "another")
    assert made not in repr(token(7))


def test_a_path_s_token_is_read_whatever_stands_around_it() -> None:
    assert token_in("/t/abc/001565000001.cfg") == ("abc", "/001565000001.cfg")
    assert token_in("/T/ABC/a/b.cfg") == ("abc", "/a/b.cfg")
    assert token_in("/t//x") == ("", "/x")
    assert token_in("/t/abc") == (None, "/t/abc")
    assert token_in("/001565000001.cfg") == (None, "/001565000001.cfg")


class Device(RuleBasedStateMachine):
    """One device, two phones that say they are it, and an admin."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 10
        self.now = 0.0
        self.enrolment = new()
        self.dead: set[bytes] = set()

    def fresh(self) -> Issued:
        self.number += 1
        return token(self.number)

    def step(self, after: Enrolment) -> None:
        gone = {one.digest for one in self.enrolment.steady} - {one.digest for one in after.steady}
        first = self.enrolment.first
        if first is not None and first != after.first:
            gone.add(first.digest)
        self.dead |= gone
        self.enrolment = after

    @precondition(lambda self: self.enrolment.is_window_open(24, self.now))
    @rule(peer=st.sampled_from([PHONE, OTHER, OWN]))
    def a_phone_asks_without_token(self, peer: str) -> None:
        if may_claim(self.enrolment, peer):
            self.step(claimed(self.enrolment, peer, self.fresh()))
        elif peer != OWN:
            self.step(locked(self.enrolment, "two asked"))

    @precondition(lambda self: self.enrolment.live(self.now))
    @rule(data=st.data(), peer=st.sampled_from([PHONE, OTHER]))
    def a_token_comes_back(self, data: st.DataObject, peer: str) -> None:
        self.step(used(self.enrolment, data.draw(st.sampled_from(self.enrolment.live(self.now))), peer))

    @precondition(lambda self: self.enrolment.stage != "locked")
    @rule(peer=st.sampled_from([PHONE, OTHER]), is_its_own=st.booleans())
    def a_certificate_is_shown(self, peer: str, is_its_own: bool) -> None:
        steady = None if self.enrolment.steady and is_its_own else self.fresh()
        self.step(certified(self.enrolment, b"leaf", peer, steady))

    @precondition(lambda self: self.enrolment.stage == "enrolled")
    @rule()
    def an_admin_rotates(self) -> None:
        self.step(rotated(self.enrolment, self.now, self.fresh()))

    @rule()
    def an_admin_opens_a_window(self) -> None:
        self.step(opened("default", "desk", "001565000001", self.now, self.fresh()))

    @rule()
    def an_admin_locks(self) -> None:
        self.step(locked(self.enrolment, "lost"))

    @rule(hours=st.integers(1, 800))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR

    @invariant()
    def a_dead_token_never_comes_back(self) -> None:
        good = {one.digest for one in self.enrolment.steady} | {one.digest for one in (self.enrolment.first,) if one}
        assert not good & self.dead

    @invariant()
    def a_locked_device_has_no_token_and_an_enrolled_one_no_window(self) -> None:
        if self.enrolment.stage == "locked":
            assert not self.enrolment.steady and self.enrolment.first is None and self.enrolment.reason
        if self.enrolment.stage != "open":
            assert not self.enrolment.is_window_open(8760, self.now)
        assert len(self.enrolment.steady) <= 2


TestDevice = Device.TestCase
TestDevice.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
