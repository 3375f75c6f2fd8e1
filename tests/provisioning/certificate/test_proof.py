"""What a certificate proves: over which path, at which time, by whose authority."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from offhook.provisioning.certificate.proof import Offered, Proven, Prover, Unproven
from offhook.secrets.authority import Authority, CertificateRefused, authorities_in, normal_serial
from tests.factory import GENERIC_FORM, NOW, Issued, authority, phone, rsa_key
from tests.offices import all_profiles

MAC = ("CN", "001565AABB01")
AT = NOW.timestamp()
ROOT = authority("Yealink Root CA")
ISSUING = authority("Yealink Equipment Issuing CA", ROOT)
PHONE = phone(ISSUING, MAC)


def prover(*authorities: Authority) -> Prover:
    made = Prover(all_profiles().certificate_rules())
    made.believe(authorities)
    return made


def judged(shown: Issued, *along: Issued, by: Authority | None = None, at: float = AT) -> Proven | Unproven:
    return prover(by or ROOT.imported("yealink")).judge(Offered(shown.der, tuple(one.der for one in along)), at)


def refused(shown: Issued, *along: Issued, by: Authority | None = None, at: float = AT) -> str:
    found = judged(shown, *along, by=by, at=at)
    assert isinstance(found, Unproven), found
    return found.words


def test_a_phone_is_proven_over_the_certificates_that_it_sent_along() -> None:
    found = judged(PHONE, ISSUING)
    assert isinstance(found, Proven)
    assert (found.vendor, found.mac, found.digest) == ("yealink", "001565aabb01", PHONE.fingerprint)
    assert found.authority == ROOT.fingerprint and not found.expired


def test_a_phone_that_sends_only_its_own_is_proven_where_its_issuer_was_imported() -> None:
    assert "no authority that was imported" in refused(PHONE)
    assert "CN=Yealink Equipment Issuing CA" in refused(PHONE)
    assert isinstance(judged(PHONE, by=ISSUING.imported("yealink")), Proven)


def test_an_authority_of_the_same_name_with_another_key_vouches_for_nobody() -> None:
    false = authority("Yealink Root CA")
    assert "no authority that was imported" in refused(phone(false, MAC))
    assert "no authority that was imported" in refused(phone(authority("x", false), MAC), false)


def test_who_is_no_authority_signs_for_nobody() -> None:
    assert "may not" in refused(phone(PHONE, ("CN", "001565aabb02")), PHONE, ISSUING)
    without_words = phone(ISSUING, ("CN", "x"), extensions=())
    assert "may not" in refused(phone(without_words, MAC), without_words, ISSUING)
    no_signer = phone(
        ISSUING, ("CN", "y"),
        extensions=(
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=False, crl_sign=False, content_commitment=False,
                    key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                    decipher_only=False,
                ),
                True,
            ),
        ),
    )  # fmt: skip
    assert "may not" in refused(phone(no_signer, MAC), no_signer, ISSUING)


def test_an_authority_vouches_for_no_longer_a_path_than_it_says() -> None:
    root = authority("Short", path_length=0)
    assert isinstance(judged(phone(root, MAC), by=root.imported("yealink")), Proven)
    between = authority("Between", root)
    assert "allows 0" in refused(phone(between, MAC), between, by=root.imported("yealink"))
    narrow = authority("Narrow", ROOT, path_length=0)
    below = authority("Below", narrow)
    assert "allows 0" in refused(phone(below, MAC), below, narrow)


def test_the_number_of_steps_and_of_certificates_is_bounded() -> None:
    chain = [ROOT]
    for number in range(5):
        chain.append(authority(f"step {number}", chain[-1]))
    assert isinstance(judged(phone(chain[4], MAC), *chain[1:5]), Proven)
    assert "no authority that was imported" in refused(phone(chain[5], MAC), *chain[1:6])
    crowd = [authority(f"other {number}") for number in range(8)]
    assert "no authority that was imported" in refused(PHONE, *crowd, ISSUING)


def test_two_certificates_of_one_authority_are_both_tried() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    here, elsewhere = authority("Shared", ROOT, key=key), authority("Shared", authority("Elsewhere"), key=key)
    assert isinstance(judged(phone(here, MAC), elsewhere, here), Proven)


def test_a_certificate_that_ran_out_counts_unless_its_authority_was_imported_otherwise() -> None:
    old = phone(ROOT, MAC, days=(-900, -1))
    found = judged(old)
    assert isinstance(found, Proven) and found.expired
    assert "ran out" in refused(old, by=ROOT.imported("yealink", refuse_expired=True))
    assert isinstance(judged(old, by=ROOT.imported("yealink", refuse_expired=True), at=AT - 86_400 * 2), Proven)
    aged = authority("Aged", days=(-900, -1))
    assert isinstance(judged(phone(aged, MAC), by=aged.imported("yealink")), Proven)


def test_a_certificate_of_the_future_proves_nothing() -> None:
    assert "not valid yet" in refused(phone(ROOT, MAC, days=(1, 9)))


def test_a_revoked_certificate_proves_nothing_whoever_else_vouches_for_it() -> None:
    shown = phone(ISSUING, MAC, serial=0xABC)
    strict = msgspec.structs.replace(ISSUING.imported("yealink"), revoked=("abc",))
    both = prover(ROOT.imported("yealink"), strict)
    found = both.judge(Offered(shown.der, (ISSUING.der,)), AT)
    assert isinstance(found, Unproven) and "abc" in found.words and "is revoked" in found.words
    by_root = msgspec.structs.replace(ROOT.imported("yealink"), revoked=("abc",))
    assert "is revoked" in refused(shown, ISSUING, by=by_root)
    whole = format(ISSUING.certificate.serial_number, "x")
    assert "is revoked" in refused(
        PHONE, ISSUING, by=msgspec.structs.replace(ROOT.imported("yealink"), revoked=(whole,))
    )


def test_what_was_judged_is_judged_anew_when_others_are_believed() -> None:
    one = prover(ISSUING.imported("yealink"))
    assert isinstance(one.judge(Offered(PHONE.der), AT), Proven)
    one.believe([])
    assert isinstance(one.judge(Offered(PHONE.der), AT), Unproven)


def test_a_shared_certificate_and_a_vendor_without_a_known_form_prove_nothing() -> None:
    assert "many phones share" in refused(phone(ROOT, *GENERIC_FORM), by=ROOT.imported("cisco"))
    assert "add [[certificates]] to firmware-profiles/fanvil.toml" in refused(
        PHONE, ISSUING, by=ROOT.imported("fanvil")
    )


@pytest.mark.parametrize("bits", [1024, 2048])
def test_old_phones_keys_and_signatures_count(bits: int) -> None:
    root = authority("Old CA", key=rsa_key(bits), sha1=True)
    shown = phone(root, MAC, key=rsa_key(1024, 1), sha1=True)
    assert shown.certificate.signature_hash_algorithm is not None
    assert shown.certificate.signature_hash_algorithm.name == "sha1"
    assert isinstance(judged(shown, by=root.imported("yealink")), Proven)
    forged = shown.der[:-1] + bytes([shown.der[-1] ^ 1])
    assert isinstance(prover(root.imported("yealink")).judge(Offered(forged), AT), Unproven)


def test_keys_that_are_too_short_and_certificates_not_for_clients_prove_nothing() -> None:
    server = phone(ROOT, MAC, extensions=((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),))
    assert "not made for clients" in refused(server)
    strange = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "1.2.3.4 is critical" in refused(phone(ROOT, MAC, extensions=((strange, True),)))
    assert isinstance(judged(phone(ROOT, MAC, extensions=((strange, False),))), Proven)


def test_certificates_of_version_1_count_for_phones_and_roots_and_no_more(tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    openssl(
        "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "ca.key", "-out", "ca.csr", "-subj", "/CN=Sipura"
    )
    openssl("x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", "-sha1", "-days", "9000", "-out", "ca.pem")
    openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "a.key", "-out", "a.csr", "-subj", "/CN=001565aabb01")  # fmt: skip
    openssl("x509", "-req", "-in", "a.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "7", "-sha1", "-days", "9000", "-out", "a.pem")  # fmt: skip
    openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", "b.key", "-out", "b.csr", "-subj", "/CN=001565aabb02")  # fmt: skip
    openssl("x509", "-req", "-in", "b.csr", "-CA", "a.pem", "-CAkey", "a.key", "-set_serial", "8", "-days", "9000", "-out", "b.pem")  # fmt: skip
    root = authorities_in((tmp_path / "ca.pem").read_bytes(), "yealink", refuse_expired=False, now=0)
    a, b = (x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes()) for name in "ab")
    assert a.version == x509.Version.v1
    key = ec.generate_private_key(ec.SECP256R1())
    now = a.not_valid_before_utc.timestamp() + 1
    assert isinstance(judged(Issued(a, key), by=root[0], at=now), Proven)
    assert "may not" in refused(Issued(b, key), Issued(a, key), by=root[0], at=now)
    with pytest.raises(CertificateRefused, match="no certification authority"):
        authorities_in((tmp_path / "a.pem").read_bytes(), "yealink", refuse_expired=False, now=0)


def test_only_authorities_can_be_imported() -> None:
    with pytest.raises(CertificateRefused, match="no certification authority's certificate"):
        authorities_in(PHONE.pem, "yealink", refuse_expired=False, now=0)
    with pytest.raises(CertificateRefused, match="no PEM certificate"):
        authorities_in(PHONE.der, "yealink", refuse_expired=False, now=0)
    assert len(authorities_in(ROOT.pem + ISSUING.pem, "yealink", refuse_expired=False, now=0)) == 2


@pytest.mark.parametrize(("said", "kept"), [("0A:BC", "abc"), ("0xABC", "abc"), ("00", "0"), ("abc", "abc")])
def test_serial_numbers_are_taken_as_tools_write_them(said: str, kept: str) -> None:
    assert normal_serial(said) == kept


@pytest.mark.parametrize("said", ["", "xyz", "12345678901234567890" * 4, "-1"])
def test_what_is_no_serial_number_is_said(said: str) -> None:
    with pytest.raises(CertificateRefused, match="hexadecimal"):
        normal_serial(said)


@given(st.binary(max_size=300), st.lists(st.binary(max_size=60), max_size=3))
def test_no_bytes_bring_the_judge_down(leaf: bytes, chain: list[bytes]) -> None:
    assert isinstance(prover(ROOT.imported("yealink")).judge(Offered(leaf, tuple(chain)), AT), Unproven)


@given(st.lists(st.tuples(st.integers(0, len(PHONE.der) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_certificate_in_which_anything_was_changed_proves_nothing(changes: list[tuple[int, int]]) -> None:
    der = bytearray(PHONE.der)
    for place, value in changes:
        der[place] = value
    found = prover(ISSUING.imported("yealink")).judge(Offered(bytes(der), (bytes(der),)), AT)
    assert isinstance(found, Unproven) or bytes(der) == PHONE.der
