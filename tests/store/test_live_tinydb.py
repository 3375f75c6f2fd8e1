"""TinyDB both ways: plain TinyDB on our file, our store on its file, and its queries on the live documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tinydb import TinyDB, where

from offhook.store.base import StoreDamaged
from offhook.store.live import ReadOnly
from offhook.store.tinydb import TinyDBStore

from .office import Office, deleted, office, saved


async def make(folder: Path) -> None:
    store = TinyDBStore(folder)
    await store.load()
    await store.commit([saved("marie-desk", mac="001565aabb01"), saved("lobby", mac="001565aabb02")], 0)
    await store.commit([saved("marie", kind="users", account="acme", name="Émilie")], 1)
    await store.close()


async def load(folder: Path) -> tuple[int, Office]:
    store = TinyDBStore(folder)
    revision, documents = await store.load()
    await store.close()
    return revision, office(documents)


async def test_plain_tinydb_opens_and_queries_our_file(tmp_path: Path) -> None:
    await make(tmp_path)
    with TinyDB(tmp_path / "db.json") as plain:
        assert plain.tables() == {"devices", "users", "_offhook"}
        [desk] = plain.table("devices").search(where("mac") == "001565aabb01")
        assert (desk.doc_id, desk["id"], desk["_offhook"]) == (1, "marie-desk", ["default", "marie-desk", 1])
        assert plain.table("users").get(doc_id=1) == {
            "_offhook": ["acme", "marie", 1],
            "id": "marie",
            "name": "Émilie",
        }
        ours = plain.table("_offhook").get(doc_id=1)
        assert isinstance(ours, dict)
        assert (ours["format"], ours["revision"]) == (1, 2)


async def test_what_plain_tinydb_wrote_into_our_file_is_loaded(tmp_path: Path) -> None:
    await make(tmp_path)
    with TinyDB(tmp_path / "db.json") as plain:
        plain.table("devices").update({"mac": "001565aabbff"}, where("id") == "marie-desk")
        plain.table("devices").insert({"id": "doorbell", "account": "default"})
        plain.table("devices").remove(where("id") == "lobby")
    assert (tmp_path / "db.json").read_bytes().count(b"\n") == 0
    expected: Office = {
        ("devices", "default", "marie-desk"): (1, {"id": "marie-desk", "mac": "001565aabbff"}),
        ("devices", "default", "doorbell"): (1, {"id": "doorbell", "account": "default"}),
        ("users", "acme", "marie"): (1, {"id": "marie", "name": "Émilie"}),
    }
    assert await load(tmp_path) == (2, expected)
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.commit([saved("doorbell", 1)], 2)
    await store.close()
    assert (tmp_path / "db.json").read_bytes().count(b"\n") > 5
    assert await load(tmp_path) == (3, expected | {("devices", "default", "doorbell"): (2, {"id": "doorbell"})})


async def test_a_file_that_only_plain_tinydb_ever_wrote_is_an_office_at_revision_0(tmp_path: Path) -> None:
    with TinyDB(tmp_path / "db.json", indent=2) as plain:
        plain.table("users").insert({"id": "marie", "account": "acme", "rev": 4})
    assert await load(tmp_path) == (0, {("users", "acme", "marie"): (4, {"id": "marie", "account": "acme", "rev": 4})})
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.commit([saved("marie", 4, kind="users", account="acme")], 0)
    await store.close()
    assert await load(tmp_path) == (1, {("users", "acme", "marie"): (5, {"id": "marie"})})


async def test_documents_of_the_default_table_have_no_kind(tmp_path: Path) -> None:
    with TinyDB(tmp_path / "db.json") as plain:
        plain.insert({"id": "marie"})
    with pytest.raises(StoreDamaged, match="table _default"):
        await load(tmp_path)


async def test_queries_see_the_live_documents(tmp_path: Path) -> None:
    await make(tmp_path)
    store = TinyDBStore(tmp_path)
    revision, _ = await store.load()
    live = store.tinydb()
    devices = live.table("devices")
    query = where("mac").matches("001565")
    assert [device["id"] for device in devices.search(query)] == ["marie-desk", "lobby"]
    await store.commit([saved("doorbell", mac="001565aabb03"), deleted("lobby", 1)], revision)
    assert [device["id"] for device in devices.search(query)] == ["marie-desk", "doorbell"]
    assert devices.count(where("_offhook").test(lambda known: known[2] == 1)) == 2
    assert len(devices) == 2
    assert [user["name"] for user in live.table("users")] == ["Émilie"]
    assert devices.get(doc_id=2) == {
        "_offhook": ["default", "doorbell", 1],
        "id": "doorbell",
        "mac": "001565aabb03",
    }
    assert devices.get(doc_id=3) is None
    assert live.tables() == {"devices", "users", "_offhook"}
    assert live.table("_offhook").get(doc_id=1) == {"format": 1, "revision": 3}
    await store.close()


async def test_writing_through_the_live_tinydb_is_refused(tmp_path: Path) -> None:
    await make(tmp_path)
    store = TinyDBStore(tmp_path)
    await store.load()
    live = store.tinydb()
    with pytest.raises(ReadOnly, match="through the registry"):
        live.table("devices").insert({"id": "doorbell"})
    with pytest.raises(ReadOnly):
        live.table("devices").remove(where("id") == "lobby")
    with pytest.raises(ReadOnly):
        live.drop_tables()
    await store.close()
    assert len((await load(tmp_path))[1]) == 3


async def test_the_same_changes_make_the_same_file(tmp_path: Path) -> None:
    await make(tmp_path / "one")
    await make(tmp_path / "two")
    assert (tmp_path / "one" / "db.json").read_bytes() == (tmp_path / "two" / "db.json").read_bytes()
    assert list(json.loads((tmp_path / "one" / "db.json").read_bytes())) == ["devices", "users", "_offhook"]
