"""The documentation says what there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from offhook.cli.vendor_page import index, page
from offhook.config import Config
from offhook.model.kind import KINDS
from offhook.model.settings import Settings
from tests.offices import all_profiles

DOCS = Path(__file__).parent.parent / "docs"


def test_every_setting_is_in_the_office_file_page() -> None:
    page = (DOCS / "office-file.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9_]+)`", page.partition("## settings")[2]))
    assert {field.name for field in msgspec.structs.fields(Settings)} <= documented


def test_every_field_of_every_document_is_in_the_office_file_page() -> None:
    page = (DOCS / "office-file.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9_]+", page))
    for struct in KINDS.values():
        assert {field.encode_name for field in msgspec.structs.fields(struct)} <= words, struct.__name__


def test_every_section_of_the_servers_settings_is_in_the_getting_started_page() -> None:
    page = (DOCS / "getting-started.md").read_text(encoding="utf-8")
    for field in msgspec.structs.fields(Config):
        assert f"[{field.name}]" in page or field.name == "store", field.name


def test_every_vendor_has_a_page_that_is_made_from_its_profile(request: pytest.FixtureRequest) -> None:
    profiles = all_profiles()
    pages = {f"{profile.family}.md": page(profile) for profile in profiles} | {"README.md": index(profiles)}
    folder = DOCS / "vendors"
    if request.config.getoption("--write-golden"):
        folder.mkdir(exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert sorted(written) == sorted(pages)
    for name, text in pages.items():
        assert written[name] == text, f"docs/vendors/{name} is not what the profile says: pytest --write-golden"


def test_every_page_that_is_linked_to_exists() -> None:
    pages = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    for source in pages:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", source.read_text(encoding="utf-8")):
            assert (source.parent / link).exists(), f"{source.name} links to {link}"
