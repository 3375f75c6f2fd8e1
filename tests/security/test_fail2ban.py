"""The filter in deploy/fail2ban reads the line that a server really logs."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from offhook.provisioning.guard.caller import Asking
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.guard.logins import Logins
from offhook.provisioning.guard.roll import Roll
from tests.offices import office_of

FILTER = Path(__file__).parents[2] / "deploy/fail2ban/filter.d/offhook.conf"
SUBNET = r"(?P<host>(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f:]+(?:/[0-9]{1,3})?)"
"""What fail2ban puts in the place of <SUBNET>, without its finer points."""


@pytest.mark.parametrize(
    ("peer", "host"), [("203.0.113.9", "203.0.113.9"), ("2001:db8::77", "2001:db8::/64")], ids=["IPv4", "IPv6"]
)
def test_a_ban_is_one_line_that_the_filter_reads(peer: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    office, kept = office_of("accounts: [{id: default, realm: a.example}]\n"), []
    guard = Guard(
        Roll(bytes(32), bytes, lambda *_: None), lambda source, ban: kept.append((source, ban)), Logins(bytes(32))
    )
    for index in range(20):
        asking = Asking(peer=peer, transport="http", now=float(index), mac=f"001565{index * 4099:06x}")
        guard.caller(office.directory, asking)
    assert [source for source, _ in kept] == [host]
    parser = configparser.RawConfigParser()
    parser.read(FILTER)
    pattern = parser["Definition"]["failregex"].replace("<SUBNET>", SUBNET)
    lines = [
        f"2026-01-31 12:00:00,000 {record.levelname} {record.name}: {record.getMessage()}" for record in caplog.records
    ]
    found = [matched["host"] for line in lines if (matched := re.match(pattern, line))]
    assert found == [host]
