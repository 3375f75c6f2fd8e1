"""Yealink's files: what each phone of the table gets, in all three generations of parameter names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.model.settings import Settings
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.render import Rendered, Renderer
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, ROOT, doorbell, key, line, phone, profiles, rendered

YEALINK: Final[Profile] = profiles().by_vendor["yealink"]
SYNTAX: Final = SYNTAXES["key-value"]
MODELS: Final = [*YEALINK.file.models, None]
FILES: Final = [rule for rule in YEALINK.file.files if rule.template is not None and rule.kind != "book"]
PASSWORDS_OF_THE_WEB_PAGE: Final = {"security.user_password", "static.security.user_password"}

EVERYTHING: Final[Settings] = msgspec.structs.replace(
    OFFICE,
    codecs=("opus", "g722", "pcma", "pcmu", "g729", "g726-32", "ilbc", "g723"),
    dtmf="rfc2833+info",
    srtp="required",
    nat_keepalive=30,
    call_waiting=True,
    auto_answer=False,
    pickup_code="**",
    vlan_id=20,
    vlan_priority=5,
    pc_vlan_id=30,
    lldp=True,
    cdp=False,
    dot1x_mode="eap-md5",
    dot1x_identity="bureau",
    dot1x_password=Secret("port-9921"),
    qos_signalling=26,
    qos_audio=46,
    syslog_server="log.bureau.example",
    syslog_port=5514,
    syslog_level="debug",
    web_admin_password=Secret("admin-5512"),
    web_user_password=Secret("user-3310"),
    web_access="https",
    phone_book_url="http://10.0.0.1:8080/book.xml",
    phone_book_name="Bureau",
    ring_tone="Ring3.wav",
    backlight_seconds=45,
)
"""Every setting of the catalogue that a Yealink phone has a parameter for."""


def generations(model: str | None) -> tuple[str, ...]:
    """The generations that a model's firmwares belong to."""
    facts = YEALINK.file.models.get(model or "")
    return facts.generations if facts else tuple(YEALINK.file.generations)


def files(model: str | None, **changes: Any) -> Iterator[tuple[str, Rendered]]:
    """All files of Marie's phone of a model, in each of its generations."""
    for generation in generations(model):
        asked = phone(YEALINK, model, generation=generation, **changes)
        for rule in FILES:
            if not rule.generations or generation in rule.generations:
                yield rule.name, rendered(YEALINK, rule.name, asked)


def read(asked: Phone) -> dict[str, str]:
    """What a phone reads in its own file."""
    return dict(SYNTAX.read(rendered(YEALINK, "device", asked).body))


def desk(model: str | None = "T46S", generation: str | None = None, **settings: Any) -> Phone:
    """Marie's phone with settings beside the office's."""
    changes: dict[str, Any] = {"generation": generation} if generation else {}
    return phone(YEALINK, model, settings=msgspec.structs.replace(OFFICE, **settings), **changes)


def account(values: dict[str, str], number: int, field: str) -> str | None:
    """A field of an account as the virtual phone reads it."""
    reading = YEALINK.file.reading
    assert reading is not None
    return next((values[name] for name in reading.names(field, number) if name in values), None)


# What holds for every file of every model


@pytest.mark.parametrize("model", MODELS)
def test_every_file_begins_with_the_line_that_phones_look_for(model: str | None) -> None:
    for name, file in files(model, settings=EVERYTHING):
        assert file.body.startswith(b"#!version:1.0.0.1\n"), name
        assert file.body.endswith(b"\n") and b"\n\n\n" not in file.body, name


@pytest.mark.parametrize("model", MODELS)
def test_phones_know_every_parameter_that_we_write(model: str | None) -> None:
    unknown = {
        parameter.name
        for _, file in files(model, settings=EVERYTHING)
        for parameter in file.parameters
        if not YEALINK.dictionary.knows(parameter.name)
    }
    assert unknown == set()


@pytest.mark.parametrize("model", MODELS)
def test_no_parameter_stands_twice_but_the_passwords_of_the_web_page(model: str | None) -> None:
    for name, file in files(model, settings=EVERYTHING):
        if name not in ("boot", "common boot"):
            names = [written for written, _ in SYNTAX.read(file.body)]
            twice = (
                {written for written in names if names.count(written) > 1} if len(set(names)) < len(names) else set()
            )
            assert twice <= PASSWORDS_OF_THE_WEB_PAGE


@pytest.mark.parametrize("model", MODELS)
def test_a_phone_is_told_its_lines_and_the_other_accounts_are_emptied(model: str | None) -> None:
    for generation in generations(model):
        asked = phone(YEALINK, model, generation=generation)
        values = read(asked)
        for own in asked.lines:
            assert account(values, own.number, "enabled") == "1"
            assert account(values, own.number, "label") == own.label
            assert account(values, own.number, "display_name") == "Marie Tremblay"
            assert account(values, own.number, "user_name") == own.login
            assert account(values, own.number, "auth_name") == own.login
            assert account(values, own.number, "password") == "M-desk-4417"
            assert account(values, own.number, "server") == "sip.bureau.example"
        for number in range(len(asked.lines) + 1, asked.facts.accounts + 1 if asked.facts else 0):
            assert account(values, number, "enabled") == "0"
            for field in ("label", "display_name", "user_name", "auth_name", "password"):
                assert account(values, number, field) == "%NULL%"


@pytest.mark.parametrize("model", MODELS)
def test_an_unowned_phone_gets_one_line_and_no_mailbox(model: str | None) -> None:
    for generation in generations(model):
        asked = doorbell(YEALINK, model, generation=generation)
        values = read(asked)
        assert [name for name in values if "voice_mail" in name or "mwi" in name] == []
        if asked.lines:
            assert values["account.1.label"] == "600"
            assert values.get("account.2.enable", "0") == "0"


@pytest.mark.parametrize("model", MODELS)
def test_a_phone_that_changes_hands_keeps_no_key_of_its_old_user(model: str | None) -> None:
    for generation in generations(model):
        asked = phone(YEALINK, model, generation=generation, keys=())
        values = read(asked)
        keys = {name: value for name, value in values.items() if name.endswith(".type") and "key." in name}
        facts = asked.facts
        expansion = facts.expansion if facts and generation != "v81" else None
        assert set(keys.values()) <= {"0"}
        assert len(keys) == (facts.keys if facts else 0) + (expansion.modules * expansion.keys if expansion else 0)


@pytest.mark.parametrize("model", MODELS)
def test_secrets_stand_in_the_phones_own_file_only_and_are_known_as_such(model: str | None) -> None:
    words = ("M-desk-4417", "port-9921", "admin-5512", "user-3310")
    for name, file in files(model, settings=EVERYTHING):
        held = [parameter for parameter in file.parameters if any(word in parameter.value for word in words)]
        assert name == "device" or held == []
        assert all(parameter.secret and YEALINK.is_secret(parameter.name) for parameter in held)


text = st.text(max_size=60)


@given(label=text, display_name=text, password=text, model=st.sampled_from(["T46S", "T28P", "W60B", "W75DM", None]))
def test_no_name_and_no_password_can_add_or_change_another_parameter(
    label: str, display_name: str, password: str, model: str | None
) -> None:
    own = line(1, label, display_name=display_name, password=Secret(password))
    plain = rendered(YEALINK, "device", phone(YEALINK, model, lines=(line(1, "101"),)))
    file = rendered(YEALINK, "device", phone(YEALINK, model, lines=(own,)))
    assert [parameter.name for parameter in file.parameters] == [parameter.name for parameter in plain.parameters]
    assert SYNTAX.read(file.body) == [(parameter.name, SYNTAX.escape(parameter.value)) for parameter in file.parameters]


def test_a_name_with_a_line_break_stays_on_its_line() -> None:
    own = line(1, "101", display_name='A"&<\naccount.2.enable = 1')
    values = read(phone(YEALINK, "T46S", lines=(own,)))
    assert values["account.1.display_name"] == 'A"&< account.2.enable = 1'
    assert values["account.2.enable"] == "0"


# Who is asking


@pytest.mark.parametrize(
    ("user_agent", "model", "version", "mac"),
    [
        ("Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01", "T46S", "66.86.0.15", "001565aabb01"),
        ("yealink SIP-T28P 2.70.0.140 00:15:65:aa:bb:01", "T28P", "2.70.0.140", "001565aabb01"),
        ("Yealink SIP-T38G  38.70.0.125 00:15:65:aa:bb:01", "T38G", "38.70.0.125", "001565aabb01"),
        ("Yealink SIP-T56A  58.80.0.25 001565f429a4", "T56A", "58.80.0.25", "001565f429a4"),
        ("Yealink SIP VP-T49G 51.80.0.10 00:15:65:aa:bb:01", "T49G", "51.80.0.10", "001565aabb01"),
        ("Yealink W70B 146.87.0.15 80:5e:0c:1d:65:4e", "W70B", "146.87.0.15", "805e0c1d654e"),
        ("VP530P 23.70.0.40 00:15:65:aa:bb:01", "VP530P", "23.70.0.40", "001565aabb01"),
        ("Yealink SIP-T20P 9.72.0.30 00:15:6525ef16a7c", "T20P", "9.72.0.30", None),
        ("Yealink SIP-T48U 108.86.0.20", "T48U", "108.86.0.20", None),
    ],
)
def test_a_phone_is_known_by_its_user_agent(user_agent: str, model: str, version: str, mac: str | None) -> None:
    identity = Identifier(profiles()).identify("/x", user_agent)
    assert (identity.vendor, identity.model, identity.version, identity.mac) == ("yealink", model, version, mac)


@pytest.mark.parametrize(
    "user_agent", ["Mozilla/5.0 (X11; Linux x86_64)", "Fanvil X4U 2.4.0 0c383e123456", "curl 8.5.0"]
)
def test_other_programs_are_not_taken_for_yealink_phones(user_agent: str) -> None:
    assert Identifier(profiles()).identify("/x", user_agent).vendor != "yealink"


@pytest.mark.parametrize("code", [25, 44, 58, 95, 127, 192])
def test_a_common_file_that_models_share_tells_no_model(code: int) -> None:
    identity = Identifier(profiles()).identify(f"y{code:012d}.cfg", None)
    assert (identity.vendor, identity.model, identity.code) == ("yealink", None, code)


@pytest.mark.parametrize(("code", "model"), [(0, "T28P"), (66, "T46S"), (123, "T31G"), (146, "W70B")])
def test_a_common_file_of_one_model_tells_it(code: int, model: str) -> None:
    assert Identifier(profiles()).identify(f"y{code:012d}.cfg", None).model == model


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("001565aabb01.boot", "pointer"),
        ("y000000000000.boot", "pointer"),
        ("y000000000066.cfg", "common"),
        ("001565AABB01.cfg", "device"),
        ("001565aabb01_Security.enc", "absent"),
        ("001565aabb01.enc", "absent"),
        ("y000000000066_Security.enc", "absent"),
        ("001565aabb01-local.cfg", "absent"),
        ("001565aabb01-contact.xml", "absent"),
    ],
)
def test_every_name_that_phones_ask_for_is_known(name: str, kind: str) -> None:
    rule = Identifier(profiles()).file_of(name, YEALINK)
    assert rule is not None and rule.kind == kind


@pytest.mark.parametrize(
    ("model", "version", "generation"),
    [
        ("T28P", "2.73.0.50", "v73"),
        ("T46G", "28.73.0.48", "v73"),
        ("T46G", "28.80.0.60", "v80"),
        ("T46G", "28.81.0.110", "v81"),
        ("T46G", None, "v81"),
        ("T49G", "51.80.0.100", "v80"),
        ("T54W", "96.86.0.70", "v81"),
        (None, "38.70.0.125", "v73"),
        (None, None, "v81"),
    ],
)
def test_the_second_number_of_a_version_is_the_generation(
    model: str | None, version: str | None, generation: str
) -> None:
    assert YEALINK.generation(model, version) == generation


# Boot files


def test_a_boot_file_names_the_models_file_and_then_the_phones_own() -> None:
    body = rendered(YEALINK, "boot", phone(YEALINK, "T46S")).body.decode()
    assert included(body) == [(None, "y000000000066.cfg"), (None, "001565aabb01.cfg")]
    assert "overwrite_mode = 1\n" in body


@pytest.mark.parametrize("model", ["T31P", None])
def test_a_model_without_a_known_common_file_is_sent_to_its_own_alone(model: str | None) -> None:
    assert included(rendered(YEALINK, "boot", phone(YEALINK, model)).body.decode()) == [(None, "001565aabb01.cfg")]


def test_the_boot_file_for_all_sends_each_model_to_its_common_file() -> None:
    names = included(rendered(YEALINK, "common boot", phone(YEALINK, None)).body.decode())
    assert ("T46S", "y000000000066.cfg") in names and ("T53W", "y000000000095.cfg") in names
    assert len(names) > 40 and names == sorted(names, key=lambda name: str(name[0]).lower())
    assert "T28P" not in dict(names), "its firmware asks for no boot file"


def test_the_boot_file_for_all_needs_no_choice_when_the_phone_said_its_model() -> None:
    body = rendered(YEALINK, "common boot", phone(YEALINK, "T46S")).body.decode()
    assert included(body) == [(None, "y000000000066.cfg")]


def included(boot: str) -> list[tuple[str | None, str]]:
    """What a boot file names, as the virtual phone reads it: (model or None for all, file)."""
    reading = YEALINK.file.reading
    assert reading is not None and reading.include is not None
    pattern = re.compile(reading.include)
    return [(found["model"], found["path"]) for row in boot.splitlines() if (found := pattern.match(row))]


@pytest.mark.parametrize("model", ["T28P", "T46G", "T46S", "W60B"])
def test_the_common_file_holds_nothing_that_a_phones_own_file_could_say_otherwise(model: str) -> None:
    asked = phone(YEALINK, model, settings=EVERYTHING)
    elsewhere = phone(
        YEALINK, model, settings=msgspec.structs.replace(OFFICE, timezone="Asia/Kathmandu", language="de")
    )
    shared = dict(SYNTAX.read(rendered(YEALINK, "common", asked).body))
    assert rendered(YEALINK, "common", asked) == rendered(YEALINK, "common", elsewhere)
    assert shared["sip.trust_ctrl"] == "1"
    assert shared.items() <= read(asked).items()
    assert shared.items() <= read(elsewhere).items()


def test_a_phone_asks_again_as_often_as_it_is_told() -> None:
    assert {
        "static.auto_provision.server.url": "http://10.0.0.1:8080/",
        "static.auto_provision.repeat.enable": "1",
        "static.auto_provision.repeat.minutes": "60",
        "static.auto_provision.user_agent_mac.enable": "1",
    }.items() <= read(desk(provisioning_interval=60)).items()


def test_a_phone_is_given_no_address_when_we_know_none() -> None:
    assert "static.auto_provision.server.url" not in read(phone(YEALINK, "T46S", provisioning_url=""))


# SIP servers


def test_a_proxy_of_another_name_than_the_realm_is_the_outbound_proxy() -> None:
    values = read(phone(YEALINK, "T46S"))
    assert values["account.1.sip_server.1.address"] == "bureau.example"
    assert values["account.1.outbound_proxy_enable"] == "1"
    assert values["account.1.outbound_proxy.1.address"] == "sip.bureau.example"
    assert values["account.1.outbound_proxy.1.port"] == "5060"
    assert values["account.1.outbound_proxy.2.address"] == "%NULL%"


def test_a_backup_proxy_stands_second() -> None:
    servers = (
        PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),
        PhoneServer(host="sip2.bureau.example", port=5071, transport="tls"),
    )
    values = read(phone(YEALINK, "T46S", servers=servers))
    assert values["account.1.sip_server.1.transport_type"] == "2"
    assert values["account.1.outbound_proxy.2.address"] == "sip2.bureau.example"
    assert values["account.1.outbound_proxy.2.port"] == "5071"


def test_a_realm_that_is_its_own_proxy_needs_no_outbound_proxy() -> None:
    servers = (
        PhoneServer(host="bureau.example", port=5060, transport="tcp"),
        PhoneServer(host="sip2.bureau.example", port=5070, transport="udp"),
    )
    values = read(phone(YEALINK, "T46S", servers=servers))
    assert values["account.1.outbound_proxy_enable"] == "0"
    assert values["account.1.sip_server.1.address"] == "bureau.example"
    assert values["account.1.sip_server.1.transport_type"] == "1"
    assert values["account.1.sip_server.2.address"] == "sip2.bureau.example"
    assert values["account.1.sip_server.2.port"] == "5070"
    assert values["account.1.sip_server.2.transport_type"] == "0"
    assert values["account.1.sip_server.2.expires"] == "3600"
    assert account(values, 1, "server") == "bureau.example"


def test_firmware_of_v73_and_before_gets_the_first_names_too() -> None:
    values = read(phone(YEALINK, "T28P"))
    assert values["account.1.sip_server_host"] == "bureau.example"
    assert values["account.1.sip_server_port"] == "5060"
    assert values["account.1.outbound_host"] == "sip.bureau.example"
    assert values["account.1.transport"] == "0"
    assert values["account.1.expires"] == "3600"
    assert "account.1.sip_server.1.transport_type" not in values


def test_static_stands_before_network_names_from_v81_on() -> None:
    for generation, name in (("v73", "network"), ("v80", "network"), ("v81", "static.network")):
        values = read(desk("T46G", generation, vlan_id=20, vlan_priority=5))
        assert values[f"{name}.vlan.internet_port_enable"] == "1"
        assert values[f"{name}.vlan.internet_port_vid"] == "20"
        assert values[f"{name}.vlan.internet_port_priority"] == "5"
        assert any(written.startswith("static.") for written in values) == (generation == "v81")


def test_accounts_of_a_dect_manager_take_their_servers_from_a_template() -> None:
    values = read(phone(YEALINK, "W75DM"))
    assert values["template.1.sip_server.1.address"] == "bureau.example"
    assert values["template.1.outbound.1.address"] == "sip.bureau.example"
    assert values["account.1.sip_server.template"] == "1"
    assert "account.1.sip_server.1.address" not in values


# Calls


def test_the_message_lamp_is_lit_by_the_line_that_has_the_mailbox() -> None:
    values = read(phone(YEALINK, "T46S"))
    assert values["account.1.subscribe_mwi"] == "1"
    assert values["voice_mail.number.1"] == "*97"
    assert "account.2.subscribe_mwi" not in values


def test_codecs_stand_in_their_order_and_the_others_are_off() -> None:
    values = read(desk(codecs=("g722", "pcma")))
    codec = {name.removeprefix("account.1.codec."): value for name, value in values.items() if ".1.codec." in name}
    assert {name for name, value in codec.items() if name.endswith("enable") and value == "1"} == {
        "g722.enable",
        "pcma.enable",
    }
    assert (codec["g722.priority"], codec["pcma.priority"]) == ("1", "2")
    assert codec["pcmu.enable"] == codec["opus.enable"] == codec["g729.enable"] == "0"


def test_codecs_are_numbered_up_to_v73_and_opus_is_not_among_them() -> None:
    values = read(desk("T28P", codecs=("opus", "pcma", "g722")))
    assert values["account.1.codec.2.payload_type"] == "PCMA"
    assert (values["account.1.codec.2.priority"], values["account.1.codec.6.priority"]) == ("1", "2")
    assert values["account.1.codec.6.rtpmap"] == "9"
    assert values["account.1.codec.1.enable"] == "0"
    assert not any("opus" in name for name in values)


@pytest.mark.parametrize(("dtmf", "written"), [("inband", "0"), ("rfc2833", "1"), ("info", "2"), ("rfc2833+info", "3")])
def test_digits_are_sent_as_set(dtmf: str, written: str) -> None:
    values = read(desk(dtmf=dtmf))
    assert values["account.1.dtmf.type"] == written
    assert ("account.1.dtmf.info_type" in values) == ("info" in dtmf)


@pytest.mark.parametrize(
    ("generation", "srtp", "written"),
    [
        ("v73", "required", "1"),
        ("v73", "optional", "2"),
        ("v80", "optional", "1"),
        ("v81", "required", "2"),
        ("v81", "off", "0"),
    ],
)
def test_encryption_is_numbered_otherwise_in_the_first_firmwares(generation: str, srtp: str, written: str) -> None:
    assert read(desk("T46G", generation, srtp=srtp))["account.1.srtp_encryption"] == written


def test_nat_keepalive_is_switched_off_by_zero_and_left_alone_when_nobody_set_it() -> None:
    assert read(desk(nat_keepalive=0))["account.1.nat.udp_update_enable"] == "0"
    assert "account.1.nat.udp_update_time" not in read(desk(nat_keepalive=0))
    assert read(desk(nat_keepalive=25))["account.1.nat.udp_update_time"] == "25"
    assert "account.1.nat.udp_update_enable" not in read(desk())


# Keys


def test_keys_are_numbered_by_type() -> None:
    types = ["line", "blf", "speed_dial", "park", "intercom", "transfer", "forward", "dnd", "voicemail", "conference",
             "record", "redial", "directory", "url", "dtmf", "mode"]  # fmt: skip
    keys = tuple(key(YEALINK, position, type, "102", label="L") for position, type in enumerate(types, start=1))
    values = read(phone(YEALINK, "T46S", keys=keys))
    codes = ["15", "16", "13", "10", "14", "3", "2", "5", "12", "1", "25", "6", "29", "17", "11", "16"]
    assert [values[f"linekey.{position}.type"] for position in range(1, len(types) + 1)] == codes
    assert all(values[f"linekey.{position}.value"] == "102" for position in range(1, len(types) + 1))
    assert values["linekey.17.type"] == "0"


def test_a_watched_colleague_is_picked_up_with_the_code_of_the_office() -> None:
    keys = (key(YEALINK, 2, "blf", "102", label="Josh", line=2), key(YEALINK, 3, "pickup", "102"))
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    values = read(phone(YEALINK, "T46S", keys=keys, settings=settings))
    assert {name: value for name, value in values.items() if name.startswith("linekey.2.")} == {
        "linekey.2.type": "16",
        "linekey.2.line": "2",
        "linekey.2.value": "102",
        "linekey.2.label": "Josh",
        "linekey.2.extension": "**",
    }
    assert values["linekey.3.value"] == "**102"
    assert values["features.pickup.direct_pickup_code"] == "**"
    assert read(phone(YEALINK, "T28P", keys=keys, settings=settings))["linekey.2.pickup_value"] == "**"


def test_keys_after_the_line_keys_are_memory_keys_where_the_model_has_them() -> None:
    values = read(phone(YEALINK, "T28P", keys=(key(YEALINK, 6, "blf", "106"), key(YEALINK, 7, "blf", "107"))))
    assert values["linekey.6.value"] == "106"
    assert values["memorykey.1.value"] == "107"
    assert values["memorykey.10.type"] == "0"
    assert "linekey.7.type" not in values and "memorykey.11.type" not in values


def test_the_first_t38_count_the_lines_of_watching_keys_from_0() -> None:
    keys = (
        key(YEALINK, 1, "line", line=1),
        key(YEALINK, 2, "blf", "102", line=1),
        key(YEALINK, 3, "speed_dial", "1", line=1),
    )
    values = read(phone(YEALINK, "T38G", keys=keys))
    assert [values[f"linekey.{position}.line"] for position in (1, 2, 3)] == ["1", "0", "1"]


def test_a_module_with_keys_is_written_out_whole() -> None:
    values = read(phone(YEALINK, "T46U", keys=(key(YEALINK, 60, "blf", "102", module=2),)))
    assert values["expansion_module.2.key.60.value"] == "102"
    assert values["expansion_module.2.key.1.type"] == "0"
    assert "expansion_module.1.key.1.type" not in values, "the boot file empties what is left out"
    older = read(phone(YEALINK, "T46G", generation="v80", keys=()))
    assert older["expansion_module.6.key.40.type"] == "0", "no boot file: it would keep what it had"


def test_a_model_that_we_do_not_know_gets_its_lines_and_keys() -> None:
    values = read(phone(YEALINK, "T99X", keys=(key(YEALINK, 4, "blf", "104"), key(YEALINK, 1, "blf", "201", module=1))))
    assert values["account.2.label"] == "151"
    assert values["linekey.4.value"] == "104"
    assert values["expansion_module.1.key.1.value"] == "201"


def test_all_handsets_of_one_persons_base_ring_all_lines() -> None:
    values = read(phone(YEALINK, "W60B"))
    assert values["handset.8.incoming_lines"] == values["handset.1.dial_out_lines"] == "1,2"
    assert "handset.9.incoming_lines" not in values


def test_handsets_of_a_shared_base_have_a_line_each() -> None:
    lines = (line(1, "101"), line(2, "102", user="josh"))
    values = read(phone(YEALINK, "W60B", lines=lines))
    assert values["handset.2.incoming_lines"] == values["handset.2.dial_out_default_line"] == "2"
    assert "handset.3.incoming_lines" not in values


# Time, language, tones


@pytest.mark.parametrize(
    ("zone", "offset", "start", "end", "minutes"),
    [
        ("Europe/Paris", "+1", "3/5/7/2", "10/5/7/3", "60"),
        ("America/Montreal", "-5", "3/2/7/2", "11/1/7/2", "60"),
        ("America/St_Johns", "-3:30", "3/2/7/2", "11/1/7/2", "60"),
        ("Australia/Sydney", "+10", "10/1/7/2", "4/1/7/3", "60"),
        ("Australia/Lord_Howe", "+10:30", "10/1/7/2", "4/1/7/2", "30"),
    ],
)
def test_summer_time_is_told_by_week(zone: str, offset: str, start: str, end: str, minutes: str) -> None:
    values = read(phone(YEALINK, "T46S", zone=zone_rule(zone)))
    assert values["local_time.time_zone"] == offset
    assert (values["local_time.summer_time"], values["local_time.dst_time_type"]) == ("1", "1")
    assert (values["local_time.start_time"], values["local_time.end_time"]) == (start, end)
    assert values["local_time.offset_time"] == minutes


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Kathmandu", "+5:45"), ("UTC", "0"), ("Pacific/Kiritimati", "+14")])
def test_a_zone_without_summer_time_switches_it_off(zone: str, offset: str) -> None:
    values = read(phone(YEALINK, "T46S", zone=zone_rule(zone)))
    assert (values["local_time.time_zone"], values["local_time.summer_time"]) == (offset, "0")
    assert "local_time.start_time" not in values


def test_time_and_date_are_written_as_set() -> None:
    values = read(desk(time_format="12h", date_format="day-month-year"))
    assert (values["local_time.time_format"], values["local_time.date_format"]) == ("0", "3")
    assert values["local_time.ntp_server1"] == "fr.pool.ntp.org"
    assert values["local_time.ntp_server2"] == "ntp.bureau.example"


@pytest.mark.parametrize(
    ("tag", "name"),
    [("fr", "French"), ("fr-CA", "French"), ("zh-TW", "Chinese_T"), ("zh-CN", "Chinese_S"), ("is", None)],
)
def test_menus_speak_the_language_of_the_tag(tag: str, name: str | None) -> None:
    values = read(desk(language=tag))
    assert values.get("lang.gui") == values.get("lang.wui") == name


def test_handsets_number_their_languages() -> None:
    values = read(desk("W70B", language="fr-FR"))
    assert values["custom.handset.language"] == "1"
    assert "lang.gui" not in values


def test_tones_of_a_country_that_the_phone_knows_are_named() -> None:
    assert read(phone(YEALINK, "T46S"))["voice.tone.country"] == "France"
    assert "voice.tone.dial" not in read(phone(YEALINK, "T46S"))


def test_tones_of_other_countries_are_written_out() -> None:
    values = read(desk(tones="CA"))
    assert values["voice.tone.country"] == "Custom"
    assert values["voice.tone.ring"] == "440+480/2000,0/4000"
    assert values["voice.tone.busy"] == "480+620/500,0/500"


# Display, network, access


@pytest.mark.parametrize(("seconds", "written"), [(0, "0"), (1, "15"), (45, "60"), (60, "60"), (9000, "1800")])
def test_the_display_dims_after_the_next_time_that_the_phone_offers(seconds: int, written: str) -> None:
    assert read(desk(backlight_seconds=seconds))["phone_setting.backlight_time"] == written


def test_the_display_of_the_first_phones_stays_on_with_1() -> None:
    assert read(desk("T28P", backlight_seconds=0))["phone_setting.backlight_time"] == "1"


def test_network_values_are_written_only_when_set_as_the_phone_reboots_for_them() -> None:
    for generation in ("v73", "v80", "v81"):
        assert not [
            name for name in read(desk("T46G", generation)) if re.match(r"(?:static\.)?(?:network|syslog|wui)\.", name)
        ]


def test_802_1x_and_marks_of_packets_are_written_as_set() -> None:
    port: dict[str, Any] = {"dot1x_mode": "peap-mschapv2", "dot1x_identity": "bureau", "dot1x_password": Secret("x")}
    values = read(desk(**port, qos_signalling=26, qos_audio=46))
    assert values["static.network.802_1x.mode"] == "3"
    assert values["static.network.802_1x.identity"] == "bureau"
    assert values["static.network.802_1x.md5_password"] == "x"
    assert values["static.network.qos.signaltos"] == "26"
    assert values["static.network.qos.audiotos"] == values["static.network.qos.rtptos"] == "46"


def test_log_lines_go_to_the_server_that_is_set() -> None:
    values = read(desk(syslog_server="log.example", syslog_port=5514, syslog_level="warning"))
    assert values["static.syslog.enable"] == "1"
    assert values["static.syslog.server"] == "log.example"
    assert values["static.syslog.server_port"] == "5514"
    assert values["static.syslog.level"] == "4"


def test_the_web_pages_users_are_named_before_their_passwords() -> None:
    asked = desk(web_admin_password=Secret("a:b"), web_user_password=Secret("c"))
    rows = [
        row for row in SYNTAX.read(rendered(YEALINK, "device", asked).body) if row[0].startswith("static.security.")
    ]
    assert rows == [
        ("static.security.user_name.admin", "admin"),
        ("static.security.user_name.user", "user"),
        ("static.security.user_password", "admin:a:b"),
        ("static.security.user_password", "user:c"),
    ]


@pytest.mark.parametrize(("access", "number", "http", "https"), [
    ("off", "0", "0", "0"), ("both", "1", "1", "1"), ("http", "2", "1", "0"), ("https", "3", "0", "1"),
])  # fmt: skip
def test_the_web_page_is_open_as_set(access: str, number: str, http: str, https: str) -> None:
    assert read(desk("T46G", "v73", web_access=access))["network.web_server_type"] == number
    for generation, prefix in (("v80", ""), ("v81", "static.")):
        values = read(desk("T46G", generation, web_access=access))
        assert (values[f"{prefix}wui.http_enable"], values[f"{prefix}wui.https_enable"]) == (http, https)


def test_the_phone_book_of_the_office_is_offered() -> None:
    values = read(desk(phone_book_url="http://10.0.0.1/book.xml", phone_book_name="Bureau"))
    assert values["features.remote_phonebook.enable"] == "1"
    assert values["remote_phonebook.data.1.url"] == "http://10.0.0.1/book.xml"
    assert values["remote_phonebook.data.1.name"] == "Bureau"


def test_a_phone_takes_calls_from_its_server_only_and_reboots_only_when_told_to() -> None:
    values = read(phone(YEALINK, "T46S"))
    assert (values["sip.trust_ctrl"], values["features.direct_ip_call_enable"]) == ("1", "0")
    assert values["sip.notify_reboot_enable"] == "0"


# Raw parameters


def test_a_raw_parameter_wins_over_ours_and_any_other_is_added() -> None:
    overrides = {"account.1.dtmf.type": RawValue("0"), "phone_setting.contrast": RawValue("7")}
    values = read(phone(YEALINK, "T46S", overrides=overrides))
    assert (values["account.1.dtmf.type"], values["phone_setting.contrast"]) == ("0", "7")


def test_passwords_pins_and_keys_of_the_whole_dictionary_are_secrets() -> None:
    names = (ROOT / "firmware-profiles" / "params" / "yealink.txt").read_text(encoding="utf-8").split("\n")
    looks_secret = re.compile(
        r"(?:password|\.pwd|[._]pin|_aes|token|encode_key)$|\.aes_key(?:_16)?\.|pin_code(?:_for_register)?$"
    )
    found = {name for name in names if name and not name.startswith("#") and looks_secret.search(name)}
    assert len(found) > 50
    assert {name for name in found if not YEALINK.is_secret(name)} == set()
    for public in ("account.1.user_name", "security.user_name.admin", "features.pickup.direct_pickup_code"):
        assert not YEALINK.is_secret(public)


def test_the_same_phone_makes_the_same_bytes() -> None:
    rule = YEALINK.file_rule("device")
    first, second = (Renderer([ROOT / "templates"]).render(YEALINK, rule, desk()) for _ in range(2))
    assert first.body == second.body
