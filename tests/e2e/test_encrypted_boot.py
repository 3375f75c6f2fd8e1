"""Phones whose configs are encrypted boot against a real server, and nobody without their key reads a password."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from .running import RunningServer

KEY: Final = "KeyOfTheOffice16"
OTHER_KEY: Final = "KeyOfAnother+616"
PHONES: Final = {
    "yealink": ("001565aabb01", "yealink/T46S", "001565aabb01.cfg"),
    "grandstream": ("000b82aabb01", "grandstream/GXP2170", "cfg000b82aabb01.xml"),
    "spa": ("000e08aabb01", "cisco/SPA504G", "000e08aabb01.xml"),
    "mpp": ("000e08aabb02", "cisco/8851", "000e08aabb02.xml"),
}
"""Device → its MAC, its model and its own file."""
any_phone = pytest.mark.parametrize("device", PHONES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    devices = "\n".join(
        f'  - {{id: {name}, mac: "{mac}", model: "{model}", owner: marie, sip: {{username: {name}, password: Pw-{name}}}}}'
        for name, (mac, model, _) in PHONES.items()
    )
    office = f"""
accounts:
  - {{id: default, realm: bureau.example, security: {{tftp_secrets: true}}, settings: {{config_key: {KEY}}}}}
users: [{{id: marie, name: Marie Tremblay}}]
devices:
{devices}
  - {{id: lobby, mac: "000413aabb01", model: snom/D785, sip: {{username: lobby, password: Pw-lobby}}}}
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
"""
    with RunningServer(tmp_path_factory.mktemp("encrypted") / "data") as running:
        running.run("apply", "-f", "-", stdin=office)
        yield running


def boot(server: RunningServer, device: str, *arguments: str, transport: str = "http") -> tuple[int, str]:
    """A phone's boot: the command's exit code, and all that it printed."""
    door = server.addresses["boot.http" if transport == "http" else "tftp"]
    done = server.run(
        "boot", PHONES[device][0], "--transport", transport, "--server", door, *arguments, check=False
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def served(server: RunningServer, device: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """What plain HTTP gets of a phone's own file: status, body, headers."""
    asked = urllib.request.Request(f"{server.addresses['boot.http']}/{PHONES[device][2]}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


@any_phone
@pytest.mark.parametrize("transport", ["http", "tftp"])
def test_a_phone_that_has_the_key_registers_its_line(server: RunningServer, device: str, transport: str) -> None:
    code, said = boot(server, device, "--config-key", KEY, "--show", transport=transport)
    assert code == 0, said
    assert "the phone comes up" in said and ", decrypted" in said and f"{device} " in said
    assert f"Pw-{device}" not in said and KEY not in said, "--show masks passwords and the key"


@any_phone
def test_a_phone_without_the_key_or_with_another_does_not_come_up_and_says_why(
    server: RunningServer, device: str
) -> None:
    code, said = boot(server, device)
    assert code == 1 and "if it is encrypted, give the phone its key: --config-key" in said
    code, said = boot(server, device, "--config-key", OTHER_KEY)
    assert code == 1 and f"the phone cannot decrypt {PHONES[device][2]}" in said


def test_phones_of_a_vendor_without_a_public_form_get_theirs_in_clear_and_take_no_key(server: RunningServer) -> None:
    arguments = ("boot", "000413aabb01", "--server", server.addresses["boot.http"])
    assert "comes up" in server.run(*arguments).stdout
    done = server.run(*arguments, "--config-key", KEY, check=False)
    assert done.returncode == 2 and "Snom phones take no --config-key" in done.stderr


@pytest.mark.parametrize("device", ["grandstream", "spa", "mpp"])
def test_openssl_reads_what_is_served(server: RunningServer, device: str, tmp_path: Path) -> None:
    status, body, _ = served(server, device)
    assert status == 200 and b"Pw-" not in body
    (tmp_path / "encrypted").write_bytes(body)
    openssl = ["openssl", "enc", "-d", "-aes-256-cbc", "-md", "md5", "-k", KEY, "-in", str(tmp_path / "encrypted")]
    clear = subprocess.run(openssl, capture_output=True, check=True).stdout
    assert f"Pw-{device}".encode() in clear


def test_enc_gzip_order_an_encrypted_file_is_never_compressed_on_its_way(server: RunningServer) -> None:
    _, body, headers = served(server, "spa", **{"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in headers
    assert body.startswith(b"Salted__")


def test_a_phone_that_has_the_file_is_told_so_also_after_a_restart(tmp_path: Path) -> None:
    office = f"""
accounts: [{{id: default, realm: bureau.example, settings: {{config_key: {KEY}}}}}]
devices: [{{id: spa, mac: "000e08aabb01", model: cisco/SPA504G, sip: {{username: spa, password: Pw-spa}}}}]
"""
    settings = {"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example/"}
    with RunningServer(tmp_path / "data", settings=settings) as running:
        running.run("apply", "-f", "-", stdin=office)
        _, body, headers = served(running, "spa")
        assert served(running, "spa", **{"If-None-Match": headers["ETag"]})[0] == 304
    with RunningServer(tmp_path / "data", settings=settings) as running:
        assert served(running, "spa", **{"If-None-Match": headers["ETag"]})[0] == 304
        assert served(running, "spa")[1] == body


def test_explain_says_that_the_file_goes_out_encrypted_and_by_whose_key(server: RunningServer) -> None:
    said = server.run("explain", "config", PHONES["spa"][0], "--parameters").stdout
    assert "file (device) goes out encrypted (openssl-aes-256-cbc-md5) with the config_key of account default" in said
    assert [line.split() for line in said.splitlines() if line.startswith("config_key")] == [
        ["config_key", "***", "account", "default"]
    ]
    assert KEY not in said
    assert "is not used and the files go out in clear" in server.run("explain", "config", "000413aabb01").stdout


def test_the_key_is_sealed_at_rest_and_masked_wherever_it_is_shown(server: RunningServer) -> None:
    shown = json.loads(server.run("account", "show", "default", "--json").stdout)
    assert shown["settings"]["config_key"] == "***"
    assert KEY not in server.run("export").stdout
    assert KEY not in server.log.read_text(encoding="utf-8")
    kept = [path for path in server.data.rglob("*") if path.is_file()]
    assert kept and not any(KEY.encode() in path.read_bytes() for path in kept)


def test_a_key_that_a_phone_cannot_use_is_found_by_check_and_refused_on_the_phone_itself(tmp_path: Path) -> None:
    office = """
accounts: [{id: default, realm: bureau.example, settings: {config_key: OnlyTwelve12}}]
devices: [{id: desk, mac: "001565aabb01", model: yealink/T46S, sip: {username: desk, password: Pw-1}}]
"""
    with RunningServer(tmp_path / "data") as running:
        running.run("apply", "-f", "-", stdin=office)
        done = running.run("check", check=False)
        assert done.returncode == 1 and "the key has 12 characters and does not fit: write 16 or 32" in done.stdout
        assert served(running, "yealink")[0] == 503
        assert "is to go out encrypted and cannot" in running.run("why", PHONES["yealink"][0]).stdout
        own = office.replace("Pw-1}", "Pw-1}, settings: {config_key: OnlyTwelve12}")
        done = running.run("apply", "-f", "-", stdin=own, check=False)
        assert done.returncode == 1 and "config_key: the key has 12 characters" in done.stdout + done.stderr
