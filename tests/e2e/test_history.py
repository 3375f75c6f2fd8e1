"""A document's past: who changed it when, what exactly, and back to how it was."""

from __future__ import annotations

import json

from .running import RunningServer


def past(server: RunningServer, *arguments: str) -> list[tuple[int, str]]:
    items = json.loads(server.run(*arguments, "--json").stdout)
    assert all(one["who"].startswith("admin from 127.0.0.1") and one["time"] > 1_700_000_000 for one in items)
    return [(one["rev"], one["action"]) for one in items]


def test_every_change_is_kept_with_who_and_when_and_can_be_taken_back(empty: RunningServer) -> None:
    run = empty.run
    run("account", "add", "default", "--set", "realm=example.com")
    run("user", "add", "marie", "--name", "Marie", "--extension", "101")
    run("callflow", "edit", "marie", "--set", "numbers=['101', '199']")
    run("callflow", "edit", "marie", "--set", "numbers=['105']")
    assert past(empty, "callflow", "history", "marie") == [(1, "added"), (2, "changed"), (3, "changed")]
    assert run("callflow", "diff", "marie", "2").stdout == "    numbers: ['101'] → ['101', '199']\n"
    said = run("callflow", "rollback", "marie", "1", "--dry-run").stdout
    assert "numbers: ['105'] → ['101']" in said and "nothing was changed" in said
    run("callflow", "rollback", "marie", "1")
    assert json.loads(run("callflow", "show", "marie", "--json").stdout)["numbers"] == ["101"]
    assert past(empty, "callflow", "history", "marie")[-1] == (4, "changed")


def test_a_removed_document_comes_back_with_its_secret_and_the_past_outlives_a_crash(empty: RunningServer) -> None:
    run = empty.run
    run("account", "add", "default", "--set", "realm=example.com")
    run("device", "add", "001565aabb01", "--model", "yealink/T46S", "--id", "desk")
    password = json.loads(run("export", "--secrets", "--json").stdout)["devices"][0]["sip"]["password"]
    run("device", "remove", "desk")
    assert past(empty, "device", "history", "desk") == [(1, "added"), (2, "removed")]
    shown = run("device", "history", "desk").stdout
    assert password not in shown and "removed" in shown
    empty.kill()
    empty.start()
    run("device", "rollback", "desk", "1")
    again = json.loads(run("export", "--secrets", "--json").stdout)["devices"][0]["sip"]["password"]
    assert again == password
    for path in (empty.data / "history").iterdir():
        assert password.encode() not in path.read_bytes() and path.stat().st_mode & 0o077 == 0


def test_a_past_that_is_not_kept_is_told(empty: RunningServer) -> None:
    empty.run("account", "add", "default", "--set", "realm=example.com")
    assert "no change of a user 'nobody'" in empty.run("user", "history", "nobody", check=False).stderr
    assert "revision 9 is not kept; the last ones are 1" in empty.run(
        "account", "rollback", "default", "9", check=False
    ).stderr  # fmt: skip
