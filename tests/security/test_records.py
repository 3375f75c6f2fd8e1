"""Enrolments, packed: what is kept is what comes out."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from offhook.provisioning.guard.enrolment import Enrolment
from offhook.provisioning.guard.records import Records
from offhook.provisioning.guard.tokens import Issued

TOKENS = st.builds(
    Issued,
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.none() | st.floats(allow_nan=False),
)
ENROLMENTS = st.builds(
    Enrolment,
    account=st.sampled_from(["default", "other"]),
    device=st.sampled_from(["a", "b", "a-b", "a.b"]),
    mac=st.none() | st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
    stage=st.sampled_from(["open", "enrolled", "locked"]),
    opened=st.floats(allow_nan=False),
    first=st.none() | TOKENS,
    steady=st.lists(TOKENS, max_size=3).map(tuple),
    address=st.none() | st.text(max_size=30),
    reason=st.text(max_size=60),
    leaf=st.none() | st.binary(min_size=32, max_size=32),
)


@given(st.lists(ENROLMENTS, max_size=20), st.sets(st.sampled_from([("default", "a"), ("other", "a-b")])))
def test_what_is_kept_comes_out_and_only_living_tokens_lead_to_it(
    enrolments: list[Enrolment], removed: set[tuple[str, str]]
) -> None:
    records = Records()
    for enrolment in enrolments:
        records.put(enrolment)
    for key in removed:
        records.remove(key)
    kept = {enrolment.key: enrolment for enrolment in enrolments if enrolment.key not in removed}
    assert {key: records.get(key) for key in records} == kept
    assert +records.stages == Counter(enrolment.stage for enrolment in kept.values())
    living = {one.digest for each in kept.values() for one in (*each.steady, *((each.first,) if each.first else ()))}
    for enrolment in enrolments:
        for one in (*enrolment.steady, *((enrolment.first,) if enrolment.first else ())):
            found = records.by_digest(one.digest)
            assert found is None or kept[found.key] == found
            assert found is None or one.digest in living
