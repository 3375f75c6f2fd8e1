"""The command as an admin uses it: hire somebody, give them a phone, change things, let them go."""

from __future__ import annotations

import json
import re

import yaml

from .running import RunningServer


def test_somebody_is_hired_gets_a_phone_and_leaves(empty: RunningServer) -> None:
    run = empty.run
    run("account", "add", "default", "--set", "realm=example.com", "--set", "language=fr", "--set", "country=FR")
    added = run("user", "add", "marie", "--name", "Marie Tremblay", "--extension", "101", "--voicemail").stdout
    assert added == "+ callflows/marie\n+ mailboxes/marie\n+ users/marie\n3 added\n"
    assert run("device", "add", "00:15:65:AA:BB:01", "--model", "yealink/T46S", "--owner", "marie").stdout.startswith(
        "+ devices/marie-t46s"
    )
    assert (
        "devices/marie-t46s-aabb02"
        in run("device", "add", "001565aabb02", "--model", "yealink/T46S", "--owner", "marie").stdout
    )
    server = f"http://127.0.0.1:{empty.port('boot.http')}/"
    report = json.loads(run("boot", "001565aabb01", "--server", server, "--json").stdout)
    assert [(line["label"], line["user_name"], line["password"]) for line in report["accounts"]] == [
        ("101", "marie-t46s", "***")
    ]

    shown = yaml.safe_load(run("device", "show", "marie-t46s").stdout)
    assert (shown["mac"], shown["sip"]["password"]) == ("001565aabb01", "***")
    listed = json.loads(run("device", "list", "--json").stdout)
    assert [device["id"] for device in listed] == ["marie-t46s", "marie-t46s-aabb02"]
    assert "001565aabb02" in run("device", "list", "t46s-aabb02").stdout

    changed = run(
        "device",
        "edit",
        "marie-t46s",
        "--set",
        "settings.vlan_id=20",
        "--set",
        "keys=[{position: 3, type: dnd}]",
        "--dry-run",
    ).stdout
    assert "settings.vlan_id: nothing → 20" in changed and "nothing was changed" in changed
    run(
        "device",
        "edit",
        "marie-t46s",
        "--set",
        "settings.vlan_id=20",
        "--set",
        "overrides.yealink.phone_setting.ring_type=Ring3.wav",
    )
    explained = json.loads(run("explain", "config", "001565aabb01", "--json").stdout)
    assert {"name": "vlan_id", "value": 20, "layer": "device marie-t46s"} in explained["settings"]
    assert explained["overrides"] == [
        {"parameter": "phone_setting.ring_type", "value": "Ring3.wav", "layer": "device marie-t46s"}
    ]
    run("device", "edit", "marie-t46s", "--unset", "settings.vlan_id")
    assert "vlan_id" not in run("explain", "config", "001565aabb01").stdout

    refused = run("user", "remove", "marie", check=False)
    assert (
        refused.returncode == 1 and "callflow 'marie' names it" in refused.stderr and "Traceback" not in refused.stderr
    )
    run("device", "remove", "marie-t46s", "marie-t46s-aabb02")
    run("callflow", "remove", "marie")
    run("mailbox", "remove", "marie")
    run("user", "remove", "marie")
    assert json.loads(run("user", "list", "--json").stdout) == []
    assert run("boot", "001565aabb01", "--model", "yealink/T46S", "--server", server, check=False).returncode == 1


def test_what_is_wrong_exits_with_1_and_wrong_usage_with_2(demo: RunningServer) -> None:
    twice = demo.run("user", "add", "marie", "--name", "Marie", check=False)
    assert (twice.returncode, "exists already" in twice.stderr) == (1, True)
    unknown = demo.run("device", "show", "marie-dsk", check=False)
    assert (unknown.returncode, "did you mean 'marie-desk'?" in unknown.stderr) == (1, True)
    malformed = demo.run("why", "00:15", check=False)
    assert (malformed.returncode, "is not a MAC address" in malformed.stderr) == (1, True)
    assert demo.run("device", "add", check=False).returncode == 2
    assert demo.run("user", "add", "x", "--name", "X", "--voicemail", check=False).returncode == 2
    nobody = demo.run("device", "list", "--url", "http://127.0.0.1:1", check=False)
    assert (nobody.returncode, "no offhook answers at http://127.0.0.1:1" in nobody.stderr) == (1, True)
    stranger = demo.run("device", "list", "--token", "wrong", check=False)
    assert (stranger.returncode, "admin token" in stranger.stderr) == (1, True)


def test_the_settings_in_force_are_printed_with_where_they_came_from(demo: RunningServer) -> None:
    printed = demo.run("config").stdout
    assert re.search(r"admin\.listen\s+= '127\.0\.0\.1:0'\s+# OFFHOOK_ADMIN__LISTEN", printed)
    assert re.search(r"log\.level\s+= 'info'\s+# built-in", printed)
