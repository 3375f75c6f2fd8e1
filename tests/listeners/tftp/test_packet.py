"""TFTP packets: what phones send is read, and garbage is refused without any other exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.listeners.tftp.blocks import Blocks
from offhook.listeners.tftp.packet import (
    Ack,
    Data,
    Error,
    Malformed,
    OptionAck,
    Packet,
    ReadRequest,
    WriteRequest,
    read_packet,
    to_netascii,
    write_packet,
)


def test_a_phones_request_is_read_with_its_options() -> None:
    data = b"\0\x01001565aabb01.cfg\0OcTet\0BLKSIZE\x001428\0tsize\x000\0"
    assert read_packet(data) == ReadRequest("001565aabb01.cfg", "octet", {"blksize": 1428, "tsize": 0})


def test_options_that_are_no_numbers_are_left_out() -> None:
    request = read_packet(b"\0\x01a\0octet\0blksize\0many\0timeout\x003\0windowsize\0-1\0")
    assert isinstance(request, ReadRequest) and request.options == {"timeout": 3}


def test_the_first_of_two_equal_options_counts() -> None:
    request = read_packet(b"\0\x01a\0octet\0blksize\x001024\0blksize\x00512\0")
    assert isinstance(request, ReadRequest) and request.options == {"blksize": 1024}


def test_a_name_that_is_not_utf_8_is_read() -> None:
    request = read_packet(b"\0\x01\xff\xfe\0octet\0")
    assert isinstance(request, ReadRequest) and request.filename == "ÿþ"


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0\x01", b"\0\x01abc", b"\0\x01abc\0", b"\0\x01abc\0mail\0", b"\0\x01\0octet\0", b"\0\x09abcd",
     b"\0\x03\0",
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
    assert isinstance(packet, Packet)


@given(st.binary(max_size=5000), st.integers(8, 1468), st.integers(1, 16))
def test_the_packets_of_a_file_join_to_the_file_and_end_with_a_short_one(
    body: bytes, blksize: int, window: int
) -> None:
    blocks = Blocks(body, blksize)
    cut = [
        packet
        for first in range(0, blocks.count, window)
        for packet in blocks.burst(first, min(first + window, blocks.count)).datagrams()
    ]
    assert b"".join(packet[4:] for packet in cut) == body
    assert [packet[2:4] for packet in cut] == [(n & 0xFFFF).to_bytes(2, "big") for n in range(1, len(cut) + 1)]
    assert all(len(packet) == blksize + 4 for packet in cut[:-1]) and len(cut[-1]) < blksize + 4


names = st.text(st.characters(exclude_characters="\0", codec="ascii"), min_size=1, max_size=40)
options = st.dictionaries(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10), st.integers(0, 10**9), max_size=6
)


@given(
    st.one_of(
        st.builds(ReadRequest, names, st.sampled_from(["octet", "netascii"]), options),
        st.builds(WriteRequest, names, st.sampled_from(["octet", "netascii"]), options),
        st.builds(Data, st.integers(0, 65_535), st.binary(max_size=100)),
        st.builds(Ack, st.integers(0, 65_535)),
        st.builds(Error, st.integers(0, 65_535), names),
        st.builds(OptionAck, options),
    )
)
def test_what_is_written_is_read_back(packet: Packet) -> None:
    assert read_packet(write_packet(packet)) == packet


def test_answers_are_written_as_the_rfcs_say() -> None:
    assert write_packet(Error(1, "File not found")) == b"\0\x05\0\x01File not found\0"
    assert write_packet(OptionAck({"blksize": 1024, "tsize": 7})) == b"\0\x06blksize\x001024\0tsize\x007\0"


def test_netascii_ends_lines_with_cr_lf_and_bare_crs_with_nul() -> None:
    assert to_netascii(b"a\nb\r\nc\rd") == b"a\r\nb\r\nc\r\0d"
