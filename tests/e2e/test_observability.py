"""What an operator sees: metrics, readiness and log lines; and no secret in any of them."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import os
import queue
import re
import resource
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any, ClassVar

import pytest
from prometheus_client.parser import text_string_to_metric_families

from .asking import Asking, admin
from .running import RunningServer

DOCS = Path(__file__).parents[2] / "docs"
MARK = "Zq-marker-secret"
OFFICE = f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: true}}, settings: {{web_admin_password: {MARK}-web}}}}]
users: [{{id: marie, name: Marie}}]
devices:
  - {{id: desk, mac: 001565aabb01, model: yealink/T46S, owner: marie, sip: {{username: desk, password: {MARK}-sip}}}}
mailboxes: [{{id: marie, number: "101", owner: marie, pin: "918273"}}]
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    settings = {"OFFHOOK_LOG__FORMAT": "json", "OFFHOOK_LOG__LEVEL": "debug"}
    with RunningServer(tmp_path_factory.mktemp("observed") / "data", settings=settings) as running:
        running.run("apply", "-f", "-", stdin=OFFICE)
        yield running


def boot(server: RunningServer, path: str, agent: str = "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01") -> int:
    request = urllib.request.Request(f"{server.addresses['boot.http']}/{path}", headers={"User-Agent": agent})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def metrics(server: RunningServer) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels, read by Prometheus' own parser."""
    answer = admin(server)("GET", "/metrics")
    assert answer.status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def lines(server: RunningServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_a_boot_is_counted_by_vendor_transport_and_verdict(server: RunningServer) -> None:
    given = ("offhook_boot_requests_total", (("transport", "http"), ("vendor", "yealink"), ("verdict", "given")))
    refused = ("offhook_boot_requests_total", (("transport", "http"), ("vendor", "unknown"), ("verdict", "refused")))
    before = metrics(server)
    assert boot(server, "001565aabb01.cfg") == boot(server, "001565aabb01.cfg") == 200
    assert boot(server, "nothing-that-a-phone-asks-for.txt", agent="curl") == 404
    after = metrics(server)
    assert after[given] - before.get(given, 0) == 2 and after[refused] - before.get(refused, 0) == 1
    assert after["offhook_boot_answer_seconds_count", ()] - before["offhook_boot_answer_seconds_count", ()] == 3
    assert after["offhook_render_cache_total", (("found", "hit"),)] >= 1
    made = ("offhook_render_cache_total", (("found", "miss"),))
    assert after["offhook_render_seconds_count", ()] == after[made] > 0 and after["offhook_render_seconds_sum", ()] > 0


def test_a_transfer_over_tftp_is_counted_with_its_bytes(server: RunningServer) -> None:
    server.run("boot", "001565aabb01", "--transport", "tftp", "--server", server.addresses["tftp"])
    after = metrics(server)
    assert after["offhook_tftp_transfers_total", (("outcome", "done"),)] >= 1
    assert after["offhook_tftp_bytes_total", ()] > 1000


def test_documents_changes_and_questions_of_proxies_are_counted(server: RunningServer) -> None:
    token = server.run("token", "create", "--scope", "proxy", "--name", "sip", "--quiet").stdout.strip()
    ask = urllib.request.Request(
        f"{server.addresses['proxy']}/proxy/v1/credentials?realm=bureau.example&username=desk",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(ask, timeout=10) as answer:
        assert answer.status == 200
    found = metrics(server)
    assert found["offhook_documents", (("kind", "devices"),)] == 1
    assert found["offhook_store_commit_seconds_count", ()] >= 1 and found["offhook_revision", ()] >= 1
    assert found["offhook_proxy_questions_total", (("question", "credentials"), ("status", "200"))] == 1
    assert found["offhook_registered_lines", ()] == 0
    assert found["offhook_process_resident_memory_bytes", ()] > 0


def test_metrics_ask_for_a_token_unless_they_are_opened(server: RunningServer, tmp_path: Path) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{server.addresses['admin']}/metrics", timeout=10)
    opened = RunningServer(tmp_path / "data", settings={"OFFHOOK_ADMIN__OPEN_METRICS": "true"})
    with opened, urllib.request.urlopen(f"{opened.addresses['admin']}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert b"offhook_build_info{" in answer.read()


def test_a_ready_server_says_so_to_anybody(server: RunningServer) -> None:
    with urllib.request.urlopen(f"{server.addresses['admin']}/readyz", timeout=10) as answer:
        assert json.loads(answer.read()) == {"ready": True, "missing": {}}


def test_a_server_whose_disk_is_full_is_not_ready_and_is_again_once_there_is_room(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as full:
        assert full.process is not None
        anybody = Asking(full, None)
        full.run("apply", "-f", "-", stdin=OFFICE)
        _, most = resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE, (1_000, most))
        assert admin(full)("PATCH", "/api/v1/users/marie", {"name": "Marie " + "x" * 100}).status == 503
        refused = anybody("GET", "/readyz")
        assert refused.status == 503 and refused.values["ready"] is False
        assert list(refused.values["missing"]) == ["store"] and "Marie" not in refused.text
        assert boot(full, "001565aabb01.cfg") == 200, "phones are answered all the same"
        assert anybody("GET", "/healthz").status == 200
        resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE, (most, most))
        assert anybody("GET", "/readyz").values == {"ready": True, "missing": {}}


def test_what_was_refused_and_what_was_changed_is_a_line_with_fields(server: RunningServer) -> None:
    boot(server, "001565ffff01.cfg", agent="Yealink SIP-T46S 66.86.0.15")
    server.run("user", "edit", "marie", "--set", "name=Marie T.")
    refused = [one for one in lines(server) if one.get("mac") == "001565ffff01"]
    assert refused[-1]["event"] == "boot" and refused[-1]["status"] == 404 and refused[-1]["level"] == "info"
    changed = [one for one in lines(server) if one.get("event") == "change"][-1]
    assert (changed["kind"], changed["id"], changed["action"]) == ("users", "marie", "changed")


def test_who_is_refused_at_a_door_is_a_line_with_fields(server: RunningServer) -> None:
    reader = server.run("token", "create", "--scope", "read", "--name", "looks", "--quiet").stdout.strip()
    assert Asking(server, None)("GET", "/api/v1/devices").status == 401
    assert Asking(server, reader)("DELETE", "/api/v1/devices/desk").status == 403
    assert Asking(server, None)("POST", "/api/v1/session", {"name": "eve", "password": f"{MARK}-guess"}).status == 401
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{server.addresses['proxy']}/proxy/v1/credentials", timeout=10)
    told = [one for one in lines(server) if one.get("event") == "denied"][-4:]
    assert [(one["door"], one["status"], one["path"], one.get("who")) for one in told] == [
        ("admin", 401, "/api/v1/devices", None),
        ("admin", 403, "/api/v1/devices/desk", "token looks"),
        ("admin", 401, "/api/v1/session", None),
        ("proxy", 401, "/proxy/v1/credentials", None),
    ]
    assert all(one["peer"] == "127.0.0.1" and one["level"] == "warning" for one in told)


def test_nothing_that_a_phone_says_makes_a_line_of_its_own(server: RunningServer) -> None:
    before = len(server.log.read_text().splitlines())
    boot(server, "001565aabb01%0a%7b%22level%22:%22error%22%7d.cfg", agent="Yealink \x1b[31m evil")
    for line in server.log.read_text().splitlines()[before:]:
        assert json.loads(line)["level"] in ("info", "debug")
        assert "\x1b" not in line


def raw(server: RunningServer, door: str, sent: str) -> bytes:
    """What a door answers to bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", server.port(door)), timeout=10) as connection:
        connection.sendall(sent.encode())
        return connection.recv(65536)


def test_no_secret_is_in_logs_metrics_lists_or_errors(server: RunningServer) -> None:
    own = raw(server, "boot.http", "GET /001565aabb01.cfg HTTP/1.1\r\nHost: boot.example\r\nConnection: close\r\n\r\n")
    found = re.search(rb"/t/([a-z2-7]{26})/", own)
    assert found is not None
    boot_token = found[1].decode()
    sip_token = server.run("token", "create", "--scope", "proxy", "--name", "marked", "--quiet").stdout.strip()
    admin_token = (server.data / "admin.token").read_text().strip()
    for path in ("/t/{}/001565aabb01.cfg", "//t/{}/001565aabb01.cfg", "/p/default/t/{}/x.cfg", "/t/{}", "/t/{}x/y.cfg"):
        boot(server, path.format(boot_token).removeprefix("/"))
    for door in ("boot.http", "admin", "proxy"):
        raw(server, door, f"GET /t/{boot_token}/x.cfg HTTP/9.q\r\n\r\n")
        raw(server, door, f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {MARK}\x01{sip_token}\r\n\r\n")
    server.run("device", "edit", "desk", "--set", f"sip.password={MARK}-new", "--set", "model=yealink/T99", check=False)
    server.run("device", "edit", "desk", "--set", f"settings.web_admin_password={MARK}-{'x' * 400}", check=False)
    asking = admin(server)
    asking("POST", "/api/v1/admins", {"name": "ann", "role": "viewer", "password": f"{MARK}-password"})
    asking("POST", "/api/v1/session", {"name": "ann", "password": f"{MARK}-wrong"})
    asking("PUT", "/api/v1/devices/other", {"id": "other", "sip": {"username": "o", "password": [f"{MARK}-listed"]}})
    shown = {
        "log": server.log.read_text(),
        **{
            path: asking("GET", path).text
            for path in (
                "/metrics", "/readyz", "/api/v1/devices", "/api/v1/accounts", "/api/v1/mailboxes", "/api/v1/audit",
                "/api/v1/admins", "/api/v1/tokens", "/api/v1/doctor", "/api/v1/openapi.json",
            )
        },
        **{
            " ".join(command): server.run(*command).stdout
            for command in (
                ("export",), ("why", "001565aabb01"), ("explain", "config", "001565aabb01", "--parameters"),
                ("device", "history", "desk", "--json"), ("device", "list"), ("audit", "list"),
            )
        },
        **{str(path): path.read_text() for path in (server.data / "events").rglob("*") if path.is_file()},
    }  # fmt: skip
    assert shown["log"].count("t/***") >= 5, "what was asked for is told of, without the token"
    for name, text in shown.items():
        for secret in (MARK, "918273", boot_token, sip_token, admin_token):
            assert secret not in text, name


class Notices(http.server.BaseHTTPRequestHandler):
    """An operator's receiver, which refuses the first time."""

    got: ClassVar[queue.Queue[tuple[Message, bytes]]] = queue.Queue()
    statuses: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.statuses.pop() if self.statuses else 204)
        self.end_headers()
        self.got.put((self.headers, body))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing to say."""


def test_an_unknown_phone_is_told_over_the_webhook_as_the_page_says(tmp_path: Path) -> None:
    Notices.statuses = [503]
    receiver = http.server.HTTPServer(("127.0.0.1", 0), Notices)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    settings = {
        "OFFHOOK_WEBHOOKS__URL": f"http://127.0.0.1:{receiver.server_port}/services/{MARK}-path",
        "OFFHOOK_OUTBOUND__ALLOW": "127.0.0.1",
    }
    with RunningServer(tmp_path / "data", settings=settings) as told:
        assert boot(told, "001565ffff07.cfg", agent="Yealink SIP-T46S 66.86.0.15") == 404
        (_, first), (headers, body) = Notices.got.get(timeout=20), Notices.got.get(timeout=20)
        key = (told.data / "keys" / "webhooks.key").read_bytes()
        log = told.log.read_text()
    receiver.shutdown()
    receiver.server_close()
    signed = hmac.new(key, f"{headers['Offhook-Timestamp']}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Offhook-Signature"] == f"v1={signed}" and first == body
    notice = json.loads(body)
    assert (notice["event"], notice["data"]["mac"]) == ("phone.unknown", "001565ffff07")
    assert "127.0.0.1 did not take a notice" in log and MARK not in log


def test_a_webhook_into_our_own_network_is_refused_at_the_start(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "169.254.169.254", "127。0。0。1", "[::ffff:10.0.0.1]"):
        command = [sys.executable, "-m", "offhook", "serve", "--data", str(tmp_path / "data")]
        settings = {**os.environ, "OFFHOOK_WEBHOOKS__URL": f"http://{host}/hook", "OFFHOOK_TFTP__LISTEN": ""}
        ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode != 0 and "[outbound] allow" in ended.stderr and "Traceback" not in ended.stderr


def test_every_metric_is_documented_and_every_documented_one_is_there(server: RunningServer) -> None:
    page = (DOCS / "observability.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(offhook_[a-z_]+)", page))
    given = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(admin(server)("GET", "/metrics").text)
        if not family.name.startswith("offhook_process_")
    }
    assert documented - {"offhook_process_"} == given


def test_the_dashboard_asks_for_metrics_that_there_are(server: RunningServer) -> None:
    board = json.loads((DOCS.parent / "deploy" / "grafana" / "offhook.json").read_text(encoding="utf-8"))
    known = {name for name, _ in metrics(server)}
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    assert len(queries) >= 10
    for query in queries:
        asked = set(re.findall(r"offhook_[a-z_]+", query))
        assert asked and asked <= known, query
