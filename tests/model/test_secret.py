"""A secret never shows itself."""

from __future__ import annotations

import json
import logging
import pickle

import msgspec
import pytest

from offhook.model.document import RawValue
from offhook.model.kind import make_document, public_values
from offhook.model.secret import Secret

MARKER = "marker-Xy7"
DEVICE = {
    "id": "desk",
    "sip": {"username": "desk", "password": MARKER},
    "settings": {"web_admin_password": MARKER, "dot1x_password": MARKER},
    "overrides": {"yealink": {"account.1.password": {"secret": MARKER}}},
}


def test_no_way_of_printing_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(MARKER)
    logging.getLogger("x").warning("%s %r", secret, [secret])
    printed = f"{secret} {secret!r} {[secret]} {secret:>10}" + str({"a": secret}) + caplog.text
    assert MARKER not in printed and secret.reveal() == MARKER


def test_it_is_never_pickled_nor_written_as_json() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(MARKER))
    with pytest.raises(TypeError):
        json.dumps(Secret(MARKER))
    with pytest.raises((TypeError, NotImplementedError)):
        msgspec.json.encode(Secret(MARKER))


def test_a_document_shows_its_secrets_masked_and_only_reveals_them_when_told_to() -> None:
    document = make_document("devices", DEVICE, "device")
    assert MARKER not in repr(document) + str(public_values(document))
    assert str(public_values(document, reveal=True)).count(MARKER) == 4


def test_what_stands_in_a_mask_is_no_secret() -> None:
    assert repr(RawValue("Ring3.wav")) == "'Ring3.wav'" and repr(RawValue(MARKER, secret=True)) == "***"
