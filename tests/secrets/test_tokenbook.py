"""The token book: what was given out, in one private file of hashes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from offhook.model.secret import Secret
from offhook.secrets.tokenbook import TokenBook, TokenBookRefused, is_within


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tokens.json"


def test_a_token_outlives_a_restart_and_its_text_is_nowhere(path: Path) -> None:
    token, shown = TokenBook(path).add("kamailio", ("proxy",), account="north", created=5.0)
    book = TokenBook(path)
    assert book.find(shown, 10.0) == token and list(book.all()) == [token]
    assert shown.reveal().split("_", 2)[2] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["tokens.json"]


def test_a_revoked_token_is_none_at_once_and_after_a_restart(path: Path) -> None:
    book = TokenBook(path)
    token, shown = book.add("old", ("proxy",), created=1.0)
    other, other_shown = book.add("new", ("proxy",), created=2.0)
    assert book.revoke(token.id) == token and book.revoke(token.id) is None
    for one in (book, TokenBook(path)):
        assert one.find(shown, 3.0) is None and one.find(other_shown, 3.0) == other


def test_a_token_runs_out_at_its_time(path: Path) -> None:
    token, shown = TokenBook(path).add("short", ("read",), created=1.0, expires=100.0)
    book = TokenBook(path)
    assert (book.find(shown, 99.9), book.find(shown, 100.0)) == (token, None)


def test_no_other_text_opens_anything(path: Path) -> None:
    book = TokenBook(path)
    token, shown = book.add("kamailio", ("proxy",), created=1.0)
    zeros = "ofh_0000000000_" + "A" * 43
    for text in ("", "x", zeros, shown.reveal() + "x", shown.reveal().replace(token.id, "0000000000")):
        assert book.find(Secret(text), 2.0) is None


def test_a_file_that_others_may_read_or_that_is_no_book_is_refused(path: Path) -> None:
    TokenBook(path).add("kamailio", ("proxy",), created=1.0)
    path.chmod(0o644)
    with pytest.raises(TokenBookRefused, match="chmod 600"):
        TokenBook(path)
    path.chmod(0o600)
    path.write_text("{")
    with pytest.raises(TokenBookRefused, match="is no token book"):
        TokenBook(path)


@pytest.mark.parametrize(
    ("networks", "peer", "inside"),
    [((), None, True), (("10.0.0.0/8",), "10.1.2.3", True), (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
     (("10.0.0.0/8", "fe80::/10"), "fe80::1%eth0", True), (("10.0.0.0/8",), "11.0.0.1", False),
     (("10.0.0.0/8",), None, False), (("10.0.0.0/8",), "nonsense", False)],
)  # fmt: skip
def test_a_token_is_taken_from_its_networks_only(networks: tuple[str, ...], peer: str | None, inside: bool) -> None:
    assert is_within(networks, peer) is inside
