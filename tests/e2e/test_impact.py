"""Whose files a change would alter, asked before it is made."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from .running import RunningServer


def asked(server: RunningServer, *arguments: str) -> dict[str, Any]:
    files: dict[str, Any] = json.loads(server.run(*arguments, "--dry-run", "--json").stdout)["files"]
    return files


def served(server: RunningServer, name: str) -> bytes:
    with urllib.request.urlopen(f"{server.addresses['boot.http']}/{name}") as answer:
        body: bytes = answer.read()
        return body


def named(files: dict[str, Any]) -> list[str]:
    return [device["id"] for device in files["devices"]]


def test_a_dry_run_names_just_the_phones_whose_files_then_change(demo: RunningServer) -> None:
    files_of = {"001565aabb01.cfg": "marie-desk", "cfg000b82aabb02.xml": "marie-home", "001565aabb03.cfg": "josh-desk"}
    before = {name: served(demo, name) for name in files_of}
    change = ("user", "edit", "marie", "--set", "name=Marie T")
    files = asked(demo, *change)
    assert named(files) == ["marie-desk", "marie-home"] and (files["count"], files["exact"]) == (2, True)
    assert {name: served(demo, name) for name in before} == before, "a dry run changed something"
    demo.run(*change)
    assert [files_of[name] for name in before if served(demo, name) != before[name]] == ["marie-desk", "marie-home"]
    assert named(asked(demo, *change)) == []
    demo.run("user", "edit", "marie", "--set", "name=Marie Tremblay")


def test_what_a_vendor_does_not_write_changes_no_file(demo: RunningServer) -> None:
    assert asked(demo, "user", "edit", "marie", "--set", "email=m@example.com")["count"] == 0
    assert asked(demo, "mailbox", "edit", "general", "--set", "pin=77665544")["count"] == 0


def test_one_phone_s_difference_is_shown_parameter_by_parameter_and_masked(demo: RunningServer) -> None:
    files = asked(demo, "account", "edit", "default", "--set", "settings.timezone=Asia/Tokyo", "--diff", "marie-desk")
    assert files["count"] == 4 and files["diff"]["id"] == "marie-desk"
    assert {one["parameter"]: one["after"] for one in files["diff"]["differences"]}["local_time.time_zone"] == "+9"
    change = ("device", "edit", "marie-desk", "--set", "sip.password=Marker-31")
    said = demo.run(*change, "--dry-run").stdout
    assert "this changes the files of 1 phone: marie-desk" in said and "account.1.password: *** → ***" in said
    assert "Marker" not in said


def test_a_device_that_is_not_there_cannot_be_compared(demo: RunningServer) -> None:
    change = ("account", "edit", "default", "--set", "settings.timezone=Asia/Tokyo", "--dry-run", "--diff", "nobody")
    refused = demo.run(*change, check=False)
    assert refused.returncode == 1 and "there is no device 'nobody'" in refused.stderr


def test_a_whole_office_is_tried_before_it_is_applied(demo: RunningServer) -> None:
    path = demo.data.parent / "office.yaml"
    path.write_text(
        "sites: [{id: lyon, timezone: Europe/Paris}]\ndevices: [{id: new, mac: 001565aabb77, model: yealink/T46S}]"
    )
    said = demo.run("apply", "-f", str(path), "--dry-run").stdout
    assert "no phone's files would change" in said and "2 added" in said
