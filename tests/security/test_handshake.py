"""What a phone sends in a handshake, read from the message itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from offhook.listeners.tls.handshake import certificates_in

CERTIFICATES = st.lists(st.binary(min_size=1, max_size=40), max_size=5)


def message(certificates: list[bytes], *, newest: bool) -> bytes:
    """RFC 5246 §7.4.2; with `newest`, RFC 8446 §4.4.2, with a context and extensions."""
    entries = b"".join(len(one).to_bytes(3, "big") + one + (b"\0\2ab" if newest else b"") for one in certificates)
    body = (b"\3ctx" if newest else b"") + len(entries).to_bytes(3, "big") + entries
    return b"\x0b" + len(body).to_bytes(3, "big") + body


@given(CERTIFICATES, st.booleans())
def test_all_certificates_are_found(certificates: list[bytes], newest: bool) -> None:
    assert certificates_in(message(certificates, newest=newest), is_newest=newest) == tuple(certificates)


@given(CERTIFICATES, st.booleans(), st.integers(0, 200))
def test_of_a_message_that_is_cut_off_no_half_certificate_is_taken(
    certificates: list[bytes], newest: bool, end: int
) -> None:
    found = certificates_in(message(certificates, newest=newest)[:end], is_newest=newest)
    assert found == tuple(certificates[: len(found)])


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_bring_the_reader_down(garbage: bytes, newest: bool) -> None:
    assert len(certificates_in(garbage, is_newest=newest)) <= 9
