"""Config files that go out encrypted: each form byte by byte, which files, with whose key, and what an admin is told."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook import resources
from offhook.model.device import Device
from offhook.model.kind import make_document
from offhook.model.secret import Secret
from offhook.provisioning.catalogue import Catalogue
from offhook.provisioning.encryption import aes128gcm, ecb
from offhook.provisioning.encryption.fault import KeyRefused, NotDecrypted
from offhook.provisioning.encryption.formats import FORMATS, Format
from offhook.provisioning.encryption.openssl import OpenSsl
from offhook.provisioning.inspection import inspect_files
from offhook.provisioning.profile import Profile
from offhook.provisioning.profile_file import EncryptionRule
from offhook.provisioning.profiles import ProfileBroken, load_profiles
from offhook.provisioning.syntax import SYNTAXES
from tests.offices import Office, all_profiles, directory_of, office_of

CASES: Final = Path(os.environ.get("OFFHOOK_CASES") or Path(__file__).parents[2] / "../shared/cases") / "security.json"

PLAIN: Final = b"<flat-profile><GPP_A>12345678</GPP_A></flat-profile>\n"
SALT: Final = bytes.fromhex("0102030405060708")
PASSWORD: Final = "SecretPhrase1234"
KEYS: Final = {
    "openssl-aes-256-cbc-md5": PASSWORD,
    "openssl-aes-256-cbc-sha256": PASSWORD,
    "openssl-aes-256-cbc-md5-nosalt": "passphrase123456",
    "openssl-aes-128-cbc-md5-base64": "12341234abcdabcd12341234abcdabcd",
    "aes-ecb": "A1b2C3d4E5f6G7h8",
    "aes128gcm": "yqdlZ-tYemfogSmv7Ws5PQ",
}
any_form = pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)


# --- The forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written"),
    [
        (
            "openssl-aes-256-cbc-md5",
            "53616c7465645f5f0102030405060708996f307f2b5c6dd1953d01930c7a4389f93f02df5323eb0fc6be7be9649ed2bc"
            "0f2c85bdc25871caa8d546fa5f36136a2e5a77ca2624be60a97a7a28cadfbef6",
        ),
        (
            "openssl-aes-256-cbc-sha256",
            "53616c7465645f5f01020304050607081cf90d08273ac8d45fc91fa0e2ba398f9ab6d3cb62a4d064ba1568164e23f992"
            "eff18cad7aea06a1c66fd3f6586592340c8fbd02c7fb26f8c7016f9be90c268b",
        ),
        (
            "openssl-aes-256-cbc-md5-nosalt",
            "4d238fcd2725d0c168c03acbd95150bf5ea07e9aab3cda8c824d3d92198d2e28b65c384bd6b02788467b308f08f24890"
            "260dc23ac779ce8801012ab596f4d0d1",
        ),
    ],
)
def test_enc_openssl_vector_a_cisco_grandstream_or_vtech_file_is_what_openssl_wrote(name: str, written: str) -> None:
    form = FORMATS[name]
    assert form.encrypt(PLAIN, Secret(KEYS[name]), SALT[: form.randomness]).hex() == written
    assert FORMATS[name].decrypt(bytes.fromhex(written), Secret(KEYS[name])) == PLAIN


def test_a_panasonic_utg_file_is_what_openssl_wrote_in_base64() -> None:
    name = "openssl-aes-128-cbc-md5-base64"
    written = FORMATS[name].encrypt(PLAIN, Secret(KEYS[name]), SALT)
    assert b"".join(written.split()) == (
        b"U2FsdGVkX18BAgMEBQYHCDaoDaO15MZSgxKvsMpJeWufIfG87pjnAbvrvmVUa3fY9KvPyCsgPmHaBVf4oRINncBJZCP2QCWaCrXGR+dnMyY="
    )
    assert max(map(len, written.splitlines())) == 64
    assert FORMATS[name].decrypt(written, Secret(KEYS[name])) == PLAIN


def test_enc_yealink_vector_a_yealink_file_is_what_public_tools_write() -> None:
    text = b"#!version:1.0.0.1\r\naccount.1.enable = 1\r\n"
    written = bytes.fromhex(
        "d88c2519ac3c04c6b774ce17cf631099321cc4f3eda543171c4e345d6ce8acb5c3dc7053a281e0763e84f220a27ef8fb"
    )
    assert ecb.encrypt(text, KEYS["aes-ecb"].encode()) == written
    assert ecb.decrypt(written, KEYS["aes-ecb"].encode()) == text + b" " * 7


def base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_enc_8188_vector_a_multiplatform_file_is_that_of_the_first_example_of_rfc_8188() -> None:
    body = base64url("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg")
    key = base64url("yqdlZ-tYemfogSmv7Ws5PQ")
    assert aes128gcm.encrypt(b"I am the walrus", key, body[:16]) == body
    assert aes128gcm.decrypt(body, key) == b"I am the walrus"


def test_enc_8188_vector_a_file_of_two_records_is_that_of_the_second_example_of_rfc_8188() -> None:
    body = base64url(
        "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA"
    )
    assert aes128gcm.decrypt(body, base64url("BO3ZVPxUlnLORbVGMpbT1Q")) == b"I am the walrus"


@given(content=st.binary(max_size=200), record_bytes=st.integers(18, 60), lost=st.integers(0, 3))
def test_records_of_any_size_hold_any_content_and_a_lost_record_is_seen(
    content: bytes, record_bytes: int, lost: int
) -> None:
    key, salt = b"0123456789abcdef", b"s" * 16
    body = aes128gcm.encrypt(content, key, salt, key_id=b"a1", record_bytes=record_bytes)
    assert aes128gcm.decrypt(body, key) == content
    head = 21 + len(b"a1")
    records = -(-(len(body) - head) // record_bytes)
    if 0 < lost < records:
        with pytest.raises(NotDecrypted):
            aes128gcm.decrypt(body[: head + (records - lost) * record_bytes], key)
        with pytest.raises(NotDecrypted):
            aes128gcm.decrypt(body[: head + record_bytes] + body[head:], key)


def sealed_by_hand(padded: bytes, record_bytes: int = 4096) -> bytes:
    """A file of one record that holds `padded` as it is, and says that its records have so many bytes."""
    key, salt = b"0123456789abcdef", b"s" * 16
    aes, nonces = aes128gcm._keys(key, salt)
    return salt + record_bytes.to_bytes(4, "big") + b"\0" + aes.encrypt(next(nonces), padded, None)


def test_enc_8188_vector_an_empty_file_and_padding_are_read() -> None:
    assert aes128gcm.decrypt(sealed_by_hand(b"\2"), b"0123456789abcdef") == b""
    assert aes128gcm.decrypt(sealed_by_hand(b"walrus\2\0\0\0"), b"0123456789abcdef") == b"walrus"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (sealed_by_hand(b"walrus\1"), "its last record is missing"),
        (sealed_by_hand(b"walrus\3"), "does not end as RFC 8188"),
        (sealed_by_hand(b"\0\0\0"), "does not end as RFC 8188"),
        (sealed_by_hand(b"walrus\2", 17), "its records have 17 bytes"),
        (sealed_by_hand(b"walrus\2")[:-1], "damaged"),
        (sealed_by_hand(b"walrus\2")[:30], "damaged"),
        (sealed_by_hand(b"walrus\2")[:21], "its last record is missing"),
        (sealed_by_hand(b"walrus\2")[:20], "fewer than the head"),
        (b"", "fewer than the head"),
    ],
)
def test_enc_8188_vector_a_file_that_is_not_whole_is_refused_whole(body: bytes, said: str) -> None:
    with pytest.raises(NotDecrypted, match=said):
        aes128gcm.decrypt(body, b"0123456789abcdef")


def test_records_too_small_to_hold_anything_are_not_written() -> None:
    with pytest.raises(ValueError, match="at least 18 bytes"):
        aes128gcm.encrypt(b"walrus", b"0123456789abcdef", b"s" * 16, record_bytes=17)


@pytest.mark.parametrize("digest", ["md5", "sha256"])
@pytest.mark.parametrize("bits", [128, 256])
@pytest.mark.parametrize("salted", [True, False])
@pytest.mark.parametrize("in_base64", [True, False])
def test_openssl_itself_reads_what_we_write_and_we_read_what_it_writes(
    digest: str, bits: int, salted: bool, in_base64: bool
) -> None:
    form = msgspec.convert({"digest": digest, "key_bits": bits, "salted": salted, "base64": in_base64}, OpenSsl)
    arguments = ["openssl", "enc", f"-aes-{bits}-cbc", "-md", digest, "-pass", f"pass:{PASSWORD}"]
    arguments += (["-a"] if in_base64 else []) + ([] if salted else ["-nosalt"])

    def openssl(way: str, given: bytes) -> bytes:
        return subprocess.run([*arguments, way], input=given, capture_output=True, check=True).stdout

    content = PLAIN * 40
    assert openssl("-d", form.encrypt(content, PASSWORD, SALT if salted else b"")) == content
    assert form.decrypt(openssl("-e", content), PASSWORD) == content


def test_openssl_itself_reads_a_yealink_file_with_a_key_of_either_length() -> None:
    for key, bits in (("A1b2C3d4E5f6G7h8", 128), ("A1b2C3d4E5f6G7h8A1b2C3d4E5f6G7h8", 256)):
        body = FORMATS["aes-ecb"].encrypt(PLAIN, Secret(key))
        done = subprocess.run(
            ["openssl", "enc", "-d", f"-aes-{bits}-ecb", "-K", key.encode().hex()],
            input=body,
            capture_output=True,
            check=True,
        )
        assert done.stdout.rstrip() == PLAIN.rstrip()  # it takes our ends of line for PKCS#7's padding


@given(text=st.binary(max_size=100))
def test_a_padded_text_is_whole_blocks_and_ends_as_pkcs7_wants_it_and_in_blanks(text: bytes) -> None:
    padded = ecb.padded(text)
    assert len(padded) % 16 == 0
    assert padded.startswith(text) and not padded[len(text) :].strip()
    assert padded[-padded[-1] :] == bytes([padded[-1]]) * padded[-1]


@any_form
@given(content=st.text(max_size=300).map(lambda text: f"{text}\n".encode()))
def test_what_was_encrypted_is_decrypted_again(form: Format, content: bytes) -> None:
    key = Secret(KEYS[form.name])
    body = form.encrypt(content, key)
    assert form.decrypt(body, key).startswith(content)
    assert form.encrypt(content, key) == body, "the same documents give another file"
    assert form.encrypt(content + b"x" * 16, key)[:24] != body[:24] or not form.randomness, "a salt is used twice"


@any_form
def test_another_key_or_a_file_in_clear_is_told_apart(form: Format) -> None:
    other = Secret(KEYS[form.name][::-1])
    for body, key in ((form.encrypt(PLAIN * 4, Secret(KEYS[form.name])), other), (PLAIN, other), (b"", other)):
        with pytest.raises(NotDecrypted):
            form.decrypt(body, key)


@any_form
@pytest.mark.parametrize("key", ["", "short", "x" * 100, 'a quoted" key 16', "newline\n12345678", "schlüsselschlüss"])
def test_a_key_that_phones_could_not_be_given_is_refused_without_showing_it(form: Format, key: str) -> None:
    with pytest.raises(KeyRefused, match=r"^the key has \d+ characters and does not fit: write .*\d") as refused:
        form.encrypt(PLAIN, Secret(key))
    assert not key or key not in str(refused.value)


# --- The files of phones ---------------------------------------------------------------------------------------------

OFFICE: Final = """
accounts: [{id: default, realm: bureau.example, security: {tftp_secrets: true}, settings: {config_key: KeyOfTheOffice16}}]
users: [{id: marie, name: Marie Tremblay}]
devices:
  - {id: yealink, mac: "001565000001", model: yealink/T46S, owner: marie, sip: {username: y, password: Pw-1}}
  - {id: grandstream, mac: "000b82000001", model: grandstream/GXP2170, sip: {username: g, password: Pw-2}}
  - {id: spa, mac: "000e08000001", model: cisco/SPA504G, sip: {username: s, password: Pw-3}}
  - {id: own, mac: "000e08000002", model: cisco/SPA504G, sip: {username: o, password: Pw-4}, settings: {config_key: KeyOfOnePhone123}}
  - {id: mpp, mac: "000e08000003", model: cisco/8851, sip: {username: m, password: Pw-5}}
  - {id: snom, mac: "000413000001", model: snom/D785, sip: {username: n, password: Pw-6}}
"""
OFFICE_KEY: Final = Secret("KeyOfTheOffice16")
PATHS: Final = {
    "yealink": "001565000001.cfg",
    "grandstream": "cfg000b82000001.xml",
    "spa": "000e08000001.xml",
    "own": "000e08000002.xml",
    "mpp": "000e08000003.xml",
    "snom": "snomD785-000413000001.htm",
}


@pytest.fixture
def office() -> Office:
    return office_of(OFFICE)


def body_of(office: Office, device: str) -> bytes:
    answer, event = office.ask(f"/{PATHS[device]}")
    assert answer.status == 200, event.verdict
    return answer.body


@pytest.mark.parametrize(
    ("device", "form", "begins"),
    [
        ("yealink", "aes-ecb", b"#!version:1.0.0.1\n"),
        ("grandstream", "openssl-aes-256-cbc-md5", b"<?xml"),
        ("spa", "openssl-aes-256-cbc-md5", b"<?xml"),
        ("mpp", "openssl-aes-256-cbc-md5", b"<?xml"),
    ],
)
def test_a_phone_whose_account_has_a_key_gets_its_own_file_encrypted(
    office: Office, device: str, form: str, begins: bytes
) -> None:
    body = body_of(office, device)
    assert b"Pw-" not in body
    clear = FORMATS[form].decrypt(body, OFFICE_KEY)
    assert clear.startswith(begins) and b"Pw-" in clear


def test_a_device_s_own_key_wins_over_its_account_s(office: Office) -> None:
    form = FORMATS["openssl-aes-256-cbc-md5"]
    assert b"Pw-4" in form.decrypt(body_of(office, "own"), Secret("KeyOfOnePhone123"))
    with pytest.raises(NotDecrypted):
        form.decrypt(body_of(office, "own"), OFFICE_KEY)


def test_files_that_many_phones_share_stay_in_clear(office: Office) -> None:
    for path, agent in (
        ("y000000000066.cfg", None),
        ("spa504G.cfg", None),
        ("cfg.xml", "Grandstream Model HW GXP2170 SW 1.0.11.48 DevId 000b82000001"),
    ):
        answer, event = office.ask(f"/{path}", agent)
        assert answer.status == 200, event.verdict
        answer.body.decode()
        assert OFFICE_KEY.reveal().encode() not in answer.body


def test_a_cisco_phone_is_told_its_key_again_and_so_can_read_its_next_file(office: Office) -> None:
    clear = FORMATS["openssl-aes-256-cbc-md5"].decrypt(body_of(office, "spa"), OFFICE_KEY)
    rule = f'[--key "KeyOfTheOffice16"] {office.home("spa")}$MA.xml'
    syntax = all_profiles().by_family["cisco-spa"].file.syntax
    assert dict(SYNTAXES[syntax or ""].read(clear))["Profile_Rule"] == rule


def test_the_same_documents_give_the_same_bytes_and_another_password_others(office: Office) -> None:
    first, again = office.ask(f"/{PATHS['spa']}")[0], office_of(OFFICE).ask(f"/{PATHS['spa']}")[0]
    assert (first.body, first.etag) == (again.body, again.etag)
    device = office.directory.find(Device, "default", "spa")
    assert device is not None and device.sip is not None
    office.change(msgspec.structs.replace(device, sip=msgspec.structs.replace(device.sip, password=Secret("Pw-9"))))
    changed = office.ask(f"/{PATHS['spa']}")[0]
    assert changed.etag != first.etag
    assert changed.body[:16] != first.body[:16], "the salt is that of another content"


def test_a_file_that_has_not_changed_is_encrypted_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    contents: list[bytes] = []
    form = FORMATS["openssl-aes-256-cbc-md5"]

    def counted(content: bytes, key: str, randomness: bytes) -> bytes:
        contents.append(content)
        return form.encryption(content, key, randomness)

    watched = msgspec.structs.replace(form, encryption=counted)
    monkeypatch.setattr("offhook.provisioning.envelope.FORMATS", {**FORMATS, form.name: watched})
    for _ in range(3):
        body_of(office, "spa")
    assert len(contents) == 1


def test_a_new_key_is_used_at_once(office: Office) -> None:
    body_of(office, "spa")
    account = make_document(
        "accounts", {"id": "default", "realm": "bureau.example", "settings": {"config_key": "KeyOfTomorrow123"}}, ""
    )
    office.change(account)
    assert FORMATS["openssl-aes-256-cbc-md5"].decrypt(body_of(office, "spa"), Secret("KeyOfTomorrow123"))


def explained(office: Office, device: str) -> str:
    found = office.directory.find(Device, "default", device)
    assert found is not None
    return "\n".join(office.provisioner.explain(office.directory, found).resolution.notes)


def test_an_admin_is_told_which_files_go_out_encrypted_and_with_whose_key(office: Office) -> None:
    assert "file (device) goes out encrypted (aes-ecb) with the config_key of account default" in explained(
        office, "yealink"
    )
    assert "with the config_key of device own" in explained(office, "own")


def test_an_admin_is_told_that_a_vendor_s_phones_decrypt_nothing_known(office: Office) -> None:
    assert b"Pw-6" in body_of(office, "snom")
    notes = explained(office, "snom")
    assert "the config_key of account default is not used and the files go out in clear" in notes
    assert "over HTTPS" in notes


def test_without_a_key_nothing_is_said_of_encryption() -> None:
    plain = office_of(OFFICE.replace(", settings: {config_key: KeyOfTheOffice16}", ""))
    assert "encrypt" not in explained(plain, "yealink")
    assert b"Pw-1" in body_of(plain, "yealink")


def test_a_phone_whose_key_does_not_fit_gets_no_file_rather_than_one_in_clear() -> None:
    office = office_of(OFFICE.replace("KeyOfTheOffice16", "OnlyTwelve12"))
    answer, event = office.ask(f"/{PATHS['yealink']}")
    assert (answer.status, answer.body) == (503, b"")
    assert "config_key of account default: the key has 12 characters and does not fit: write 16 or 32" in event.verdict
    assert "refused to the phone" in explained(office, "yealink")
    problems = [str(one) for one in inspect_files(office.directory, office.provisioner, {"default"}) if one is not None]
    assert len(problems) == 1 and problems[0].startswith("devices/yealink: the phone's own file (device) is refused")


@pytest.mark.parametrize(
    ("model", "key", "said"),
    [
        (
            "yealink/T46S",
            "OnlyTwelve12",
            "settings.config_key: the key has 12 characters and does not fit: write 16 or",
        ),
        ("cisco/SPA504G", "tiny", "settings.config_key: the key has 4 characters and does not fit: write 8 to 32"),
        ("snom/D785", "KeyOfTheOffice16", "settings.config_key: no form of encrypted config that Snom phones decrypt"),
    ],
)
def test_a_device_s_own_key_that_its_phone_cannot_use_is_refused_when_it_is_saved(
    model: str, key: str, said: str
) -> None:
    device = make_document("devices", {"id": "x", "model": model, "settings": {"config_key": key}}, "")
    found = [str(one) for check in Catalogue(all_profiles()).checks() for one in check(directory_of([device]), device)]
    assert len(found) == 1 and found[0].startswith(said)
    assert key not in found[0]


def with_form(profile: Profile, form: str) -> Profile:
    """A site's own copy of a profile, with another form of encryption."""
    assert profile.file.encryption is not None
    rule = EncryptionRule(format=form, files=profile.file.encryption.files)
    return Profile(msgspec.structs.replace(profile.file, encryption=rule), resources.profile_folders(None)[-1])


def test_http_says_of_a_file_in_its_own_encoding_what_it_is_and_tftp_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    office = office_of(OFFICE.replace("KeyOfTheOffice16", KEYS["aes128gcm"]))
    mpp = with_form(all_profiles().by_family["cisco-mpp"], "aes128gcm")
    monkeypatch.setattr(all_profiles().by_family["cisco-mpp"], "file", mpp.file)
    answer, event = office.ask(f"/{PATHS['mpp']}")
    assert answer.content_encoding == "aes128gcm", event.verdict
    assert b"Pw-5" in FORMATS["aes128gcm"].decrypt(answer.body, Secret(KEYS["aes128gcm"]))
    answer, event = office.ask(PATHS["mpp"], transport="tftp")
    assert answer.status == 404
    assert "which only HTTP can say" in event.verdict


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('format = "openssl-aes-256-cbc-md4"\nfiles = ["device"]', "unknown format 'openssl-aes-256-cbc-md4'; did you"),
        ('format = "aes-ecb"\nfiles = ["common"]', "encryption: 'common' is no file of kind device"),
    ],
)
def test_a_profile_that_names_no_form_or_no_file_is_refused(tmp_path: Path, written: str, said: str) -> None:
    text = (resources.profile_folders(None)[-1] / "yealink.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[encryption]")
    (tmp_path / "yealink.toml").write_text(
        f"{head}[encryption]\n{written}\n[setup]{rest.partition('[setup]')[2]}", encoding="utf-8"
    )
    with pytest.raises(ProfileBroken, match="encryption: ") as broken:
        load_profiles([tmp_path, resources.profile_folders(None)[-1]])
    assert said in str(broken.value)


def test_the_vectors_are_those_of_the_cases() -> None:
    attacks = {case["name"]: case["attack"] for case in json.loads(CASES.read_text(encoding="utf-8"))}
    assert PASSWORD in attacks["enc-openssl-vector"] and SALT.hex() in attacks["enc-openssl-vector"]
    assert KEYS["aes-ecb"] in attacks["enc-yealink-vector"]
    assert "3.1 and 3.2" in attacks["enc-8188-vector"]
