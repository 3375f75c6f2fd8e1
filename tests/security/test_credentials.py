"""A device's own HTTP credentials, proven over real TLS; the cases of `security.json` have their names."""

from __future__ import annotations

import base64
import hashlib
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.certificates import server_certificate
from tests.e2e.running import RunningServer
from tests.e2e.telephony.programs import free_port

from .doors import BEHIND_A_PROXY, Got, Phones, number, office

NAMES = (
    "digest",
    "basic",
    "raised",
    "mine",
    "other",
    "window",
    "silent",
    "swapped",
    "replayed",
    "plain",
    "old",
    "shared",
)
MACS = {name: number(0x300000 + 0x10000 * index) for index, name in enumerate(NAMES)}
OFFICE = """
accounts: [{id: default, realm: a.example, name: Alpha, security: {minimum_assurance: L3}}]
devices:
"""
DEVICE = "  - {{id: {0}, mac: {1}, model: yealink/T46S, sip: {{username: {0}, password: Marker-{0}}}}}\n"


class Login(NamedTuple):
    """What a file told a phone."""

    token: str
    user_name: str
    password: str


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return server_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def settings(certificate: tuple[Path, Path], **more: str) -> dict[str, str]:
    return {
        **BEHIND_A_PROXY,
        "OFFHOOK_BOOT__HTTPS": "127.0.0.1:0",
        "OFFHOOK_TLS__CERTIFICATE": str(certificate[0]),
        "OFFHOOK_TLS__KEY": str(certificate[1]),
        **more,
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[RunningServer]:
    """An office that wants credentials of every phone."""
    folder = tmp_path_factory.mktemp("credentials")
    text = OFFICE + "".join(DEVICE.format(name, mac) for name, mac in MACS.items())
    with RunningServer(folder / "data", settings=settings(certificate)) as server:
        server.run("apply", "-f", str(office(folder, text)))
        yield server


@pytest.fixture
def phones(served: RunningServer, tls: ssl.SSLContext, request: pytest.FixtureRequest) -> Iterator[Phones]:
    place = sum(request.node.name.encode())
    with Phones(served, f"10.8.{place // 250}.{place % 250 + 1}", tls) as phones:
        yield phones


def path(name: str, token: str | None = None) -> str:
    return f"/t/{token}/{MACS[name]}.cfg" if token else f"/{MACS[name]}.cfg"


def told(got: Got) -> Login:
    """What a Yealink file says of the place to come back to."""
    said = dict(re.findall(r"^static\.auto_provision\.server\.(\w+) = (.*)$", got.body.decode(), re.MULTILINE))
    return Login(got.token, said["username"], said["password"])


def led(phones: Phones, name: str) -> Login:
    """A phone from the factory, led to its credentials."""
    return told(phones.ask(path(name, phones.ask(path(name)).token)))


def challenge(got: Got) -> dict[str, str]:
    """The parameters of the first challenge."""
    assert got.status == 401
    said = next(value for name, value in got.headers if name == "WWW-Authenticate")
    assert said.startswith("Digest ")
    return dict(re.findall(r'(\w+)="?([^",]+)', said))


def digest(asked: dict[str, str], login: Login, uri: str, count: int = 1, **changes: str) -> dict[str, str]:
    """The header with which a phone answers a challenge."""

    def hashed(text: str) -> str:
        return hashlib.new(asked["algorithm"].lower().replace("-", ""), text.encode()).hexdigest()

    nc, cnonce = f"{count:08x}", "0a4f113b"
    mine = hashed(f"{login.user_name}:{asked['realm']}:{login.password}")
    response = hashed(f"{mine}:{asked['nonce']}:{nc}:{cnonce}:auth:{hashed(f'GET:{uri}')}")
    said = {
        "username": login.user_name, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri, "response": response,
        "algorithm": asked["algorithm"], "cnonce": cnonce, "nc": nc, "qop": "auth", **changes,
    }  # fmt: skip
    plain = ("algorithm", "nc", "qop")
    return {
        "Authorization": "Digest "
        + ", ".join(f"{key}={value}" if key in plain else f'{key}="{value}"' for key, value in said.items())
    }


def basic(user_name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()}


def test_a_phone_from_the_factory_is_led_to_its_credentials_and_gets_its_config_with_them_alone(phones: Phones) -> None:
    first = phones.ask(path("digest"))
    assert first.status == 200 and b"Marker" not in first.body and b"server.password" not in first.body
    second = phones.ask(path("digest", first.token))
    login = told(second)
    assert second.status == 200 and b"Marker" not in second.body and login.token != first.token
    assert login.user_name == MACS["digest"] and login.password not in login.token
    asked = challenge(phones.ask(path("digest", login.token)))
    got = phones.ask(path("digest", login.token), headers=digest(asked, login, path("digest", login.token)))
    assert got.status == 200 and b"Marker-digest" in got.body and told(got) == login
    event = phones.last(MACS["digest"])
    assert event["assurance"] == "L3" and event["verdict"] == "the config of device digest"
    assert phones.status(path("digest", first.token)) == 404, "the first token is dead"


def test_a_phone_with_a_public_http_client_gets_its_config(phones: Phones, certificate: tuple[Path, Path]) -> None:
    login = led(phones, "basic")
    url = f"https://127.0.0.1:{phones.server.port('boot.https')}/t/{login.token}/{MACS['basic']}.cfg"
    for scheme in ("--digest", "--basic", "--anyauth"):
        user = f"{login.user_name}:{login.password}"
        command = (
            "curl",
            "-sS",
            "--cacert",
            str(certificate[0]),
            scheme,
            "-u",
            user,
            "-H",
            "X-Forwarded-For: 10.8.0.1",
        )
        got = subprocess.run([*command, url], capture_output=True, check=True, timeout=30)
        assert b"Marker-basic" in got.stdout, scheme


def test_the_credentials_open_the_config_without_the_token_too(phones: Phones) -> None:
    login = led(phones, "window")
    got = phones.ask(path("window"), headers=basic(login.user_name, login.password))
    assert got.status == 200 and b"Marker-window" in got.body


def test_an_account_may_ask_for_credentials_once_its_phones_have_them(phones: Phones) -> None:
    phones.put("devices/raised", security={"minimum_assurance": "L1"})
    login = told(phones.ask(path("raised")))
    phones.put("devices/raised", security={"minimum_assurance": "L3"})
    asked = challenge(phones.ask(path("raised", login.token)))
    got = phones.ask(path("raised", login.token), headers=digest(asked, login, path("raised", login.token)))
    assert got.status == 200 and b"Marker-raised" in got.body


def test_a_phone_may_use_a_nonce_for_all_files_of_a_boot_counting_or_not(phones: Phones) -> None:
    login = led(phones, "shared")
    asked = challenge(phones.ask(path("shared", login.token)))
    for file, count in ((f"{MACS['shared']}.boot", 1), (f"{MACS['shared']}.cfg", 1), (f"{MACS['shared']}.cfg", 2)):
        uri = f"/t/{login.token}/{file}"
        assert phones.ask(uri, headers=digest(asked, login, uri, count)).status == 200


def test_a_captured_answer_counts_once(phones: Phones) -> None:
    login = led(phones, "replayed")
    uri = path("replayed", login.token)
    header = digest(challenge(phones.ask(uri)), login, uri)
    assert phones.ask(uri, headers=header).status == 200
    again = phones.ask(uri, headers=header)
    assert again.status == 401 and challenge(again)["stale"] == "true"
    assert phones.ask(uri, headers=digest(challenge(again), login, uri)).status == 200


def test_digest_uri_swap(phones: Phones) -> None:
    login = led(phones, "swapped")
    mine, other = path("swapped", login.token), f"/t/{login.token}/{MACS['swapped']}.boot"
    header = digest(challenge(phones.ask(mine)), login, other)
    got = phones.ask(mine, headers=header)
    assert got.status == 401 and "stale" not in challenge(got) and b"Marker" not in got.body
    assert phones.last(MACS["swapped"])["event"] == "credentials.refused"


def test_neighbour_digest(phones: Phones) -> None:
    login, neighbour = led(phones, "mine"), led(phones, "other")
    assert phones.ask(path("mine"), headers=basic(login.user_name, login.password)).status == 200
    for uri in (path("other"), path("other", neighbour.token), path("other", login.token)):
        got = phones.ask(uri, headers=basic(login.user_name, login.password))
        assert got.status in (401, 404) and b"Marker" not in got.body
    assert phones.last(MACS["other"])["event"] in ("credentials.mac_mismatch", "token.mac_mismatch")


def test_digest_default_creds(phones: Phones) -> None:
    got = phones.ask(path("old"), headers=basic("PlcmSpIp", "PlcmSpIp"))
    assert b"Marker" not in got.body
    assert phones.last(MACS["old"])["event"] in ("credentials.factory", "enrol.bootstrap")
    assert phones.ask(f"/{number(0x7F0000)}.cfg", headers=basic("PlcmSpIp", "PlcmSpIp")).status == 401
    assert "PlcmSpIp" in str(phones.events(number(0x7F0000)))


def test_basic_plain_http(phones: Phones) -> None:
    login = led(phones, "plain")
    with Phones(phones.server, phones.home) as clear:
        got = clear.ask(path("plain", login.token), headers=basic(login.user_name, login.password))
        assert got.status == 404 and b"Marker" not in got.body
        assert "HTTPS" in clear.last(MACS["plain"])["verdict"]
        phones.put("devices/plain", security={"minimum_assurance": "L2"})
        got = clear.ask(path("plain", login.token), headers=basic(login.user_name, login.password))
        assert got.status == 200 and login.password.encode() not in got.body, "no password on a way that can be read"
        event = clear.last(MACS["plain"])
        assert event["assurance"] == "L2" and event["event"] == "credentials.plain"


@pytest.mark.parametrize(
    "header",
    [
        "Digest", "Digest ", 'Digest username="x', 'Digest username="x", username="x"', "Basic ===", "Basic \xff\xfe",
        "Bearer abc", 'Digest username="caf\xe9", realm="offhook", nonce="00", uri="/", response="\xff", qop=auth, nc=1, cnonce=a',
        'Digest username="x", realm="offhook", nonce="zz", uri="/", response="00"', "Digest " + "a=b, " * 1500,
        'Digest username="x\\', ",,,", "Digest ,", 'Digest username="x" realm="y"',
    ],
)  # fmt: skip
def test_digest_malformed(phones: Phones, header: str) -> None:
    begun = time.monotonic()
    got = phones.ask(f"/{number(0x7E0000)}.cfg", headers={"Authorization": header})
    assert got.status == 401 and time.monotonic() - begun < 1
    unknown = phones.ask(f"/{number(0x7E0000)}.cfg", headers={"Authorization": "Bearer abc"})
    assert [name for name, _ in got.headers] == [name for name, _ in unknown.headers]


def test_a_header_of_64_kibibytes_is_refused(served: RunningServer, tls: ssl.SSLContext) -> None:
    with Phones(served, "10.8.200.1", tls) as phones:
        assert phones.ask(path("silent"), headers={"Authorization": "Digest " + "a" * 65536}).status in (400, 431)


def test_two_authorizations_are_none(phones: Phones) -> None:
    login = led(phones, "silent")
    good = basic(login.user_name, login.password)["Authorization"]
    got = phones.ask(path("silent"), headers={"Authorization": good, "authorization": good})
    assert got.status != 200 or b"Marker" not in got.body


def test_oracle_auth_challenge(tmp_path: Path, certificate: tuple[Path, Path], tls: ssl.SSLContext) -> None:
    place = f"127.0.0.1:{free_port()}"
    text = OFFICE.replace("L3", "L1") + DEVICE.format("known", MACS["mine"])
    wanted = settings(certificate, OFFHOOK_BOOT__CHALLENGE="true", OFFHOOK_BOOT__SHA256="true")
    wanted |= {"OFFHOOK_BOOT__HTTPS": place, "OFFHOOK_BOOT__PUBLIC_URL": f"https://{place}"}
    with RunningServer(tmp_path / "data", settings=wanted) as server, Phones(server, "10.8.0.9", tls) as phones:
        server.run("apply", "-f", str(office(tmp_path, text)))
        with Phones(server, "10.8.0.9") as indoors:
            login = told(indoors.ask(path("mine")))

        def answer(path: str, **headers: str) -> tuple[object, ...]:
            got = phones.ask(path, headers=headers)
            return (
                got.status,
                str([(name, re.sub('nonce="[^"]*"', "", value)) for name, value in got.headers]),
                got.body,
            )

        places = (
            path("mine"),
            path("other"),
            path("mine", login.token),
            "/y000000000066.cfg",
            "/firmware/x/y.rom",
            "/",
        )
        answers = {answer(place) for place in (*places, "/t/nonsense/x.cfg")}
        answers |= {answer(path(name), **basic(MACS[name], "wrong")) for name in ("mine", "other")}
        assert len(answers) == 1
        status, headers, _ = next(iter(answers))
        assert status == 401 and str(headers).count("WWW-Authenticate") == 2
        for algorithm in ("SHA-256", "MD5"):
            asked = {**challenge(phones.ask(path("mine"))), "algorithm": algorithm}
            got = phones.ask(path("mine"), headers=digest(asked, login, path("mine")))
            assert got.status == 200 and b"Marker-known" in got.body
        assert phones.ask("/y000000000066.cfg", headers=basic(login.user_name, login.password)).status == 200
