"""People who administer: made by command alone, signed in with a password, each with the rights of their role."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .running import RunningServer

PASSWORD = "correct horse battery"
OFFICE = """
accounts: [{id: default, realm: bureau.example}, {id: north, realm: north.example}]
users: [{id: marie, name: Marie}, {id: nora, account: north, name: Nora}]
"""


class Browser:
    """Asks with a cookie, as the console does."""

    def __init__(self, server: RunningServer) -> None:
        self._port = server.port("admin")
        self.cookie: str | None = None

    def __call__(self, method: str, path: str, body: object = None, *, marked: bool = True) -> tuple[int, Any]:
        """Status and JSON; `marked`: with the header that no foreign page can send."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if marked:
            headers["X-Offhook"] = "1"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if (cookie := answer.getheader("Set-Cookie")) is not None:
            assert "Max-Age=0" in cookie or ("HttpOnly" in cookie and "SameSite=Strict" in cookie)
            self.cookie = cookie.partition(";")[0]
        connection.close()
        return answer.status, json.loads(text)

    def sign_in(self, name: str, password: str = PASSWORD) -> int:
        status, _ = self("POST", "/api/v1/session", {"name": name, "password": password})
        return status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("people") / "data") as running:
        running.run("apply", "-f", "-", stdin=OFFICE)
        for name, role, account in (
            ("olga", "owner", None),
            ("ann", "admin", None),
            ("sue", "support", None),
            ("vic", "viewer", None),
            ("noah", "admin", "north"),
        ):
            where = ("--account", account) if account else ()
            running.run("admin", "add", name, "--role", role, *where, stdin=f"{PASSWORD}\n")
        yield running


def test_default_password_nobody_is_there_until_the_command_makes_them(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as fresh:
        assert json.loads(fresh.run("admin", "list", "--json").stdout) == []
        for name in ("admin", "root", "offhook"):
            assert Browser(fresh).sign_in(name, "admin") == 401


def test_a_password_is_kept_as_argon2id_alone(server: RunningServer) -> None:
    kept = (server.data / "admins.json").read_text()
    assert PASSWORD not in kept and kept.count("$argon2id$") == 5
    assert (server.data / "admins.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "reads", "writes", "resyncs", "secrets", "people"),
    [
        ("olga", True, True, True, True, True),
        ("ann", True, True, True, False, False),
        ("sue", True, False, True, False, False),
        ("vic", True, False, False, False, False),
    ],
)
def test_a_role_may_do_what_it_says(
    server: RunningServer, name: str, reads: bool, writes: bool, resyncs: bool, secrets: bool, people: bool
) -> None:
    browser = Browser(server)
    assert browser.sign_in(name) == 201
    _, myself = browser("GET", "/api/v1/session")
    wanted = {"read": reads, "write": writes, "resync": resyncs, "secrets": secrets, "people": people}
    assert myself["rights"] == sorted(right for right, may in wanted.items() if may)
    assert (browser("GET", "/api/v1/users")[0] == 200) is reads
    assert (browser("PATCH", "/api/v1/users/marie?dry_run=1", {"name": "M"})[0] == 200) is writes
    assert (browser("POST", "/api/v1/devices/none/resync")[0] == 404) is resyncs
    assert (browser("GET", "/api/v1/admins")[0] == 200) is people


def test_csrf_post_a_change_that_a_foreign_page_could_have_sent_is_refused(server: RunningServer) -> None:
    browser = Browser(server)
    browser.sign_in("ann")
    assert browser("GET", "/api/v1/users", marked=False)[0] == 200
    status, said = browser("PATCH", "/api/v1/users/marie", {"name": "Mallory"}, marked=False)
    assert status in (401, 403) and "X-Offhook" in said["detail"]
    assert browser("GET", "/api/v1/users/marie")[1]["name"] == "Marie"


def test_one_account_s_admin_sees_no_other(server: RunningServer) -> None:
    browser = Browser(server)
    browser.sign_in("noah")
    assert [one["id"] for one in browser("GET", "/api/v1/users")[1]["items"]] == ["nora"]
    assert browser("GET", "/api/v1/users/marie?account=default")[0] == 404
    assert browser("GET", "/api/v1/users/marie?account=nowhere")[0] == 404


def test_a_session_ends_with_sign_out_a_new_password_and_removal(server: RunningServer) -> None:
    server.run("admin", "add", "temp", "--role", "viewer", stdin=f"{PASSWORD}\n")
    first, second = Browser(server), Browser(server)
    assert first.sign_in("temp") == second.sign_in("temp") == 201
    cookie = first.cookie
    assert first("DELETE", "/api/v1/session")[0] == 200
    first.cookie = cookie
    assert first("GET", "/api/v1/session")[0] == 401
    server.run("admin", "password", "temp", stdin="another long password\n")
    assert second("GET", "/api/v1/session")[0] == 401
    assert second.sign_in("temp") == 401 and second.sign_in("temp", "another long password") == 201
    server.run("admin", "remove", "temp")
    assert second("GET", "/api/v1/session")[0] == 401


def test_login_bruteforce_whoever_guesses_passwords_has_to_wait_and_unknown_names_look_the_same(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as fresh:
        fresh.run("admin", "add", "ann", "--role", "admin", stdin=f"{PASSWORD}\n")
        guesser = Browser(fresh)
        tries = [
            guesser("POST", "/api/v1/session", {"name": name, "password": "wrong wrong"})
            for name in ("ann", "nobody") * 5
        ]
        assert {status for status, _ in tries} == {401} and len({said["detail"] for _, said in tries}) == 1
        assert guesser.sign_in("ann") == 429
        refused = fresh.run("audit", "list", "--who", "somebody").stdout
        assert refused.count("sign-in as 'ann'") == 5 and PASSWORD not in refused


def test_argon2_dos_a_password_that_is_too_long_is_refused_before_it_is_hashed(server: RunningServer) -> None:
    guesser = Browser(server)
    begun = time.monotonic()
    for _ in range(50):
        status, said = guesser("POST", "/api/v1/session", {"name": "ann", "password": "x" * 1_048_576})
        assert status in (400, 422) and "password" in str(said) and "xxx" not in str(said)
    assert time.monotonic() - begun < 5, "fifty hashes take longer"


def test_a_short_password_and_an_unknown_role_are_refused_in_words(server: RunningServer) -> None:
    short = server.run("admin", "add", "shorty", "--role", "viewer", stdin="short\n", check=False)
    assert short.returncode == 1 and "password" in short.stderr
    role = server.run("admin", "add", "king", "--role", "king", stdin=f"{PASSWORD}\n", check=False)
    assert role.returncode == 2 and "support" in role.stderr
