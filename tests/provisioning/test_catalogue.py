"""What the profiles say of documents when they are saved."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.model.document import Document
from offhook.model.kind import make_document
from offhook.provisioning.catalogue import Catalogue
from tests.offices import all_profiles, directory_of

CATALOGUE = Catalogue(all_profiles())


def wrong(kind: str = "devices", **fields: Any) -> list[str]:
    document: Document = make_document(kind, {"id": "x", **fields}, "")
    directory = directory_of([document])
    return [str(problem) for check in CATALOGUE.checks() for problem in check(directory, document)]


@pytest.mark.parametrize("model", [None, "yealink", "yealink/T46S", "yealink/t46s", "grandstream/GXP2170", "yealink/"])
def test_a_known_model_in_any_case_or_a_vendor_alone_is_fine(model: str | None) -> None:
    assert wrong(model=model) == []


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("yealink/T46X", "Yealink has no model 'T46X' that is known here (write 'yealink' alone for a model that is not in the profile); did you mean 'yealink/T46"),
        ("yealink/zzzzzzzzzzzzzzzzzzzz", "not in the profile)"),
        ("yaelink/T46S", "no vendor 'yaelink' is known; did you mean 'yealink'?"),
        ("Yealink/T46S", "no vendor 'Yealink' is known; did you mean 'yealink'?"),
        ("T46S", "no vendor 'T46S' is known"),
    ],
)  # fmt: skip
def test_an_unknown_model_is_said_with_the_nearest_known(model: str, said: str) -> None:
    (found,) = wrong(model=model)
    assert found.startswith(f"model: {said}") or (found.startswith("model: ") and found.endswith(said)), found


def test_every_model_of_every_profile_can_be_registered() -> None:
    for profile in all_profiles():
        for model in profile.file.models:
            assert wrong(model=f"{profile.vendor}/{model}") == []


@pytest.mark.parametrize("kind", ["accounts", "sites", "users", "devices"])
def test_raw_parameters_of_every_layer_are_looked_up(kind: str) -> None:
    needed = {"accounts": {"realm": "a.example"}, "users": {"name": "X"}}.get(kind, {})
    assert wrong(kind, overrides={"yealink": {"account.1.label": "x", "account.16.label": "y"}}, **needed) == []
    found = wrong(
        kind, overrides={"yealink": {"acount.1.lable": "x"}, "yaelink": {}, "grandstream": {"nope": "1"}}, **needed
    )
    assert found[0].startswith(
        "overrides.yealink.acount.1.lable: Yealink phones have no parameter 'acount.1.lable'; the nearest known are"
    ) and "account.{n}.label" in found[0]  # fmt: skip
    assert found[1].startswith("overrides.yaelink: no vendor 'yaelink' is known; did you mean 'yealink'?")
    assert found[2].startswith("overrides.grandstream.nope: Grandstream phones have no parameter 'nope'")


@pytest.mark.parametrize(
    ("vendor", "parameter", "secret"),
    [
        ("yealink", "account.1.password", True),
        ("yealink", "account.16.password", True),
        ("yealink", "account.1.label", False),
        ("yealink", "static.security.user_password", True),
        ("grandstream", "P34", True),
        ("grandstream", "P35", False),
        ("nobody", "account.1.password", False),
    ],
)
def test_the_profile_says_which_raw_parameters_are_secret(vendor: str, parameter: str, secret: bool) -> None:
    assert CATALOGUE.is_secret(vendor, parameter) == secret


def test_no_parameter_that_is_called_a_password_is_in_clear() -> None:
    shown = {
        f"{profile.vendor} {name}"
        for profile in all_profiles()
        for name in profile.dictionary.names
        if name.lower().endswith(("password", "passwd", ".pin")) and not profile.is_secret(name.replace("{n}", "1"))
    }
    assert shown == set()
