"""Whose a certificate is: each vendor's documented form, and what must prove nothing."""

from __future__ import annotations

import warnings

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from offhook.provisioning.certificate.bearer import Bearer, BearerUnknown, bearer_of
from offhook.provisioning.certificate.rule import ATTRIBUTES, CertificateRule
from tests.factory import GENERIC_FORM, MPP_FORM, SPA525, SPA_FORM, Pairs, name_of
from tests.offices import all_profiles

RULES = all_profiles().certificate_rules()


@pytest.mark.parametrize(
    ("vendor", "form", "bearer"),
    [
        ("cisco", SPA_FORM, Bearer(SPA525, "SPA-525G2", "CBT153908BX")),
        ("cisco", MPP_FORM, Bearer("000e08abcdef", "CP-8841-3PCC", "88012BA01234")),
        ("cisco", (("CN", "CP-8841-SEP00270DAABB01"),), Bearer("00270daabb01", "CP-8841", None)),
        ("yealink", (("CN", "001565AABB01"),), Bearer("001565aabb01", None, None)),
        ("yealink", (("CN", "00:15:65:aa:bb:01"),), Bearer("001565aabb01", None, None)),
        ("polycom", (("O", "Polycom Inc."), ("CN", "0004F2AABB01")), Bearer("0004f2aabb01", None, None)),
        ("snom", (("C", "DE"), ("O", "snom technology AG"), ("CN", "000413AABB01")), Bearer("000413aabb01", None, None)),
    ],
)  # fmt: skip
def test_each_vendor_s_form_names_the_phone(vendor: str, form: Pairs, bearer: Bearer) -> None:
    assert bearer_of(name_of(*form), RULES[vendor]) == bearer


def test_a_name_whose_commas_stand_escaped_is_read_alike() -> None:
    written = name_of(*SPA_FORM).rfc4514_string()
    assert r"SPA-525G2\, MAC: 708105B37234\, Serial: CBT153908BX" in written
    read = x509.Name.from_rfc4514_string(
        written, {"1.2.840.113549.1.9.1": NameOID.EMAIL_ADDRESS, "emailAddress": NameOID.EMAIL_ADDRESS}
    )
    assert bearer_of(read, RULES["cisco"]) == bearer_of(name_of(*SPA_FORM), RULES["cisco"])


@pytest.mark.parametrize(
    ("vendor", "form", "words"),
    [
        ("cisco", GENERIC_FORM, "many phones share"),
        ("cisco", (("ST", "000e08abcdef"), ("L", "ciscogeneric")), "many phones share"),
        ("cisco", (*SPA_FORM[:1], ("ST", "708105B37235"), *SPA_FORM[2:]), "different MACs: 708105b37234, 708105b37235"),
        ("cisco", (*SPA_FORM[:2], ("L", "CBT153908BY"), *SPA_FORM[3:]), "different serial numbers"),
        ("cisco", (("OU", "708105B37234"),), "no MAC is where it should be"),
        ("yealink", (("CN", "Yealink"),), "no MAC is where it should be"),
        ("yealink", (("CN", "x/CN=001565aabb01"),), "no MAC"),
        ("yealink", (("CN", "001565aabb01,O=x"),), "no MAC"),
        ("yealink", (("CN", "001565aabb01\n"),), "no MAC"),
        ("yealink", (("CN", "001565aabb01\0.example"),), "no MAC"),
        ("yealink", (("O", "001565aabb01"), ("OU", "001565aabb01")), "no MAC"),
        ("yealink", (("CN", "001565aabb01"), ("CN", "001565aabb02")), "2 different CN"),
        ("yealink", (("CN", "001565aabb01"), ("CN", "phone")), "2 different CN"),
        ("yealink", (("CN", "000000000000"),), "no phone's MAC"),
        ("yealink", (("CN", "01005e000001"),), "no phone's MAC"),
        ("yealink", (("CN", "００１５６５ａａｂｂ０１"),), "no MAC"),
    ],
)  # fmt: skip
def test_what_names_no_phone_or_several_proves_nothing(vendor: str, form: Pairs, words: str) -> None:
    with pytest.raises(BearerUnknown, match=words):
        bearer_of(name_of(*form), RULES[vendor])


def test_attributes_in_one_part_of_the_name_and_in_any_kind_of_string_are_read_alike() -> None:
    for kind in (_ASN1Type.UTF8String, _ASN1Type.PrintableString, _ASN1Type.BMPString, _ASN1Type.IA5String):
        common = x509.NameAttribute(NameOID.COMMON_NAME, "001565AABB01", kind)
        serial = x509.NameAttribute(NameOID.SERIAL_NUMBER, "3142", kind)
        name = x509.Name([x509.RelativeDistinguishedName([serial, common])])
        assert bearer_of(name, RULES["yealink"]).mac == "001565aabb01"


values = st.one_of(
    st.text(min_size=1, max_size=40),
    st.from_regex(r"\A[0-9a-fA-F]{12}\Z"),
    st.sampled_from([value for _, value in (*SPA_FORM, *MPP_FORM, *GENERIC_FORM)]),
)
pairs = st.lists(st.tuples(st.sampled_from(sorted(set(ATTRIBUTES) - {"C"})), values), max_size=8)


@given(pairs, st.sampled_from(sorted(RULES)))
def test_whatever_a_subject_says_it_names_one_phone_or_none(form: list[tuple[str, str]], vendor: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that are longer than they should be
        name = name_of(*form)
    try:
        bearer = bearer_of(name, RULES[vendor])
    except BearerUnknown:
        return
    digits = [value.lower().replace(":", "").replace("-", "") for _, value in form]
    assert any(bearer.mac in value for value in digits)


def test_a_rule_that_cannot_be_used_is_said() -> None:
    assert "'DN' is none of CN" in CertificateRule(attribute="DN", pattern="{mac}").faults()[0]
    assert "a group 'phone'" in CertificateRule(attribute="CN", pattern="(?P<phone>x)").faults()[0]
    assert "no named group" in CertificateRule(attribute="CN", pattern="x").faults()[0]
    assert CertificateRule(attribute="CN", pattern="(").faults()
    assert not CertificateRule(attribute="CN", pattern="x", generic=True).faults()
