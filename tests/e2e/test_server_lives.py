"""A server's life: first start, stop, a second one beside it, damage, a full disk, and the power cut."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from .running import RunningServer


def refused(data: Path, **settings: str) -> str:
    """What a server that does not start says."""
    server = RunningServer(data, settings=settings)
    done = subprocess.run(
        [sys.executable, "-m", "offhook", "serve", "--data", str(data)],
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr, done.stderr
    return done.stderr


def add_user(server: RunningServer, identity: str) -> int:
    """Save a user over REST; gives the HTTP status, 0 when the server went away in the middle."""
    request = urllib.request.Request(
        f"{server.addresses['admin']}/api/v1/users/{identity}",
        data=json.dumps({"name": f"User {identity}"}).encode(),
        method="PUT",
        headers={
            "Authorization": f"Bearer {(server.data / 'admin.token').read_text().strip()}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_ctrl_c_stops_the_server_cleanly_and_a_second_start_has_everything(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", arguments=("--demo",)).start()
    before = server.run("export", "--secrets").stdout
    assert server.stop() == 0
    with RunningServer(tmp_path / "data", arguments=("--demo",)) as again:
        assert again.run("export", "--secrets").stdout == before


def test_nothing_acknowledged_is_lost_when_the_power_goes_again_and_again(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data").start()
    server.run("account", "add", "default", "--set", "realm=example.com")
    acknowledged: set[str] = set()
    chance = random.Random(4)
    for life in range(8):
        stop = threading.Event()

        def write(writer: int, life: int = life, stop: threading.Event = stop, server: RunningServer = server) -> None:
            for number in range(10_000):
                if stop.is_set():
                    return
                identity = f"u-{life}-{writer}-{number}"
                if add_user(server, identity) == 201:
                    acknowledged.add(identity)

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.05, 0.5))
        server.kill()
        stop.set()
        for writer in writers:
            writer.join()
        server = RunningServer(tmp_path / "data").start()
    found = {user["id"] for user in json.loads(server.run("user", "list", "--json").stdout)}
    server.stop()
    assert len(acknowledged) > 50
    assert acknowledged <= found


def test_a_second_server_on_the_same_folder_is_refused(empty: RunningServer) -> None:
    assert empty.process is not None
    assert str(empty.process.pid) in refused(empty.data)


def test_a_port_in_use_is_said_with_the_setting_to_change(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = refused(tmp_path / "data", OFFHOOK_BOOT__HTTP=f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in message and "boot.http" in message
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        port = udp.getsockname()[1]
        message = refused(tmp_path / "other", OFFHOOK_TFTP__LISTEN=f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in message and "tftp" in message


def test_a_broken_database_file_is_named_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    RunningServer(data, arguments=("--demo",)).start().stop()
    database = data / "store" / "db.json"
    whole = database.read_bytes()
    for broken in (whole[: len(whole) // 2], whole.replace(b'"devices"', b'"devices', 1), b""):
        database.write_bytes(broken)
        message = refused(data)
        assert str(database) in message
        assert database.read_bytes() == broken
    database.write_bytes(whole)
    with RunningServer(data) as again:
        assert len(json.loads(again.run("device", "list", "--json").stdout)) == 6


def test_a_missing_key_file_is_never_replaced_by_a_new_key(tmp_path: Path) -> None:
    data = tmp_path / "data"
    RunningServer(data, arguments=("--demo",)).start().stop()
    key = data / "keys" / "master.key"
    kept = key.read_bytes()
    key.unlink()
    assert str(key) in refused(data)
    assert not key.exists()
    other = tmp_path / "other"
    RunningServer(other).start().stop()
    key.write_bytes((other / "keys" / "master.key").read_bytes())
    key.chmod(0o600)
    assert "key" in refused(data)
    key.write_bytes(kept)
    key.chmod(0o644)
    assert str(key) in refused(data)


def test_no_password_or_pin_stands_in_clear_in_any_file_of_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = RunningServer(data, arguments=("--demo",)).start()
    server.run("device", "edit", "lobby", "--set", "overrides.yealink.account.1.password=Override-Secret-1")
    server.run("boot", "001565aabb04", "--server", f"http://127.0.0.1:{server.port('boot.http')}/")
    server.stop()
    for path in (path for path in data.rglob("*") if path.is_file() and path.name != "admin.token"):
        content = path.read_bytes()
        for secret in (b"demo-Marie-4417", b"demo-Lobby-2204", b'"4821"', b"Override-Secret-1"):
            assert secret not in content, path


def test_a_bad_office_file_changes_nothing_and_says_where(demo: RunningServer, tmp_path: Path) -> None:
    before = demo.run("export", "--secrets").stdout
    file = tmp_path / "bad.yaml"
    file.write_text(
        "users:\n  - {id: ana, name: Ana}\ndevices:\n  - id: ana-desk\n    mac: 00:15:65:aa:bb:01\n    owner: anna\n"
        "    model: yealink/T46X\n"
    )
    done = demo.run("apply", "-f", str(file), check=False)
    assert done.returncode == 1
    assert (
        f"{file} line 5: devices[0] (ana-desk).mac: '001565aabb01' is already that of device 'marie-desk'"
        in done.stderr
    )
    assert "line 6" in done.stderr and "there is no user 'anna'; did you mean 'ana'?" in done.stderr
    assert "line 7" in done.stderr and "did you mean 'yealink/T46" in done.stderr
    assert demo.run("export", "--secrets").stdout == before


def test_applying_an_export_changes_nothing(demo: RunningServer, tmp_path: Path) -> None:
    for arguments in ((), ("--secrets",), ("--secrets", "--json")):
        file = tmp_path / "office"
        file.write_text(demo.run("export", *arguments).stdout)
        assert demo.run("apply", "-f", str(file), "--prune").stdout == "nothing to change\n"


def test_an_export_makes_the_same_office_on_an_empty_server(
    demo: RunningServer, empty: RunningServer, tmp_path: Path
) -> None:
    office = demo.run("export", "--secrets").stdout
    empty.run("apply", "-f", "-", stdin=office)
    assert empty.run("export", "--secrets").stdout == office


def test_a_full_disk_refuses_the_write_and_phones_go_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = data / "store"
    store.mkdir(parents=True, mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(store)], check=True)
    try:
        with RunningServer(data, arguments=("--demo",)) as server:
            filler = store / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError:
                    pass
            statuses = [add_user(server, f"user-{number}") for number in range(60)]
            assert statuses[-1] == 503
            url = f"http://127.0.0.1:{server.port('boot.http')}/001565aabb01.cfg"
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == 200
            filler.unlink()
            assert add_user(server, "after") == 201
            saved = {f"user-{number}" for number, status in enumerate(statuses) if status == 201} | {"after"}
        with RunningServer(data) as again:
            found = {user["id"] for user in json.loads(again.run("user", "list", "--json").stdout)}
            assert found == saved | {"marie", "josh"}
    finally:
        subprocess.run(["umount", str(store)], check=True)
