"""The HTTPS boot door, with a certificate made for the test."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from .certificates import server_certificate
from .running import RunningServer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    return server_certificate(tmp_path_factory.mktemp("tls"))


def test_a_phone_boots_over_https_from_a_server_that_it_trusts(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    settings = {
        "OFFHOOK_BOOT__HTTPS": "127.0.0.1:0",
        "OFFHOOK_TLS__CERTIFICATE": str(cert),
        "OFFHOOK_TLS__KEY": str(key),
    }
    with RunningServer(tmp_path / "data", settings=settings, arguments=("--demo",)) as server:
        base = f"https://127.0.0.1:{server.port('boot.https')}/"
        trusting = ("boot", "001565aabb01", "--transport", "https", "--server", base, "--ca", str(cert), "--json")
        report = json.loads(server.run(*trusting).stdout)
        assert report["came_up"] and [line["label"] for line in report["accounts"]] == ["101", "151"]
        distrusting = server.run("boot", "001565aabb01", "--transport", "https", "--server", base, check=False)
        assert distrusting.returncode == 1 and "the phone tries again" in distrusting.stderr
        with urllib.request.urlopen(
            base + "001565aabb01.cfg", context=ssl.create_default_context(cafile=cert)
        ) as answer:
            assert f"static.auto_provision.server.url = {base}".encode() in answer.read()


def test_a_certificate_that_cannot_be_used_is_said(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    server = RunningServer(tmp_path / "data", settings={"OFFHOOK_TLS__CERTIFICATE": "/nowhere.pem"})
    with pytest.raises(AssertionError, match=r"\[tls\] certificate '/nowhere.pem'"):
        server.start()
