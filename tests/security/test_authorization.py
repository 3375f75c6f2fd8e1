"""What stands in an `Authorization` header, and which nonces count, without a server."""

from __future__ import annotations

import base64
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.secret import Secret
from offhook.provisioning.guard.authorization import Basic, Digest, is_for, read_authorization, response_to
from offhook.provisioning.guard.logins import LIFETIME, NONCES, REALM, USES, Logins, Shown
from offhook.provisioning.guard.roll import Roll
from tests.offices import Office, office_of

MAC: Final = "001565aabb01"
TEXTS = st.text(max_size=60)


def test_digest_rfc2617_vector() -> None:
    said = read_authorization(
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",'
        ' uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b",'
        ' response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert isinstance(said, Digest)
    assert response_to(said, Secret("Circle Of Life"), "GET") == said.response == "6629fae49393a05397450978507c4ef1"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_a_digest_is_the_one_of_rfc_7616(algorithm: str, response: str) -> None:
    said = read_authorization(
        'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",'
        f' algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001,'
        ' cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="00"'
    )
    assert isinstance(said, Digest) and response_to(said, Secret("Circle of Life"), "GET") == response


@given(user_name=TEXTS.filter(lambda text: ":" not in text), password=TEXTS)
def test_what_basic_carries_comes_out_again(user_name: str, password: str) -> None:
    header = "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()
    assert read_authorization(header) == Basic(user_name, Secret(password))


@given(st.text(max_size=200) | st.builds("Digest {}".format, TEXTS) | st.builds("basic {}".format, TEXTS))
def test_whatever_a_header_says_it_is_read_or_it_is_nothing(header: str) -> None:
    said = read_authorization(header)
    assert said is None or isinstance(said, Basic | Digest)


@given(st.lists(st.sampled_from(['username="x"', "qop=auth", "nc=00000001", 'uri="/a\\"b"', ",", " ", "=", '"', "\\"])))
def test_pieces_of_a_digest_in_any_order_are_read_or_nothing(pieces: list[str]) -> None:
    read_authorization("Digest " + "".join(pieces))


def test_a_digest_is_for_one_target_however_it_quotes_signs() -> None:
    said = Digest("", "", "", "/t/x/%7Ea.cfg", "", "MD5", "", "00000001")
    assert is_for(said, "/t/x/~a.cfg") and is_for(said, "/t/x/%7Ea.cfg")
    assert not is_for(said, "/t/x/b.cfg")


class Judged:
    """Logins of an office with one enrolled phone, asked at any time."""

    def __init__(self) -> None:
        self.office: Office = office_of(f"""
            accounts: [{{id: default, realm: a.example}}]
            devices: [{{id: desk, mac: {MAC}, model: yealink/T46S}}]
        """)
        self.roll = Roll(bytes(32), bytes, lambda *_: None)
        self.logins = Logins(b"nonces" * 6)
        device = self.office.directory.device_of_mac(MAC)
        assert device is not None
        self.roll.begin([("default", "desk")], 0.0)
        login = self.roll.login(self.roll.claim(self.roll.enrolment(device), device, "10.0.0.5"))
        assert login is not None
        self.password = login.password

    def nonce(self, at: float) -> str:
        return self.logins.challenges(at)[0].split('nonce="')[1].split('"')[0]

    def judge(self, nonce: str, at: float, cnonce: str = "c", *, password: Secret | None = None) -> Shown:
        said = Digest(MAC, REALM, nonce, "/x", "", "MD5", cnonce, "00000001")
        response = response_to(said, password or self.password, "GET")
        header = (
            f'Digest username="{MAC}", realm="{REALM}", nonce="{nonce}", uri="/x", response="{response}", qop=auth,'
            f' nc=00000001, cnonce="{cnonce}"'
        )
        office = self.office.directory
        return self.logins.judge(office, self.roll, header=header, secure=True, method="GET", target="/x", now=at)


def test_a_nonce_counts_for_five_minutes() -> None:
    judged = Judged()
    nonce = judged.nonce(1000.0)
    assert judged.judge(nonce, 1000.0 + LIFETIME - 1).found is not None
    old = judged.judge(nonce, 1000.0 + LIFETIME + 1, "d")
    assert old.found is None and old.stale and not old.is_wrong


def test_a_nonce_that_is_not_ours_is_never_believed_nor_remembered() -> None:
    judged = Judged()
    nonce = judged.nonce(1000.0)
    assert judged.judge(nonce[:-1] + "!", 1000.0).stale
    assert judged.judge("ffff", 1000.0).stale and judged.judge("é" * 48, 1000.0).stale
    assert judged.judge(nonce, 1000.0).found is not None


def test_a_wrong_password_is_a_guess_and_says_nothing_of_the_nonce() -> None:
    judged = Judged()
    shown = judged.judge(judged.nonce(1000.0), 2000.0, password=Secret("wrong"))
    assert shown.is_wrong and not shown.stale


def test_a_nonce_has_so_many_uses_and_each_response_one() -> None:
    judged = Judged()
    nonce = judged.nonce(1000.0)
    assert [judged.judge(nonce, 1001.0, "same").stale for _ in range(2)] == [False, True]
    assert all(judged.judge(nonce, 1001.0, f"c{number}").found for number in range(USES - 1))
    assert judged.judge(nonce, 1001.0, "one too many").stale


def test_a_nonce_that_had_to_be_forgotten_is_not_believed_again() -> None:
    judged = Judged()
    first = judged.nonce(1000.0)
    assert judged.judge(first, 1000.0).found is not None
    for number in range(1, NONCES + 1):
        assert judged.judge(judged.nonce(1000.0 + number / 1000), 1030.0).found is not None
    assert judged.judge(first, 1031.0).stale, "it might have been used by anybody who has read it"
    assert judged.judge(judged.nonce(1031.0), 1031.0).found is not None
