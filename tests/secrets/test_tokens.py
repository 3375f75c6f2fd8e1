"""Tokens: shown once, kept as a hash, and the first admin's file."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.secret import Secret
from offhook.secrets.tokens import AdminTokenRefused, Token, ensure_admin_token, matches, new_token, token_id


def test_a_token_matches_its_own_record_only() -> None:
    (kamailio, shown), (other, other_shown) = new_token("kamailio"), new_token("kamailio")
    assert matches(kamailio, shown)
    assert not matches(kamailio, other_shown)
    assert not matches(other, shown)
    assert token_id(shown) == kamailio.id != other.id


def test_the_record_holds_a_hash_and_never_the_token() -> None:
    token, shown = new_token("console", random=lambda count: b"\xfb" * count)
    prefix, identity, secret = shown.reveal().split("_", 2)
    assert (prefix, identity, token.id, token.name) == ("ofh", "fbfbfbfbfb", "fbfbfbfbfb", "console")
    assert len(secret) == 43
    assert token.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(token)
    assert msgspec.json.decode(msgspec.json.encode(token), type=Token) == token


def test_the_right_secret_under_another_id_does_not_match() -> None:
    token, shown = new_token("console")
    moved = Secret(shown.reveal().replace(token.id, "0000000000"))
    assert not matches(token, moved)


@given(st.text(max_size=80))
def test_no_other_text_is_a_token(text: str) -> None:
    token, _ = new_token("console")
    assert token_id(Secret(text)) is None
    assert not matches(token, Secret(text))


@given(st.integers(0, 57), st.characters(codec="utf-8"))
def test_one_other_character_does_not_match(place: int, character: str) -> None:
    token, shown = new_token("console")
    text = shown.reveal()
    altered = text[:place] + character + text[place + 1 :]
    assert matches(token, Secret(altered)) == (altered == text)


def test_the_first_start_makes_the_admins_token_and_the_next_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "admin.token"
    shown = ensure_admin_token(path)
    assert path.read_text() == f"{shown.reveal()}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ensure_admin_token(path) == shown
    assert token_id(shown) is not None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_an_admins_token_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "admin.token"
    shown = ensure_admin_token(path)
    path.chmod(mode)
    with pytest.raises(
        AdminTokenRefused, match=f"has permissions {mode:04o}: others may open it.*chmod 600"
    ) as refused:
        ensure_admin_token(path)
    assert shown.reveal() not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"hunter2\n", b"\xff\xfe", b"ofh_0123456789_short"])
def test_a_file_without_a_token_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "admin.token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(AdminTokenRefused, match=r"holds no token\. Remove the file") as refused:
        ensure_admin_token(path)
    assert "hunter2" not in str(refused.value)


def test_a_linked_admins_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "admin.token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AdminTokenRefused, match="symbolic link"):
        ensure_admin_token(tmp_path / "admin.token")
    assert not os.path.lexists(tmp_path / "elsewhere")
