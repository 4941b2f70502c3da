"""Vectors of the platforms and of Standard Webhooks, and every case that its test suite lists."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from office.hooks.signatures import body_fits, standard_fits, standard_key
from tests.orders.hooks.samples import API_SECRET, hmac_vectors, load

VECTORS = load("standard-webhooks/vectors.json")
SENT = dt.datetime.fromtimestamp(int(VECTORS["webhook-timestamp"]), dt.UTC)
RIGHT = VECTORS["expected_signature"]
WRONG = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA="


def fits(**changes: Any) -> bool:
    given = {
        "secrets": [VECTORS["secret"]],
        "raw": VECTORS["payload"].encode(),
        "message_id": VECTORS["webhook-id"],
        "timestamp": VECTORS["webhook-timestamp"],
        "signature": RIGHT,
        "now": SENT,
        **changes,
    }
    secrets, raw = given.pop("secrets"), given.pop("raw")
    return standard_fits(secrets, raw, **given)


def test_the_published_vector_fits() -> None:
    assert fits()


def test_the_near_miss_does_not_fit() -> None:
    assert not fits(signature=VECTORS["near_miss_must_fail"])


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": ""},
        {"timestamp": ""},
        {"timestamp": "hello"},
        {"timestamp": "1614265330.5"},
        {"timestamp": "-1614265330"},
        {"timestamp": "１６１４２６５３３０"},
        {"timestamp": "9" * 400},
        {"signature": ""},
        {"signature": "v1"},
        {"signature": "v1,"},
        {"signature": "v1,not base64"},
        {"signature": "v1,%%%%"},
        {"signature": "v1,\u4f60\u597d"},
        {"signature": RIGHT.replace("v1,", "v1a,")},
        {"signature": RIGHT.replace("v1,", "v2,")},
        {"signature": RIGHT.removeprefix("v1,")},
        {"raw": b'{"test": 2432232315}'},
        {"raw": b""},
        {"message_id": "msg_other"},
        {"message_id": "msg_\ud800"},
        {"secrets": []},
        {"secrets": [""]},
        {"secrets": ["whsec_"]},
        {"secrets": ["not base64!"]},
    ],
)
def test_what_is_missing_or_malformed_is_refused_without_an_exception(changes: dict[str, Any]) -> None:
    assert not fits(**changes)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_the_time_may_be_off_by_five_minutes(seconds: int, expected: bool) -> None:
    assert fits(now=SENT + dt.timedelta(seconds=seconds)) is expected


def test_one_right_signature_among_wrong_ones_fits() -> None:
    v2 = "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert fits(signature=f"{WRONG} {v2} {RIGHT} {WRONG}")


def test_a_flood_of_signatures_is_not_gone_through() -> None:
    assert not fits(signature=" ".join([WRONG] * 50 + [RIGHT]))


@pytest.mark.parametrize("change", [str, lambda s: s.removeprefix("whsec_"), lambda s: s.rstrip("=")])
def test_the_secret_fits_with_and_without_prefix_and_padding(change: Any) -> None:
    assert fits(secrets=[change(VECTORS["secret"])])
    padded = "whsec_" + base64.b64encode(b"k" * 25).decode()
    assert standard_key(change(padded)) == b"k" * 25


@pytest.mark.parametrize("secret", ["", "whsec_", "   ", "whsec_====", "whsec_a", "whsec_\u00e9"])
def test_an_empty_or_broken_secret_is_an_error(secret: str) -> None:
    with pytest.raises(ValueError):
        standard_key(secret)


def test_an_empty_payload_with_a_right_signature_fits() -> None:
    signature = Webhook(API_SECRET).sign("msg_1", SENT, "")
    assert fits(secrets=[API_SECRET], message_id="msg_1", raw=b"", signature=signature)


def test_either_secret_fits_during_a_rotation() -> None:
    other = "whsec_" + base64.b64encode(b"n" * 32).decode()
    assert fits(secrets=[other, VECTORS["secret"]])


def test_a_body_that_is_no_text_can_be_verified() -> None:
    assert not fits(raw=b"\xff\xfe\x00")


@given(st.binary(max_size=60), st.text(max_size=30), st.text(max_size=80))
def test_a_stranger_never_causes_an_exception(raw: bytes, timestamp: str, signature: str) -> None:
    assert not fits(raw=raw, timestamp=timestamp, signature=signature)
    assert not fits(raw=raw, signature=f"v1,{signature}")
    assert not body_fits("hush", raw, signature)


@pytest.mark.parametrize("vector", hmac_vectors())
def test_shopify_vectors(vector: dict[str, Any]) -> None:
    secret = vector.get("secret", "hush")
    assert body_fits(secret, vector["raw_body"].encode(), vector["header"] or "") is vector["valid"]
