"""`offhook doctor`: says what is wrong with a server and its machine, and how to mend it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from offhook.config import Boot, Config, SecretsSection, Tls
from offhook.doctor import certificates, checks
from offhook.doctor.finding import Finding
from offhook.doctor.patient import Patient
from offhook.secrets.authoritybook import AuthorityBook
from tests import factory

from .running import RunningServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("doctor") / "data") as running:
        running.run("account", "add", "default", "--set", "realm=bureau.example")
        yield running


def findings(server: RunningServer, code: int = 0) -> list[dict[str, Any]]:
    done = server.run("doctor", "--json", check=False)
    assert done.returncode == code, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def named(found: list[dict[str, Any]], check: str) -> list[dict[str, Any]]:
    return [one for one in found if one["check"] == check and one["verdict"] != "ok"]


def patient(data: Path, **more: Any) -> Patient:
    return Patient(data, more.pop("config", Config()), NOW.timestamp(), more.pop("running", None))


def certificate(folder: Path, days: int, *, other_key: bool = False) -> Tls:
    """A certificate that ends in that many days, and its key (or another one)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "boot.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days, hours=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = ec.generate_private_key(ec.SECP256R1()) if other_key else key
    (folder / "key.pem").write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return Tls(certificate=str(folder / "cert.pem"), key=str(folder / "key.pem"))


def test_a_server_in_good_health_has_nothing_to_mend(server: RunningServer) -> None:
    found = findings(server)
    assert not [one for one in found if one["verdict"] == "fail"]
    assert {one["check"] for one in found} >= {"key file", "clock", "server", "disk"}
    assert "ok   server: runs, and every door is open" in server.run("doctor").stdout


def test_passwords_over_tftp_are_told_with_their_place(server: RunningServer) -> None:
    server.run("device", "add", "00:15:65:aa:bb:01", "--set", "id=old", "--set", "security.tftp_secrets=true")
    (open_,) = named(findings(server), "tftp")
    assert open_["where"] == "device old of default" and "unset security.tftp_secrets" in open_["mend"]
    server.run("device", "remove", "old")
    assert not named(findings(server), "tftp")


def test_open_windows_and_devices_without_a_guard_are_told(server: RunningServer) -> None:
    server.run("device", "add", "00:15:65:aa:bb:02", "--set", "id=desk", "--model", "yealink/T46S")
    server.run("device", "add", "00:15:65:aa:bb:03", "--set", "id=bare", "--set", "security.minimum_assurance=L0")
    sure = ("--model", "yealink/T46S", "--set", "id=sure", "--set", "security.minimum_assurance=L4")
    server.run("device", "add", "00:15:65:aa:bb:04", *sure)
    told = [one for one in findings(server) if one["check"] == "enrolment"]
    assert [(one["verdict"], one["what"]) for one in told] == [
        ("ok", "the windows of desk are open"),
        ("warn", "whoever names a MAC gets the config of bare"),
    ]
    (shut,) = named(findings(server), "certificates")
    assert "nothing can open the config of sure" in shut["what"] and "offhook ca import" in shut["mend"]
    for identity in ("desk", "bare", "sure"):
        server.run("device", "remove", identity)


def test_phones_that_can_keep_no_url_of_their_own_are_told_until_they_have_a_setting_for_next_year(
    server: RunningServer,
) -> None:
    server.run("device", "add", "00:15:65:aa:bb:05", "--set", "id=old", "--model", "cisco/7940")
    told = [one for one in named(findings(server), "enrolment") if "no URL of their own" in one["what"]]
    assert [one["verdict"] for one in told] == ["warn"] and "old" in told[0]["what"]
    server.run("device", "edit", "old", "--set", "security.minimum_assurance=L0")
    assert not [one for one in named(findings(server), "enrolment") if "no URL of their own" in one["what"]]
    server.run("device", "remove", "old")


def test_private_files_that_others_may_read_fail(server: RunningServer) -> None:
    token = server.data / "tokens.json"
    token.touch(0o600)
    token.chmod(0o644)
    (open_,) = [one for one in named(findings(server, code=1), "permissions") if one["verdict"] == "fail"]
    assert open_["mend"] == f"chmod go= {token}"
    token.chmod(0o600)


def test_without_a_server_its_ports_are_tried(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "offhook.toml").write_text(
            f'[boot]\nhttp = "127.0.0.1:{port}"\n[tftp]\nlisten = ""\n[admin]\nlisten = "127.0.0.1:1"\n[proxy]\nlisten = ""\n'
        )
        command = [
            sys.executable,
            "-m",
            "offhook",
            "doctor",
            "--data",
            str(tmp_path),
            "--url",
            "http://127.0.0.1:9",
            "--json",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    (missing,) = named(found, "key file")
    assert "restore it from its copy" in missing["mend"]
    assert any(
        one["where"] == f"127.0.0.1:{port}/tcp" and f"grep :{port}" in one["mend"] for one in named(found, "ports")
    )
    assert named(found, "server")[0]["mend"] == "start it: offhook serve"


@pytest.mark.parametrize(
    ("days", "verdict", "words"),
    [(-3, "fail", "ran out 3 days ago"), (12, "warn", "good for 12 days"), (200, "ok", "200")],
)
def test_a_certificate_is_renewed_in_time(tmp_path: Path, days: int, verdict: str, words: str) -> None:
    (found,) = certificates.certificate(patient(tmp_path, config=Config(tls=certificate(tmp_path, days))))
    assert found.verdict == verdict and words in found.what


def test_a_key_of_another_certificate_is_found(tmp_path: Path) -> None:
    found = list(
        certificates.certificate(patient(tmp_path, config=Config(tls=certificate(tmp_path, 200, other_key=True))))
    )
    assert found[-1].verdict == "fail" and "does not fit" in found[-1].what


def test_the_certificate_for_old_phones_is_looked_at_too(tmp_path: Path) -> None:
    own = certificate(tmp_path, 12)
    tls = Tls(legacy_certificate=own.certificate, legacy_key=own.key)
    (found,) = certificates.certificate(patient(tmp_path, config=Config(tls=tls)))
    assert found.verdict == "warn" and "takes it up by itself" in found.mend


@pytest.mark.parametrize(
    ("refuse", "days", "verdict", "words"),
    [(False, -400, "ok", "count all the same"), (True, -400, "fail", "ran out"), (True, 2000, "ok", "is good for")],
)
def test_authorities_that_ran_out_matter_where_they_were_imported_so(
    tmp_path: Path, refuse: bool, days: int, verdict: str, words: str
) -> None:
    made = factory.authority("Snom Phone 1", days=(-900, days))
    AuthorityBook(tmp_path / "authorities.json").keep([made.imported("snom", refuse_expired=refuse)])
    (found,) = certificates.authorities(patient(tmp_path))
    assert found.verdict == verdict and words in found.what and "CN=Snom Phone 1" in found.where


def test_a_door_that_demands_certificates_and_believes_nobody_is_found(tmp_path: Path) -> None:
    (found,) = certificates.authorities(patient(tmp_path, config=Config(boot=Boot(mtls="0.0.0.0:8444"))))
    assert found.verdict == "fail" and "offhook ca import" in found.mend


def test_a_clock_that_is_wrong_is_told(tmp_path: Path) -> None:
    before = Patient(tmp_path, Config(), datetime(2000, 1, 1, tzinfo=UTC).timestamp(), None)
    assert any("says that it is 2000" in one.what and one.verdict == "fail" for one in checks.clock(before))
    slow = patient(tmp_path, running={"missing": {}, "date": "Mon, 23 Nov 2026 12:01:00 GMT"})
    assert any("-60 s from the server's" in one.what for one in checks.clock(slow))


def test_a_server_that_cannot_save_fails(tmp_path: Path) -> None:
    (found,) = checks.ports(patient(tmp_path, running={"missing": {"store": "the disk is full"}}))
    assert found == Finding("server", "fail", "the disk is full", "store", "its log says more")


def test_a_damaged_key_file_fails_without_telling_of_its_content(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_text("marker-secret\n")
    path.chmod(0o600)
    (found,) = checks.key_file(patient(tmp_path, config=Config(secrets=SecretsSection(key_file=str(path)))))
    assert found.verdict == "fail" and "line 1" in found.what and "marker" not in found.what
