"""What the proxy door keeps in memory: limits, answers, who is online, whose credentials changed."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.proxy import answers, presence, revocations
from offhook.proxy.answers import Answers
from offhook.proxy.events import take
from offhook.proxy.limits import Limit
from offhook.proxy.presence import Contact, Presence
from offhook.proxy.revocations import Revocations
from tests.callflow.calls import OFFICE
from tests.offices import Office, office_of

DESK = "sip:marie-desk@a.example"


@given(st.lists(st.floats(0, 5), max_size=200))
def test_nobody_gets_more_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    limit, now, allowed = Limit(2.0, 5.0), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += limit.allows("kamailio", now)
    assert allowed <= 5 + 2 * now + 1e-6


def test_one_asker_does_not_use_up_another_s_share() -> None:
    limit = Limit(1.0, 2.0)
    assert [limit.allows("a", 0.0) for _ in range(3)] == [True, True, False]
    assert limit.allows("b", 0.0) and limit.allows("a", 1.0)


async def test_a_question_that_is_asked_twice_at_once_is_answered_once() -> None:
    made: list[int] = []

    async def make() -> bytes:
        made.append(1)
        await asyncio.sleep(0)
        return b"plan %d" % len(made)

    kept = Answers(lambda: 0.0)
    first, second = await asyncio.gather(kept.once("q", make), kept.once("q", make))
    assert (first, second) == (b"plan 1", b"plan 1")
    assert await kept.once("other", make) == b"plan 2"


async def test_an_answer_is_kept_for_a_minute() -> None:
    now = [0.0]

    async def make() -> bytes:
        return b"%d" % now[0]

    kept = Answers(lambda: now[0])
    for moment, answer in ((0.0, b"0"), (59.0, b"0"), (60.0, b"60"), (61.0, b"60")):
        now[0] = moment
        assert await kept.once("q", make) == answer


async def test_a_failure_is_not_kept() -> None:
    async def fail() -> bytes:
        raise LookupError("gone")

    async def make() -> bytes:
        return b"plan"

    kept = Answers(lambda: 0.0)
    with pytest.raises(LookupError):
        await kept.once("q", fail)
    assert await kept.once("q", make) == b"plan"


async def test_answers_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 3)

    async def make() -> bytes:
        return b"x"

    kept = Answers(lambda: 0.0)
    for question in range(10):
        await kept.once(question, make)
    assert len(kept._kept) <= 3


def registered(contact: str = "sip:a@10.0.0.7", since: float = 0.0, until: float = 60.0, aor: str = DESK) -> Contact:
    return Contact(aor=aor, contact=contact, source="10.0.0.7:5060", user_agent="", proxy="", since=since, until=until)


def test_a_phone_that_registers_again_is_online_since_the_first_time() -> None:
    online = Presence()
    online.registered(registered())
    online.registered(registered(since=50.0, until=110.0))
    (contact,) = online.of_line(DESK, 100.0)
    assert (contact.since, contact.until) == (0.0, 110.0)
    assert online.of_line(DESK, 110.0) == []


def test_a_phone_that_unregisters_is_offline() -> None:
    online = Presence()
    online.registered(registered())
    online.registered(registered("sip:b@10.0.0.8"))
    online.unregistered(DESK, "sip:a@10.0.0.7")
    assert [contact.contact for contact in online.of_line(DESK, 1.0)] == ["sip:b@10.0.0.8"]
    online.unregistered(DESK, None)
    assert online.of_line(DESK, 1.0) == []


def test_presence_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "MOST_LINES", 3)
    monkeypatch.setattr(presence, "MOST_CALLS", 3)
    online = Presence()
    for number in range(10):
        online.registered(registered(aor=f"sip:{number}@a.example"))
        online.talks(str(number), DESK, 0.0)
        online.registered(registered(f"sip:{number}@10.0.0.7"))
    assert online.of_line("sip:1@a.example", 1.0) == [] and len(online.of_line(DESK, 1.0)) <= presence.MOST_CONTACTS
    assert online.calls_of(DESK, 1.0) == 3


def test_a_call_is_shown_while_it_lasts() -> None:
    online = Presence()
    for event in (
        {"type": "call_start", "call": "1", "aor": DESK},
        {"type": "call_answer", "call": "1", "aor": "sip:x@a.example"},
    ):
        assert take(online, event, None, 0.0)
    assert (online.calls_of(DESK, 1.0), online.calls_of("sip:x@a.example", 1.0)) == (1, 1)
    assert take(online, {"type": "call_end", "call": "1"}, None, 2.0)
    assert online.calls_of(DESK, 3.0) == 0


def test_a_proxy_of_one_realm_tells_nothing_of_another() -> None:
    online = Presence()
    event = {"type": "registered", "aor": DESK, "contact": "sip:x", "expires": "60"}
    assert not take(online, event, "b.example", 0.0) and online.of_line(DESK, 1.0) == []
    assert take(online, event, "a.example", 0.0)
    assert take(online, {**event, "expires": "0"}, "a.example", 1.0) and online.of_line(DESK, 2.0) == []


def changing(office: Office) -> Revocations:
    return Revocations(lambda: office.directory)


@pytest.fixture
def office() -> Office:
    return office_of(OFFICE % dict.fromkeys(("marie", "josh", "ann", "marie_desk"), ""))


def change(office: Office, kept: Revocations, text: str) -> None:
    """Save documents of an office file, and tell."""
    changed = office_of("accounts: [{id: default, realm: a.example}]\n" + text).directory
    entries = [entry for entry in changed.all() if entry.key[1] != "accounts" or "zone" in text]
    office.directory = office.directory.changed(
        office.directory.revision + 1, [(entry.key, entry) for entry in entries]
    )
    kept.note([entry.key for entry in entries])


def test_a_device_with_a_new_login_is_forgotten_under_both(office: Office) -> None:
    kept = changing(office)
    change(office, kept, "devices: [{id: hall, sip: {username: foyer, password: y}}]")
    assert kept.since(1) == (2, ["a.example:hall", "a.example:foyer"])
    assert kept.since(2) == (2, [])
    assert kept.since(1, "b.example") == (2, [])


def test_a_user_stands_for_all_of_their_devices_and_an_account_for_its_realm(office: Office) -> None:
    kept = changing(office)
    change(office, kept, "users: [{id: marie, name: Marie, enabled: false}]")
    assert kept.since(1)[1] == ["a.example:marie-desk", "a.example:marie-home"]
    change(office, kept, "# zone\nsites: [{id: s, name: S}]")
    assert kept.since(2) == (3, ["a.example:*"])


def test_who_missed_too_much_forgets_everything(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "MOST", 2)
    kept = changing(office)
    for password in "abc":
        change(office, kept, f"devices: [{{id: hall, sip: {{username: hall, password: {password}}}}}]")
    assert kept.since(1) == (4, None) and kept.since(5) == (4, None)
    assert kept.since(3) == (4, ["a.example:hall"])


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(["sip:1@a", "sip:2@a", "sip:3@a", "sip:4@a"]),
            st.sampled_from(["c1", "c2", None]),
            st.floats(0, 200),
            st.integers(-200, 200),
        ),
        max_size=60,
    )
)
def test_the_number_of_registered_lines_is_that_of_a_look_at_each(
    told: list[tuple[str, str | None, float, int]],
) -> None:
    online, now = Presence(), 0.0
    lines = ("sip:1@a", "sip:2@a", "sip:3@a", "sip:4@a")
    for aor, contact, later, seconds in told:
        if contact is None or seconds == 0:
            online.unregistered(aor, contact)
        else:
            online.registered(registered(contact, since=now, until=now + seconds, aor=aor))
        now += later
        exact = sum(bool(online.of_line(line, now)) for line in lines)
        lately = sum(bool(online.of_line(line, now - presence.TOGETHER)) for line in lines)
        assert exact <= online.count(now) <= lately


def test_lines_that_make_room_for_others_are_counted_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "MOST_LINES", 3)
    online = Presence()
    for number in range(10):
        online.registered(registered(aor=f"sip:{number}@a.example"))
    assert online.count(1.0) == 3 and online.count(60.0) == 0
