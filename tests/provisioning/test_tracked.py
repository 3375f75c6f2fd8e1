"""What was made of a directory is kept until something that it was made of changes, and no longer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.kind import kind_of, make_document
from offhook.provisioning.cache import COST_OF_A_READ, RenderCache
from offhook.provisioning.request import BootAnswer
from offhook.provisioning.story import Story
from offhook.provisioning.tracked import Dependencies, TrackedDirectory
from tests.offices import directory_of, entry_of, office_of, read_clear

TEXT = """
accounts: [{id: default, realm: a.example}, {id: other, realm: b.example}]
sites: [{id: hq}, {id: elsewhere}]
users: [{id: marie, name: Marie}, {id: josh, name: Josh}, {id: idle, name: Idle}]
groups: [{id: desk, name: Desk, members: [{user: marie}]}]
modes: [{id: night, states: [day, night]}]
mailboxes: [{id: marie, number: "101", owner: marie}]
devices:
- id: phone
  mac: 001565000001
  model: yealink/T46S
  owner: marie
  site: hq
  sip: {username: phone, password: x}
  keys: [{position: 5, type: blf, value: josh}, {position: 6, type: blf, value: desk}, {position: 7, type: mode, value: night}]
- {id: lobby, mac: 001565000002, model: yealink/T46S, sip: {username: lobby, password: x}}
callflows:
- {id: marie, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: josh, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
- {id: desk, numbers: ["100"], start: r, nodes: {r: {type: ring, targets: [{group: desk}]}}}
- {id: jump, numbers: ["7"], start: f, nodes: {f: {type: flow, flow: josh}}}
- {id: switch, numbers: ["*28"], start: s, nodes: {s: {type: setting, what: mode, target: night}}}
"""


def put(kind: str, identity: str, **fields: Any) -> Document:
    return make_document(kind, {"id": identity, **fields}, "")


def ring(user: str) -> dict[str, Any]:
    return {"start": "r", "nodes": {"r": {"type": "ring", "targets": [{"user": user}]}}}


CHANGES: list[tuple[str, Document, bool]] = [
    ("the phone itself", put("devices", "phone", mac="001565000001", sip={"username": "phone", "password": "y"}), True),
    ("its owner", put("users", "marie", name="Marie-Louise"), True),
    ("its site", put("sites", "hq", settings={"vlan_id": 5}), True),
    ("its account", put("accounts", "default", realm="c.example"), True),
    ("somebody whom a key watches", put("users", "josh", name="Joshua"), True),
    ("a group that a key watches", put("groups", "desk", name="Reception"), True),
    ("a mode that a key switches", put("modes", "night", name="Nuit", states=["day", "night"]), True),
    ("the callflow that switches it", put("callflows", "switch", numbers=["*29"], start="s", nodes={
        "s": {"type": "setting", "what": "mode", "target": "night"}}), True),
    ("the owner's callflow", put("callflows", "marie", numbers=["199"], **ring("marie")), True),
    ("the callflow of somebody whom a key watches", put("callflows", "josh", numbers=["198"], **ring("josh")), True),
    ("a callflow that another goes on in", put("callflows", "josh", numbers=["102"], **ring("marie")), True),
    ("a new callflow that rings the owner", put("callflows", "new", numbers=["150"], **ring("marie")), True),
    ("a new mailbox of the owner", put("mailboxes", "new", number="150", owner="marie"), True),
    ("the owner's mailbox", put("mailboxes", "marie", number="199", owner="marie"), True),
    ("a first callflow for listening to messages", put("callflows", "new", numbers=["*97"], start="v", nodes={
        "v": {"type": "voicemail_check"}}), True),
    ("a user of no concern", put("users", "idle", name="Idler"), False),
    ("another phone", put("devices", "lobby", mac="001565000003", sip={"username": "lobby", "password": "y"}), False),
    ("another site", put("sites", "elsewhere", timezone="Europe/Rome"), False),
    ("another account", put("accounts", "other", realm="d.example"), False),
    ("a callflow that rings somebody of no concern", put("callflows", "new", numbers=["150"], **ring("idle")), False),
    ("a mailbox of nobody", put("mailboxes", "new", number="150"), False),
    ("a contact", put("contacts", "new", name="X"), False),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "concerns"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_a_config_is_made_anew_when_what_it_was_made_of_changes_and_only_then(
    what: str, change: Document, concerns: bool
) -> None:
    office = office_of(TEXT)
    first, _ = office.ask("/001565000001.cfg")
    assert first.status == 200
    office.change(change)
    again, _ = office.ask("/001565000001.cfg")
    assert again.status == 200 and (again is not first) == concerns


@pytest.mark.parametrize(
    "removed", [("devices", "phone"), ("callflows", "marie"), ("mailboxes", "marie"), ("users", "josh")]
)
def test_a_removal_shows_at_the_next_request(removed: tuple[str, str]) -> None:  # fmt: skip
    office = office_of(TEXT)
    first, _ = office.ask("/001565000001.cfg")
    office.directory = office.directory.changed(2, [(("default", *removed), None)])
    again, _ = office.ask("/001565000001.cfg")
    assert again.body != first.body


READS: list[tuple[str, Callable[[Directory], object]]] = [
    ("entry", lambda d: [_body(d.entry("default", "users", user)) for user in ("u1", "u2")]),
    ("get", lambda d: d.get("default", "users", "u1")),
    ("find", lambda d: d.find(Device, "default", "d1")),
    ("accounts", lambda d: d.accounts()),
    ("ids", lambda d: d.ids("default", "users")),
    ("holders", lambda d: d.holders("mac", "001565000001")),
    ("device_of_mac", lambda d: d.device_of_mac("001565000001")),
    ("device_of_login", lambda d: d.device_of_login("default", "d1")),
    ("account_of_realm", lambda d: d.account_of_realm("a.example")),
    ("callflow_of_number", lambda d: d.callflow_of_number("default", "101")),
    ("referrers", lambda d: d.referrers("default", "users", "u1")),
    ("owned", lambda d: d.owned("default", "u1", "devices")),
    ("feature_numbers", lambda d: d.feature_numbers("checks_voicemail", "default")),
    ("extensions", lambda d: d.extensions("default", "users", "u1")),
    ("ringing_numbers", lambda d: d.ringing_numbers("default", "users", "u1")),
    ("rung_by", lambda d: d.rung_by("default", "users", "u1")),
    ("account", lambda d: d.account("default") if d.entry("default", "accounts", "default") else None),
]
UNTRACKED = {"all", "changed", "counts", "earlier_callflow", "empty", "only_account", "patterned"}
"""What no file is made of: all documents one by one or counted, the making of revisions, whose file a request is for, and what only
calls ask."""


def _body(entry: Entry | None) -> bytes | None:
    return entry.body if entry is not None else None


def test_every_question_that_a_directory_answers_is_known_here() -> None:
    public = {name for name, _ in inspect.getmembers(Directory, inspect.isroutine) if not name.startswith("_")}
    assert public == {name for name, _ in READS} | UNTRACKED


documents = st.one_of(
    st.sampled_from(["u1", "u2"]).map(lambda user: put("users", user, name=user)),
    st.builds(
        lambda name, owner, mac: put("devices", name, owner=owner, mac=f"00156500000{mac}", sip={"username": name}),
        st.sampled_from(["d1", "d2"]),
        st.sampled_from(["u1", "u2", None]),
        st.integers(1, 2),
    ),
    st.builds(
        lambda name, number, node, enabled: put(
            "callflows", name, enabled=enabled, numbers=[number], start="a", nodes={"a": node}
        ),
        st.sampled_from(["f1", "f2"]),
        st.sampled_from(["101", "102"]),
        st.sampled_from(
            [{"type": "ring", "targets": [{"user": "u1"}]}, {"type": "ring", "targets": [{"user": "u2"}]},
             {"type": "flow", "flow": "f1"}, {"type": "voicemail_check"}]
        ),
        st.booleans(),
    ),
    st.sampled_from(["a.example", "b.example"]).map(lambda realm: put("accounts", "default", realm=realm)),
)  # fmt: skip
changes = st.lists(st.tuples(documents, st.booleans()), min_size=1, max_size=3)


def changed(directory: Directory, made: list[tuple[Document, bool]]) -> Directory:
    revision = directory.revision + 1
    keys = [((document.account, kind_of(document), document.id), document, stays) for document, stays in made]
    return directory.changed(
        revision, [(key, entry_of(document, revision) if stays else None) for key, document, stays in keys]
    )


@settings(max_examples=150, deadline=None)
@given(changes, changes, st.sets(st.sampled_from([name for name, _ in READS]), min_size=1, max_size=4))
def test_whatever_was_asked_a_changed_answer_is_noticed(
    before: list[tuple[Document, bool]], after: list[tuple[Document, bool]], asked: set[str]
) -> None:
    directory = changed(Directory.empty(Documents(read_clear)), before)
    tracked = TrackedDirectory(directory)
    questions = [read for name, read in READS if name in asked]
    answers = [_without_revision(read(tracked)) for read in questions]
    assert answers == [_without_revision(read(directory)) for read in questions]
    kept = Dependencies(tracked)
    assert kept.hold(directory)
    following = changed(directory, after)
    held = kept.hold(following)
    if held:
        assert answers == [_without_revision(read(following)) for read in questions]
    assert kept.hold(directory), "going back to the directory that it was made of"


@pytest.mark.parametrize(("name", "read"), READS, ids=[name for name, _ in READS])
def test_each_answer_by_itself_is_noticed_when_it_changes(name: str, read: Callable[[Directory], object]) -> None:
    phone = {"mac": "001565000001", "owner": "u1", "sip": {"username": "d1"}}
    before = directory_of([
        put("accounts", "default", realm="a.example"), put("users", "u1", name="U"), put("devices", "d1", **phone),
        put("callflows", "f1", numbers=["101"], **ring("u1")),
        put("callflows", "f2", numbers=["*97"], start="v", nodes={"v": {"type": "voicemail_check"}}),
    ])  # fmt: skip
    after = changed(before, [
        (put("accounts", "default", realm="c.example"), True), (put("accounts", "second", realm="b.example"), True),
        (put("users", "u1", name="Other"), True), (put("users", "u2", name="U"), True),
        (put("devices", "d1"), False), (put("callflows", "f1", **ring("u2")), True), (put("callflows", "f2", **ring("u2")), True),
    ])  # fmt: skip
    tracked = TrackedDirectory(before)
    assert _without_revision(read(tracked)) != _without_revision(read(after)), f"nothing changes for {name}"
    kept = Dependencies(tracked)
    assert kept.hold(before) and not kept.hold(after)


def _without_revision(answer: object) -> object:
    return msgspec.structs.replace(answer, rev=0) if isinstance(answer, Document) else answer


def answer(size: int) -> BootAnswer:
    return BootAnswer(status=200, body=b"x" * size)


def test_the_cache_forgets_what_was_not_asked_for_longest_and_stays_within_its_bytes() -> None:
    directory = directory_of([])
    nothing = Dependencies(TrackedDirectory(directory))
    cache = RenderCache(limit=100)
    for key in ("a", "b"):
        cache.put(key, answer(40), nothing)
    assert cache.get("a", directory) is not None
    cache.put("c", answer(40), nothing)
    assert [cache.get(key, directory) is not None for key in ("a", "b", "c")] == [True, False, True]
    cache.put("a", answer(90), nothing)
    assert [cache.get(key, directory) is not None for key in ("a", "b", "c")] == [True, False, False]
    cache.put("d", answer(101), nothing)
    assert cache.get("d", directory) is None and cache.get("a", directory) is None
    assert (cache.hits, cache.misses) == (4, 5)


def test_what_an_answer_depends_on_takes_room_as_well() -> None:
    directory = directory_of([])
    tracked = TrackedDirectory(directory)
    tracked.ids("default", "users")
    cache = RenderCache(limit=COST_OF_A_READ)
    cache.put("a", answer(1), Dependencies(tracked))
    assert cache.get("a", directory) is None


def test_a_story_keeps_the_last_events_of_the_phones_that_asked_last() -> None:
    office = office_of(TEXT)
    story = Story(phones=2, events=2)
    heard: list[str | None] = []
    story.listen(lambda event: heard.append(event.mac))
    for path in ("/001565000001.cfg", "/001565000002.cfg", "/001565000001.boot", "/001565000001.cfg", "/001565000099.cfg",
                 "/y000000000066.cfg"):  # fmt: skip
        story.add(office.ask(path)[1])
    assert [event.path for event in story.of_mac("001565000001")] == ["/001565000001.boot", "/001565000001.cfg"]
    assert story.of_mac("001565000002") == [], "the phone that has been silent longest is forgotten first"
    assert [event.path for event in story.of_nobody()] == ["/y000000000066.cfg"]
    assert len(heard) == 6
    story.remember(story.of_nobody()[0])
    assert len(heard) == 6 and len(story.of_nobody()) == 2
