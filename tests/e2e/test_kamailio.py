"""Calls over a real Kamailio: the phones log in with what offhook served them, and offhook says whom a call rings."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from .telephony.exchange import REALM, Exchange
from .telephony.programs import until
from .telephony.sipp import Caller


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """An office on the telephone."""
    exchange = Exchange(tmp_path_factory.mktemp("office"))
    yield exchange
    exchange.stop()


def test_phones_log_in_with_what_they_were_served(office: Exchange) -> None:
    marie = office.lines("marie-desk")
    assert [line["extension"] for line in marie] == ["101", "151"]
    (contact,) = marie[0]["contacts"]
    assert contact["source"] == f"127.0.0.1:{office.phones['marie-desk'].port}" and "baresip" in contact["user_agent"]


def test_two_phones_of_one_user_ring_together_and_answering_one_stops_the_other(office: Exchange) -> None:
    desk, home = office.phones["marie-desk"], office.phones["marie-home"]
    since = office.now()
    caller = office.call("101")
    desk_rang, home_rang = desk.rings(since), home.rings(since)
    assert abs(desk_rang["at"] - home_rang["at"]) < 0.5
    home.do("accept")
    assert caller.result().code == 200
    desk.stops(since)


def test_the_called_phone_shows_who_calls(office: Exchange) -> None:
    since = office.now()
    caller = office.call("103")
    rang = office.phones["ann-desk"].rings(since)
    assert (rang["peeruri"], rang["peerdisplayname"]) == ("sip:104@office.test", "Bob 'the Builder'")
    office.phones["ann-desk"].do("accept")
    result = caller.result()
    assert result.code == 200
    byes = [message.first_line for message in result.trace if message.header("CSeq") == "3 BYE" and not message.sent]
    assert byes == ["SIP/2.0 200 OK"]


def test_nobody_answers_and_the_mailbox_of_the_callflow_takes_the_call(office: Exchange) -> None:
    since = office.now()
    result = office.call("101").result()
    office.phones["marie-desk"].rings(since)
    assert result.code == 200 and f":{office.mailboxes.port}" in result.contact
    assert 2.5 < result.seconds < 4.5
    taken = office.mailboxes.call(since)
    assert (taken.header("X-Offhook-Service"), taken.header("X-Offhook-Mailbox")) == ("voicemail", "101")


def test_a_callflow_that_only_rings_ends_without_a_mailbox(office: Exchange) -> None:
    since = office.now()
    result = office.call("151").result()
    assert result.code == 480 and 1.5 < result.seconds < 3.5
    assert office.phones["marie-home"].rings(since)["accountaor"] == "sip:marie-home-2@office.test"
    assert not office.mailboxes.invites(since)


def test_a_busy_phone_leads_to_the_branch_for_busy(office: Exchange) -> None:
    since = office.now()
    caller = office.call("102")
    office.phones["josh-desk"].rings(since)
    office.phones["josh-desk"].do("hangup")  # 486
    office.phones["ann-desk"].rings(since)
    office.phones["ann-desk"].do("accept")
    result = caller.result()
    assert result.code == 200 and f":{office.phones['ann-desk'].port}" in result.contact
    assert not office.mailboxes.invites(since)


def test_a_doorbell_of_nobody_rings_everybody(office: Exchange) -> None:
    since = office.now()
    caller = office.call("600", "doorbell", "bell-secret")
    for name in ("marie-desk", "marie-home", "josh-desk", "hall"):
        assert office.phones[name].rings(since)["peerdisplayname"] == "Doorbell"
    assert not office.phones["ann-desk"].saw("CALL_INCOMING", since)
    office.phones["hall"].do("accept")
    result = caller.result()
    assert result.code == 200 and f":{office.phones['hall'].port}" in result.contact
    office.phones["marie-desk"].stops(since)


def test_a_member_of_a_group_rings_after_its_delay(office: Exchange) -> None:
    since = office.now()
    caller = office.call("700")
    first = office.phones["josh-desk"].rings(since)
    second = office.phones["ann-desk"].rings(since)
    assert 1.0 < second["at"] - first["at"] < 3.3
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200
    office.phones["josh-desk"].stops(since)


def test_when_the_first_of_a_group_is_busy_the_next_one_does_not_wait(office: Exchange) -> None:
    office.change("groups/desk", members=[{"user": "josh"}, {"user": "ann", "delay": 6}])
    since = office.now()
    caller = office.call("700")
    office.phones["josh-desk"].rings(since)
    office.phones["josh-desk"].do("hangup")
    office.phones["ann-desk"].rings(since, seconds=3)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200


def test_phones_ring_in_turn_and_one_that_is_not_registered_costs_no_time(office: Exchange) -> None:
    since = office.now()
    caller = office.call("710")  # Josh 2 s, Bob (not registered) 2 s, Ann
    josh = office.phones["josh-desk"].rings(since)
    ann = office.phones["ann-desk"].rings(since, seconds=8)
    assert 1.5 < ann["at"] - josh["at"] < 3.3
    office.phones["josh-desk"].stops(since)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200


def test_a_user_without_registered_phone_costs_no_time(office: Exchange) -> None:
    since = office.now()
    result = office.call("104", "doorbell", "bell-secret").result()
    assert result.code == 200 and result.seconds < 1.0
    assert office.mailboxes.call(since).header("X-Offhook-Mailbox") == "800"


def test_a_user_forwards_calls_to_a_colleague(office: Exchange) -> None:
    office.change("users/marie", forward={"enabled": True, "number": "103"})
    since = office.now()
    caller = office.call("101")
    office.phones["ann-desk"].rings(since)
    assert not office.phones["marie-desk"].saw("CALL_INCOMING", since)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200
    office.change("users/marie", forward=None)


def test_a_forward_outside_goes_over_the_trunk_and_says_who_forwarded(office: Exchange) -> None:
    office.change("users/marie", forward={"enabled": True, "number": "0611223344"})
    since = office.now()
    assert office.call("101").result().code == 200
    call = office.trunk.call(since)
    assert call.first_line.startswith("INVITE sip:+33611223344@127.0.0.1")
    assert call.header("Diversion") == "<sip:101@office.test>;reason=unconditional"
    office.change("users/marie", forward=None)


def test_a_user_who_does_not_want_to_be_disturbed_is_not_rung(office: Exchange) -> None:
    office.change("users/marie", dnd=True)
    since = office.now()
    result = office.call("101").result()
    assert result.code == 200 and result.seconds < 1.0
    assert office.mailboxes.call(since).header("X-Offhook-Mailbox") == "101"
    assert not office.phones["marie-desk"].saw("CALL_INCOMING", since)
    office.change("users/marie", dnd=False)


def test_a_call_outside_carries_the_identity_for_outside(office: Exchange) -> None:
    since = office.now()
    josh = office.phones["josh-desk"]
    josh.do("dial", "0611223344")
    call = office.trunk.call(since)
    assert call.first_line.startswith("INVITE sip:+33611223344@") or "0611223344" in call.first_line
    assert '"Bureau" <sip:+33140000102@office.test>' in (call.header("From") or "")
    josh.do("hangup")


def test_a_call_from_the_trunk_reaches_the_public_number(office: Exchange) -> None:
    since = office.now()
    caller = office.call_from_outside()
    assert "sip:+33611223344@office.test" in office.phones["ann-desk"].rings(since)["peeruri"]
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200


def test_a_call_from_the_trunk_reaches_no_internal_number(office: Exchange) -> None:
    office.now()
    assert office.call_from_outside("101").result().code == 404


def test_out_of_hours_the_mailbox_answers_at_once(office: Exchange) -> None:
    office.change("schedules/office", forced={"period": "closed"})
    since = office.now()
    result = office.call_from_outside().result()
    assert result.code == 200 and result.seconds < 1.0
    assert office.mailboxes.call(since).header("X-Offhook-Mailbox") == "800"
    assert not office.phones["ann-desk"].saw("CALL_INCOMING", since)
    office.change("schedules/office", forced=None)


def test_a_caller_who_hangs_up_stops_the_phones(office: Exchange) -> None:
    since = office.now()
    office.phones["josh-desk"].do("dial", "103")
    office.phones["ann-desk"].rings(since)
    office.phones["josh-desk"].do("hangup")
    office.phones["ann-desk"].stops(since)


def test_a_phone_that_is_moved_to_another_user_rings_for_that_one_at_once(office: Exchange) -> None:
    office.change("devices/hall", owner="ann")
    since = office.now()
    caller = office.call("103")
    office.phones["hall"].rings(since, seconds=1)
    office.phones["hall"].do("accept")
    assert caller.result().code == 200
    office.change("devices/hall", owner=None)


def test_two_users_who_forward_to_each_other_do_not_go_in_circles(office: Exchange) -> None:
    office.change("users/marie", forward={"enabled": True, "number": "103"})
    office.change("users/ann", forward={"enabled": True, "number": "101"})
    office.now()
    result = office.call("101").result()
    assert result.code in (200, 480) and result.seconds < 2.0
    office.change("users/marie", forward=None)
    office.change("users/ann", forward=None)


def test_a_wrong_password_and_an_unknown_login_hear_the_same(office: Exchange) -> None:
    assert office.call("103", "bob-desk", "wrong").result().code == 407
    assert office.call("103", "mallory", "wrong").result().code == 407


def test_a_device_that_is_disabled_can_no_longer_call_or_register(office: Exchange) -> None:
    office.now()
    assert office.call("104", "bob-old", "old-secret").result().code == 200
    office.change("devices/bob-old", enabled=False)
    until(
        lambda: office.call("104", "bob-old", "old-secret").result().code == 407,
        5,
        "a disabled phone still gets through",
    )
    assert office.register("bob-old", "old-secret") == 401


def test_a_new_password_counts_within_seconds(office: Exchange) -> None:
    office.change("devices/bob-old", enabled=True, sip={"username": "bob-old", "password": "brand-new"})
    until(lambda: office.register("bob-old", "brand-new") == 200, 5, "the new password does not count")
    assert office.register("bob-old", "old-secret") == 401


def test_a_number_outside_rings_beside_a_phone_and_the_one_who_answers_first_has_the_call(office: Exchange) -> None:
    since = office.now()
    assert office.call("721").result().code == 200
    assert office.trunk.call(since).first_line.startswith("INVITE sip:+33611223344@")
    assert office.phones["josh-desk"].rings(since)
    office.phones["josh-desk"].stops(since)


def test_a_number_outside_rings_later_than_the_phone(office: Exchange) -> None:
    since = office.now()
    caller = office.call("720")
    josh = office.phones["josh-desk"].rings(since)
    result = caller.result()
    assert result.code == 200 and f":{office.trunk.port}" in result.contact
    assert 1.0 < office.trunk.call(since).at - josh["at"] < 3.5


def test_a_forward_to_a_number_of_the_media_server_comes_back_and_goes_there(office: Exchange) -> None:
    office.change("users/marie", forward={"enabled": True, "number": "790"})
    since = office.now()
    result = office.call("101").result()
    assert result.code == 200 and result.seconds < 1.0
    assert office.mailboxes.call(since).header("X-Offhook-Mailbox") == "800"
    office.change("users/marie", forward=None)


def test_somebody_outside_cannot_say_that_he_is_one_of_us(office: Exchange) -> None:
    office.now()
    caller = Caller(
        office.folder, office.kamailio.trusted_port, REALM, "101", source="x", scenario="trunk_caller_who_lies.xml"
    )
    assert caller.result().code == 404


def test_a_phone_that_declines_leads_to_the_branch_for_that(office: Exchange) -> None:
    office.change("devices/bob-old", enabled=True, sip={"username": "bob-old", "password": "old-secret"})
    phone = office.sipp_phone("decline.xml", "bob-old", "old-secret")
    since = office.now()
    caller = office.call("730", "doorbell", "bell-secret")
    office.phones["ann-desk"].rings(since)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200
    phone.stop()


def test_a_phone_that_redirects_is_followed_as_far_as_its_user_may_dial(office: Exchange) -> None:
    phone = office.sipp_phone("redirect.xml", "bob-old", "old-secret")
    since = office.now()
    caller = office.call("730", "doorbell", "bell-secret")
    office.phones["ann-desk"].rings(since)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200
    phone.stop()


def test_a_phone_that_says_do_not_disturb_counts_as_no_answer(office: Exchange) -> None:
    phone = office.sipp_phone("disturbed.xml", "bob-old", "old-secret")
    since = office.now()
    result = office.call("730", "doorbell", "bell-secret").result()
    assert result.code == 200 and result.seconds < 1.0
    assert phone.invites(since) and office.mailboxes.call(since).header("X-Offhook-Mailbox") == "800"
    phone.stop()


def test_a_registered_phone_is_told_to_fetch_its_config_and_another_one_is_not_there(office: Exchange) -> None:
    done = office.server.run("device", "resync", "hall", "doorbell", "bob-old", check=False)
    hall, doorbell, _ = done.stdout.splitlines()
    assert hall.startswith("hall: the phone has it (481")  # as baresip answers, which knows no such event
    assert doorbell.startswith("doorbell: ") and "no vendor's profile" in doorbell
    assert done.returncode == 1 and "1 of 3 phones have been told" in done.stderr
    listed = office.server.run("device", "list", "--model", "yealink/T54W", "-o", "ids").stdout
    assert listed == "marie-home\n"
    assert "marie-home: the phone has it" in office.server.run("device", "resync", "-", stdin=listed).stdout
    assert "resync" in office.server.run("audit", "list").stdout


def test_while_offhook_hangs_known_calls_go_on_and_nobody_else_waits(office: Exchange) -> None:
    office.now()
    assert office.call("151").result().code == 480  # from here on the plan of 151 is kept
    assert office.server.process is not None
    since = office.now()
    office.server.process.send_signal(signal.SIGSTOP)
    try:
        caller = office.call("151")
        assert office.kamailio.answers_within() < 0.2
        office.phones["marie-home"].rings(since, seconds=4)
        office.phones["marie-home"].do("accept")
        assert caller.result().code == 200
    finally:
        office.server.process.send_signal(signal.SIGCONT)
    until(
        lambda: (
            "offhook is there again" in office.kamailio.said().rpartition("offhook is away")[2]
            or "offhook is away" not in office.kamailio.said()
        ),
        10,
        "offhook is not back",
    )


def test_calls_for_help_go_out_whatever_else_is_broken(office: Exchange) -> None:
    with office.without_offhook():
        since = office.now()
        office.phones["hall"].do("dial", "112")
        assert office.help.call(since).first_line.startswith("INVITE sip:112@")
        office.phones["hall"].do("hangup")


def test_phones_and_calls_go_on_while_offhook_is_stopped(office: Exchange) -> None:
    since = office.now()
    assert office.call("101").result().code == 200  # from here on the plan of 101 is kept
    with office.without_offhook():
        since = office.now()
        caller = office.call("101")
        office.phones["marie-desk"].rings(since)
        office.phones["marie-desk"].do("accept")
        assert caller.result().code == 200
        unknown = office.call("719").result()
        assert (unknown.code, unknown.seconds < 1) == (503, True)
        assert office.register("bob-desk", "bob-secret") == 200
        assert office.register("bob-desk", "wrong") == 401
    since = office.now()
    caller = office.call("103")
    office.phones["ann-desk"].rings(since)
    office.phones["ann-desk"].do("accept")
    assert caller.result().code == 200


def test_a_phone_that_is_unplugged_is_given_up_soon(office: Exchange) -> None:
    office.phones["josh-desk"].stop()
    since = office.now()
    result = office.call("102").result()
    assert result.code == 200 and result.seconds < 3.5
    assert office.mailboxes.call(since).header("X-Offhook-Mailbox") == "102"
