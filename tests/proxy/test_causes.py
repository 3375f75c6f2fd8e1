"""What a proxy says came of a step, as the node at hand understands it."""

from __future__ import annotations

import pytest

from offhook.callflow.media_nodes import MEDIA_NODES
from offhook.callflow.ring_nodes import RING_NODES
from offhook.model import node as nodes
from offhook.proxy.causes import BY_NODE, CAUSES, outcome_of

RING = nodes.Ring(targets=(nodes.Target(user="marie"),))


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [("busy", "busy"), ("no_answer", "no_answer"), ("unavailable", "no_answer"), ("declined", "rejected"),
     ("offline", "unreachable"), ("failed", "failed"), ("no_input", "no_input")],
)  # fmt: skip
def test_a_ring_understands_the_causes_of_the_contract(cause: str, outcome: str) -> None:
    assert str(outcome_of(RING, cause, 480, "")) == outcome


def test_a_redirection_carries_the_number_only_where_a_phone_may_redirect() -> None:
    assert str(outcome_of(RING, "redirected", 302, "103")) == "redirected:103"
    assert str(outcome_of(nodes.DialOut(), "redirected", 302, "103")) == "failed"


def test_a_media_server_tells_a_choice_by_redirecting() -> None:
    menu = nodes.Menu(prompt={"media": "hello"})
    assert str(outcome_of(menu, "redirected", 302, "2")) == "digits:2"
    assert str(outcome_of(nodes.DirectoryNode(), "redirected", 302, "ann")) == "found:ann"


def test_a_mailbox_server_that_is_busy_has_a_full_mailbox() -> None:
    assert str(outcome_of(nodes.Voicemail(box="marie"), "busy", 486, "")) == "full"


def test_what_is_told_in_the_engine_s_own_words_passes() -> None:
    assert str(outcome_of(nodes.Menu(prompt={"media": "hello"}), "digits:12", None, "")) == "digits:12"


def test_a_call_for_help_that_fails_is_congestion() -> None:
    assert str(outcome_of(None, "failed", 503, "")) == "congestion"


def test_every_node_that_a_proxy_carries_out_understands_its_causes() -> None:
    assert set(BY_NODE) == {*RING_NODES, *MEDIA_NODES, nodes.Handoff}
    assert all(set(causes) <= set(CAUSES) for causes in BY_NODE.values())
