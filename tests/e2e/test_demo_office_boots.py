"""Every phone of the demo office boots from a real server, by our virtual phone and by the clients that others wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from offhook import resources
from offhook.provisioning.profiles import Profiles, load_profiles
from offhook.provisioning.syntax import SYNTAXES

from .running import RunningServer

PHONES = {
    "marie-desk": ("001565aabb01", "001565aabb01.cfg"),
    "marie-home": ("000b82aabb02", "cfg000b82aabb02.xml"),
    "josh-desk": ("001565aabb03", "001565aabb03.cfg"),
    "lobby": ("001565aabb04", "001565aabb04.cfg"),
}
"""Device → (MAC, its own file)."""

LINES = {
    "marie-desk": [("101", "marie-desk"), ("151", "marie-desk-2")],
    "marie-home": [("101", "marie-home"), ("151", "marie-home-2")],
    "josh-desk": [("102", "josh-desk")],
    "lobby": [("110", "lobby")],
}
"""Device → (label, login) of each line that it must come up with."""


@pytest.fixture(scope="module")
def profiles() -> Profiles:
    return load_profiles(resources.profile_folders(None))


def client(name: str, package: str) -> str:
    """A client program's path; a machine without it fails the test."""
    path = shutil.which(name)
    assert path is not None, f"{name} is missing: apt-get install {package}"
    return path


def passwords(demo: RunningServer) -> dict[str, str]:
    office = yaml.safe_load(demo.run("export", "--secrets").stdout)
    return {device["id"]: device["sip"]["password"] for device in office["devices"]}


@pytest.mark.parametrize("transport", ["http", "tftp"])
@pytest.mark.parametrize("device", PHONES)
def test_a_phone_boots_and_comes_up_with_its_lines(demo: RunningServer, device: str, transport: str) -> None:
    mac, _ = PHONES[device]
    door = {"http": "boot.http", "tftp": "tftp"}[transport]
    server = f"{transport}://127.0.0.1:{demo.port(door)}/"
    report = json.loads(demo.run("boot", mac, "--transport", transport, "--server", server, "--json").stdout)
    assert report["came_up"], report
    assert [(line["label"], line["user_name"]) for line in report["accounts"]] == LINES[device]


def test_an_unknown_phone_does_not_come_up_and_the_command_says_so(demo: RunningServer) -> None:
    server = f"http://127.0.0.1:{demo.port('boot.http')}/"
    done = demo.run("boot", "00:15:65:00:00:77", "--model", "yealink/T46S", "--server", server, check=False)
    assert done.returncode == 1, done.stdout


def fetch_by_curl(demo: RunningServer, name: str, folder: Path) -> bytes:
    url = f"http://127.0.0.1:{demo.port('boot.http')}/{name}"
    return subprocess.run([client("curl", "curl"), "-sSf", url], check=True, capture_output=True).stdout


def fetch_by_tftp_hpa(demo: RunningServer, name: str, folder: Path) -> bytes:
    into = folder / name
    command = [client("tftp", "tftp-hpa"), "-m", "binary", "127.0.0.1", str(demo.port("tftp"))]
    subprocess.run([*command, "-c", "get", name, str(into)], check=True, capture_output=True, timeout=30)
    return into.read_bytes()


def fetch_by_atftp(demo: RunningServer, name: str, folder: Path) -> bytes:
    into = folder / name
    command = [client("atftp", "atftp"), "--option", "blksize 1428", "--get", "--remote-file", name]
    done = subprocess.run(
        [*command, "--local-file", str(into), "127.0.0.1", str(demo.port("tftp"))],
        check=False,
        capture_output=True,
        timeout=30,
    )
    assert into.exists(), done.stderr
    return into.read_bytes()


@pytest.mark.parametrize("fetch", [fetch_by_curl, fetch_by_tftp_hpa, fetch_by_atftp])
@pytest.mark.parametrize("device", PHONES)
def test_real_clients_get_files_whose_accounts_are_the_directorys(
    demo: RunningServer, profiles: Profiles, tmp_path: Path, device: str, fetch: Any
) -> None:
    mac, name = PHONES[device]
    parameters = accounts_in(profiles, device, fetch(demo, name, tmp_path))
    password = passwords(demo)[device]
    explained = json.loads(demo.run("explain", "config", mac, "--json").stdout)
    expected = [(line["login"], password, line["label"], line["display_name"]) for line in explained["lines"]]
    assert parameters == expected
    assert [(label, login) for login, _, label, _ in parameters] == LINES[device]


def accounts_in(profiles: Profiles, device: str, body: bytes) -> list[tuple[str, str, str, str]]:
    """(user name, password, label, display name) of each account that a file switches on."""
    vendor = "grandstream" if device == "marie-home" else "yealink"
    syntax = {"grandstream": "xml-items", "yealink": "key-value"}[vendor]
    read = dict(SYNTAXES[syntax].read(body))
    names = {
        "yealink": "account.{n}.enable account.{n}.user_name account.{n}.password account.{n}.label account.{n}.display_name",
        "grandstream": "account.{n}.enable account.{n}.sip.userid account.{n}.sip.subscriber.password account.{n}.name"
        " account.{n}.sip.subscriber.name",
    }[vendor].split()
    accounts = []
    for number in range(1, 17):
        enabled, *values = [read.get(name.format(n=number), "") for name in names]
        if enabled in ("1", "Yes"):
            user, password, label, display = values
            accounts.append((user, password, label, display))
    return accounts


def test_the_lobby_phone_of_nobody_has_no_message_key(demo: RunningServer, tmp_path: Path) -> None:
    body = fetch_by_curl(demo, "001565aabb04.cfg", tmp_path).decode()
    assert "voice_mail.number.1 = " not in body
    assert "subscribe_mwi = 1" not in body


def test_why_tells_the_story_of_a_boot(demo: RunningServer) -> None:
    server = f"http://127.0.0.1:{demo.port('boot.http')}/"
    demo.run("boot", "001565aabb01", "--server", server)
    events = json.loads(demo.run("why", "00-15-65-AA-BB-01", "--json").stdout)["events"]
    assert {"/001565aabb01.boot", "/001565aabb01.cfg"} <= {event["path"] for event in events}
    last = events[-1]
    assert last["status"] == 200 and last["bytes"] > 1000 and last["milliseconds"] > 0
    assert "user agent: yealink T46S" in last["identified"]
    assert "the config of device marie-desk" in demo.run("why", "001565aabb01").stdout


def test_explain_says_which_layer_set_a_value_and_which_callflow_gave_a_line(demo: RunningServer) -> None:
    text = demo.run("explain", "config", "001565aabb03").stdout
    assert "callflow josh rings user josh first" in text
    settings = {
        one["name"]: (one["value"], one["layer"])
        for one in json.loads(demo.run("explain", "config", "001565aabb03", "--json").stdout)["settings"]
    }
    assert settings["language"] == ("en", "user josh")
    assert settings["vlan_id"] == (20, "site atelier")
    assert settings["timezone"] == ("America/Montreal", "account default")
    assert settings["dtmf"] == ("rfc2833", "built-in")


def test_no_secret_shows_in_what_the_command_prints(demo: RunningServer) -> None:
    printed = "".join(
        demo.run(*words).stdout
        for words in (
            ("export",),
            ("device", "list", "--json"),
            ("device", "show", "marie-desk"),
            ("mailbox", "list", "--json"),
            ("explain", "config", "001565aabb01", "--parameters"),
            ("explain", "config", "001565aabb01", "--json"),
            ("boot", "001565aabb01", "--server", f"http://127.0.0.1:{demo.port('boot.http')}/", "--show"),
            ("why", "001565aabb01", "--json"),
        )
    )
    assert "demo-Marie-4417" not in printed
    assert "4821" not in printed
    assert "demo-Marie-4417" not in demo.log.read_text()
