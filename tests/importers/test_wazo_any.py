"""Whatever a file of wazo-provd's shape says, the server takes the office, or the file is refused in words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from offhook.importers.report import Unreadable
from offhook.importers.wazo import import_wazo
from tests.importers.kazoo_office import documents_of, problems
from tests.importers.wazo_phones import MODELS

texts = st.sampled_from(
    ["", "101", "102", "*98", "Marie", "10.0.0.1", "acme.example", "a b", "é\n", "\x00", "-2", "abc-2"]
) | st.text(max_size=8)
scalars = texts | st.integers() | st.booleans() | st.none() | st.floats()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
ids = st.sampled_from(["base", "d1", "d2", "ap"])


def mapping_of(**named: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=named)


lines = st.dictionaries(
    st.sampled_from(["1", "2", "3", "x"]) | texts,
    mapping_of(
        username=texts, auth_username=texts, password=texts, display_name=texts, number=texts, proxy_ip=texts,
        proxy_port=st.integers(0, 70_000) | scalars, registrar_ip=texts, backup_proxy_ip=texts, voicemail=texts,
        dtmf_mode=st.sampled_from(["SIP-INFO", "RTP-in-band", "?"]),
    ) | anything,
    max_size=3,
)  # fmt: skip
keys = st.dictionaries(
    st.integers(-1, 200).map(str) | texts,
    mapping_of(type=st.sampled_from(["blf", "speeddial", "park", "?"]) | scalars, value=scalars, label=scalars, line=scalars) | anything,
    max_size=4,
)  # fmt: skip
raw_configs = mapping_of(
    sip_lines=lines | anything, funckeys=keys | anything, timezone=texts, locale=st.sampled_from(["fr_FR", "xx", "xx_YY"]) | scalars,
    vlan_enabled=st.booleans() | scalars, vlan_id=st.integers(-1, 5000) | scalars, vlan_priority=scalars, ntp_enabled=st.booleans(),
    ntp_ip=scalars, syslog_enabled=st.booleans(), syslog_ip=scalars, syslog_port=scalars, syslog_level=scalars,
    sip_transport=scalars, sip_proxy_ip=scalars, sip_dtmf_mode=scalars, admin_password=scalars, exten_voicemail=scalars,
    X_any=anything,
)  # fmt: skip
configs = mapping_of(
    id=ids | scalars, parent_ids=st.lists(ids | scalars, max_size=3) | scalars, raw_config=raw_configs | anything,
    role=st.sampled_from(["default", "autocreate"]) | scalars,
)  # fmt: skip
devices = mapping_of(
    id=ids | scalars, mac=st.sampled_from(["00:15:65:aa:bb:01", "00:15:65:aa:bb:02", "ff"]) | scalars,
    vendor=st.sampled_from(["Yealink", "Aastra", "?"]) | scalars, model=scalars, config=ids | scalars, description=scalars,
    options=anything, plugin=scalars,
)  # fmt: skip


@given(st.lists(devices | configs | anything, max_size=6))
def test_any_file_gives_an_office_that_the_server_takes_or_is_refused(documents: list[Any]) -> None:
    try:
        office = import_wazo([("file", json.dumps(documents))], models=MODELS)
    except Unreadable as refused:
        assert str(refused)
        return
    found = documents_of(office)
    if "accounts" in office.office:
        assert problems(found) == []


@given(
    st.lists(st.tuples(ids, devices), min_size=1, max_size=4, unique_by=lambda one: one[0]),
    st.lists(
        st.tuples(ids, raw_configs, st.lists(ids, max_size=2)), min_size=1, max_size=4, unique_by=lambda one: one[0]
    ),
)
def test_whatever_provd_may_hold_gives_an_office_that_the_server_takes(
    listed: list[tuple[str, dict[str, Any]]], said: list[tuple[str, dict[str, Any], list[str]]]
) -> None:
    found = {
        "devices": [{**one, "id": identity, "config": identity} for identity, one in listed],
        "configs": [{"id": identity, "raw_config": raw, "parent_ids": parents} for identity, raw, parents in said],
    }
    present = {"id": "default", "realm": "10.0.0.1"}
    office = import_wazo([("file", json.dumps(found))], models=MODELS, present=present)
    office.office.setdefault("accounts", [present])
    assert problems(documents_of(office)) == []
    assert len(office.office["devices"]) == len(listed)
