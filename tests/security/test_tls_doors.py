"""The three TLS doors of a real server: which phones each lets in, and what is said of those that it does not."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import RunningServer
from tests.factory import Issued, authority, phone, rsa_key

from .tls import DOOR_CA, Phone, door_certificate, lines, logged, tls_settings, until

MAC = ("CN", "001565AABB01")
ROOT = authority("Yealink Root CA")
ISSUING = authority("Yealink Issuing CA", ROOT)
OLD_ROOT = authority("Old Yealink CA", key=rsa_key(1024), sha1=True)
OLD_PHONE = phone(OLD_ROOT, ("CN", "001565AABB02"), key=rsa_key(1024, 1), sha1=True)
LONG_ROOT = authority("Long Yealink CA", key=rsa_key(2048, 4), sha1=True)
STRANGER = phone(authority("Unheard Of CA"), MAC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with every door, which believes two authorities."""
    folder = tmp_path_factory.mktemp("doors")
    with RunningServer(folder / "data", settings=tls_settings(folder)) as server:
        pem, _ = ROOT.written(folder, "roots", OLD_ROOT, LONG_ROOT)
        server.run("ca", "import", "--vendor", "yealink", str(pem))
        yield server


def phone_with(server: RunningServer, tmp_path: Path, shown: Issued | None, *along: Issued, old: bool = False) -> Phone:
    return Phone(server, tmp_path, shown, along, is_old=old)


def test_the_door_that_demands_certificates_lets_in_whom_an_imported_authority_vouches_for(
    served: RunningServer, tmp_path: Path
) -> None:
    assert phone_with(served, tmp_path, phone(ISSUING, MAC), ISSUING).ask("/nothing").status == 404
    assert phone_with(served, tmp_path, phone(ROOT, MAC, days=(-900, -9))).ask("/nothing").status == 404, "expired"


def test_who_shows_no_certificate_there_is_refused_with_a_hint(served: RunningServer, tmp_path: Path) -> None:
    assert phone_with(served, tmp_path, None).is_refused("boot.mtls")
    assert logged(served, "boot.mtls: 127.0.0.1 failed the TLS handshake: it showed no certificate", "[boot] https")


def test_mic_unknown_ca(served: RunningServer, tmp_path: Path) -> None:
    stranger = phone_with(served, tmp_path, STRANGER)
    assert stranger.is_refused("boot.mtls") and stranger.is_refused("boot.legacy")
    for door in ("boot.mtls", "boot.legacy"):
        (line,) = logged(served, door, "CN=Unheard Of CA")
        assert "127.0.0.1 failed the TLS handshake: no imported authority has signed its certificate" in line
        assert "offhook ca import --vendor VENDOR FILE" in line and "WARNING" in line
    assert stranger.ask("/nothing", "boot.https").status == 404, "that door asks for none"
    assert stranger.is_refused("boot.mtls") and len(logged(served, "boot.mtls", "CN=Unheard Of CA")) == 1


def test_mic_sha1_rsa1024(served: RunningServer, tmp_path: Path) -> None:
    old = phone_with(served, tmp_path, OLD_PHONE)
    assert old.is_refused("boot.mtls")
    (line,) = logged(served, "boot.mtls", "CN=Old Yealink CA")
    assert "too short for this door" in line and "[boot] legacy" in line
    assert old.ask("/nothing", "boot.legacy").status == 404


def test_a_signature_with_sha1_is_old_however_long_the_key(served: RunningServer, tmp_path: Path) -> None:
    signed = phone_with(served, tmp_path, phone(LONG_ROOT, ("CN", "001565AABB04"), key=rsa_key(2048, 5), sha1=True))
    assert signed.is_refused("boot.mtls")
    (line,) = logged(served, "boot.mtls", "CN=Long Yealink CA")
    assert "signed in a way that is too old for this door" in line and "[boot] legacy" in line
    assert signed.ask("/nothing", "boot.legacy").status == 404


def test_tls_of_1999_is_spoken_at_the_door_for_old_phones_alone(served: RunningServer, tmp_path: Path) -> None:
    for shown in (OLD_PHONE, None):
        oldest = phone_with(served, tmp_path, shown, old=True)
        connection = oldest.opened("boot.legacy")
        assert isinstance(connection.sock, ssl.SSLSocket) and connection.sock.version() == "TLSv1"
        connection.close()
        assert oldest.is_refused("boot.mtls") and oldest.is_refused("boot.https")
    assert logged(served, "boot.https", "too old for this door", "[boot] legacy")


def test_weak_ciphers_are_spoken_nowhere(served: RunningServer) -> None:
    for name in ("aNULL:eNULL:@SECLEVEL=0",):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(name)
        connection = http.client.HTTPSConnection("127.0.0.1", served.port("boot.legacy"), timeout=20, context=context)
        with pytest.raises(OSError):
            connection.connect()
        connection.close()


def test_a_door_without_any_imported_authority_says_what_to_do_and_needs_no_restart(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", settings=tls_settings(tmp_path)) as server:
        certified = Phone(server, tmp_path, phone(ROOT, MAC))
        assert certified.is_refused("boot.mtls")
        assert logged(server, "boot.mtls", "no authority was imported yet", "offhook ca import")
        assert certified.ask("/nothing", "boot.legacy").status == 404, "where nobody is believed, nobody is asked"
        pem, _ = ROOT.written(tmp_path, "root")
        server.run("ca", "import", "--vendor", "yealink", str(pem))
        assert certified.ask("/nothing").status == 404
        server.run("ca", "remove", ROOT.fingerprint[:8])
        assert certified.is_refused("boot.mtls")


def test_tls_cert_hot_reload(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", settings=tls_settings(tmp_path)) as server:
        firmware = tmp_path / "T46S-66.86.0.15.rom"
        firmware.write_bytes(bytes(range(256)) * 120_000)
        server.run("firmware", "add", str(firmware), "--vendor", "yealink")
        served = Phone(server, tmp_path).opened("boot.https")
        served.request("GET", "/firmware/yealink/66.86.0.15/T46S-66.86.0.15.rom")
        answer = served.getresponse()
        got = bytearray(answer.read(100_000))
        (tmp_path / "door.pem").write_text("nonsense")
        until(lambda: lines(server, "boot.https goes on with what it had", "[tls] certificate"))
        assert "boot.example" in _name(server, tmp_path), "a bad file keeps the old one"
        door_certificate(tmp_path, "renewed.example")
        until(lambda: "renewed.example" in _name(server, tmp_path))
        got += answer.read()
        served.close()
        assert answer.status == 200 and bytes(got) == firmware.read_bytes(), "a running download is finished"


def _name(server: RunningServer, folder: Path) -> str:
    """Whom the https door says it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=DOOR_CA.pem.decode())
    connection = http.client.HTTPSConnection("127.0.0.1", server.port("boot.https"), timeout=20, context=context)
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    shown = connection.sock.getpeercert()
    connection.close()
    return str(shown and shown["subject"])


def test_a_tls_door_without_a_certificate_is_refused_in_words(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", settings={"OFFHOOK_BOOT__MTLS": "127.0.0.1:0"})
    with pytest.raises(AssertionError, match=r"\[boot\] mtls is on and \[tls\] certificate is empty"):
        server.start()
