"""The headers in which reverse proxies pass certificates on: each form as its proxy writes it, and whatever else comes."""

from __future__ import annotations

import base64
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.listeners.shown import ALL_HEADERS, FORMS, FormName, forged, shown_by
from offhook.provisioning.certificate.proof import Offered, Unproven
from tests.factory import authority, phone

ROOT = authority("Root, with a comma")
ISSUING = authority("Issuing", ROOT)
LEAF = phone(ISSUING, ("O", 'Quoted "Name"; Inc.'), ("CN", "001565AABB01"))
BODY = "".join(LEAF.pem.decode().splitlines()[1:-1])
ABOVE = "".join(ISSUING.pem.decode().splitlines()[1:-1])
PEM = quote(LEAF.pem.decode(), safe="")
CHAIN = quote((LEAF.pem + ISSUING.pem).decode(), safe="")
B64 = base64.b64encode(LEAF.der).decode()

ALONE, WITH_CHAIN = Offered(LEAF.der), Offered(LEAF.der, (ISSUING.der,))
WRITTEN: list[tuple[FormName, dict[str, str], Offered]] = [
    ("nginx", {"x-ssl-client-verify": "SUCCESS", "x-ssl-client-cert": PEM}, ALONE),
    ("nginx", {"x-ssl-client-verify": "SUCCESS", "x-ssl-client-cert": CHAIN}, WITH_CHAIN),
    ("haproxy", {"x-ssl-client-verify": "0", "x-ssl-client-cert": B64}, ALONE),
    ("envoy", {"x-forwarded-client-cert": f'Hash=00ff;Cert="{PEM}"'}, ALONE),
    ("envoy", {"x-forwarded-client-cert": f'By=spiffe://a/b;Hash=1;Cert="{PEM}";Chain="{CHAIN}";Subject="CN=x,O=\\"y\\"";URI='}, WITH_CHAIN),
    ("traefik", {"x-forwarded-tls-client-cert": BODY}, ALONE),
    ("traefik", {"x-forwarded-tls-client-cert": quote_plus(BODY)}, ALONE),
    ("traefik", {"x-forwarded-tls-client-cert": f"{BODY},{ABOVE}"}, WITH_CHAIN),
    ("rfc9440", {"client-cert": f":{B64}:"}, ALONE),
    ("rfc9440", {"client-cert": f":{B64}:", "client-cert-chain": f":{base64.b64encode(ISSUING.der).decode()}:"}, WITH_CHAIN),
]  # fmt: skip


@pytest.mark.parametrize(("form", "headers", "offered"), WRITTEN)
def test_each_proxy_s_writing_is_read(form: FormName, headers: dict[str, str], offered: Offered) -> None:
    assert shown_by({name: [value] for name, value in headers.items()}, FORMS[form]) == offered


@pytest.mark.parametrize(("form", "headers", "offered"), WRITTEN)
def test_a_header_that_is_there_twice_refuses_the_request(
    form: FormName, headers: dict[str, str], offered: Offered
) -> None:
    for doubled in headers:
        values = {name: [value] * (1 + (name == doubled)) for name, value in headers.items()}
        found = shown_by(values, FORMS[form])
        assert isinstance(found, Unproven) and found.refuses and found.event == "header.doubled"


def test_what_a_proxy_has_appended_to_is_there_twice() -> None:
    value = f'Hash=forged;Cert="{PEM}",Hash=real;Cert="{PEM}"'
    found = shown_by({"x-forwarded-client-cert": [value]}, FORMS["envoy"])
    assert isinstance(found, Unproven) and found.event == "header.doubled"
    two = shown_by({"client-cert": [f":{B64}:, :{B64}:"]}, FORMS["rfc9440"])
    assert isinstance(two, Unproven), "which of the two is the phone's cannot be told"


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ("nginx", {"x-ssl-client-verify": "SUCCESS"}),
        ("nginx", {"x-ssl-client-verify": "NONE", "x-ssl-client-cert": ""}),
        ("haproxy", {"x-ssl-client-verify": "0", "x-ssl-client-cert": ""}),
        ("envoy", {"x-forwarded-client-cert": "Hash=00"}),
        ("rfc9440", {"client-cert-chain": f":{B64}:"}),
        ("traefik", {"x-ssl-client-verify": "SUCCESS", "x-ssl-client-cert": PEM}),
    ],
)
def test_a_phone_that_showed_nothing_has_shown_nothing(form: FormName, headers: dict[str, str]) -> None:
    assert shown_by({name: [value] for name, value in headers.items()}, FORMS[form]) is None


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ("nginx", {"x-ssl-client-cert": PEM}),
        ("nginx", {"x-ssl-client-verify": "success", "x-ssl-client-cert": PEM}),
        ("haproxy", {"x-ssl-client-verify": "10", "x-ssl-client-cert": B64}),
        ("haproxy", {"x-ssl-client-cert": B64}),
    ],
)
def test_what_the_proxy_has_not_verified_is_no_certificate(form: FormName, headers: dict[str, str]) -> None:
    found = shown_by({name: [value] for name, value in headers.items()}, FORMS[form])
    assert isinstance(found, Unproven) and not found.refuses and "has not verified" in found.words


def test_every_header_that_only_proxies_write_is_noticed_from_others() -> None:
    for name in ALL_HEADERS:
        assert forged({name: ["x"]}) == name
    assert forged({name: [] for name in ALL_HEADERS}) is None


pieces = st.sampled_from(
    [PEM, B64, CHAIN, "Cert=", '"', ";", ",", ":", "%", "%0", "\\", "SUCCESS", "0", " ", "=", "Chain="]
)
written = st.one_of(st.text(max_size=60), st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=8).map("".join))


@given(st.sampled_from(sorted(FORMS)), st.dictionaries(st.sampled_from(ALL_HEADERS), st.lists(written, max_size=3)))
def test_whatever_is_written_there_nothing_fails(form: FormName, headers: dict[str, list[str]]) -> None:
    found = shown_by(headers, FORMS[form])
    assert found is None or isinstance(found, Offered | Unproven)
    if isinstance(found, Offered):
        assert found.leaf and all(len(headers.get(name, ())) <= 1 for name in FORMS[form].headers)
