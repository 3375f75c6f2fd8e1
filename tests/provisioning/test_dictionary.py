"""Which parameters a vendor's phones know, and which one an admin may have meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.provisioning.dictionary import Dictionary, DictionaryBroken

PARAMS = Path(__file__).parents[2] / "firmware-profiles" / "params"
FILES = sorted(PARAMS.glob("*.txt"))

DESK = Dictionary(["account.{n}.label", "account.{n}.codec.g722_1c_48kpbs.enable", "linekey.{n}.type", "lang.gui"])


def names_of(path: Path) -> list[str]:
    """The names of a file, read the simple way, those without numbers and those with any number."""
    lines = [line.partition("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#") and "{" not in line.replace("{n}", "")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_name_of_a_dictionary_is_known_with_any_number_in_place_of_n(path: Path) -> None:
    dictionary, names = Dictionary.load(path), names_of(path)
    assert dictionary.names >= set(names)
    for name in names:
        for number in ("1", "16", "203"):
            assert dictionary.knows(name.replace("{n}", number)), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_name_is_known_with_a_letter_too_many(path: Path) -> None:
    dictionary = Dictionary.load(path)
    known = set(names_of(path))
    for name in known:
        longer = name.replace("{n}", "1") + "z"
        assert not dictionary.knows(longer), longer
        assert not dictionary.knows("z" + name.replace("{n}", "1"))


def test_the_dictionaries_that_we_ship_are_whole() -> None:
    counted = {path.stem: len(Dictionary.load(path).names) for path in FILES}
    assert counted["yealink"] >= 2236
    assert counted["grandstream"] >= 6612


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("account.1.label", True),
        ("account.16.label", True),
        ("lang.gui", True),
        ("account.1.labels", False),
        ("account..label", False),
        ("account.x.label", False),
        ("account.{n}.label", False),
        ("account.-1.label", False),
        ("account.1.2.label", False),
        ("Account.1.label", False),
        ("account.1.label ", False),
        ("account.1.label\n", False),
        ("account.١.label", False),
        ("", False),
        # Numbers that are part of the name's own words stay what they are.
        ("account.1.codec.g722_1c_48kpbs.enable", True),
        ("account.1.codec.g722_1c_24kpbs.enable", False),
        ("account.1.codec.g729_1c_48kpbs.enable", False),
    ],
)
def test_a_phone_knows_a_parameter_by_its_whole_name(name: str, known: bool) -> None:
    assert DESK.knows(name) is known


@pytest.mark.parametrize(
    ("written", "known", "unknown"),
    [
        ("account.{n}.sip.server.{1-2}.address", "account.9.sip.server.2.address", "account.9.sip.server.3.address"),
        ("line.{8-11}.key", "line.10.key", "line.12.key"),
        ("AUTOLOGIN_ID_KEY{nn}", "AUTOLOGIN_ID_KEY01", "AUTOLOGIN_ID_KEY1"),
        ("speed_dial_{funckey_no}_uri", "speed_dial_12_uri", "speed_dial__uri"),
        ("audio/idx[id={n}]", "audio/idx[id=3]", "audio/idx[id=]"),
        ("codec{n}x{n}", "codec1x2", "codec12x"),
        ("P4{n}", "P47", "P57"),
        ("dns[%].a+b(c)", "dns[%].a+b(c)", "dns[1].aab(c)"),
        ("alert community {n}", "alert community 4", "alert community"),
    ],
)
def test_every_way_of_writing_a_number_is_read(written: str, known: str, unknown: str) -> None:
    assert Dictionary([written]).knows(known)
    assert not Dictionary([written]).knows(unknown)


@given(
    parts=st.lists(st.sampled_from(["a", ".", "{n}", "1", "22", "_", "{3-5}", "[", "+"]), min_size=1, max_size=6),
    name=st.text("a.1234_[+", max_size=8),
)
def test_a_look_up_agrees_with_trying_every_name(parts: list[str], name: str) -> None:
    patterns = {"{n}": "[0-9]+", "{3-5}": "[345]"}
    expected = re.fullmatch("".join(patterns.get(part, re.escape(part)) for part in parts), name) is not None
    assert Dictionary(["".join(parts)]).knows(name) is expected


def test_remarks_and_what_stands_after_a_tab_are_no_names(tmp_path: Path) -> None:
    path = tmp_path / "params.txt"
    path.write_bytes(b"# of firmware 1.0\r\nP72\tAccount1.Use#AsDialKey\r\n\r\n  P73  \nAction URI Support\n")
    assert Dictionary.load(path).names == {"P72", "P73", "Action URI Support"}


def test_a_vendor_s_names_come_from_all_its_files(tmp_path: Path) -> None:
    for name in ("P72", "P73"):
        (tmp_path / name).write_text(name)
    dictionary = Dictionary.load(tmp_path / "P72", tmp_path / "P73")
    assert dictionary.knows("P72") and dictionary.knows("P73")
    assert Dictionary.load().names == frozenset()


@pytest.mark.parametrize("placeholder", ["{}", "{N}", "{1..2}", "{2-1}", "{a|b}"])
def test_a_placeholder_that_means_nothing_is_refused_with_its_line(tmp_path: Path, placeholder: str) -> None:
    path = tmp_path / "params.txt"
    path.write_text(f"P1\naccount.{placeholder}.label\n")
    with pytest.raises(DictionaryBroken, match=r"params\.txt line 2: .* is no placeholder: write \{n\}"):
        Dictionary.load(path)


def test_a_dictionary_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryBroken, match=r"params\.txt"):
        Dictionary.load(tmp_path / "params.txt")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "params.txt").write_bytes(b"P1\n\xff\n")
    with pytest.raises(DictionaryBroken, match=r"params\.txt"):
        Dictionary.load(tmp_path / "params.txt")


@pytest.mark.parametrize(
    ("file", "typed", "meant"),
    [
        ("yealink.txt", "account.16.lable", "account.{n}.label"),
        ("yealink.txt", "acount.1.sip_server.2.adress", "account.{n}.sip_server.{n}.address"),
        ("yealink.txt", "ACCOUNT.1.LABEL", "account.{n}.label"),
        ("grandstream.txt", "account.1.sip.userId", "account.{n}.sip.userid"),
        ("grandstream.txt", "p47", "P47"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(file: str, typed: str, meant: str) -> None:
    dictionary = Dictionary.load(PARAMS / file)
    assert not dictionary.knows(typed)
    nearest = dictionary.nearest(typed)
    assert nearest[0] == meant
    assert len(nearest) <= 3
    assert dictionary.nearest(typed, 1) == [meant]


def test_what_resembles_nothing_has_nothing_near_it() -> None:
    assert DESK.nearest("qqqq") == []
    assert Dictionary([]).nearest("account.1.label") == []


def test_the_same_names_in_another_order_are_the_same_dictionary() -> None:
    names = ["account.{n}.label", "account.1.label", "account.{1-2}.label", "account.{n}.lapel"]
    assert Dictionary(names).nearest("account.1.labl", 4) == Dictionary(names[::-1]).nearest("account.1.labl", 4)
