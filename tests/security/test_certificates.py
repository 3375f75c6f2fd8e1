"""The attacks of `security.json` on certificates, each against a real server over real TLS; a test has its case's name."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.asking import admin
from tests.e2e.running import RunningServer
from tests.factory import GENERIC_FORM, MPP_FORM, SPA525, SPA_FORM, Issued, Pairs, authority, phone, rsa_key

from .doors import BEHIND_A_PROXY, Got, office
from .tls import Phone, logged, tls_settings

OFFICE = """
accounts:
  - {id: default, realm: a.example, security: {minimum_assurance: L4}}
devices:
"""
DEVICE = "  - {{id: {0}, mac: {1}, model: {2}, sip: {{username: {0}, password: Marker-{0}}}}}\n"
DEVICES = {
    "spa": (SPA525, "cisco/SPA525G"),
    "mpp": ("000e08abcdef", "cisco/8841"),
    "generic": ("000e08000001", "cisco/SPA525G"),
    "desk": ("001565aabb01", "yealink/T46S"),
    "old": ("001565aabb02", "yealink/T46S"),
    "swapped": ("001565aabb03", "yealink/T46S"),
    "proxied": ("001565aabb04", "yealink/T46S"),
    "whole": ("001565aabb05", "yealink/T46S"),
    "mail": ("000413aabb01", "snom/D785"),
}
CISCO = authority("Cisco client root", key=rsa_key(2048, 2))
YEALINK = authority("Yealink Root CA")
ISSUING = authority("Yealink Issuing CA", YEALINK)
OLD = authority("Old Yealink CA", key=rsa_key(1024, 3), sha1=True)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """An office where only certificates open anything, and whose manufacturers are known."""
    folder = tmp_path_factory.mktemp("certificates")
    settings = tls_settings(folder, OFFHOOK_TRUST__CERTIFICATE_HEADER="nginx", **BEHIND_A_PROXY)
    text = OFFICE + "".join(DEVICE.format(name, mac, model) for name, (mac, model) in DEVICES.items())
    with RunningServer(folder / "data", settings=settings) as server:
        server.run("apply", "-f", str(office(folder, text)))
        server.run("ca", "import", "--vendor", "cisco", str(CISCO.written(folder, "cisco")[0]))
        server.run("ca", "import", "--vendor", "yealink", str(YEALINK.written(folder, "yealink", OLD)[0]))
        yield server


def config(name: str) -> str:
    """The path of a phone's config."""
    mac, model = DEVICES[name]
    forms = {"cisco": "/{0}.xml", "snom": "/snomD785-{1}.htm"}
    return forms.get(model.partition("/")[0], "/{0}.cfg").format(mac, mac.upper())


class Desk:
    """Phones of this office."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.server, self.folder = server, folder

    def ask(self, name: str, shown: Issued | None, *along: Issued, door: str = "boot.mtls", **headers: str) -> Got:
        """A phone asks for its config, from an address that a trusted proxy would say."""
        said = {"X_Forwarded_For": "10.0.0.5", **headers}
        return Phone(self.server, self.folder, shown, along).ask(config(name), door, **said)

    def last(self, name: str) -> dict[str, Any]:
        """The last event of a phone."""
        events: list[dict[str, Any]] = admin(self.server)("GET", f"/api/v1/why/{DEVICES[name][0]}").values["events"]
        return events[-1]


@pytest.fixture
def desk(served: RunningServer, tmp_path: Path) -> Desk:
    """Its doors."""
    return Desk(served, tmp_path)


def test_mic_generic_cisco(desk: Desk) -> None:
    got = desk.ask("generic", phone(CISCO, *GENERIC_FORM))
    assert got.status == 404
    event = desk.last("generic")
    assert event["assurance"] != "L4" and "many phones share" in event["identified"]
    assert got == desk.ask("spa", phone(CISCO, *GENERIC_FORM)), "the same refusal for all"


@pytest.mark.parametrize(("name", "form"), [("spa", SPA_FORM), ("mpp", MPP_FORM)])
def test_mic_cisco_dn_forms(desk: Desk, name: str, form: Pairs) -> None:
    shown = phone(CISCO, *form, key=rsa_key(2048, 4))
    got = desk.ask(name, shown)
    event = desk.last(name)
    assert got.status == 200 and f"Marker-{name}".encode() in got.body, event
    assert event["assurance"] == "L4" and DEVICES[name][0] in event["identified"]
    assert "serial number" in event["identified"]
    disagreeing = (("ST", "708105B37299"), *[pair for pair in SPA_FORM if pair[0] != "ST"])
    assert desk.ask("spa", phone(CISCO, *disagreeing)).status == 404
    assert "different MACs" in desk.last("spa")["identified"]


def test_mic_vendor_mismatch(desk: Desk) -> None:
    assert desk.ask("mail", phone(YEALINK, ("CN", "000413AABB01"))).status == 404
    event = desk.last("mail")
    assert event["assurance"] != "L4" and "yealink 000413aabb01" in event["identified"]
    common = Phone(desk.server, desk.folder, phone(YEALINK, ("CN", "000413AABB01"))).ask("/snomD785.htm")
    assert common.status == 200 and desk.last("mail")["event"] == "certificate.vendor_mismatch"


def test_mic_expired(desk: Desk, tmp_path: Path) -> None:
    shown = phone(ISSUING, ("CN", "001565AABB01"), days=(-900, -300))
    assert desk.ask("desk", shown, ISSUING).status == 200
    assert "which ran out" in desk.last("desk")["identified"]
    pem, _ = YEALINK.written(tmp_path, "again")
    desk.server.run("ca", "import", "--vendor", "yealink", "--refuse-expired", str(pem))
    try:
        assert desk.ask("desk", shown, ISSUING).status == 404
        assert "--refuse-expired" in desk.last("desk")["identified"]
    finally:
        desk.server.run("ca", "import", "--vendor", "yealink", str(pem))
    assert desk.ask("desk", shown, ISSUING).status == 200


def test_mic_sha1_rsa1024(desk: Desk) -> None:
    shown = phone(OLD, ("CN", "001565AABB02"), key=rsa_key(1024, 1), sha1=True)
    got = desk.ask("old", shown, door="boot.legacy")
    assert got.status == 200 and desk.last("old")["assurance"] == "L4" and desk.last("old")["transport"] == "https"
    assert Phone(desk.server, desk.folder, shown).is_refused("boot.mtls")
    assert logged(desk.server, "boot.mtls", "too short for this door", "CN=Old Yealink CA", "[boot] legacy")
    assert desk.ask("old", None, door="boot.legacy").status == 404
    assert desk.last("old")["transport"] == "http", "without a certificate it is as good as plain"


def test_mic_mac_mismatch(desk: Desk) -> None:
    neighbour = phone(YEALINK, ("CN", "001565AABB01"))
    got = desk.ask("proxied", neighbour)
    assert got.status == 404 and b"Marker" not in got.body
    assert desk.last("proxied")["event"] == "certificate.mac_mismatch"


def test_a_whole_phone_boots_at_the_door_that_demands_certificates(desk: Desk, tmp_path: Path) -> None:
    shown = phone(YEALINK, ("CN", "001565AABB05"))
    certificate, key = shown.written(tmp_path, "phone")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    boot = (
        "boot", "001565aabb05", "--server", f"https://127.0.0.1:{desk.server.port('boot.mtls')}/", "--insecure", "--json",
    )  # fmt: skip
    report = json.loads(desk.server.run(*boot, "--certificate", str(both)).stdout)
    assert report["came_up"] and "L4" in desk.server.run("why", "001565aabb05", "--json").stdout
    without = desk.server.run(*boot, check=False)
    assert without.returncode == 1
    wrong = desk.server.run(*boot, "--certificate", str(certificate), check=False)
    assert wrong.returncode == 1 and "one PEM file holds the phone's certificate and its key" in wrong.stderr


def test_mic_leaf_changed(desk: Desk) -> None:
    first, second = phone(YEALINK, ("CN", "001565AABB03")), phone(YEALINK, ("CN", "00:15:65:aa:bb:03"))
    assert desk.ask("swapped", first).status == 200
    where = admin(desk.server)("GET", "/api/v1/devices/swapped/enrolment").values
    assert where["stage"] == "enrolled" and where["certificate"] == first.fingerprint
    assert desk.ask("swapped", second).status == 404
    assert desk.last("swapped")["event"] == "certificate.changed"
    assert logged(desk.server, "WARNING", "device swapped", "another certificate", second.fingerprint[:16])
    assert desk.ask("swapped", first).status == 404, "held until somebody has looked"
    desk.server.run("device", "unlock", "swapped")
    got = desk.ask("swapped", second)
    assert got.status == 200 and b"Marker-swapped" not in got.body, "the password that was out is no more"


# Behind a reverse proxy.

PROXIED = phone(YEALINK, ("CN", "001565AABB04"))


def by_nginx(shown: Issued = PROXIED, verify: str = "SUCCESS") -> dict[str, str]:
    """What nginx writes."""
    return {"X_SSL_Client_Verify": verify, "X_SSL_Client_Cert": quote(shown.pem.decode(), safe="")}


def test_a_certificate_that_a_trusted_proxy_passes_on_counts(desk: Desk, tmp_path: Path) -> None:
    got = desk.ask("proxied", None, door="boot.https", **by_nginx())
    assert got.status == 200 and b"Marker-proxied" in got.body
    assert desk.last("proxied")["assurance"] == "L4"
    foreign = phone(authority("Yealink Root CA"), ("CN", "001565AABB04"))
    assert desk.ask("proxied", None, door="boot.https", **by_nginx(foreign)).status == 404, "it is verified here, too"
    assert "no authority that was imported" in desk.last("proxied")["identified"]


@pytest.mark.parametrize("verify", ["NONE", "FAILED:self signed certificate", "0", ""])
def test_proxy_verify_failed(desk: Desk, verify: str) -> None:
    assert desk.ask("proxied", None, door="boot.https", **by_nginx(PROXIED, verify)).status == 404
    event = desk.last("proxied")
    assert event["assurance"] != "L4" and "the proxy has not verified its certificate" in event["identified"]


@pytest.mark.parametrize("doubled", ["X-SSL-Client-Cert", "X-SSL-Client-Verify"])
def test_dup_cert_header(desk: Desk, doubled: str) -> None:
    headers = by_nginx()
    connection = Phone(desk.server, desk.folder).opened("boot.https")
    connection.putrequest("GET", config("proxied"))
    for name, value in {**headers, "X_Forwarded_For": "10.0.0.5"}.items():
        for _ in range(2 if name.replace("_", "-") == doubled else 1):
            connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    got = Got(answer.status, tuple((n, v) for n, v in answer.getheaders() if n != "Date"), answer.read())
    connection.close()
    assert got == desk.ask("proxied", None, door="boot.https"), "refused as everything is"
    events = admin(desk.server)("GET", f"/api/v1/why/{DEVICES['proxied'][0]}").values["events"]
    assert events[-2]["event"] == "header.doubled" and "let the proxy take away" in events[-2]["verdict"]


def test_forged_cert_header(tmp_path: Path) -> None:
    settings = tls_settings(tmp_path, OFFHOOK_TRUST__CERTIFICATE_HEADER="nginx", OFFHOOK_TRUST__PROXIES="10.255.0.0/24")
    text = OFFICE.replace("L4", "L1") + DEVICE.format("proxied", *DEVICES["proxied"])
    with RunningServer(tmp_path / "data", settings=settings) as server:
        server.run("apply", "-f", str(office(tmp_path, text)))
        server.run("ca", "import", "--vendor", "yealink", str(YEALINK.written(tmp_path, "yealink")[0]))
        desk = Desk(server, tmp_path)
        rfc9440 = {"Client_Cert": f":{base64.b64encode(PROXIED.der).decode()}:"}
        for headers in (by_nginx(), rfc9440, {"X_Forwarded_Client_Cert": "Hash=00"}):
            assert desk.ask("proxied", None, door="boot.https", **headers).status == 200
            event = desk.last("proxied")
            assert (event["assurance"], event["event"]) == ("L1", "header.forged"), "as without it"
        server.run("device", "edit", "proxied", "--set", "security.minimum_assurance=L4")
        assert desk.ask("proxied", None, door="boot.https", **by_nginx()).status == 404


def test_what_a_proxy_says_of_the_transport_counts_where_it_is_trusted(desk: Desk) -> None:
    for proto, transport in (("https", "https"), ("http", "http"), ("https, https", "http"), ("gopher", "http")):
        connection = http.client.HTTPConnection("127.0.0.1", desk.server.port("boot.http"), timeout=20)
        said = {**by_nginx(), "X_Forwarded_For": "10.0.0.5", "X_Forwarded_Proto": proto}
        headers = {name.replace("_", "-"): value for name, value in said.items()}
        connection.request("GET", config("proxied"), headers=headers)
        body = connection.getresponse().read()
        connection.close()
        assert desk.last("proxied")["transport"] == transport
        assert f"{transport}://127.0.0.1:".encode() in body, "it is told to come back as it came"
