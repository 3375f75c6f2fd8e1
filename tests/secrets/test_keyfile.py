"""The key file: made once, and refused whenever someone else could have had it."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from offhook.secrets.keyfile import KeyFile, KeyFileRefused

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where `<data>/keys/master.key` would be."""
    return tmp_path / "data" / "keys" / "master.key"


def written(path: Path, content: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(0o600)
    return path


def test_the_first_start_makes_a_key_that_only_the_server_may_read(path: Path) -> None:
    made = KeyFile.open(path, data_exists=False)
    assert [len(key.key) for key in made.keys] == [32]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeyFile.open(path, data_exists=False) == made
    assert KeyFile.open(path, data_exists=True) == made


def test_two_offices_have_different_keys(tmp_path: Path) -> None:
    one, other = (KeyFile.open(tmp_path / name / "master.key", data_exists=False).keys[0] for name in ("one", "other"))
    assert one.id != other.id
    assert one.key != other.key


def test_no_key_is_made_beside_data(path: Path) -> None:
    with pytest.raises(KeyFileRefused, match=r"is missing, and the data was sealed with its keys\. Restore it"):
        KeyFile.open(path, data_exists=True)
    assert not path.exists()


def test_the_newest_key_stands_first_and_remarks_are_allowed(path: Path) -> None:
    old = base64.b64encode(b"o" * 32).decode()
    found = KeyFile.open(written(path, f"# ours\n\nnew-1 {KEY}\r\n  old-1   {old}\n"), data_exists=True)
    assert [(key.id, key.key) for key in found.keys] == [("new-1", bytes(range(32))), ("old-1", b"o" * 32)]
    assert found.key("old-1") == found.keys[1]
    assert found.key("lost") is None


def test_a_printed_key_file_shows_no_key(path: Path) -> None:
    found = KeyFile.open(written(path, f"k {KEY}\n"), data_exists=True)
    assert "\\x01" not in repr(found)
    assert "key=" not in repr(found)


def group_may_read(path: Path) -> None:
    path.chmod(0o640)


def world_may_write(path: Path) -> None:
    path.chmod(0o602)


def is_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def is_a_broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def is_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


def is_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def anyone_may_replace_it(path: Path) -> None:
    path.parent.chmod(0o777)


def its_folder_is_a_file(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(b"")


@pytest.mark.parametrize(
    ("happens", "what", "mend"),
    [
        (group_may_read, "has permissions 0640", "chmod 600"),
        (world_may_write, "has permissions 0602", "chmod 600"),
        (is_a_link, "symbolic link", "the file itself"),
        (is_a_broken_link, "symbolic link", "the file itself"),
        (is_a_folder, "no regular file", "Put a file there"),
        (is_a_pipe, "no regular file", "Put a file there"),
        (anyone_may_replace_it, "folder with permissions 0777", "chmod 700"),
        (its_folder_is_a_file, "cannot be read", "may read"),
    ],
)
@pytest.mark.parametrize("data_exists", [True, False])
def test_an_unsafe_key_file_is_refused(
    path: Path, happens: Callable[[Path], None], what: str, mend: str, data_exists: bool
) -> None:
    happens(written(path, f"k {KEY}\n"))
    with pytest.raises(KeyFileRefused) as refused:
        KeyFile.open(path, data_exists=data_exists)
    assert what in refused.value.what
    assert mend in refused.value.mend
    assert str(path) in str(refused.value)


def test_no_key_is_made_where_anyone_could_replace_it(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o777)
    with pytest.raises(KeyFileRefused, match="anyone may replace it"):
        KeyFile.open(path, data_exists=False)
    assert not path.exists()


def test_a_key_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(path, f"k {KEY}\n")
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    with pytest.raises(KeyFileRefused, match=f"not to the server's user {somebody_else}.*chown {somebody_else}"):
        KeyFile.open(path, data_exists=True)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "holds no key"),
        ("# only a remark\n", "holds no key"),
        (f"k {KEY}\nbroken\n", "line 2 is no"),
        (f"k {KEY} more\n", "line 1 is no"),
        ("k not!base64\n", "line 1 is no"),
        ("k c2hvcnQ=\n", "32 bytes"),
        (f"K:1 {KEY}\n", "has an id of"),
        (f"k {KEY}\nk {KEY}\n", "line 2: the key id k is there twice"),
        ("clé " + KEY, "line 1 is no"),
    ],
)
def test_a_file_that_holds_no_keys_is_refused_without_showing_it(path: Path, content: str, what: str) -> None:
    with pytest.raises(KeyFileRefused) as refused:
        KeyFile.open(written(path, content), data_exists=True)
    assert what in refused.value.what
    assert "Restore the file from its backup" in refused.value.mend
    assert KEY not in str(refused.value)
