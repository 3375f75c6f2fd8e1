"""Which families' phones can be told credentials, as the page on security says."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from offhook.model.secret import Secret
from offhook.provisioning.guard.login import Login

from .phones import phone, profiles, renderer

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
PASSWORD = "k7m2q5x3abcdefghij234567zz"


def told(family: str) -> bool:
    """Whether a family's own files tell a phone its credentials, and then the whole of them."""
    profile = profiles().by_family[family]
    login = Login("001565aabb01", Secret(PASSWORD))
    found = set()
    for generation in profile.file.generations or (None,):
        one = phone(
            profile, next(iter(profile.file.models), None), generation=generation, login=login,
            provisioning_url="https://boot.example/t/abc/",
        )  # fmt: skip
        bodies = [
            renderer().render(profile, rule, one).body
            for rule in profile.file.files
            if rule.kind == "device" and (not rule.generations or generation in rule.generations)
        ]
        found.add(any(PASSWORD.encode() in body for body in bodies))
        assert all(body.count(PASSWORD.encode()) <= 1 for body in bodies)
    return any(found)


@pytest.mark.parametrize("family", sorted(profiles().by_family))
def test_a_phone_is_told_its_credentials_if_its_family_is_on_the_list(family: str) -> None:
    listed = re.search(r"^Families whose phones are told their credentials: (.*?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    assert listed is not None
    assert told(family) == (f"`{family}`" in listed[1])


@pytest.mark.parametrize("family", sorted(profiles().by_family))
def test_a_phone_is_told_a_url_of_its_own_unless_its_profile_says_that_it_keeps_none(family: str) -> None:
    profile = profiles().by_family[family]
    place = "http://boot.example/t/abcdefghijklmnopqrstuvwxyz/"
    bodies = [
        renderer()
        .render(
            profile, rule, phone(profile, next(iter(profile.file.models), None), generation=one, provisioning_url=place)
        )
        .body
        for one in profile.file.generations or (None,)
        for rule in profile.file.files
        if rule.kind == "device" and (not rule.generations or one in rule.generations)
    ]
    assert any(b"abcdefghijklmnopqrstuvwxyz" in body for body in bodies) != profile.file.keeps_no_url


def test_a_cisco_phone_is_told_key_and_credentials_in_one_rule() -> None:
    profile = profiles().by_family["cisco-spa"]
    one = phone(
        profile, "SPA504G", login=Login("000e08abcdef", Secret(PASSWORD)), provisioning_url="https://b.example/t/abc/"
    )
    body = b"".join(renderer().render(profile, rule, one).body for rule in profile.file.files if rule.kind == "device")
    assert f"[--uid 000e08abcdef --pwd {PASSWORD}] https://b.example/t/abc/$MA.xml" in html.unescape(body.decode())
