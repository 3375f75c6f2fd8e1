"""Backup and restore: one file, made while the server goes on, of which another machine makes the same office."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offhook.backup.archive import BackupRefused, read

from .running import RunningServer

MAC = "001565aabb01"
OFFICE = f"""
accounts: [{{id: default, realm: bureau.example}}]
users: [{{id: marie, name: Marie}}]
devices: [{{id: desk, mac: {MAC}, model: yealink/T46S, owner: marie, sip: {{username: desk, password: Pw-secret}}}}]
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
"""
URL = {"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example/"}


def config(server: RunningServer) -> bytes:
    with urllib.request.urlopen(f"{server.addresses['boot.http']}/{MAC}.cfg", timeout=10) as answer:
        body: bytes = answer.read()
        return body


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, Path]]:
    """A server with a past, and a backup of it."""
    folder = tmp_path_factory.mktemp("saved")
    with RunningServer(folder / "data", settings=URL) as server:
        server.run("apply", "-f", "-", stdin=OFFICE)
        config(server)
        server.run("user", "edit", "marie", "--set", "name=Marie T.")
        server.run("admin", "add", "ann", "--role", "admin", stdin="correct horse battery\n")
        server.run("token", "create", "--scope", "read", "--name", "monitor", "--quiet")
        (server.data / "templates" / "yealink").mkdir(parents=True)
        (server.data / "templates" / "yealink" / "note.j2").write_text("# ours\n")
        server.run("backup", "-o", str(folder / "office.backup"))
        yield server, folder / "office.backup"


def restored(saved: tuple[RunningServer, Path], data: Path) -> RunningServer:
    server, file = saved
    key = server.data / "keys" / "master.key"
    server.run("restore", str(file), "--data", str(data), "--key-file", str(key))
    return RunningServer(data, settings=URL)


def test_another_machine_makes_the_same_office_of_it(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    server, _ = saved
    with restored(saved, tmp_path / "data") as other:
        assert config(other) == config(server)
        assert other.run("export", "--secrets").stdout == server.run("export", "--secrets").stdout
        history = [json.loads(one.run("user", "history", "marie", "--json").stdout) for one in (server, other)]
        assert history[0] == history[1] and len(history[0]) == 2
        assert json.loads(other.run("device", "files", "desk", "--json").stdout)
        assert "ann" in other.run("admin", "list").stdout and "monitor" in other.run("token", "list").stdout
        assert "all as they were written" in other.run("audit", "verify").stdout
        assert (other.data / "templates" / "yealink" / "note.j2").read_text() == "# ours\n"
        other.run("user", "edit", "marie", "--set", "name=Marie, again")


def test_it_tells_nothing_without_the_key_file(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    server, file = saved
    content = gzip.decompress(file.read_bytes())
    for secret in (
        b"Pw-secret",
        (server.data / "keys" / "audit.key").read_bytes(),
        (server.data / "admin.token").read_bytes(),
    ):
        assert secret not in content
    assert (server.data / "keys" / "master.key").read_bytes().split()[-1] not in content
    assert file.stat().st_mode & 0o077 == 0
    missing = server.run("restore", str(file), "--data", str(tmp_path / "new"), check=False)
    assert missing.returncode == 1 and "name the one that belongs to the backup with --key-file" in missing.stderr
    with RunningServer(tmp_path / "stranger") as stranger:
        key = str(stranger.data / "keys" / "master.key")
        wrong = server.run("restore", str(file), "--data", str(tmp_path / "new"), "--key-file", key, check=False)
    assert wrong.returncode == 1 and "does not hold" in wrong.stderr
    assert not (tmp_path / "new").exists() and not list(tmp_path.glob("new*"))


def test_it_is_consistent_while_the_office_changes(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    server, _ = saved
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.is_set():
            number += 1
            server.run("user", "add", f"temp{number}", "--name", "T", "--extension", str(3000 + number))

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for count in range(3):
            server.run("backup", "-o", str(tmp_path / f"{count}.backup"))
    finally:
        done.set()
        changing.join()
    for count in range(3):
        with restored((server, tmp_path / f"{count}.backup"), tmp_path / f"data{count}") as other:
            users = other.run("user", "list", "-o", "ids").stdout.splitlines()
            flows = other.run("callflow", "list", "-o", "ids").stdout.splitlines()
            assert len(users) == len(flows)
            assert other.run("check", check=False).returncode == 0


def test_a_running_server_and_a_folder_with_something_in_it_are_not_replaced(
    saved: tuple[RunningServer, Path], tmp_path: Path
) -> None:
    server, file = saved
    running = server.run("restore", str(file), "--data", str(server.data), "--force", check=False)
    assert running.returncode == 1 and "a server runs on" in running.stderr
    data = tmp_path / "data"
    restored(saved, data)
    (data / "offhook.toml").write_text("[log]\nlevel = 'debug'\n")
    refused = server.run("restore", str(file), "--data", str(data), check=False)
    assert refused.returncode == 1 and "--force to replace it" in refused.stderr
    done = server.run("restore", str(file), "--data", str(data), "--force")
    (kept,) = tmp_path.glob("data.before-*")
    assert str(kept) in done.stdout and (kept / "offhook.toml").is_file() and not (data / "offhook.toml").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", kept.name]


def altered(file: Path, edit: Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]) -> bytes:
    """A backup whose members somebody has edited."""
    found = io.BytesIO()
    with tarfile.open(file) as old, tarfile.open(fileobj=found, mode="w:gz") as new:
        for info in old:
            content = old.extractfile(info)
            for one, body in edit(info, content.read() if content else b""):
                one.size = len(body)
                new.addfile(one, io.BytesIO(body))
    return found.getvalue()


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


EVIL = {
    "a path upwards": named("../evil"),
    "an absolute path": named("/tmp/offhook-evil"),
    "a path through a folder": named("templates/../../evil"),
    "a link": named("templates/link", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": named("templates/link", tarfile.LNKTYPE, "documents.jsonl"),
    "a device": named("templates/device", tarfile.CHRTYPE),
    "a key file": named("keys/master.key"),
    "a file twice": named("tokens.json"),
}


@pytest.mark.parametrize("what", EVIL)
def test_restore_tar_slip_a_member_that_does_not_belong_is_refused_before_anything_is_touched(
    saved: tuple[RunningServer, Path], tmp_path: Path, what: str
) -> None:
    _, file = saved

    def edit(info: tarfile.TarInfo, body: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return [(info, body), (EVIL[what], b"")] if info.name == "tokens.json" else [(info, body)]

    (tmp_path / "in").mkdir()
    with pytest.raises(BackupRefused, match=r"uncalled for|is in it twice"):
        read(io.BytesIO(altered(file, edit)), tmp_path / "in")
    assert not (tmp_path / "evil").exists() and not Path("/tmp/offhook-evil").exists()


def test_a_link_in_place_of_a_file_is_refused(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    _, file = saved

    def edit(info: tarfile.TarInfo, body: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return (
            [(named("tokens.json", tarfile.SYMTYPE, "/etc/passwd"), b"")]
            if info.name == "tokens.json"
            else [(info, body)]
        )

    with pytest.raises(BackupRefused, match=r"'tokens\.json' is no file of"):
        read(io.BytesIO(altered(file, edit)), tmp_path)


def test_a_manifest_that_names_such_a_member_is_refused(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    _, file = saved

    def edit(info: tarfile.TarInfo, body: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if info.name == "manifest.json":
            manifest = json.loads(body)
            manifest["members"]["../evil"] = {"size": 0, "sha256": ""}
            return [(info, json.dumps(manifest).encode())]
        return [(info, body)]

    with pytest.raises(BackupRefused, match=r"names '\.\./evil'"):
        read(io.BytesIO(altered(file, edit)), tmp_path)


def test_other_words_in_a_member_are_found(saved: tuple[RunningServer, Path], tmp_path: Path) -> None:
    _, file = saved

    def edit(info: tarfile.TarInfo, body: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return [(info, body.replace(b"marie", b"mario") if info.name == "documents.jsonl" else body)]

    with pytest.raises(BackupRefused, match=r"documents\.jsonl is not what was saved"):
        read(io.BytesIO(altered(file, edit)), tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 0.999), junk=st.binary(max_size=20))
def test_a_backup_that_is_cut_off_or_torn_is_refused(
    saved: tuple[RunningServer, Path], tmp_path_factory: pytest.TempPathFactory, cut: float, junk: bytes
) -> None:
    _, file = saved
    content = file.read_bytes()
    folder = tmp_path_factory.mktemp("torn")
    with pytest.raises(BackupRefused):
        read(io.BytesIO(content[: int(len(content) * cut)] + junk), folder)
    shutil.rmtree(folder)
