"""The attacks of `security.json`, each against a real server over real sockets; a test has its case's name.

The cases stand in the folder that OFFHOOK_CASES names. A phone's address is what the test says as a trusted proxy.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.asking import admin
from tests.e2e.running import RunningServer

from .doors import BEHIND_A_PROXY, Got, Phones, number, office

CASES = Path(os.environ.get("OFFHOOK_CASES") or Path(__file__).parents[2] / "../shared/cases") / "security.json"
OFFICE = """
accounts:
  - {id: default, realm: a.example, name: Alpha}
  - {id: other, realm: b.example, name: Beta}
devices:
"""
DEVICE = "  - {{id: {0}, mac: {1}, model: yealink/T46S, sip: {{username: {0}, password: Marker-{0}}}}}\n"
NAMES = (
    "race", "twice", "closed", "neighbour", "thief", "revoked", "moving", "agent", "poisoned", "tftp", "stale", "strict",
    "silent", "again", "quiet", "changed",
)  # fmt: skip
MACS = {name: number(0x100000 + 0x10000 * index) for index, name in enumerate(NAMES)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """An office whose phones have just been added, one for each attack."""
    folder = tmp_path_factory.mktemp("cases")
    text = OFFICE + "".join(DEVICE.format(name, mac) for name, mac in MACS.items())
    with RunningServer(folder / "data", settings=BEHIND_A_PROXY) as server:
        server.run("apply", "-f", str(office(folder, text)))
        yield server


@pytest.fixture
def phones(served: RunningServer, request: pytest.FixtureRequest) -> Iterator[Phones]:
    """Its boot door, asked from an address that no other test has."""
    place = sum(request.node.name.encode())
    with Phones(served, f"10.9.{place // 250}.{place % 250 + 1}") as phones:
        yield phones


def config(name: str, token: str | None = None) -> str:
    """The path of a phone's config."""
    return f"/t/{token}/{MACS[name]}.cfg" if token else f"/{MACS[name]}.cfg"


def enrolled(phones: Phones, name: str, peer: str | None = None) -> str:
    """The token of a phone that has booted, and came back with it."""
    token = phones.ask(config(name), peer).token
    assert phones.status(config(name, token), peer) == 200
    return token


def refusal(got: Got) -> tuple[object, ...]:
    return got.status, got.headers, got.body


def test_mac_enum_ban(phones: Phones) -> None:
    scanner, before = "203.0.113.1", phones.ask(config("quiet"), "10.0.0.99")
    answers = {refusal(phones.ask(f"/p/default/{number(index)}.cfg", scanner)) for index in range(50)}
    assert len(answers) == 1 and next(iter(answers))[0] == 404
    banned = [ban for ban in phones.bans() if ban["source"] == scanner]
    assert len(banned) == 1 and banned[0]["times"] == 1 and "MACs" in banned[0]["reason"]
    assert phones.status("/y000000000066.cfg", scanner) == 404
    assert phones.ask(config("quiet"), "10.0.0.99").body == before.body
    assert phones.status(f"/t/{before.token}/{MACS['quiet']}.cfg", scanner) == 200, "who has a token is never banned"
    log = [line for line in phones.server.log.read_text().splitlines() if f"address={scanner} " in line]
    assert len(log) == 1 and "offhook.guard: ban address=203.0.113.1 minutes=60 guesses=" in log[0]
    assert scanner in phones.server.run("bans", "list").stdout
    assert scanner in phones.server.run("bans", "clear", scanner).stdout
    assert phones.status("/y000000000066.cfg", scanner) == 200


def test_mac_enum_ipv6_rotation(phones: Phones) -> None:
    for index in range(10):
        phones.ask(f"/{number(0x20 * index)}.cfg", f"2001:db8:5:5::{index:x}")
    assert [ban["source"] for ban in phones.bans() if ":" in ban["source"]] == ["2001:db8:5:5::/64"]
    assert phones.status("/y000000000066.cfg", "2001:db8:5:5:ffff::1") == 404
    assert phones.status("/y000000000066.cfg", "2001:db8:5:6::1") == 200


def test_enum_nat_site_not_banned(tmp_path: Path) -> None:
    macs = [number(0x200000 + index) for index in range(500)]
    text = OFFICE.replace("a.example", "a.example, security: {networks: [198.51.100.0/24]}")
    text += "".join(DEVICE.format(f"d{mac}", mac) for mac in macs)
    with ExitStack() as stack:
        server = stack.enter_context(RunningServer(tmp_path / "data", settings=BEHIND_A_PROXY))
        server.run("apply", "-f", str(office(tmp_path, text)))
        phones = stack.enter_context(Phones(server, "198.51.100.7"))
        for mac in macs:
            assert phones.status(f"/{mac}.cfg") == 200
            for optional in (f"{mac}-license.cfg", f"{mac}-directory.xml", f"{mac}.boot", f"{mac}-calls.xml"):
                phones.ask(f"/{optional}")
        for stranger in range(30):
            assert phones.status(f"/{number(0x700000 + stranger)}.cfg") == 404
        assert phones.bans() == []


def test_enrol_window_closed(phones: Phones) -> None:
    phones.put("devices/closed", security={"enrolment_hours": 0})
    got = phones.ask(config("closed"))
    assert got.status == 404 and b"Marker" not in got.body
    assert phones.last(MACS["closed"])["event"] == "enrol.late"
    assert refusal(got) == refusal(phones.ask(f"/{number(0xFF0000)}.cfg"))
    phones.put("devices/closed", security={"enrolment_hours": 24})
    phones.post("closed/enrol")
    assert phones.status(config("closed")) == 200


def test_enrol_race(phones: Phones) -> None:
    phones.put("devices/race", security={"minimum_assurance": "L2"})
    first = phones.ask(config("race"), "10.0.0.66")
    assert first.status == 200 and first.token and b"Marker" not in first.body
    second = phones.ask(config("race"), "10.0.0.5")
    assert second.status == 404
    event = phones.last(MACS["race"])
    assert event["event"] == "enrol.conflict" and "10.0.0.66" in event["verdict"] and "10.0.0.5" in event["verdict"]
    assert event["verdict"].endswith("offhook device unlock race")
    assert phones.status(config("race", first.token), "10.0.0.66") == 404


def test_enrol_concurrent_first_fetch(phones: Phones) -> None:
    url = phones.post("twice/enrol")["url"]
    peers = [f"10.1.0.{index}" for index in range(1, 9)]

    def ask(peer: str) -> Got:
        with Phones(phones.server, peer) as one:
            return one.ask(f"{url}{MACS['twice']}.cfg")

    with ThreadPoolExecutor(len(peers)) as pool:
        got = list(pool.map(ask, peers))
    assert sorted(one.status for one in got) == [200] + [404] * 7
    assert {refusal(one) for one in got if one.status == 404} == {refusal(phones.ask("/t/nonsense/x.cfg", "10.9.0.1"))}
    assert admin(phones.server)("GET", "/api/v1/devices/twice/enrolment").values["stage"] == "locked"


def test_neighbour_token(phones: Phones) -> None:
    token = enrolled(phones, "thief")
    got = phones.ask(config("neighbour", token))
    assert got.status == 404 and b"Marker" not in got.body
    assert phones.last(MACS["neighbour"])["event"] == "token.mac_mismatch"


def test_revoked_token(phones: Phones) -> None:
    token = enrolled(phones, "revoked")
    bearer = {
        "Authorization": f"Bearer {phones.server.run('token', 'create', '--scope', 'proxy', '--quiet').stdout.strip()}"
    }

    def credentials() -> int:
        url = f"{phones.server.addresses['proxy']}/proxy/v1/credentials?realm=a.example&username=revoked"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=bearer), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    assert credentials() == 200
    phones.put("devices/revoked", enabled=False)
    assert phones.status(config("revoked", token)) == 404 and credentials() == 404
    answer = admin(phones.server)("DELETE", "/api/v1/devices/revoked")
    assert answer.status == 200
    assert phones.status(config("revoked", token)) == 404
    text = OFFICE + DEVICE.format("revoked", MACS["revoked"])
    phones.server.run("apply", "-f", str(office(phones.server.data, text)))
    assert phones.status(config("revoked", token)) == 404, "a device that is added again does not wake its old token"


def test_ip_change_lock(phones: Phones) -> None:
    phones.put("devices/moving", security={"ip_change": "lock"})
    token = enrolled(phones, "moving", "10.0.0.5")
    assert phones.status(config("moving", token), "10.0.0.77") == 404
    event = phones.last(MACS["moving"])
    assert event["event"] == "ip.changed" and "10.0.0.77" in event["verdict"] and "10.0.0.5" in event["verdict"]
    assert phones.status(config("moving", token), "10.0.0.5") == 404
    url = phones.post("moving/unlock")["url"]
    assert phones.status(config("moving", token), "10.0.0.5") == 404
    new = phones.ask(f"{url}{MACS['moving']}.cfg", "10.0.0.77")
    assert new.status == 200 and b"Marker-moving" not in new.body, "the password that was out is no more"


def test_forged_xff(phones: Phones) -> None:
    assert phones.status(config("silent"), "127.0.0.1, 10.0.0.5, 203.0.113.50") == 404
    assert phones.last(MACS["silent"])["peer"] == "203.0.113.50"
    with ExitStack() as stack:
        direct = stack.enter_context(RunningServer(phones.server.data.parent / "direct", arguments=("--demo",)))
        asked = stack.enter_context(Phones(direct))
        for index in range(20):
            asked.ask(f"/{number(index)}.cfg", "10.0.0.5")
        assert asked.bans() == []
        assert asked.ask("/001565aabb01.cfg", "203.0.113.50").status == 200
        assert asked.last("001565aabb01")["peer"] == "127.0.0.1"


def test_ua_mac_conflict(phones: Phones) -> None:
    agent = "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:cc"
    assert phones.status(config("agent"), "198.51.100.40", agent) == 404
    for index in range(6):
        phones.ask(config("agent"), "198.51.100.40", f"Yealink SIP-T46S 66.86.0.15 00:15:65:aa:{index:02x}:cc")
    assert "198.51.100.40" in [ban["source"] for ban in phones.bans()]
    assert phones.status(config("agent")) == 200


def test_ua_junk_mac(phones: Phones) -> None:
    for agent in (
        "Mozilla/5.0 (X11; Linux) AppleWebKit/537",
        "x" * 12,
        "zzzzzzzzzzzz",
        "Yealink SIP-T46S 66.86.0.15 nonsense",
    ):
        assert phones.status("/nothing.cfg", "10.0.3.1", agent) == 404
    assert phones.bans() == [ban for ban in phones.bans() if ban["source"] != "10.0.3.1"]


def test_no_auto_insert(phones: Phones) -> None:
    before = admin(phones.server)("GET", "/api/v1/devices?limit=1000").text
    for index in range(200):
        mac = ":".join(f"{0x9000 + index * 977:06x}"[at : at + 2] for at in (0, 2, 4))
        phones.ask(
            "/y000000000066.cfg", f"10.7.{index // 250}.{index % 250}", f"Yealink SIP-T46S 66.86.0.15 00:15:65:{mac}"
        )
    assert admin(phones.server)("GET", "/api/v1/devices?limit=1000").text == before


def test_ua_db_poison(phones: Phones) -> None:
    mac = MACS["poisoned"]
    colons = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    phones.ask(config("poisoned"), "10.0.0.5", f"Yealink SIP-T54W 96.86.0.15 {colons}")
    assert admin(phones.server)("GET", "/api/v1/devices/poisoned").values["model"] == "yealink/T46S"
    assert phones.last(mac)["model"] == "T54W"


@pytest.mark.parametrize(
    "path",
    [
        "/p/default/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc%5cpasswd", "//etc/passwd",
        "/p/default/....//etc/passwd", "/t/../../etc/passwd", "/firmware/../../../etc/passwd", "/t/%2e%2e/etc/passwd",
    ],
)  # fmt: skip
def test_traversal_dotdot(phones: Phones, path: str) -> None:
    got = phones.ask(path, "10.0.4.1")
    assert got.status == 404 and b"root:" not in got.body


@pytest.mark.parametrize("method", ["POST", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_method_abuse(phones: Phones, method: str) -> None:
    known, unknown = (phones.ask(path, method=method) for path in (config("silent"), f"/{number(0xFE0000)}.cfg"))
    assert known.status == 405 and refusal(known) == refusal(unknown)


def test_huge_path(phones: Phones) -> None:
    for path in (
        f"/{'a' * 8_000}",
        f"/x.cfg?{'&'.join(f'a{index}=1' for index in range(900))}",
        f"/t/{'a' * 7_000}/x.cfg",
    ):
        assert phones.status(path, "10.0.4.2") in (404, 414, 400)
    assert phones.status(f"/{'a' * 65_536}", "10.0.4.2") in (400, 404, 414)


def test_host_header_tenant(phones: Phones) -> None:
    plain = phones.ask(config("again"))
    other = phones.ask(config("again"), headers={"Host": "b.example"})
    assert b"a.example" in plain.body and b"b.example" not in other.body.replace(b"http://b.example/", b"")


def test_tftp_no_secrets(phones: Phones) -> None:
    answer = phones.tftp(b"\0\1" + f"{MACS['tftp']}.cfg".encode() + b"\0octet\0")
    assert answer[:4] == b"\0\5\0\1" and b"Marker" not in answer
    common = phones.tftp(b"\0\1y000000000066.cfg\0octet\0")
    assert common[:4] == b"\0\3\0\1" and b"Marker" not in common and b"/t/" not in common


def test_tftp_wrq(phones: Phones) -> None:
    assert phones.tftp(b"\0\2" + f"{MACS['tftp']}.cfg".encode() + b"\0octet\0")[:2] == b"\0\5"


def test_tftp_spoof_ban(phones: Phones) -> None:
    before = phones.bans()
    for index in range(40):
        assert phones.tftp(b"\0\1" + f"{number(0x30 * index)}.cfg".encode() + b"\0octet\0")[:4] == b"\0\5\0\1"
    assert phones.bans() == before


def test_rps_url_stale(phones: Phones) -> None:
    url = phones.post("stale/enrol")["url"]
    got = phones.ask(f"{url}{MACS['stale']}.cfg", "198.51.100.60")
    assert got.status == 200 and phones.last(MACS["stale"])["assurance"] == "L2"
    assert phones.status(config("stale", got.token), "198.51.100.60") == 200
    assert phones.status(f"{url}{MACS['stale']}.cfg", "198.51.100.60") == 404
    assert phones.last(MACS["stale"])["event"] == "token.unknown"


def test_storm_304(phones: Phones) -> None:
    token = enrolled(phones, "changed")
    tag = dict(phones.ask(config("changed", token)).headers)["ETag"]
    for _ in range(200):
        assert phones.ask(config("changed", token), headers={"If-None-Match": tag}).status == 304


def test_log_redaction(phones: Phones) -> None:
    token = enrolled(phones, "strict")
    rotated = phones.post("strict/rotate")
    newer = phones.ask(config("strict", token)).token
    assert newer != token and rotated["url"] is None
    assert phones.status(config("strict", newer)) == 200 and phones.status(config("strict", token)) == 404
    shown = phones.server.run("why", MACS["strict"]).stdout + phones.server.log.read_text()
    kept = "".join(path.read_text("utf-8", "replace") for path in phones.server.data.rglob("*.jsonl"))
    for secret in (token, newer, "Marker-strict"):
        assert secret not in shown + kept


def test_tftp_names(phones: Phones) -> None:
    phones.put("devices/tftp", security={"tftp_secrets": True, "networks": ["127.0.0.0/8"]})
    mac = MACS["tftp"].encode()

    def first(name: bytes) -> bytes:
        return phones.tftp(b"\0\1" + name + b"\0octet\0")

    served = {
        first(name)
        for name in (mac + b".cfg", b"/" + mac + b".cfg", b"./" + mac + b".cfg", b"\\" + mac.upper() + b".CFG")
    }
    assert len(served) == 1 and next(iter(served))[:4] == b"\0\3\0\1"
    for strange in (b"", b"\xe9\xff.cfg", b"../../etc/passwd", b"/etc/" + b"x" * 300):
        assert first(strange)[:2] == b"\0\5"
    phones.put("devices/tftp", security={})


def test_every_test_here_is_one_of_the_cases() -> None:
    assert CASES.is_file(), f"set OFFHOOK_CASES: {CASES} is not there"
    names = {case["name"].replace("-", "_") for case in json.loads(CASES.read_text(encoding="utf-8"))}
    ours = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert ours - names == {"every_test_here_is_one_of_the_cases"} and len(ours & names) > 20
