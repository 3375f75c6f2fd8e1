"""Phones move in from another provisioning server, and boot with what they had there."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.importers import fusionpbx_tables as fusionpbx
from tests.importers.wazo_phones import BASE, config, device, line

from .running import RunningServer


def booted(server: RunningServer, mac: str) -> str:
    """The phone's own file, after a whole boot that succeeded."""
    door = server.addresses["boot.http"]
    server.run("boot", mac, "--server", door)
    with urllib.request.urlopen(f"{door}/{mac}.cfg", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


@pytest.fixture
def jsondb(tmp_path: Path) -> Path:
    """The database folder of a wazo-provd: a file for each document."""
    keys = {"2": {"type": "blf", "value": "102", "label": "Jean"}, "28": {"type": "speeddial", "value": "5145550101"}}
    template = {"id": "template", "parent_ids": [], "raw_config": {"timezone": "America/Montreal", "locale": "fr_CA"}}
    jean = config("d2", ("base", "template"), sip_lines={"1": line("102", display_name="Jean Roy")})
    folder = tmp_path / "jsondb"
    for kind, documents in {
        "devices": [device(), device("d2", mac="00:15:65:aa:bb:02")],
        "configs": [config(parents=("base", "template"), funckeys=keys, X_odd="x"), jean, BASE, template],
    }.items():
        (folder / kind).mkdir(parents=True)
        for document in documents:
            (folder / kind / str(document["id"])).write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_phones_move_from_wazo_and_boot(empty: RunningServer, jsondb: Path) -> None:
    tried = empty.run("import", "wazo", str(jsondb), "--dry-run").stdout
    assert (
        'configs/d1\n  X_odd: "x": a phone has no setting of this meaning.' in tried and "nothing was changed" in tried
    )
    assert "users" not in json.loads(empty.run("export", "--json").stdout)
    done = json.loads(empty.run("import", "wazo", str(jsondb), "--json").stdout)
    assert {change["kind"] for change in done["changes"]} == {"accounts", "users", "devices", "callflows"}
    assert done["ids"]["devices"] == {"d1": "marie-tremblay-t46s", "d2": "jean-roy-t46s"}
    text = booted(empty, "001565aabb01")
    for parameter in ("user_name = line101", "password = secret101", "sip_server.1.address = 10.0.0.1"):
        assert f"account.1.{parameter}" in text
    assert "linekey.2.value = 102" in text and "expansion_module.1.key.1.value = 5145550101" in text
    assert "local_time.ntp_server1 = 10.0.0.1" in text and "lang.gui = French" in text
    told = empty.run("explain", "call", "--from", "jean-roy", "--to", "101").stdout
    assert "marie-tremblay" in told
    assert "nothing to change" in empty.run("import", "wazo", str(jsondb)).stdout


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """What FusionPBX's pages export, and its table of keys."""
    folder = tmp_path / "exports"
    folder.mkdir()
    box = {"voicemail_id": "101", "voicemail_password": "4711", "voicemail_enabled": "true"}
    for name, rows in {
        "device_export": [
            fusionpbx.device(),
            fusionpbx.device("two", device_address="001565aabb02", user_id="102", auth_id="102"),
        ],
        "extension_export": [
            fusionpbx.EXTENSION,
            {**fusionpbx.EXTENSION, "extension": "102", "effective_caller_id_name": "Jean Roy"},
        ],
        "v_device_keys": [
            fusionpbx.key(),
            fusionpbx.key(device_key_id="1", device_key_category="expansion-2", device_key_type="13"),
        ],
        "voicemail_export": [{**box, "voicemail_file": "attach"}],
    }.items():
        (folder / f"{name}.csv").write_text(fusionpbx.table(*rows), encoding="utf-8")
    return folder


def test_phones_move_from_fusionpbx_and_boot(empty: RunningServer, exports: Path) -> None:
    tried = empty.run("import", "fusionpbx", str(exports), "--dry-run").stdout
    assert 'voicemails/101\n  voicemail_file: "attach": greetings' in tried and "nothing was changed" in tried
    done = json.loads(empty.run("import", "fusionpbx", str(exports), "--json").stdout)
    assert {change["kind"] for change in done["changes"]} == {"accounts", "users", "devices", "mailboxes", "callflows"}
    text = booted(empty, "001565aabb01")
    for parameter in ("user_name = 101", "password = secret101", "sip_server.1.address = acme.example"):
        assert f"account.1.{parameter}" in text
    assert "linekey.3.value = 102" in text and "expansion_module.2.key.1.value = 102" in text
    told = empty.run("explain", "call", "--from", "jean-roy", "--to", "101").stdout
    assert "marie-tremblay-t46s rings for 30 s" in told
    assert "voicemail" in empty.run("callflow", "show", "marie-tremblay").stdout
    assert "nothing to change" in empty.run("import", "fusionpbx", str(exports)).stdout


def test_the_office_goes_into_a_file_and_no_server_is_asked(empty: RunningServer, jsondb: Path, tmp_path: Path) -> None:
    office = tmp_path / "office.yaml"
    told = empty.run("import", "wazo", str(jsondb), "-o", str(office)).stdout
    assert "passwords in clear" in told and office.stat().st_mode & 0o077 == 0
    empty.run("apply", "-f", str(office))
    assert "nothing to change" in empty.run("import", "wazo", str(jsondb)).stdout


def test_what_is_no_file_of_the_other_system_changes_nothing(empty: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"users": []}', encoding="utf-8")
    refused = empty.run("import", "wazo", str(file), check=False)
    assert refused.returncode == 1 and "neither a device nor a config" in refused.stderr
    assert "Traceback" not in refused.stderr and str(file) in refused.stderr
    refused = empty.run("import", "wazo", str(tmp_path / "none.json"), check=False)
    assert refused.returncode == 1 and "cannot be read" in refused.stderr
