"""Whole offices out of a spreadsheet, against a real server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offhook.cli.client import AdminClient, Failed

from .running import RunningServer

SAMPLE = Path(__file__).parent.parent.parent / "deploy" / "sample" / "phones.csv"


def prepare(server: RunningServer) -> None:
    server.run("account", "add", "default", "--set", "realm=example.com")
    server.run("site", "add", "hq")


def exported(server: RunningServer) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(server.run("export", "--json").stdout)
    return values


def sheet_of(server: RunningServer, *options: str) -> subprocess.CompletedProcess[str]:
    return server.run("export", "--csv", *options)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the sample sheet in it."""
    with RunningServer(tmp_path_factory.mktemp("bulk") / "data") as server:
        prepare(server)
        server.run("import", "csv", str(SAMPLE))
        yield server


def test_the_sample_is_taken_in_at_once_and_again_changes_nothing(empty: RunningServer) -> None:
    prepare(empty)
    before = exported(empty)
    would = empty.run("import", "csv", str(SAMPLE), "--dry-run")
    assert "nothing was changed" in would.stdout and exported(empty) == before
    done = empty.run("import", "csv", str(SAMPLE))
    assert done.stdout.endswith("14 added\n") and "+ devices/josh-t54w\n" in done.stdout
    assert done.stderr == "phones.csv: 6 rows, UTF-8, comma between cells\n"
    after = exported(empty)
    again = json.loads(empty.run("import", "csv", str(SAMPLE), "--json").stdout)
    # The PIN that stands in the sheet is given anew, and is the same.
    assert again["changes"] == [] and again["sheet"]["rows"] == 6
    assert exported(empty) == after


def test_one_fault_keeps_the_whole_sheet_out_and_is_told_by_row(office: RunningServer, tmp_path: Path) -> None:
    before = exported(office)
    sheet = tmp_path / "more.csv"
    sheet.write_text(
        "user;name;extension;mac;model;site\n"
        "zoe;Zoé;301;0015.65ff.0001;yealink/T46SS;hqq\n"
        "max;Max;302;0015.65ff.0002;Yealink T46S;\n",
        encoding="utf-8",
    )
    told = office.run("import", "csv", str(sheet), check=False)
    assert told.returncode == 1 and "Traceback" not in told.stderr
    assert "more.csv row 2 column model: devices/zoe-t46ss:" in told.stderr and "'yealink/T46S'" in told.stderr
    assert "more.csv row 2 column site: devices/zoe-t46ss: there is no site 'hqq'; did you mean 'hq'?" in told.stderr
    sheet.write_text("user;name;mac\nzoe;Zoé;1565112233\nZoé 2;Zoé;\n", encoding="cp1252")
    told = office.run("import", "csv", str(sheet), check=False)
    assert told.returncode == 1 and "row 2 column mac: '1565112233'" in told.stderr
    assert "row 3 column user: 'Zoé 2'" in told.stderr and "2 problem(s) in more.csv" in told.stderr
    assert exported(office) == before
    assert office.run("import", "csv", str(tmp_path / "none.csv"), check=False).returncode == 1


def test_a_sheet_over_richer_documents_keeps_what_it_does_not_say(empty: RunningServer) -> None:
    prepare(empty)
    empty.run("import", "csv", str(SAMPLE))
    empty.run(
        "device", "edit", "marie-t46s", "--set", "keys=[{position: 3, type: dnd}]", "--set", "settings.vlan_id=20"
    )
    empty.run("import", "csv", "-", stdin="device,label\nmarie-t46s,Desk\n")
    shown = json.loads(empty.run("device", "show", "marie-t46s", "--json").stdout)
    assert (shown["name"], shown["keys"][0]["type"], shown["settings"]) == ("Desk", "dnd", {"vlan_id": 20})
    assert "not in the sheet: devices/marie-t46s: keys, settings" in sheet_of(empty).stderr


def test_an_exported_sheet_makes_the_same_office_on_an_empty_server(
    office: RunningServer, empty: RunningServer, tmp_path: Path
) -> None:
    prepare(empty)
    sheet = tmp_path / "phones.csv"
    written = sheet_of(office, "--delimiter", "semicolon", "--secrets")
    assert written.stderr == "" and "'+15145550101" in written.stdout
    sheet.write_bytes(written.stdout.encode())
    assert empty.run("import", "csv", str(sheet)).stdout.endswith("14 added\n")
    for secrets in ((), ("--secrets",)):
        there, here = (server.run("export", *secrets).stdout for server in (office, empty))
        assert there == here
    assert "4471" in written.stdout and "4471" not in sheet_of(office).stdout


def test_an_office_file_for_a_new_office_is_made_without_a_server(tmp_path: Path, empty: RunningServer) -> None:
    target = tmp_path / "office.yaml"
    said = empty.run("import", "csv", str(SAMPLE), "-o", str(target), "--url", "http://127.0.0.1:1")
    assert said.stdout == f"{target}: 3 users, 5 devices, 2 mailboxes, 4 callflows\n"
    prepare(empty)
    assert empty.run("apply", "-f", str(target)).stdout.endswith("14 added\n")


def test_phones_are_chosen_by_model_site_and_owner_for_other_commands(office: RunningServer) -> None:
    def chosen(*options: str) -> list[str]:
        return office.run("device", "list", *options, "-o", "ids").stdout.splitlines()

    assert chosen("--model", "Yealink/t46s", "--site", "hq") == ["marie-t46s"]
    assert chosen("--model", "yealink") == ["josh-t54w", "lobby", "marie-t46s"]
    assert chosen("--owner", "marie") == ["marie-gxp2170", "marie-t46s"]
    assert chosen("--owner", "") == ["door", "lobby"]
    assert chosen("--model", "snom") == []
    assert office.run("mailbox", "list", "--owner", "josh", "-o", "ids").stdout == "josh\n"
    lines = office.run("device", "list", "--owner", "josh", "-o", "csv").stdout.splitlines()
    assert lines == ["id,name,mac,model,owner", "josh-t54w,,001565aabb03,yealink/T54W,josh"]
    assert json.loads(office.run("device", "list", "--owner", "ana", "-o", "json").stdout) == []
    unknown = office.run("device", "list", "--site", "hqq", check=False)
    assert unknown.returncode == 1 and "did you mean 'hq'?" in unknown.stderr
    assert office.run("user", "list", "--owner", "marie", check=False).returncode == 2
    with pytest.raises(Failed, match="users have no owner"):
        AdminClient(None, None, office.data).get("/api/v1/users", owner="marie")


def test_two_thousand_phones_are_taken_in_and_one_of_them_boots(empty: RunningServer, tmp_path: Path) -> None:
    empty.run("account", "add", "default", "--set", "realm=example.com")
    sheet = tmp_path / "many.csv"
    rows = (f"u{one},User {one},{1000 + one},yes,{0x001565000000 + one:012x},yealink/T46S" for one in range(2000))
    sheet.write_text("user,name,extension,voicemail,mac,model\n" + "\n".join(rows), encoding="utf-8")
    assert empty.run("import", "csv", str(sheet)).stdout == (
        "2000 callflows added\n2000 devices added\n2000 mailboxes added\n2000 users added\n"
    )
    assert empty.run("import", "csv", str(sheet)).stdout == "nothing to change\n"
    server = f"http://127.0.0.1:{empty.port('boot.http')}/"
    report = json.loads(empty.run("boot", "0015650004d2", "--server", server, "--json").stdout)
    assert [(line["label"], line["user_name"]) for line in report["accounts"]] == [("2234", "u1234-t46s")]
