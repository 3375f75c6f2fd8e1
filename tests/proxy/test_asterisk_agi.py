"""Asterisk hands calls over FastAGI, and is told what to do with them, one command after the other."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.proxy.adapters.agi_door import AgiListener
from offhook.proxy.adapters.agi_lines import LONGEST, Environment, HungUp, LinesRefused, Reader, Reply, Said, command
from offhook.proxy.adapters.asterisk_agi import Ask, Command, Planned, asked, carry_out
from offhook.proxy.routing import Routing
from tests.callflow.calls import EXCHANGE, MONDAY_NOON, flow, office, ring

from . import golden
from .asterisk import Asterisk
from .doors import House

MARIE = "PJSIP/marie-desk@a.example/sip:marie-desk@10.0.0.7:5062"
ANN = "PJSIP/ann-desk@a.example/sip:ann-desk@10.0.0.8:5060;transport=tcp"


FLOWS = [
    flow(ring({"user": "marie"}, {"user": "josh", "delay": 5}, {"user": "ann", "delay": 5}, tone="urgent"), "300", "all"),
    flow(ring({"user": "ann"}, next={"busy": "m", "rejected": "stop", "else": "v"}), "400", "branches",
         m=ring({"user": "marie"}), stop={"type": "end", "code": 404}, v={"type": "voicemail", "box": "marie"}),
    flow({"type": "menu", "prompt": {"text": "Hello"}, "next": {"1": "ann"}}, "302", "menu", ann=ring({"user": "ann"})),
    flow({"type": "dial_out"}, "", "out") | {"patterns": [r"0\d{9}"]},
    flow({"type": "dial_out", "routes": ["first", "second"]}, "", "routes") | {"patterns": [r"8\d{9}"]},
    flow({"type": "voicemail_check", "box": "own"}, "*97", "check"),
]  # fmt: skip


class Door:
    def __init__(self, tmp_path: Path) -> None:
        self.house = House(office(*FLOWS), tmp_path)
        routing = Routing(lambda: self.house.directory, EXCHANGE, self.house._run, clock=lambda: MONDAY_NOON)
        self.listener = AgiListener(lambda: self.house.directory, routing, self.house.tokens, ("127.0.0.1", 0))

    def asterisk(self, token: str | None = None) -> Asterisk:
        made = Asterisk(self.listener.port, self.house.token() if token is None else token)
        made.contacts = {"marie-desk@a.example": MARIE, "ann-desk@a.example": ANN}
        return made


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path)
    await made.listener.start()
    yield made
    await made.listener.stop()


async def test_an_unanswered_call_rings_the_registered_phones_and_goes_to_the_mailbox(
    door: Door, request: pytest.FixtureRequest
) -> None:
    asterisk = door.asterisk()
    assert await asterisk.call("101") == [f'EXEC Dial "{MARIE},20,i"', 'EXEC VoiceMail "101@a.example,u"']
    golden.check(request, "asterisk/agi-call-to-101.txt", "".join(line + "\n" for line in asterisk.commands))


async def test_an_answered_call_is_over(door: Door) -> None:
    asterisk = door.asterisk()
    asterisk.dialled = {"marie-desk": ("ANSWER", "16")}
    assert await asterisk.call("101") == [f'EXEC Dial "{MARIE},20,i"']


async def test_who_is_not_registered_costs_no_ringing_at_all(door: Door) -> None:
    asterisk = door.asterisk()
    asterisk.contacts = {}
    assert await asterisk.call("101") == ['EXEC VoiceMail "101@a.example,u"']


@pytest.mark.parametrize(
    ("status", "cause", "then"),
    [
        ("BUSY", "17", f'EXEC Dial "{MARIE},20,i"'),
        ("CHANUNAVAIL", "21", "EXEC Hangup 1"),
        ("NOANSWER", "19", 'EXEC VoiceMail "101@a.example,u"'),
        ("CONGESTION", "34", 'EXEC VoiceMail "101@a.example,u"'),
    ],
)
async def test_the_way_goes_on_by_what_came_of_ringing(door: Door, status: str, cause: str, then: str) -> None:
    asterisk = door.asterisk()
    asterisk.dialled = {"ann-desk": (status, cause)}
    assert (await asterisk.call("400"))[1].replace('"1"', "1") == then


async def test_phones_that_ring_later_are_a_step_of_their_own_and_headers_go_with_each(door: Door) -> None:
    asterisk = door.asterisk()
    asterisk.dialled = {"ann-desk": ("ANSWER", "16")}
    assert await asterisk.call("300", "hall@a.example") == [
        f'EXEC Dial "{MARIE},5,ib(offhook-headers^s^1)"',
        f'EXEC Dial "{MARIE}&{ANN},15,ib(offhook-headers^s^1)"',
    ]
    assert 'SET VARIABLE "__OFFHOOK_HEADER_1_NAME" "Alert-Info"' in asterisk.commands
    assert 'SET VARIABLE "__OFFHOOK_HEADER_1" urgent' in asterisk.commands


async def test_a_number_outside_goes_over_the_usual_trunk_or_over_its_routes_in_turn(door: Door) -> None:
    asterisk = door.asterisk()
    asterisk.dialled = {"@provider": ("ANSWER", "16"), "@second": ("ANSWER", "16"), "@first": ("CONGESTION", "34")}
    assert await asterisk.call("0612345678") == ['EXEC Dial "PJSIP/+33612345678@provider,60,i"']
    asterisk.commands.clear()
    assert [line.split("@")[1][:6] for line in await asterisk.call("8123456789")] == ["first,", "second"]


async def test_a_menu_is_played_by_the_dialplan_of_the_admin_and_its_digit_comes_back(door: Door) -> None:
    asterisk = door.asterisk()
    asterisk.outcome = "digits:1"
    asterisk.dialled = {"ann-desk": ("ANSWER", "16")}
    assert await asterisk.call("302") == ['GOSUB "offhook-services" menu "1"', f'EXEC Dial "{ANN},20,i"']
    assert 'SET VARIABLE "OFFHOOK_SERVICE_PROMPT_TEXT" Hello' in asterisk.commands


async def test_people_listen_to_their_own_mailbox_without_a_pin(door: Door) -> None:
    asterisk = door.asterisk()
    assert await asterisk.call("*97", "marie-desk@a.example") == ['EXEC VoiceMailMain "101@a.example,s"']


async def test_a_call_from_outside_reaches_public_numbers_and_no_internal_ones(door: Door) -> None:
    outside = {"agi_arg_3": "a.example", "agi_callerid": "0612345678"}
    asterisk = door.asterisk()
    asterisk.dialled = {"marie-desk": ("ANSWER", "16")}
    assert await asterisk.call("+33140000101", "", **outside) == [f'EXEC Dial "{MARIE},20,i"']
    asterisk.commands.clear()
    assert await asterisk.call("999", "", **outside) == ['EXEC Hangup "1"']


async def test_who_has_no_token_of_a_proxy_hears_nothing(door: Door) -> None:
    wrong = ("", "wrong", door.house.token(scopes=("read",)), door.house.token(networks=("10.0.0.0/8",)))
    for token in wrong:
        assert await door.asterisk(token).call("101") == []
    assert await door.asterisk(door.house.token(account="other")).call("101") == ['EXEC Hangup "1"']


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"agi_a: " + b"x" * 40_000, b"\n", b"agi_a: b"])
async def test_what_is_no_asterisk_is_let_go_and_the_next_call_is_served(door: Door, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.listener.port)
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()
    assert await door.asterisk().call("101")


async def test_a_caller_who_hangs_up_ends_everything(door: Door) -> None:
    asterisk = door.asterisk()
    answer: Callable[[str], str] = asterisk._answer
    asterisk._answer = lambda line: "HANGUP\n" if line.startswith("EXEC") else answer(line)  # type: ignore[method-assign]
    assert await asterisk.call("101") == [f'EXEC Dial "{MARIE},20,i"']


def test_a_contact_that_a_phone_chose_so_that_it_would_change_the_dialling_is_left_out() -> None:
    step = {"type": "ring", "timeout": 20, "caller": {"name": "", "number": "", "privacy": False}, "headers": [],
            "targets": [{"aor": "sip:m@a.example", "delay": 0, "headers": []}], "on": {}, "next": 1}  # fmt: skip
    conversation = carry_out(Planned([step], "a.example"), "c1")
    assert next(conversation) == Command(("GET", "FULL", "VARIABLE", "${PJSIP_DIAL_CONTACTS(m@a.example)}"))
    good, bad = "PJSIP/m@a.example/sip:m@10.0.0.7", "PJSIP/m@a.example/sip:m@10.0.0.7,300,S(1)&Local/0900@out"
    conversation.send(Reply(200, "1", f"{good}&{bad}"))
    said: Any = conversation.send(Reply(200, "1"))
    assert said == Command(("EXEC", "Dial", f"{good},20,i"))


@pytest.mark.parametrize(
    ("entries", "field", "value"),
    [
        ({"agi_callingpres": "35"}, "privacy", "id"), ({"agi_callingpres": "3"}, "privacy", ""),
        ({"agi_rdnis": "100"}, "diversion", "<sip:100@invalid>"), ({"agi_arg_2": "x@b.example"}, "domain", "b.example"),
        ({"agi_arg_2": "", "agi_channel": "PJSIP/x@b.example-1"}, "auth_user", ""),
    ],
)  # fmt: skip
def test_how_a_call_came_is_read_from_its_environment(entries: dict[str, str], field: str, value: str) -> None:
    assert asked(entries)[field] == value


ENVIRONMENT = b"agi_network: yes\nagi_callerid: unknown\nagi_extension: 101\n\n"


@given(st.lists(st.integers(0, len(ENVIRONMENT) + 80), max_size=8))
def test_lines_are_understood_wherever_they_are_cut(cuts: list[int]) -> None:
    data = ENVIRONMENT + b"200 result=1 (PJSIP/a(b)c)\n520-Usage:\n how\n520 End.\nHANGUP\n511 Dead\n"
    edges = [0, *sorted(cuts), len(data)]
    reader, said = Reader(), list[Said]()
    for begin, end in itertools.pairwise(edges):
        said += reader.read(data[begin:end])
    entries = {"agi_network": "yes", "agi_callerid": "", "agi_extension": "101"}
    assert said == [Environment(entries), Reply(200, "1", "PJSIP/a(b)c"), Reply(520), HungUp(), Reply(511)]


@given(st.binary(max_size=300))
def test_nothing_that_comes_does_more_than_refuse(data: bytes) -> None:
    with contextlib.suppress(LinesRefused):
        list(Reader().read(data))


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(LinesRefused, match="is this Asterisk"):
        list(Reader().read(b"agi_a: " + b"x" * (LONGEST + 1)))


def unquoted(line: str) -> list[str]:
    """Words as res_agi.c takes a command apart: quotes hold a word together, a backslash takes its sign as it is."""
    words, word, quoted, escaped, inside = list[str](), "", False, False, False
    for sign in line:
        if sign == '"' and not escaped:
            quoted, inside = not quoted, True
        elif sign in " \t" and not quoted and not escaped:
            words, word, inside = ([*words, word], "", False) if inside else (words, word, False)
        elif sign == "\\" and not escaped:
            escaped = True
            continue
        else:
            word, inside = word + sign, True
        escaped = False
    return [*words, word] if inside else words


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1))
def test_words_of_a_command_stay_words_whatever_is_in_them(words: list[str]) -> None:
    line = command("SET", *words).decode()
    assert line.count("\n") == 1 and unquoted(line[:-1]) == ["SET", *words]


HOSTILE = st.text(st.sampled_from("ab1 ${}[](),|^'\"\\&;:_=@#*+\n\x00\u00e9"), max_size=10)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_number_trunk_or_box_says_more_to_an_application_than_it_should(number: str, route: str, box: str) -> None:
    caller = {"name": number, "number": route, "privacy": True}
    common = {"caller": caller, "headers": [{"name": "X-Offhook-Mailbox", "value": box}], "on": {}}
    steps = [
        {"type": "forward", "uri": f"sip:{number}@a.example", "timeout": 9, "routes": [route], "next": 1, **common},
        {"type": "ring", "timeout": 9, "next": 2, **common,
         "targets": [{"uri": f"sip:{number}@x", "outside": False, "delay": 0, "headers": []}]},
        {"type": "forward", "uri": "sip:x", "service": "voicemail", "timeout": 9, "next": 3, **common},
    ]  # fmt: skip
    conversation, came = carry_out(Planned(steps, "a.example"), "c1"), None
    with contextlib.suppress(StopIteration):
        while True:
            todo = conversation.send(came)
            assert not isinstance(todo, Ask)
            came = Reply(200, "1", "BUSY" if "DIALSTATUS" in todo.words[-1] else "")
            if todo.words[0] == "EXEC":
                assert re.fullmatch(r"[A-Za-z0-9_.+*#@!%/-]*(,9,ib\(offhook-headers\^s\^1\)|,u)?", todo.words[2]), todo
