"""JSON from strangers: what the parser of the platform lets through is not let through here."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.intake.payloads import BadPayload, strict_json


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json"),
        (b"  ", "json"),
        (b"{", "json"),
        (b"{'a': 1}", "json"),
        (b'{"a":1}x', "json"),
        (b'{"a":"\x00"}', "json"),
        (b'{"a":"\n"}', "json"),
        (b'{"a":01}', "json"),
        (b"\xff\xfe{\x00}\x00", "encoding"),
        (b'{"a":"\xed\xa0\x80"}', "encoding"),
        (b'{"a":NaN}', "number"),
        (b'{"a":-Infinity}', "number"),
        (b'{"a":1e400}', "number"),
        (b'{"a":1e-400}', "number"),
        (b'{"a":1e999999999999999999999}', "number"),
        (b'{"a":' + b"9" * 5000 + b"}", "number"),
        (b'{"a":0.' + b"1" * 5000 + b"}", "number"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"x":{"a":1,"a":1}}', "duplicate_key"),
        (b"[" * 100_000, "depth"),
        (b"[" * 33 + b"]" * 33, "depth"),
        (b'{"a":' * 200_000, "depth"),
        (b'{"a":"\\u0000"}', "characters"),
        (b'{"a":["\\ud800"]}', "characters"),
        (b'{"\\udfff":1}', "characters"),
    ],
)  # fmt: skip
def test_it_refuses(raw: bytes, code: str) -> None:
    with pytest.raises(BadPayload) as refused:
        strict_json(raw)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_numbers_are_exact() -> None:
    assert strict_json(b'{"a":0.1,"b":12345678901234567890}') == {
        "a": Decimal("0.1"),
        "b": 12345678901234567890,
    }


def test_a_byte_order_mark_and_a_whole_pair_are_fine() -> None:
    assert strict_json(b'\xef\xbb\xbf["\\ud83d\\ude00"]') == ["😀"]


def test_it_says_where() -> None:
    with pytest.raises(BadPayload) as refused:
        strict_json(b'{"a":[{"b":"\\u0000"}],"c":"\\ud800"}')
    assert {problem.path for problem in refused.value.problems} == {"a[0].b", "c"}


@given(st.binary(max_size=200))
def test_bytes_never_cause_another_exception(raw: bytes) -> None:
    try:
        strict_json(raw)
    except BadPayload as bad:
        assert bad.problems  # noqa: PT017


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_honest_json_comes_through_unchanged(value: object) -> None:
    import json

    try:
        assert strict_json(json.dumps(value).encode()) == value
    except BadPayload as bad:
        assert {problem.code for problem in bad.problems} == {"characters"}  # noqa: PT017
