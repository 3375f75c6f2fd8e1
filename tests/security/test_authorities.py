"""Manufacturers' authorities, imported into a real server by the command."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.e2e.asking import admin, holder
from tests.e2e.running import RunningServer
from tests.factory import authority, phone


def test_an_authority_is_imported_shown_revoked_from_and_removed(empty: RunningServer, tmp_path: Path) -> None:
    root = authority("Snom Phone 1")
    pem, _ = authority("Snom Issuing", root).written(tmp_path, "snom", root)
    said = empty.run("ca", "import", "--vendor", "snom", str(pem)).stdout
    pairs = ":".join(root.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    assert pairs in said and "CN=Snom Issuing" in said and "EC secp256r1, signed with sha256" in said
    assert "2036-05-29" in said
    listed = empty.run("ca", "list").stdout
    assert root.fingerprint[:16] in listed and listed.count("snom") == 2
    book = empty.data / "authorities.json"
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    empty.run("ca", "revoke", pairs, "0A:BC")
    empty.run("ca", "import", "--vendor", "snom", "--refuse-expired", str(pem))
    items = json.loads(empty.run("ca", "list", "--json").stdout)
    known = next(one for one in items if one["fingerprint"] == root.fingerprint)
    assert known["revoked"] == ["abc"] and known["refuse_expired"], "importing it again revives nothing"
    empty.stop()
    with RunningServer(empty.data) as again:
        assert json.loads(again.run("ca", "list", "--json").stdout) == items
        assert "nothing is revoked" in again.run("ca", "revoke", "--undo", root.fingerprint[:8], "abc").stdout
        again.run("ca", "remove", root.fingerprint[:8])
        assert root.fingerprint[:16] not in again.run("ca", "list").stdout
        done = [
            one["action"] + " " + one["what"].split()[0] for one in admin(again)("GET", "/api/v1/audit").values["items"]
        ]
        for action in ("imported authority", "revoked certificate", "restored certificate", "removed authority"):
            assert action in done, done


def test_what_is_no_authority_is_refused_in_words(empty: RunningServer, tmp_path: Path) -> None:
    root = authority("Root")
    leaf, _ = phone(root, ("CN", "001565aabb01")).written(tmp_path, "leaf")
    pem, _ = root.written(tmp_path, "root")
    for arguments, words in (
        (("import", "--vendor", "yealink", str(leaf)), "no certification authority's certificate"),
        (("import", "--vendor", "yaelink", str(pem)), "did you mean 'yealink'"),
        (("remove", "0123456789"), "offhook ca list"),
        (("revoke", "0123456789", "1"), "there is no authority"),
    ):
        done = empty.run("ca", *arguments, check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    assert json.loads(empty.run("ca", "list", "--json").stdout) == []


def test_only_who_changes_the_whole_installation_changes_whom_it_believes(empty: RunningServer, tmp_path: Path) -> None:
    text = authority("Root").pem.decode()
    empty.run("apply", "-f", "-", stdin="accounts: [{id: default, realm: a.example}]")
    for asking in (holder(empty, "read"), holder(empty, "write", account="default")):
        assert asking("POST", "/api/v1/authorities", {"vendor": "snom", "pem": text}).status == 403
    assert holder(empty, "write")("POST", "/api/v1/authorities", {"vendor": "snom", "pem": text}).status == 201


def test_a_backup_brings_the_authorities_back(empty: RunningServer, tmp_path: Path) -> None:
    pem, _ = authority("Root").written(tmp_path, "root")
    empty.run("ca", "import", "--vendor", "snom", str(pem))
    before = empty.run("ca", "list", "--json").stdout
    empty.run("backup", "-o", str(tmp_path / "backup.tar.gz"))
    empty.stop()
    key = empty.data / "keys" / "master.key"
    other = RunningServer(tmp_path / "other")
    other.run("restore", str(tmp_path / "backup.tar.gz"), "--data", str(other.data), "--key-file", str(key))
    with other:
        assert other.run("ca", "list", "--json").stdout == before
