"""Kazoo's users, devices, groups and mailboxes keep who they are; what has no place is told."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importers.kazoo_office import documents_of, imported, only, problems, said

MARIE = {"id": "u1", "first_name": "Marie", "last_name": "Tremblay", "username": "marie"}


def test_a_user_keeps_name_identities_forward_and_silence() -> None:
    office = imported(
        users=[
            {
                **MARIE,
                "email": "marie@acme.example",
                "language": "en-us",
                "presence_id": "101",
                "do_not_disturb": {"enabled": True},
                "caller_id": {"external": {"name": "Acme", "number": "+14155550100"}},
                "call_forward": {
                    "enabled": True,
                    "number": "5551234567",
                    "require_keypress": True,
                    "direct_calls_only": True,
                },
                "media": {"audio": {"codecs": ["G722", "PCMU", "SPEEX"]}, "encryption": {"methods": ["srtp"]}},
                "call_waiting": {"enabled": False},
            }
        ]
    )
    assert only(office, "users") == {
        "id": "u1",
        "name": "Marie Tremblay",
        "email": "marie@acme.example",
        "language": "en-US",
        "primary_extension": "101",
        "caller_id": {"external": {"name": "Acme", "number": "+14155550100"}},
        "dnd": True,
        "forward": {"enabled": True, "number": "5551234567", "substitute": False, "confirm": True, "direct_only": True},
        "settings": {"codecs": ["g722", "pcmu"], "srtp": "optional", "call_waiting": False},
    }
    assert '["SPEEX"]: phones are not told of these codecs' in said(office)


def test_a_device_keeps_mac_credentials_model_and_keys() -> None:
    office = imported(
        users=[MARIE],
        devices=[
            {
                "id": "d1",
                "name": "Desk",
                "owner_id": "u1",
                "mac_address": "00:15:65:AA:BB:01",
                "sip": {
                    "username": "user_abc",
                    "password": "s3cret",
                    "expire_seconds": 360,
                    "invite_format": "contact",
                },
                "provision": {
                    "endpoint_brand": "Yealink",
                    "endpoint_model": "t46s",
                    "combo_keys": {
                        "0": {"type": "line"},
                        "1": {"type": "presence", "value": "u1"},
                        "2": {"type": "speed_dial", "value": {"label": "Mum", "value": "5550100"}},
                        "3": {"type": "presence", "value": "gone"},
                    },
                },
            }
        ],
    )
    assert only(office, "devices") == {
        "id": "d1",
        "name": "Desk",
        "mac": "001565aabb01",
        "model": "yealink/T46S",
        "owner": "u1",
        "sip": {"username": "user_abc", "password": "s3cret"},
        "keys": [
            {"position": 1, "type": "line"},
            {"position": 2, "type": "blf", "value": "u1"},
            {"position": 3, "type": "speed_dial", "value": "5550100", "label": "Mum"},
        ],
        "settings": {"register_expires": 360},
    }
    assert "combo_keys.3 value: users/gone" in said(office).replace("combo_keys.3.value", "combo_keys.3 value")


def test_an_unowned_doorbell_stays_nobodys() -> None:
    office = imported(devices=[{"id": "door", "name": "Door", "owner_id": "", "sip": {"username": "door"}}])
    assert only(office, "devices") == {"id": "door", "name": "Door", "sip": {"username": "door"}}


def test_a_device_at_which_others_are_logged_in_rings_for_them() -> None:
    users = [MARIE, {"id": "u2", "first_name": "Bob"}]
    office = imported(users=users, devices=[{"id": "d1", "owner_id": "u1", "hotdesk": {"users": {"u2": {}}}}])
    assert only(office, "devices")["lines"] == [{"user": "u2"}]
    assert "Take lines away when they have left." in said(office)


def test_group_members_stand_by_weight_with_their_times() -> None:
    endpoints: dict[str, Any] = {
        "u1": {"type": "user"},
        "d1": {"type": "device", "weight": 2, "delay": 5},
        "u2": {"type": "user", "weight": 1, "timeout": "15"},
        "gone": {"type": "user"},
    }
    office = imported(
        users=[MARIE, {"id": "u2", "first_name": "Bob"}], devices=[{"id": "d1"}],
        groups=[{"id": "g", "name": "Desk", "endpoints": endpoints}],
    )  # fmt: skip
    members = [{"user": "u2", "timeout": 15}, {"device": "d1", "delay": 5}, {"user": "u1"}]
    assert only(office, "groups") == {"id": "g", "name": "Desk", "members": members}
    assert "groups/g endpoints.gone: user gone" in said(office)


def test_a_mailbox_keeps_number_owner_and_pin() -> None:
    box = {
        "id": "b",
        "mailbox": 101,
        "owner_id": "u1",
        "pin": "1234",
        "notify_email_addresses": ["a@b.example", "c@d.example"],
    }
    office = imported(users=[MARIE], vmboxes=[{**box, "delete_after_notify": True, "media_extension": "mp3"}])
    assert only(office, "mailboxes") == {
        "id": "b",
        "number": "101",
        "owner": "u1",
        "pin": "1234",
        "email": "a@b.example",
    }
    assert "vmboxes/b delete_after_notify: true: the voicemail server decides this. Set it there." in said(office)
    assert "media_extension" not in said(office)


def test_an_account_that_is_not_to_be_disturbed_silences_users_and_unowned_devices() -> None:
    office = imported(users=[MARIE], devices=[{"id": "d1", "owner_id": "u1"}, {"id": "door"}])
    assert "dnd" not in only(office, "users")
    account = {"id": "a", "realm": "acme.example", "do_not_disturb": {"enabled": True}}
    office = imported(accounts=[account], users=[MARIE], devices=[{"id": "d1", "owner_id": "u1"}, {"id": "door"}])
    assert only(office, "users")["dnd"] is True
    assert [device.get("dnd") for device in office.office["devices"]] == [None, True]


FIELDS = st.dictionaries(
    st.sampled_from(
        ["name", "first_name", "email", "enabled", "language", "owner_id", "mac_address", "sip", "provision", "media",
         "call_forward", "caller_id", "hotdesk", "presence_id", "do_not_disturb", "call_restriction", "pin", "odd"]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers(-1, 10**6) | st.sampled_from(["", "x", "u1", "00:15:65:00:00:01", "a@b.example", "é"]),
        lambda values: st.lists(values, max_size=2)
        | st.dictionaries(
            st.sampled_from(["enabled", "number", "username", "password", "codecs", "audio", "external", "users", "combo_keys", "1",
                             "type", "value", "endpoint_brand", "endpoint_model", "action"]),
            values, max_size=3,
        ),
        max_leaves=6,
    ),
    max_size=5,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(FIELDS, FIELDS)
def test_whatever_stands_in_a_user_or_device_the_server_takes_what_it_becomes(user: Any, device: Any) -> None:
    office = imported(users=[{**user, "id": "u1"}], devices=[{**device, "id": "d1"}])
    assert problems(documents_of(office)) == []
    assert "odd" not in user or user["odd"] in (None, "", [], {}, False) or "users/u1 odd" in said(office)
