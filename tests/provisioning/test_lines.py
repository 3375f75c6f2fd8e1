"""Lines: every extension of an owner, as far as the phone can hold them, and never one silently dropped."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.directory import Directory, number_order
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.kind import make_document
from offhook.provisioning.lines import Lines, resolve_lines
from tests.offices import directory_of


def put(kind: str, identity: str, **fields: Any) -> Document:
    return make_document(kind, {"id": identity, **fields}, "")


def ring(*targets: dict[str, Any], numbers: list[str], identity: str) -> Document:
    return put("callflows", identity, numbers=numbers, start="r", nodes={"r": {"type": "ring", "targets": targets}})


ACCOUNT = put("accounts", "default", realm="a.example")
MARIE = {"user": "marie"}


def lines(*documents: Document, accounts: int | None = None, **fields: Any) -> Lines:
    device = put("devices", "desk", sip={"username": "desk", "password": "x"}, **fields)
    directory: Directory = directory_of([ACCOUNT, *documents, device])
    found = directory.find(Device, "default", "desk")
    account = directory.account("default")
    assert found is not None
    return resolve_lines(directory, account, found, account.settings, accounts)


def marie(**fields: Any) -> Document:
    return put("users", "marie", name="Marie", **fields)


def test_marie_who_is_rung_by_two_callflows_has_two_lines() -> None:
    made = lines(
        marie(), ring(MARIE, numbers=["151"], identity="a"), ring(MARIE, numbers=["101"], identity="b"), owner="marie"
    )
    assert [(line.number, line.label, line.login, line.callflow) for line in made.lines] == [
        (1, "101", "desk", "b"), (2, "151", "desk-2", "a"),
    ]  # fmt: skip
    assert {(line.display_name, line.user, line.realm) for line in made.lines} == {("Marie", "marie", "a.example")}


def test_every_internal_number_of_a_callflow_is_an_extension_and_no_public_one() -> None:
    made = lines(marie(), ring(MARIE, numbers=["+33140000101", "20", "9"], identity="a"), owner="marie")
    assert [line.extension for line in made.lines] == ["9", "20"]


def test_a_flow_that_rings_everybody_gives_its_number_to_the_lobby_phone_but_to_no_user() -> None:
    everybody = ring(MARIE, {"device": "desk"}, numbers=["600"], identity="all")
    assert [line.label for line in lines(marie(), everybody).lines] == ["600"]
    assert [line.label for line in lines(marie(), everybody, owner="marie").lines] == ["Marie"]


def test_a_flow_of_its_own_wins_over_one_that_rings_everybody_for_a_lobby_phone() -> None:
    everybody = ring(MARIE, {"device": "desk"}, numbers=["100"], identity="all")
    own = ring({"device": "desk"}, numbers=["700"], identity="own")
    assert [line.label for line in lines(marie(), everybody, own).lines] == ["700"]


def test_an_extension_that_a_flow_reaches_through_another_counts() -> None:
    target = ring(MARIE, numbers=["101"], identity="m")
    jump = put("callflows", "jump", numbers=["7"], start="f", nodes={"f": {"type": "flow", "flow": "m"}})
    assert [line.label for line in lines(marie(), target, jump, owner="marie").lines] == ["7", "101"]


def test_a_written_line_with_a_number_of_no_callflow_is_said() -> None:
    made = lines(marie(), ring(MARIE, numbers=["101"], identity="a"), owner="marie", lines=[{"extension": "999"}, {}])
    assert [(line.label, line.extension) for line in made.lines] == [("999", None), ("101", "101")]
    assert made.notes == ("a line shows 999, which is the number of no callflow",)


def test_a_written_line_may_show_somebody_elses_number() -> None:
    reception = ring({"device": "door"}, numbers=["100"], identity="reception")
    made = lines(
        marie(), put("devices", "door"), reception, owner="marie", lines=[{"extension": "100", "label": "Porte"}]
    )
    (line,) = made.lines
    assert (line.label, line.extension, line.callflow, line.user) == ("Porte", "100", "reception", "marie")


def test_names_never_hold_a_line_break_when_they_reach_a_phone() -> None:
    user = put("users", "marie", name="Marie\r\nVia: evil")
    made = lines(user, owner="marie", lines=[{"label": "a\nb\x00", "display_name": "\u2028c"}, {}])
    assert [(line.label, line.display_name) for line in made.lines] == [("a b", "c"), ("Marie Via: evil",) * 2]


extension_sets = st.sets(st.integers(1, 9999).map(str), max_size=8)


@settings(deadline=None)
@given(extension_sets, st.none() | st.integers(1, 4), st.integers(0, 9))
def test_no_extension_is_lost_silently_and_no_two_lines_log_in_as_one(
    numbers: set[str], accounts: int | None, primary: int
) -> None:
    ascending = sorted(numbers, key=number_order)
    first = ascending[primary % len(ascending)] if ascending else None
    flows = [ring(MARIE, numbers=[number], identity=f"f{number}") for number in sorted(numbers)]
    made = lines(marie(primary_extension=first), *flows, owner="marie", accounts=accounts)
    shown = [line.extension for line in made.lines]
    wanted = ([first] if first else []) + [number for number in ascending if number != first]
    assert shown == (wanted[:accounts] if wanted else [None])
    assert [line.login for line in made.lines] == ["desk", *(f"desk-{n}" for n in range(2, len(shown) + 1))]
    left_out = wanted[accounts:] if accounts is not None else []
    said = f"the model holds {accounts} line(s); left out: {', '.join(left_out)}"
    assert (said in made.notes) == bool(left_out)
