"""«What happens when 102 calls 101?», asked of a real server."""

from __future__ import annotations

import json

from .running import RunningServer


def test_a_call_is_told_step_by_step_with_reasons(demo: RunningServer) -> None:
    said = demo.run("explain", "call", "--from", "102", "--to", "101", "--outcome", "no_answer").stdout
    assert said.splitlines()[0] == "1. ring marie  [marie: ring]"
    assert "2. voicemail 101  [marie: voicemail]" in said
    assert "101 is a number of callflow marie" in said and "marie-desk rings for 20 s" in said
    told = json.loads(demo.run("explain", "call", "--from", "+15145559999", "--to", "+15145550102", "--json").stdout)[
        "told"
    ]
    assert told == ["ring josh"]


def test_the_time_of_a_call_is_on_the_account_s_clock(demo: RunningServer) -> None:
    day, night = (
        json.loads(demo.run("explain", "call", "--from", "102", "--to", "100", "--at", at, "--json").stdout)["told"]
        for at in ("2026-11-24T10:30", "2026-11-24T03:30")
    )
    assert day != night


def test_a_caller_that_nobody_is_and_a_time_that_is_none_are_told(demo: RunningServer) -> None:
    refused = demo.run("explain", "call", "--from", "nobody", "--to", "101", check=False)
    assert refused.returncode == 1 and "nobody inside has the number 'nobody'" in refused.stderr
    refused = demo.run("explain", "call", "--from", "101", "--to", "102", "--at", "noon", check=False)
    assert refused.returncode == 1 and "is no time" in refused.stderr


def test_a_callflow_is_shown_as_a_tree_and_drawn_with_the_way_of_a_call(demo: RunningServer) -> None:
    tree = demo.run("callflow", "show", "marie").stdout
    assert "marie: 101, +15145550101" in tree and "else → voicemail: voicemail" in tree
    drawn = demo.run("callflow", "picture", "marie").stdout
    assert drawn.startswith("flowchart TD\n") and 'n0["ring: ring marie (20 s)"]' in drawn
    marked = demo.run("explain", "call", "--from", "102", "--to", "101", "--outcome", "busy", "--mermaid").stdout
    assert "class n0,n1 way" in marked
