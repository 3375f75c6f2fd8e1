"""Log lines: one event, one line, whatever came from outside; and no token in any."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from aiohttp.http_exceptions import BadHttpMessage
from hypothesis import given
from hypothesis import strategies as st

from offhook.logs import Form, Lines, fields, set_up
from offhook.secrets.tokens import new_token

BOOT_TOKEN = "abcdefghijklmnopqrstuvwxyz"


def record(words: str, *arguments: object, **own: Any) -> logging.LogRecord:
    made = logging.LogRecord("offhook.test", logging.INFO, __file__, 1, words, arguments, None)
    made.__dict__.update(fields(**own))
    return made


@given(
    text=st.text() | st.text(st.characters(categories=["Cc", "Cs", "Zl", "Zp", "Cf"])),
    form=st.sampled_from(["human", "json"]),
)
def test_no_text_ends_a_line_steers_a_terminal_or_cannot_be_written(text: str, form: Form) -> None:
    line = Lines(form).format(record("%s asked", text, path=text))
    assert line.isprintable()
    line.encode("utf-8")
    if form == "json":
        told = json.loads(line)
        pairs_joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        assert told["path"] == pairs_joined and told["message"] == f"{pairs_joined} asked"


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_token_is_in_no_line_wherever_it_stood(form: Form) -> None:
    door = new_token("sip")[1].reveal()
    try:
        raise ValueError(f"GET //t/{BOOT_TOKEN}/x.cfg with Bearer {door}")
    except ValueError:
        failed = record("%s failed", f"/p/default/t/{BOOT_TOKEN.upper()}/x.cfg", given=door, path=f"t/{BOOT_TOKEN}")
        failed.exc_info = sys.exc_info()
    line = Lines(form).format(failed)
    assert "t/***" in line and "ofh_***" in line
    assert BOOT_TOKEN not in line.lower() and door not in line


def test_what_is_no_http_is_told_without_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    server = logging.getLogger("aiohttp.server")
    filters = server.filters[:]
    try:
        set_up("human", "debug")
        for said in (
            "Invalid header value char:\n\n  b'Authorization: Bearer pass\\x01word'",
            "Bad status line 'password'",
        ):
            try:
                raise BadHttpMessage(said)
            except BadHttpMessage:
                server.exception("Error handling request from %s", "10.0.0.5")
    finally:
        logging.getLogger().handlers[:] = before
        server.filters[:] = filters
    told = capsys.readouterr().err.splitlines()
    assert [line.partition("aiohttp.server: ")[2] for line in told] == [
        "Error handling request from 10.0.0.5: Invalid header value char",
        "Error handling request from 10.0.0.5: Bad status line",
    ]
