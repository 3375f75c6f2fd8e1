"""The server's own settings: where each came from, and what is said when one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from offhook.config import ConfigRefused, address, load_config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "offhook.toml"


def refusal(file: Path | None, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigRefused) as refused:
        load_config(file, environment or {})
    return str(refused.value)


def test_without_a_file_everything_is_built_in_and_nothing_needs_a_certificate() -> None:
    loaded = load_config(None, {})
    assert set(loaded.origins.values()) == {"built-in"}
    assert (loaded.config.boot.http, loaded.config.tftp.listen) == ("0.0.0.0:8080", "0.0.0.0:69")
    assert (loaded.config.admin.listen, loaded.config.tls.certificate) == ("127.0.0.1:8081", "")


def test_the_environment_wins_over_the_file_and_each_value_says_where_it_came_from(file: Path) -> None:
    file.write_text('[boot]\nhttp = "1.2.3.4:80"\npublic_url = "http://boot.example"\n[log]\nlevel = "debug"\n')
    loaded = load_config(file, {"OFFHOOK_BOOT__PUBLIC_URL": "http://other.example", "OFFHOOK_URL": "not a setting"})
    assert loaded.config.boot.http == "1.2.3.4:80" and loaded.config.boot.public_url == "http://other.example"
    assert loaded.config.log.level == "debug"
    assert (loaded.origins["boot.http"], loaded.origins["boot.public_url"]) == (str(file), "OFFHOOK_BOOT__PUBLIC_URL")
    assert loaded.origins["tftp.listen"] == "built-in"


def test_an_empty_address_in_the_environment_switches_a_door_off() -> None:
    loaded = load_config(None, {"OFFHOOK_TFTP__LISTEN": ""})
    assert address(loaded.config.tftp.listen, "tftp.listen") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[boot]\nhtttp = ":80"', "unknown setting [boot] htttp; did you mean 'boot.http'?"),
        ('[tfpt]\nlisten = ":69"', "unknown setting [tfpt] listen; did you mean 'tftp.listen'?"),
        ('http = ":80"', "http stands outside of a [section]"),
        ("[boot]\nhttp = 80", "boot.http: Expected `str`, got `int`"),
        ('[log]\nlevel = "loud"', "log.level: Invalid enum value 'loud'"),
        ('[store]\nkind = "excel"', "store.kind: Invalid enum value 'excel'"),
        ("[boot\n", "is not readable as TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_the_file_and_the_name(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    message = refusal(file)
    assert message.startswith(str(file)) and said in message


def test_a_file_that_is_not_there_or_no_text_is_said(file: Path) -> None:
    assert refusal(file) == f"{file} does not exist: give another --config, or none"
    file.write_bytes(b"\xff\xfe[boot]")
    assert "is not readable as TOML" in refusal(file)
    assert "is not readable as TOML" in refusal(file.parent)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OFFHOOK_BOOT__HTPP": "x"}, "OFFHOOK_BOOT__HTPP: unknown setting [boot] htpp; did you mean 'boot.http'?"),
        ({"OFFHOOK_LOG__LEVEL": "loud"}, "OFFHOOK_LOG__LEVEL: log.level: Invalid enum value 'loud'"),
    ],
)
def test_what_is_wrong_in_the_environment_is_said_with_the_variable(environment: dict[str, str], said: str) -> None:
    assert said in refusal(None, environment)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("0.0.0.0:8080", ("0.0.0.0", 8080)),
        (":8080", ("0.0.0.0", 8080)),
        ("8080", ("0.0.0.0", 8080)),
        ("[::]:69", ("::", 69)),
        ("boot.example:0", ("boot.example", 0)),
        ("", None),
    ],
)
def test_an_address_is_a_host_and_a_port(setting: str, expected: tuple[str, int] | None) -> None:
    assert address(setting, "boot.http") == expected


@pytest.mark.parametrize("setting", ["localhost", "0.0.0.0:", "0.0.0.0:http", "0.0.0.0:65536", "0.0.0.0:-1", "a:²"])
def test_what_is_no_address_is_refused_with_an_example(setting: str) -> None:
    with pytest.raises(ConfigRefused, match=r"\[boot\] http = .*: write address:port, such as 0\.0\.0\.0:8080"):
        address(setting, "boot.http")
