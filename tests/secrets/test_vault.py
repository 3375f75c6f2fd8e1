"""The vault: a secret opens only where it was sealed, and only with its own key file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from offhook.model.secret import Secret
from offhook.secrets.keyfile import KeyFile, MasterKey
from offhook.secrets.vault import SealBroken, Vault, VaultLocked, WrappedKey

PATH = Path("/etc/offhook/keys/master.key")
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True)
PLACES = st.tuples(
    st.sampled_from(["default", "acme"]), SLUGS, SLUGS, st.text(st.characters(codec="utf-8"), max_size=20)
)
SECRETS = st.text(st.characters(codec="utf-8"), max_size=60)


def key_file(*letters: str) -> KeyFile:
    return KeyFile(PATH, tuple(MasterKey(f"key-{letter}", letter.encode() * 32) for letter in letters))


def opened_vault() -> Vault:
    vault = Vault(key_file("a"))
    for account in ("default", "acme"):
        vault.load_data_key(vault.new_data_key(account))
    return vault


VAULT = opened_vault()


@given(place=PLACES, text=SECRETS)
def test_what_was_sealed_for_a_phone_opens_for_that_phone(place: tuple[str, str, str, str], text: str) -> None:
    sealed = VAULT.seal(*place, Secret(text))
    assert VAULT.open(*place, sealed).reveal() == text


@given(place=PLACES, other=PLACES, text=SECRETS)
def test_a_sealed_password_of_one_phone_does_not_open_for_another(
    place: tuple[str, str, str, str], other: tuple[str, str, str, str], text: str
) -> None:
    assume(place != other)
    sealed = VAULT.seal(*place, Secret(text))
    with pytest.raises(SealBroken):
        VAULT.open(*other, sealed)


@given(place=PLACES, text=SECRETS, where=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_altered_bit_keeps_the_secret_shut(
    place: tuple[str, str, str, str], text: str, where: int, bit: int
) -> None:
    version, key_id, encoded = VAULT.seal(*place, Secret(text)).split(":")
    raw = bytearray(base64.b64decode(encoded))
    raw[where % len(raw)] ^= 1 << bit
    with pytest.raises(SealBroken, match="altered"):
        VAULT.open(*place, f"{version}:{key_id}:{base64.b64encode(raw).decode()}")


@given(st.text(max_size=80))
def test_no_other_text_opens(text: str) -> None:
    with pytest.raises(SealBroken):
        VAULT.open("default", "devices", "lobby", "sip.password", text)


@pytest.mark.parametrize(
    "rest", ["", "v1:", "v2:{id}:{body}", "v1:{id}:", "v1:{id}:{body}é", "v1:{id}:QUJD", "v1:lost:{body}"]
)
def test_a_text_of_another_form_does_not_open(rest: str) -> None:
    _, key_id, body = VAULT.seal("default", "devices", "lobby", "sip.password", Secret("hunter2")).split(":")
    with pytest.raises(SealBroken) as broken:
        VAULT.open("default", "devices", "lobby", "sip.password", rest.format(id=key_id, body=body))
    assert "devices/lobby, field sip.password, of account 'default'" in str(broken.value)


def test_a_broken_seal_names_the_place_and_never_the_text() -> None:
    sealed = VAULT.seal("default", "devices", "marie-desk", "sip.password", Secret("hunter2"))
    with pytest.raises(SealBroken) as broken:
        VAULT.open("default", "devices", "lobby", "sip.password", sealed)
    error = broken.value
    assert (error.account, error.kind, error.id, error.field) == ("default", "devices", "lobby", "sip.password")
    assert sealed[20:] not in str(error)
    assert "hunter2" not in str(error)
    assert error.__suppress_context__


def test_the_same_password_is_sealed_differently_each_time() -> None:
    place = ("default", "devices", "lobby", "sip.password")
    texts = {VAULT.seal(*place, Secret("hunter2")) for _ in range(50)}
    assert len(texts) == 50
    assert all(text.startswith("v1:") and "hunter2" not in text for text in texts)


def test_the_form_of_a_sealed_text_with_known_randomness() -> None:
    counter = iter(range(256))
    vault = Vault(key_file("a"), random=lambda count: bytes([next(counter)] * count))
    key = vault.new_data_key("default")
    vault.load_data_key(key)
    assert (key.id, key.master_key_id) == ("000000000000", "key-a")
    wrapped = base64.b64decode(key.wrapped)
    assert (len(wrapped), wrapped[:12]) == (12 + 32 + 16, b"\x02" * 12)
    version, key_id, encoded = vault.seal("default", "devices", "lobby", "sip.password", Secret("hunter2")).split(":")
    assert (version, key_id) == ("v1", "000000000000")
    raw = base64.b64decode(encoded)
    assert (len(raw), raw[:12]) == (12 + 7 + 16, b"\x03" * 12)


def test_a_wrapped_key_goes_through_json_to_the_next_start() -> None:
    before = Vault(key_file("a"))
    key = before.new_data_key("default")
    before.load_data_key(key)
    sealed = before.seal("default", "devices", "lobby", "sip.password", Secret("hunter2"))
    next_start = Vault(key_file("a"))
    next_start.load_data_key(msgspec.json.decode(msgspec.json.encode(key), type=WrappedKey))
    assert next_start.open("default", "devices", "lobby", "sip.password", sealed) == Secret("hunter2")


def test_a_new_master_key_wraps_new_data_keys_and_the_old_one_opens_the_old() -> None:
    vault = Vault(key_file("a"))
    old = vault.new_data_key("default")
    vault.load_data_key(old)
    sealed = vault.seal("default", "devices", "lobby", "sip.password", Secret("hunter2"))
    rotated = Vault(key_file("b", "a"))
    rotated.load_data_key(old)
    new = rotated.new_data_key("default")
    rotated.load_data_key(new)
    assert new.master_key_id == "key-b"
    assert rotated.open("default", "devices", "lobby", "sip.password", sealed) == Secret("hunter2")
    assert rotated.seal("default", "devices", "lobby", "sip.password", Secret("x")).split(":")[1] == new.id


def wrong_files() -> Iterator[tuple[str, KeyFile]]:
    yield "another key", key_file("b")
    yield "another key of the same name", KeyFile(PATH, (MasterKey("key-a", b"x" * 32),))


@pytest.mark.parametrize("wrong", [file for _, file in wrong_files()], ids=[name for name, _ in wrong_files()])
def test_the_wrong_key_file_is_named_with_the_remedy(wrong: KeyFile) -> None:
    key = Vault(key_file("a")).new_data_key("default")
    with pytest.raises(VaultLocked) as locked:
        Vault(wrong).load_data_key(key)
    for part in (str(PATH), "key-a", "account 'default'", "restore the key file that belongs to this data"):
        assert part in str(locked.value)


@pytest.mark.parametrize(
    "changes", [{"account": "acme"}, {"id": "other"}, {"wrapped": "QUJD"}, {"wrapped": "no base64"}]
)
def test_a_wrapped_key_that_was_altered_stays_shut(changes: dict[str, str]) -> None:
    vault = Vault(key_file("a"))
    key = msgspec.structs.replace(vault.new_data_key("default"), **changes)
    with pytest.raises(VaultLocked, match="or was altered"):
        vault.load_data_key(key)


def test_one_accounts_key_does_not_open_anothers_secret() -> None:
    vault = opened_vault()
    sealed = vault.seal("acme", "devices", "lobby", "sip.password", Secret("hunter2"))
    with pytest.raises(SealBroken, match="account 'default' does not open: the account has no data key"):
        vault.open("default", "devices", "lobby", "sip.password", sealed)


def test_an_account_without_a_data_key_seals_nothing() -> None:
    with pytest.raises(VaultLocked, match="no data key for account 'new'"):
        Vault(key_file("a")).seal("new", "devices", "lobby", "sip.password", Secret("hunter2"))
