"""What holds for the phones of every vendor: their files are whole, true to their lines, and nobody else's.

A profile that is added is tested by being there. What is particular to a vendor stands in its own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from offhook.cli.fetch import user_agent
from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.secret import Secret
from offhook.provisioning.book import Book, BookEntry
from offhook.provisioning.identify import Identifier
from offhook.provisioning.lines import one_line
from offhook.provisioning.phone import Firmware, Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.profile_file import FileRule
from offhook.provisioning.render import Rendered
from offhook.provisioning.syntax import SYNTAXES
from tests.offices import Office, all_profiles, office_of

from .phones import OFFICE, book, common, doorbell, line, phone, profiles, rendered, renderer

EVERYTHING: Final = msgspec.structs.replace(
    OFFICE,
    codecs=("opus", "g722", "pcma", "pcmu", "g729", "g726-32", "ilbc", "g723"), dtmf="rfc2833+info", srtp="optional",
    nat_keepalive=30, call_waiting=False, auto_answer=True, pickup_code="**", park_number="*68",
    date_format="day-month-year", vlan_id=100, vlan_priority=5, pc_vlan_id=200, lldp=True, cdp=False,
    dot1x_mode="eap-md5", dot1x_identity="poste", dot1x_password=Secret("d0t1x-pw"), qos_signalling=26, qos_audio=46,
    syslog_server="log.bureau.example", syslog_port=5514, syslog_level="info",
    web_admin_password=Secret("adm1n-pw"), web_user_password=Secret("us3r-pw"), web_access="both",
    phone_book_url="http://10.0.0.1:8080/annuaire.xml?a=1&b=2", phone_book_name="Bureau", ring_tone="Ringer3",
    backlight_seconds=90,
)  # fmt: skip
"""All that can be set."""

ODDLY: Final = msgspec.structs.replace(
    EVERYTHING,
    timezone="Australia/Lord_Howe", language="xx", tones="NZ", codecs=("ilbc",), dtmf="inband", srtp="required",
    time_format="12h", date_format="month-day-year", call_waiting=True, auto_answer=False, nat_keepalive=0,
    lldp=False, cdp=True, dot1x_mode="eap-tls", syslog_level="debug", web_access="off", backlight_seconds=0,
)  # fmt: skip
"""All that can be set, to what phones hardly ever are."""

FIRMWARE: Final = Firmware(
    version="9.8.7.6", file="nine-8-7-6.bin", folder="http://10.0.0.1:8080/firmware/acme/9.8.7.6/"
)

Kind = tuple[Profile, str | None, str | None]
"""A family, a model of it (None: one that is not known), and a generation of its firmware."""


def _kinds() -> Iterator[Any]:
    """Every model of every family with each generation of firmware that it can run."""
    for profile in profiles():
        generations = tuple(profile.file.generations) or (None,)
        for generation in generations:
            yield pytest.param((profile, None, generation), id=f"{profile.family}-unknown-{generation}")
        for model, facts in profile.file.models.items():
            for generation in facts.generations or generations:
                yield pytest.param((profile, model, generation), id=f"{profile.family}-{model}-{generation}")


def _one_a_generation() -> Iterator[Any]:
    """The model with the most keys of every generation of every family."""
    for profile in profiles():
        for generation in tuple(profile.file.generations) or (None,):
            fitting = [
                (facts.keys, facts.accounts, model)
                for model, facts in profile.file.models.items()
                if facts.accounts and (not facts.generations or generation in facts.generations)
            ]
            if fitting:
                model = max(fitting)[2]
                yield pytest.param((profile, model, generation), id=f"{profile.family}-{model}-{generation}")


every_kind = pytest.mark.parametrize("kind", list(_kinds()))
one_a_generation = pytest.mark.parametrize("kind", list(_one_a_generation()))
every_family = pytest.mark.parametrize("profile", [pytest.param(one, id=one.family) for one in profiles()])


def _rules(profile: Profile, generation: str | None) -> Iterator[FileRule]:
    for rule in profile.file.files:
        if rule.template is not None and (not rule.generations or generation in rule.generations):
            yield rule


def _files(profile: Profile, subject: Phone) -> Iterator[tuple[FileRule, Rendered]]:
    for rule in _rules(profile, subject.generation):
        yield rule, rendered(profile, rule.name, subject)


def _read(profile: Profile, rule: FileRule, subject: Phone, file: Rendered) -> dict[str, str]:
    """What a phone reads in a file, by the strict reader of its syntax."""
    read = SYNTAXES[profile.syntax(rule, subject.generation)].read(file.body)
    return dict(read)


def _own(profile: Profile, subject: Phone) -> dict[str, str]:
    """All that a phone reads in the files that are its own."""
    found: dict[str, str] = {}
    for rule, file in _files(profile, subject):
        if rule.kind == "device":
            found.update(_read(profile, rule, subject, file))
    return found


def _account(profile: Profile, subject: Phone, number: int) -> dict[str, str | None]:
    """An account by what the virtual phone reads; None: the file has no such parameter."""
    reading = profile.reading(subject.generation)
    assert reading is not None, f"{profile.family} does not say where its accounts stand"
    found = _own(profile, subject)
    account: dict[str, str | None] = {}
    for field in ("enabled", "label", "display_name", "user_name", "auth_name", "password", "server"):
        values = [found[name] for name in reading.names(field, number) if name in found]
        account[field] = next((value for value in values if value), values[0] if values else None)
    return account


def _dressed(kind: Kind, settings: Any = EVERYTHING) -> Phone:
    """Marie's phone with every setting, two proxies, new firmware, and a key of each type that it can do."""
    profile, model, generation = kind
    facts = profile.file.models.get(model or "")
    plain = phone(profile, model, generation=generation, settings=settings, firmware=FIRMWARE)
    rules = profile.key_rules(generation)
    first = max((one.position for one in plain.keys), default=0) + 1
    room = facts.keys if facts else 8
    types = [name for name in rules.types if name != "line"]
    keys = [
        PhoneKey(position=at, module=0, type=name, code=rules.types[name], value="102", label=f'{name} "&<', line=1)
        for at, name in zip(range(first, room + 1), types, strict=False)
    ]
    if facts is not None and facts.expansion is not None and types:
        last = facts.expansion
        keys.append(
            PhoneKey(
                position=last.keys, module=last.modules, type=types[0], code=rules.types[types[0]], value="103",
                label="Last", line=1,
            )
        )  # fmt: skip
    servers = (
        PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),
        PhoneServer(host="sip2.bureau.example", port=5060, transport="tcp"),
    )
    return msgspec.structs.replace(plain, keys=(*plain.keys, *keys), servers=servers)


# --- Every model of every vendor --------------------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("settings", [OFFICE, EVERYTHING, ODDLY], ids=["office", "everything", "oddly"])
def test_every_file_is_read_as_it_was_written_and_holds_only_what_the_phone_knows(kind: Kind, settings: object) -> None:
    profile, model, generation = kind
    plain = settings is OFFICE
    subject = phone(profile, model, generation=generation) if plain else _dressed(kind, settings)
    for rule, file in _files(profile, subject):
        if rule.kind not in ("pointer", "book"):
            found = _read(profile, rule, subject, file)
            clean = SYNTAXES[profile.syntax(rule, generation)].clean
            assert found == {parameter.name: clean(parameter.value) for parameter in file.parameters}, rule.name
        assert [one.name for one in file.parameters if not profile.dictionary.knows(one.name)] == [], rule.name
        secrets = [one.name for one in file.parameters if one.secret]
        assert [name for name in secrets if not profile.is_secret(name)] == [], rule.name


@every_kind
def test_every_line_of_marie_is_an_account(kind: Kind) -> None:
    profile, model, generation = kind
    subject = phone(profile, model, generation=generation)
    for own in subject.lines:
        account = _account(profile, subject, own.number)
        reading = profile.reading(generation)
        assert reading is not None
        if reading.names("enabled", own.number):
            assert account["enabled"] in reading.enabled_values
        assert account["user_name"] == own.login
        assert account["password"] == "M-desk-4417"
        assert account["auth_name"] in (own.login, None)
        assert "bureau.example" in (account["server"] or "")
        assert {account["label"], account["display_name"]} & {own.label, own.display_name}


@every_kind
def test_a_phone_of_nobody_names_no_mailbox(kind: Kind) -> None:
    profile, model, generation = kind
    owned = _own(profile, phone(profile, model, generation=generation))
    nobody = _own(profile, doorbell(profile, model, generation=generation))
    dials = [name for name, value in owned.items() if "*97" in value]
    assert {nobody.get(name, "") for name in dials} <= {""}


@every_kind
def test_the_same_phone_gets_the_same_bytes(kind: Kind) -> None:
    first, again = _dressed(kind), _dressed(kind)
    files = [file.body for _, file in _files(kind[0], first)]
    assert files == [file.body for _, file in _files(kind[0], again)]


@every_kind
def test_a_file_that_many_phones_share_tells_no_secret_and_nobody_s_name(kind: Kind) -> None:
    for rule, file in _files(kind[0], _dressed(kind)):
        if rule.kind != "device":
            for secret in ("-pw", "M-desk", "Marie"):
                assert secret not in file.body.decode(), rule.name


# --- Values that mean harm --------------------------------------------------------------------------------------------


@one_a_generation
def test_a_name_full_of_markup_adds_nothing(kind: Kind) -> None:
    honest = _dressed(kind)
    lines = (line(1, 'A"&<\nx', display_name="</a></item><P2>hacked</P2>", mailbox="101"), *honest.lines[1:])
    hostile = msgspec.structs.replace(honest, lines=lines)
    assert list(_own(kind[0], hostile)) == list(_own(kind[0], honest))


@one_a_generation
@examples(max_examples=25)
@given(label=st.text(max_size=40), name=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_a_person_is_called_the_same_parameters_are_read(
    kind: Kind, label: str, name: str, password: str
) -> None:
    profile, model, generation = kind
    honest = phone(profile, model, generation=generation)
    own = line(1, label, display_name=name, password=Secret(password), mailbox="101")
    subject = msgspec.structs.replace(honest, lines=(own, *honest.lines[1:]))
    assert list(_own(profile, subject)) == list(_own(profile, honest))
    rule = next(rule for rule in _rules(profile, generation) if rule.kind == "device")
    clean = SYNTAXES[profile.syntax(rule, generation)].clean
    account = _account(profile, subject, 1)
    assert account["password"] == clean(password)
    assert {account["label"], account["display_name"]} & {clean(label), clean(name)}


# --- The phone book ---------------------------------------------------------------------------------------------------


books = pytest.mark.parametrize(
    "profile", [pytest.param(one, id=one.family) for one in profiles() if one.file.phone_book is not None]
)


def _book(profile: Profile, shown: Book) -> str:
    """All texts of a phone book's file, of elements and attributes, one a line."""
    rule = next(rule for rule in profile.file.files if rule.kind == "book")
    body = renderer().render(profile, rule, common(phone(profile, None)), shown).body
    return "\n".join(
        text
        for element in ElementTree.fromstring(body).iter()
        for text in (element.text or "", *element.attrib.values())
    )


@books
@given(name=st.text(min_size=1, max_size=40), number=st.from_regex(r"\+?[0-9*#]{1,20}", fullmatch=True))
def test_everybody_of_the_phone_book_is_read_with_their_number(profile: Profile, name: str, number: str) -> None:
    entry = BookEntry(name=one_line(name), numbers=(number,), colleague=False)
    texts = _book(profile, book(entry))
    assert number in texts
    assert all(word in texts for word in one_line(name).split() if word.isprintable())


@books
def test_the_phone_s_config_leads_to_the_book(profile: Profile) -> None:
    assert profile.file.phone_book is not None
    rule = next(rule for rule in profile.file.files if rule.kind == "book")
    name = profile.file.phone_book.url.partition("?")[0]
    agent = user_agent(profile, next(iter(profile.file.models)), None, f"{profile.file.ouis[0][:6]}aabb01")
    assert Identifier(profiles()).identify(f"/p/default/{name}", agent).file == rule


# --- From power-on to registered --------------------------------------------------------------------------------------


@one_a_generation
@pytest.mark.parametrize("transport", ["http", "tftp"])
async def test_a_phone_boots_as_its_vendor_s_do_and_registers_its_lines(kind: Kind, transport: str) -> None:
    profile, model, generation = kind
    mac = (profile.file.ouis[0] if profile.file.ouis else "020000").ljust(6, "0")[:6] + "aabb01"
    at_least = profile.file.generations[generation].at_least if generation else ""
    skipped = ".".join(["1"] * profile.file.version_skip)
    version = ".".join(part for part in (skipped, at_least) if part) or None
    office = _office(f"{profile.vendor}/{model}", mac, version)

    async def fetch(name: str) -> Fetched:
        answer, _ = office.ask("/" + name.lstrip("/"), transport=transport)  # type: ignore[arg-type]
        outcome = {200: "found", 404: "absent"}.get(answer.status, "failed")
        return Fetched(url=name, outcome=outcome, words=str(answer.status), body=answer.body)  # type: ignore[arg-type]

    report = await VirtualPhone(profile, model, version, mac, fetch).boot()
    assert report.came_up, report.reason
    facts = profile.file.models[model or ""]
    assert [one.user_name for one in report.accounts] == ["desk", "desk-2"][: facts.accounts]
    assert all("bureau.example" in one.server for one in report.accounts)


def _office(model: str, mac: str, version: str | None) -> Office:
    pinned = f", firmware: '{version}'" if version else ""
    return office_of(f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: true}}}}]
users: [{{id: marie, name: Marie Tremblay}}]
devices: [{{id: desk, mac: "{mac}", model: "{model}", owner: marie, sip: {{username: desk, password: M-1}}{pinned}}}]
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
  - {{id: two, numbers: ["151"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
""")


# --- What a profile says about itself ---------------------------------------------------------------------------------


@every_family
def test_every_file_of_the_boot_order_is_one_of_the_profile_s(profile: Profile) -> None:
    assert profile.file.boot and profile.file.models
    names = {rule.name for rule in profile.file.files}
    assert len(names) == len(profile.file.files)


@every_family
def test_firmware_is_pointed_at_only_when_the_phone_is_to_change_it(profile: Profile) -> None:
    pointing = 0
    for generation in tuple(profile.file.generations) or (None,):
        dressed = _dressed((profile, None, generation))
        pointing += any(b"firmware/acme/9.8.7.6" in file.body for _, file in _files(profile, dressed))
        content = msgspec.structs.replace(dressed, firmware=None)
        assert not any(b"firmware/acme" in file.body for _, file in _files(profile, content))
    assert pointing or not profile.file.firmware


@every_family
def test_an_admin_is_told_how_to_make_the_phone_ask(profile: Profile) -> None:
    assert profile.file.setup.dhcp or profile.file.setup.by_hand


def test_no_two_families_claim_the_same_mac_prefix() -> None:
    owner: dict[str, str] = {}
    for profile in all_profiles():
        for prefix in profile.file.ouis:
            assert owner.setdefault(prefix, profile.vendor) == profile.vendor, prefix
