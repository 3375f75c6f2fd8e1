"""TFTP packets: what phones send is read, and garbage is refused without any other exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.listeners.tftp.packet import (
    Ack,
    Error,
    Malformed,
    Request,
    data_packets,
    read_packet,
    to_netascii,
    write_error,
    write_oack,
)  # fmt: skip


def test_a_phones_request_is_read_with_its_options() -> None:
    data = b"\0\x01001565aabb01.cfg\0OcTet\0BLKSIZE\x001428\0tsize\x000\0"
    assert read_packet(data) == Request(False, "001565aabb01.cfg", "octet", {"blksize": 1428, "tsize": 0})


def test_options_that_are_no_numbers_are_left_out() -> None:
    request = read_packet(b"\0\x01a\0octet\0blksize\0many\0timeout\x003\0windowsize\0-1\0")
    assert isinstance(request, Request) and request.options == {"timeout": 3}


def test_the_first_of_two_equal_options_counts() -> None:
    request = read_packet(b"\0\x01a\0octet\0blksize\x001024\0blksize\x00512\0")
    assert isinstance(request, Request) and request.options == {"blksize": 1024}


def test_a_name_that_is_not_utf_8_is_read() -> None:
    request = read_packet(b"\0\x01\xff\xfe\0octet\0")
    assert isinstance(request, Request) and request.filename == "��"


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0\x01", b"\0\x01abc", b"\0\x01abc\0", b"\0\x01abc\0mail\0", b"\0\x01\0octet\0", b"\0\x09abcd",
     b"\0\x03\0\x01",
     b"\0\x01" + b"a" * 9000 + b"\0octet\0"],
)  # fmt: skip
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_packet(data)


@given(st.binary(max_size=600))
def test_no_datagram_raises_anything_else(data: bytes) -> None:
    try:
        packet = read_packet(data)
    except Malformed:
        return
    assert isinstance(packet, Ack | Error | Request)


@given(st.binary(max_size=5000), st.integers(8, 1468))
def test_the_packets_of_a_file_join_to_the_file_and_end_with_a_short_one(body: bytes, blksize: int) -> None:
    packets = bytes(data_packets(body, blksize))
    step = blksize + 4
    cut = [packets[at : at + step] for at in range(0, len(packets), step)]
    assert b"".join(packet[4:] for packet in cut) == body
    assert [packet[:4] for packet in cut] == [
        b"\0\x03" + (n & 0xFFFF).to_bytes(2, "big") for n in range(1, len(cut) + 1)
    ]
    assert len(cut[-1]) < step


def test_answers_are_written_as_the_rfcs_say() -> None:
    assert write_error(1, "File not found") == b"\0\x05\0\x01File not found\0"
    assert write_oack({"blksize": 1024, "tsize": 7}) == b"\0\x06blksize\x001024\0tsize\x007\0"


def test_netascii_ends_lines_with_cr_lf_and_bare_crs_with_nul() -> None:
    assert to_netascii(b"a\nb\r\nc\rd") == b"a\r\nb\r\nc\r\0d"
