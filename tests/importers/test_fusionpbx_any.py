"""Whatever FusionPBX's tables say, the server takes the office, or the file is refused in words."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from offhook.importers.fusionpbx import import_fusionpbx
from offhook.importers.report import Unreadable
from tests.importers.fusionpbx_tables import MODELS, imported
from tests.importers.kazoo_office import documents_of, problems

texts = st.sampled_from(
    ["", "1", "2", "0", "true", "false", "101", "102", "-2", "101-2", "*97", "acme.example", "Marie", "${user}", "a b", "70000", "\x00"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)  # fmt: skip
ids = st.sampled_from(["one", "two"])


def rows(*columns: str, **known: Any) -> st.SearchStrategy[list[dict[str, str]]]:
    row = st.fixed_dictionaries(known, optional=dict.fromkeys(columns, texts))
    return st.lists(row, min_size=1, max_size=4)


LINES = ("server_address", "outbound_proxy_primary", "outbound_proxy_secondary", "server_address_primary", "display_name", "label",
         "user_id", "auth_id", "password", "sip_port", "sip_transport", "register_expires", "shared_line", "enabled")  # fmt: skip
devices = rows(
    "device_label", "device_enabled", "device_description", "device_profile_uuid", "device_password", "device_time_zone", "odd",
    "line_number", *LINES, *(f"{name}|2" for name in LINES),
    device_uuid=ids, device_address=st.sampled_from(["001565aabb01", "00-04-13-aa-bb-02", "ff", ""]),
    device_vendor=st.sampled_from(["yealink", "snom", "cisco", "?"]), device_template=st.sampled_from(["yealink/t46s", "x/y", ""]),
)  # fmt: skip
lines = rows(*LINES, device_uuid=ids, line_number=st.sampled_from(["1", "2", "x", "٣"]))
keys = rows(
    "device_key_line", "device_key_value", "device_key_label", "device_key_extension", device_uuid=ids,
    device_key_id=st.sampled_from(["1", "2", "41", "0", "999", "²"]) | texts,
    device_key_category=st.sampled_from(["line", "memory", "expansion", "expansion-6", "programmable", ""]),
    device_key_vendor=st.sampled_from(["yealink", "snom", ""]),
    device_key_type=st.sampled_from(["0", "10", "13", "15", "16", "17", "blf", "dest", "line", "?"]),
)  # fmt: skip
extensions = rows(
    "number_alias", "password", "effective_caller_id_name", "outbound_caller_id_name", "outbound_caller_id_number",
    "emergency_caller_id_number", "directory_first_name", "call_timeout", "do_not_disturb", "forward_all_destination",
    "forward_all_enabled", "forward_busy_destination", "extension_language", "extension_dialect", "absolute_codec_string",
    "enabled", "description", extension=st.sampled_from(["101", "102", "Marie"]) | texts,
)  # fmt: skip
voicemails = rows(
    "voicemail_password", "voicemail_mail_to", "voicemail_enabled", voicemail_id=st.sampled_from(["101", "102"]) | texts
)
settings = rows(
    domain_setting_category=st.sampled_from(["provision", "domain", "theme"]), domain_setting_enabled=st.sampled_from(["true", ""]),
    domain_setting_subcategory=st.sampled_from(
        ["time_zone", "language", "ntp_server_primary", "admin_password", "voicemail_number", "yealink_vlan_enable",
         "yealink_vlan_id", "yealink_dtmf_type", "yealink_call_waiting", "odd"]),
    domain_setting_value=texts,
)  # fmt: skip


@given(devices, st.lists(lines | keys | extensions | voicemails | settings, max_size=5))
def test_whatever_the_tables_say_the_server_takes_the_office(
    listed: list[dict[str, str]], more: list[list[dict[str, str]]]
) -> None:
    present = {"id": "default", "realm": "acme.example"}
    office = imported(listed, *more, present=present)
    office.office.setdefault("accounts", [present])
    assert problems(documents_of(office)) == []


@given(
    st.text(max_size=60)
    | st.tuples(
        st.sampled_from(["device_address,line_number|2,x\n", "extension;password\n"]), st.text(max_size=60)
    ).map("".join)
)
def test_any_text_gives_an_office_or_is_refused(text: str) -> None:
    try:
        office = import_fusionpbx([("file", text)], models=MODELS)
    except Unreadable as refused:
        assert str(refused)
        return
    documents_of(office)
