"""One parameter written is one parameter read, whatever its value; and a file that a phone would refuse is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offhook.provisioning.syntax import SYNTAXES, Syntax, SyntaxProblem

KEY_VALUE: Final = SYNTAXES["key-value"]
ELEMENTS: Final = SYNTAXES["xml-elements"]
ITEMS: Final = SYNTAXES["xml-items"]
BY_INDEX: Final = SYNTAXES["xml-by-index"]
BY_ID: Final = SYNTAXES["xml-by-id"]
SECTIONS: Final = SYNTAXES["xml-sections"]
TREES: Final = ("xml-by-index", "xml-by-at", "xml-by-id")
"""Families in which a parameter stands at its place in a tree."""

any_family = pytest.mark.parametrize("family", sorted(SYNTAXES))
any_text = st.text(st.characters(exclude_categories=()), max_size=60)
"""Any text that Python can hold: control characters, line separators and lone surrogates too."""

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "key-value": ("account.1.label", "account.1.100rel_enable", "auto_provision.server.url"),
    "xml-elements": ("P47", "P2", "Proxy_1_"),
    "xml-items": ("account.1.sip.userid", "network.802.1x.mode", "Action URI Support"),
    "xml-by-index": ("sip/line[1]/PhoneNumber", "dsskey/internal[2]/Fkey[12]/Title", "Version"),
    "xml-by-at": ("Phone/Sip[0]/Enabled", "DoorControl/Door[1]/Rex/InputPort", "Version"),
    "xml-by-id": ("SIP/List/Entry[SIP1]/Phone_Number", "PHONE/Xml_Book/Entry[XML-PBook1]/Addr", "version"),
    "xml-sections": ("user_name[1]", "functionKeys/fkey[0]", "functionKeys/fkey[0]@label", "language"),
    "set-statements": ("SIPDOMAIN", "PHONEKEY", "3PCC_SERVER_MODE"),
    "words": ("SIP_DOMAIN1", "VMAIL", "SNTP_ENABLE"),
    "xml-settings": ("Account1Label", "DeviceSecurityAdminPwd", "language"),
    "xml-settings-override": ("SIPGroup1LabelName", "LocalEnetcfgVlan", "language"),
    "xml-params": ("SipAccount.00001.AuthName", "DmGlobal.0.TimeZone", "hs.00001.DECT_AC"),
    "xml-symbols": (
        "BS_IP_Data1.aucS_SIP_USER_ID_2",
        "BS_VOIP_Data.astVoipAccounts[%].aucI_SIP_PREFERRED_VOCODER[%]",
        "BS_CUSTOM.WebUIPassword",
    ),
    "ini": ("sip/user_name", "appl/speed_dial_1_uri", "sip/802.1x"),
    "colons": ("sip line1 screen name", "dst [start|end] relative date", "sip out-of-band dtmf"),
    "xml-records": ("sntp", "voicemail_key", "user_list/User[1]@ID", "pkDescription/Key[12]@Des"),
    "xml-branches": ("time_zone", "accounts/account[0]/host_primary@server", "smart_blf/blf_items/blf_item[2]@index"),
    "xml-leaves": (
        "sipProfile/phoneLabel",
        "members/member[0]/port",
        "sipLines/line[12]@lineIndex",
        "ntps/ntp[2]/name",
    ),
    "assignments": ("PHONE_NUMBER_1", "FLEX_BUTTON_LABEL24", "CFG_RESYNC_FROM_SIP"),
    "xml-named": ("reg.1.address", "lcl.datetime.time.24HourClock", "voice.codecPref.iLBC.13_33kbps"),
    "xml-objects": ("DeviceInfo.Time.NTPServer1", "DeviceInfo.WAN.802_1XMode", "VoiceService.1.Phone.DigitMap"),
}


def file(family: str, *lines: str) -> bytes:
    """A whole file around lines that were written."""
    inner = "".join(lines)
    if family in ("set-statements", "words", "ini", "colons", "assignments"):
        return f"## A remark.\n{inner}".encode()
    if family == "key-value":
        return f"#!version:1.0.0.1\n{inner}".encode()
    if family in (
        *TREES,
        "xml-sections",
        "xml-records",
        "xml-branches",
        "xml-objects",
        "xml-leaves",
        "xml-named",
        "xml-params",
        "xml-symbols",
    ) or family.startswith("xml-settings"):
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<config>\n{inner}</config>\n'.encode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<provision><config>\n{inner}</config></provision>\n'.encode()


@any_family
@given(value=any_text)
@example(value='A"&<\nx')
@example(value="Marie\r\naccount.1.password = stolen")
@example(value="Marie\x85account.1.password = stolen")
@example(value="Marie\u2028account.1.password = stolen")
@example(value="</P47><P2>stolen</P2>")
@example(value='</item><item name="P2">stolen</item>')
@example(value="]]>")
@example(value="# no comment")
@example(value="= b = c")
@example(value="\ud800\x00\ufffe")
def test_any_value_is_one_parameter_and_reads_as_its_clean_self(family: str, value: str) -> None:
    syntax = SYNTAXES[family]
    for name in NAMES[family]:
        assert syntax.read(file(family, syntax.line(name, value))) == [(name, syntax.clean(value))]


@any_family
@given(values=st.lists(any_text, max_size=5))
def test_parameters_are_read_in_the_file_s_order_and_twice_when_they_stand_twice(
    family: str, values: list[str]
) -> None:
    syntax, names = SYNTAXES[family], NAMES[family][:2]
    written = [(names[index % 2], value) for index, value in enumerate(values)]
    lines = [syntax.line(name, value) for name, value in written]
    assert syntax.read(file(family, *lines)) == [(name, syntax.clean(value)) for name, value in written]


@any_family
@given(value=any_text)
def test_cleaning_twice_changes_nothing_more(family: str, value: str) -> None:
    clean = SYNTAXES[family].clean
    assert clean(clean(value)) == clean(value)


@any_family
@pytest.mark.parametrize(
    "value", ["Marie Tremblay", "Céline Dubé 📞", "渡辺", "a=b#c;d", "%NULL%", "sip:101@bureau.example"]
)
def test_what_people_are_called_passes_unharmed(family: str, value: str) -> None:
    assert SYNTAXES[family].clean(value) == value


@any_family
@given(name=any_text)
def test_a_name_is_written_whole_or_not_at_all(family: str, name: str) -> None:
    syntax = SYNTAXES[family]
    try:
        line = syntax.line(name, "1")
    except SyntaxProblem:
        return
    assert syntax.read(file(family, line)) == [(name, "1")]


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("key-value", ""),
        ("key-value", "a b"),
        ("key-value", "a=b"),
        ("key-value", "#a"),
        ("key-value", "a\n"),
        ("xml-elements", "47"),
        ("xml-elements", "P47/"),
        ("xml-elements", "P47 a='b'"),
        ("xml-elements", "xml"),
        ("xml-elements", "Dubé"),
        ("xml-items", ""),
        ("xml-items", " a"),
        ("xml-items", "a\tb"),
        ("xml-items", "Dubé"),
        ("xml-by-index", ""),
        ("xml-by-index", "sip/"),
        ("xml-by-index", "/sip"),
        ("xml-by-index", "sip//line"),
        ("xml-by-index", "sip/line[1]"),
        ("xml-by-index", 'sip/line[1"]/Transport'),
        ("xml-by-index", "sip/line[]/Transport"),
        ("xml-by-index", "sip/line[1]/Trans port"),
        ("xml-by-id", "SIP/List/Entry[SIP1]/ID"),
        ("xml-by-id", "SIP/ID/Port"),
        ("xml-by-id", "SIP/ID[a]/Port"),
        ("xml-sections", "a/b/c"),
        ("xml-sections", "user_name[]"),
        ("xml-sections", "user_name[a]"),
        ("xml-sections", "fkey[0]@"),
        ("xml-sections", 'fkey[0]@label="'),
        ("xml-sections", "fkey[0]@idx"),
        ("xml-sections", "fkey[0]@perm"),
        ("xml-sections", "phone-settings/language"),
        ("set-statements", "SIP DOMAIN"),
        ("set-statements", 'SIP"DOMAIN'),
        ("colons", "^sip proxy ip"),
        ("colons", "sip proxy ip "),
        ("colons", "sip: proxy"),
        ("colons", "#sip proxy ip"),
        ("xml-records", "user_list/User"),
        ("xml-records", "user_list/User[0]@ID"),
        ("xml-records", "user_list/User[1]"),
        ("xml-records", "User[1]@ID"),
        ("xml-objects", "NTPServer1"),
        ("xml-objects", "DeviceInfo.Time."),
        ("xml-objects", "DeviceInfo..NTPServer1"),
        ("xml-branches", "time zone"),
        ("xml-branches", "setting[time_zone]@value"),
        ("xml-branches", "accounts/account@username"),
        ("xml-branches", "accounts[0]/account[0]@username"),
        ("xml-branches", "accounts/account[0]@index"),
        ("xml-branches", "blf_items/blf_item[0]@location"),
        ("xml-branches", 'account["]@username'),
        ("xml-leaves", "sipProfile/"),
        ("xml-leaves", "sipLines/line/authName"),
        ("xml-leaves", "sipLines/line[1]"),
        ("xml-leaves", "sipLines/line[1]@button"),
        ("xml-leaves", "sipProfile[1]/phoneLabel"),
        ("xml-leaves", "ntps/ntp[0]/name"),
        ("words", "#VMAIL"),
        ("words", "[FW]"),
        ("xml-settings", "1Account"),
        ("xml-settings", 'Account"'),
        ("ini", "user_name"),
        ("ini", "sip/user=name"),
        ("ini", "sip/#name"),
    ],
)
def test_a_name_that_the_family_cannot_hold_is_refused(family: str, name: str) -> None:
    with pytest.raises(SyntaxProblem, match="cannot be the name of a parameter"):
        SYNTAXES[family].line(name, "1")


# --- How lines look ---------------------------------------------------------------------------------------------------


def test_each_family_writes_the_line_that_its_phones_read() -> None:
    assert KEY_VALUE.line("account.1.label", "Marie & Cie") == "account.1.label = Marie & Cie\n"
    assert ELEMENTS.line("P47", "Marie & Cie") == "<P47>Marie &amp; Cie</P47>\n"
    assert ITEMS.line("account.1.name", 'O\'Neil "<x>"') == (
        '<item name="account.1.name">O&#39;Neil &quot;&lt;x&gt;&quot;</item>\n'
    )


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("  Marie\t Tremblay\r\n", "Marie  Tremblay"),
        ("a\x00\x01\x1f\x7f\x85\u2028\u2029b", "a b"),
        ("a\n\nb\nc", "a b c"),
        ("\n", ""),
    ],
)
def test_a_line_of_its_own_holds_no_control_character(value: str, clean: str) -> None:
    assert KEY_VALUE.clean(value) == clean


@pytest.mark.parametrize("syntax", [ELEMENTS, ITEMS], ids=["elements", "items"])
@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("a\x00\x0b\ufffe\ud800b", "ab"),
        ("-----BEGIN CERTIFICATE-----\r\nMIIB\rAA==\n", "-----BEGIN CERTIFICATE-----\nMIIB\nAA==\n"),
        (" blank\t ", " blank\t "),
    ],
)
def test_xml_keeps_what_xml_can_hold(syntax: Syntax, value: str, clean: str) -> None:
    assert syntax.clean(value) == clean


@any_family
@given(value=any_text)
@example(value="a -- b")
@example(value="--><P2>stolen</P2><!---")
@example(value="\nP2 = stolen")
def test_a_value_in_a_comment_stays_in_the_comment(family: str, value: str) -> None:
    syntax = SYNTAXES[family]
    comment = f"<!-- {syntax.escape(value)} -->\n" if "xml" in family else f"## {syntax.escape(value)}\n"
    name = NAMES[family][0]
    assert syntax.read(file(family, comment, syntax.line(name, "1"))) == [(name, "1")]


def test_a_list_tells_its_entries_apart_by_number_or_by_name() -> None:
    assert BY_INDEX.line("sip/line[2]/Transport", "0") == '<sip><line index="2"><Transport>0</Transport></line></sip>\n'
    assert BY_ID.line("SIP/Entry[SIP2]/Transport", "0") == (
        "<SIP><Entry><ID>SIP2</ID><Transport>0</Transport></Entry></SIP>\n"
    )


@pytest.mark.parametrize("family", TREES)
@given(values=st.lists(any_text, max_size=12))
def test_a_section_stands_once_whatever_wrote_its_parameters(family: str, values: list[str]) -> None:
    syntax = SYNTAXES[family]
    assert syntax.arrange is not None
    names = [f"{('sip', 'phone', 'sip/list')[index % 3]}/part[{index % 4}]/x{index}" for index in range(len(values))]
    written = {name: syntax.clean(value) for name, value in zip(names, values, strict=True)}
    arranged = syntax.arrange(
        file(family, *(syntax.line(name, value) for name, value in zip(names, values, strict=True))).decode()
    )
    assert dict(syntax.read(arranged.encode())) == written
    assert syntax.arrange(arranged) == arranged

    def no_section_twice(element: ElementTree.Element) -> None:
        sections = [(part.tag, part.get("index") or part.get("At"), part.findtext("ID")) for part in element]
        assert len(sections) == len(set(sections))
        for part in element:
            no_section_twice(part)

    no_section_twice(ElementTree.fromstring(arranged))


@given(values=st.lists(any_text.filter(bool), max_size=12))
def test_an_element_stands_once_with_all_its_attributes(values: list[str]) -> None:
    assert SECTIONS.arrange is not None
    places = [("", "", "@context", "@label")[index % 4] for index in range(len(values))]
    names = [f"keys/fkey[{index // 4}]{place}" if place else f"user_{index}[1]" for index, place in enumerate(places)]
    written = {name: SECTIONS.clean(value) for name, value in zip(names, values, strict=True)}
    lines = [SECTIONS.line(name, value) for name, value in zip(names, values, strict=True)]
    arranged = SECTIONS.arrange(file("xml-sections", *lines).decode())
    assert dict(SECTIONS.read(arranged.encode())) == written
    assert SECTIONS.arrange(arranged) == arranged
    for section in ElementTree.fromstring(arranged):
        entries = [(entry.tag, entry.get("idx")) for entry in section]
        assert len(entries) == len(set(entries))
        assert all(entry.get("perm") == "RW" for entry in section)


def test_sections_list_their_parameters_with_index_and_attributes() -> None:
    assert SECTIONS.arrange is not None
    names = (
        ("user_name[1]", "marie"),
        ("keys/fkey[0]", "blf 102"),
        ("language", "English"),
        ("keys/fkey[0]@label", "J"),
    )
    text = f"<settings>{''.join(SECTIONS.line(name, value) for name, value in names)}</settings>"
    assert SECTIONS.arrange(text) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<settings>\n  <phone-settings e="2">\n'
        '    <user_name idx="1" perm="RW">marie</user_name>\n    <language perm="RW">English</language>\n'
        '  </phone-settings>\n  <keys e="2">\n    <fkey idx="0" label="J" perm="RW">blf 102</fkey>\n  </keys>\n'
        "</settings>\n"
    )


def test_a_file_is_arranged_in_the_order_of_its_first_parameters() -> None:
    assert BY_INDEX.arrange is not None and BY_ID.arrange is not None
    text = "<sysConf><!-- ours --><a><b>1</b></a><c></c>\n<a><l index='2'><d>x &amp; y</d></l></a></sysConf>"
    assert BY_INDEX.arrange(text) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sysConf>\n  <a>\n    <b>1</b>\n    <l index="2">\n'
        "      <d>x &amp; y</d>\n    </l>\n  </a>\n  <c></c>\n</sysConf>\n"
    )
    text = "<V><A><E><ID>P1</ID><d>1</d></E></A><A><E><ID>P2</ID><d>2</d></E></A><A><E><ID>P1</ID><e>3</e></E></A></V>"
    assert BY_ID.read(BY_ID.arrange(text).encode()) == [("A/E[P1]/d", "1"), ("A/E[P1]/e", "3"), ("A/E[P2]/d", "2")]


@given(values=st.lists(any_text, max_size=12))
def test_a_list_stands_once_and_its_entries_keep_their_numbers(values: list[str]) -> None:
    syntax = SYNTAXES["xml-records"]
    assert syntax.arrange is not None
    names = [(f"users/User[{index // 2 + 2}]@x{index % 2}", f"part{index}")[index % 3 == 2] for index in range(12)]
    written = {name: syntax.clean(value) for name, value in zip(names, values, strict=False)}
    lines = [syntax.line(name, value) for name, value in zip(names, values, strict=False)]
    arranged = syntax.arrange(f'<Phone Model="A&amp;B">{"".join(lines)}</Phone>')
    assert dict(syntax.read(arranged.encode())) == written
    assert syntax.arrange(arranged) == arranged
    assert ElementTree.fromstring(arranged).get("Model") == "A&B"


@given(values=st.lists(any_text, max_size=16))
def test_a_branch_grows_once_and_counted_entries_keep_their_numbers(values: list[str]) -> None:
    syntax = SYNTAXES["xml-branches"]
    assert syntax.arrange is not None
    places = (
        "accounts/account[{n}]/host_primary@x{i}",
        "blf_items/blf_item[{n}]/behaviors/behavior[idle]@x{i}",
        "x{i}",
    )
    names = [places[i % 3].format(n=i // 6 + 2, i=i) for i in range(16)]
    written = {name: syntax.clean(value) for name, value in zip(names, values, strict=False)}
    lines = [syntax.line(name, value) for name, value in zip(names, values, strict=False)]
    arranged = syntax.arrange(file("xml-branches", *lines).decode())
    assert dict(syntax.read(arranged.encode())) == written
    assert syntax.arrange(arranged) == arranged
    root = ElementTree.fromstring(arranged)
    assert len(root.findall("accounts")) <= 1
    indices = [entry.get("index") for entry in root.iter("account")]
    assert len(indices) == len(set(indices))


@given(values=st.lists(any_text, max_size=16))
def test_a_leaf_stands_in_its_entry_once_whatever_wrote_it(values: list[str]) -> None:
    syntax = SYNTAXES["xml-leaves"]
    assert syntax.arrange is not None
    places = ("members/member[{n}]/ports/x{i}", "ntps/ntp[{n}]/x{i}", "sipLines/line[{n}]@x{i}", "x{i}")
    names = [places[i % 4].format(n=i // 8 + 2, i=i) for i in range(16)]
    written = {name: syntax.clean(value) for name, value in zip(names, values, strict=False)}
    lines = [syntax.line(name, value) for name, value in zip(names, values, strict=False)]
    arranged = syntax.arrange(file("xml-leaves", *lines).decode())
    assert dict(syntax.read(arranged.encode())) == written
    assert syntax.arrange(arranged) == arranged
    root = ElementTree.fromstring(arranged)
    assert len(root.findall("sipLines")) <= 1
    buttons = [entry.get("button") for entry in root.iter("line")]
    assert len(buttons) == len(set(buttons))


def test_a_section_that_also_has_a_text_cannot_be_put_together() -> None:
    syntax = SYNTAXES["xml-leaves"]
    assert syntax.arrange is not None
    lines = (syntax.line("autoAnswer", "1"), syntax.line("autoAnswer/autoAnswerEnabled", "1"))
    with pytest.raises(SyntaxProblem, match="<autoAnswer> cannot hold both a text and further elements"):
        syntax.arrange(file("xml-leaves", *lines).decode())


def test_a_phone_s_own_short_words_are_read_and_objects_are_joined() -> None:
    syntax = SYNTAXES["xml-objects"]
    assert syntax.arrange is not None
    body = b"<a><O><N>b.</N><P><N>c</N><V>1 &amp; 2</V></P></O><O><N>d.</N><P><N>e</N><V/></P></O></a>"
    found = [("b.c", "1 & 2"), ("d.e", "")]
    assert syntax.read(body) == found
    arranged = syntax.arrange(f"<a>{''.join(syntax.line(name, value) for name, value in (*found, ('b.f', '3')))}</a>")
    assert syntax.read(arranged.encode()) == [("b.c", "1 & 2"), ("b.f", "3"), ("d.e", "")]
    assert [element.findtext("Name") for element in ElementTree.fromstring(arranged)] == ["b.", "d."]
    assert syntax.arrange(arranged) == arranged


def test_names_with_blanks_take_signs_before_them_and_remarks_behind() -> None:
    colons = SYNTAXES["colons"]
    assert colons.line("prgkey1 value", "*32#") == 'prgkey1 value: "*32#"\n'
    assert colons.line("http path", "") == "http path:\n"
    body = b'# ours\r\n^sip proxy ip: 10.0.0.1 # first\n!admin password:22222\nprgkey1 value:"*32#" # the box\nhttp path:\n'
    assert colons.read(body) == [
        ("sip proxy ip", "10.0.0.1"),
        ("admin password", "22222"),
        ("prgkey1 value", "*32#"),
        ("http path", ""),
    ]


@pytest.mark.parametrize("family", ["xml-elements", "xml-items"])
@given(value=any_text)
def test_another_reader_of_xml_reads_the_same(family: str, value: str) -> None:
    syntax = SYNTAXES[family]
    root = ElementTree.fromstring(file(family, syntax.line(NAMES[family][0], value)))
    assert [element.text or "" for element in root[0]] == [syntax.clean(value)]


# --- What is read besides parameters ----------------------------------------------------------------------------------


def test_comments_blank_lines_and_names_of_other_files_are_no_parameters() -> None:
    body = (
        b"#!version:1.0.0.1\r\n\r\n## Accounts\r\n"
        b'include:config "http://10.0.0.1/y000000000066.cfg?a=b"\r\n[T46U]include:config <y000000000108.cfg>\r\n'
        b"  account.1.enable=1\r\naccount.1.label =\r\n\toverwrite_mode\t=\t1"
    )
    assert KEY_VALUE.read(body) == [("account.1.enable", "1"), ("account.1.label", ""), ("overwrite_mode", "1")]


@pytest.mark.parametrize("syntax", [ELEMENTS, ITEMS], ids=["elements", "items"])
def test_a_section_without_parameters_and_the_mac_beside_it_are_no_parameters(syntax: Syntax) -> None:
    body = b'<provision version="1"><mac>000b82aabb01</mac><config version="1"><!-- none --></config></provision>'
    assert syntax.read(body) == []


def test_an_empty_element_clears_its_parameter() -> None:
    assert ELEMENTS.read(file("xml-elements", "<P270/>", "<P271></P271>")) == [("P270", ""), ("P271", "")]
    assert ITEMS.read(file("xml-items", '<item name="a"/>')) == [("a", "")]


@pytest.mark.parametrize(
    ("family", "body", "message"),
    [
        ("key-value", b"#!version:1.0.0.1\na = 1\nb\n", "line 3: no `name = value`: 'b'"),
        ("key-value", b"= 1\n", "line 1: no `name = value`"),
        ("key-value", b"a b = 1\n", "line 1: no `name = value`"),
        ("key-value", b"<html><body class=x>404</body></html>\n", "line 1: no `name = value`"),
        ("key-value", b"a = 1\nb = \xff\n", "line 2: byte 0xff is not UTF-8"),
        ("key-value", b"a = 1\nb = 2\x00\n", "line 2: control character U+0000"),
        ("key-value", b"a = 1\rb = 2\n", "line 1: control character U+000D"),
        ("key-value", "a = 1\u2028b = 2\n".encode(), "line 1: control character U+2028"),
        ("key-value", "\ufeff#!version:1.0.0.1\n".encode(), "line 1: no `name = value`"),
        ("colons", b"# ours\nsip proxy ip 10.0.0.1\n", "line 2: no `name: value`"),
        ("colons", b'softkey1 label: "Marie" Tremblay\n', "line 1: the quotation marks of softkey1 label do not end"),
        ("colons", b'softkey1 label: "Marie\n', "line 1: the quotation marks of softkey1 label do not end"),
        ("xml-records", b'<a>\n<b c="1">2</b></a>', "line 2: <b> has an attribute"),
        ("xml-records", b'<a><b>\n<c d="1">2</c></b></a>', "line 2: the entry <c> has a text"),
        ("xml-records", b"<a><b>\n<c><d/></c></b></a>", "line 2: the parameter <c> holds elements"),
        (
            "xml-objects",
            b"<a><Object>\n<ParameterValueStruct/></Object></a>",
            "line 2: <ParameterValueStruct> stands where",
        ),
        ("xml-objects", b"<a><O><N>b.</N><P>\n<V>c</V></P></O></a>", "line 2: <V> stands where no Value can be"),
        ("xml-objects", b"<a><O><N>b</N><P>\n<N>c</N></P></O></a>", "line 2: 'bc' is no parameter"),
        ("xml-branches", b"<a>\n<account username='b'/></a>", "line 2: <account> needs index to tell it apart"),
        ("xml-branches", b"<a>\n<b>c</b></a>", "line 2: <b> has a text"),
        ("xml-branches", b"\n<a b='1'/>", "line 2: <a> has an attribute"),
        ("xml-leaves", b"<a>\n<line><b/></line></a>", "line 2: <line> needs button to tell it apart"),
        ("xml-leaves", b"<a>\n<ntp>b</ntp></a>", "line 2: <ntp> is an entry of a list and has a text"),
        ("xml-leaves", b"\n<a b='1'/>", "line 2: <a> has an attribute"),
        ("xml-elements", b"", "line 1: no element found"),
        ("xml-elements", b"<a>\n<b>\n<P1>1</P2></b></a>", "line 3: mismatched tag"),
        ("xml-elements", b"<a>\n<b><P1>&copy;</P1></b></a>", "line 2: undefined entity"),
        ("xml-elements", b"<a>\n<b><P1>\xff</P1></b></a>", "line 2: not well-formed"),
        ("xml-elements", b"<a>\n<b><P1>1</P1></b></a>\n<a/>", "line 3: junk after document element"),
        ("xml-elements", b"<a><b>\n<P1>1</P1>\nstray\n</b></a>", "line 1: <b> has text beside its elements"),
        ("xml-elements", b"<a><b>\n<P1><P2>1</P2></P1></b></a>", "line 2: the parameter <P1> holds elements"),
        ("xml-elements", b'<!DOCTYPE a [<!ENTITY x "y">]>\n<a><b><P1>&x;</P1></b></a>', "line 1: a document type"),
        ("xml-items", b"<a><b>\n<item>1</item></b></a>", "line 2: an <item> needs a name"),
        ("xml-items", b'<a><b>\n<item name="">1</item></b></a>', "line 2: an <item> needs a name"),
        (
            "xml-items",
            b'<a><b>\n\n<item name="x"><part/></item></b></a>',
            "line 3: the parameter <item> holds elements",
        ),
        ("xml-items", b'<a><b><item name="x" name="y">1</item></b></a>', "line 1: duplicate attribute"),
        ("xml-by-index", b'<a>\n<b size="1">1</b></a>', "line 2: <b> has an attribute"),
        ("xml-by-index", b'<a>\n<b index="x y"><c>1</c></b></a>', "line 2: 'b[x y]' is no entry of a list"),
        ("xml-by-id", b'<a>\n<b index="1"><c>1</c></b></a>', "line 2: <b> has an attribute"),
        ("xml-by-id", b"<a><b><c>1</c>\n<ID>P1</ID></b></a>", "line 2: <ID> stands after what it names"),
        ("xml-by-id", b"<a><b>\n<ID></ID><c>1</c></b></a>", "line 2: 'b[]' is no entry of a list"),
        ("xml-sections", b"<a>\n<language>English</language></a>", "line 2: <language> stands in no section"),
        ("xml-sections", b'<a><b>\n<c idx="x">1</c></b></a>', "line 2: 'b/c[x]' is no parameter"),
        ("xml-sections", b"<a><b>\n<c><d>1</d></c></b></a>", "line 2: the parameter <c> holds elements"),
    ],
)
def test_a_file_that_a_phone_would_refuse_is_refused_with_the_line(family: str, body: bytes, message: str) -> None:
    with pytest.raises(SyntaxProblem, match=f"^{re.escape(message)}"):
        SYNTAXES[family].read(body)


@any_family
@given(body=st.binary(max_size=200) | any_text.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(family: str, body: bytes) -> None:
    try:
        SYNTAXES[family].read(body)
    except SyntaxProblem as problem:
        assert str(problem).startswith("line ")
