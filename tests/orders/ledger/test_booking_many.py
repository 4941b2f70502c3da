"""A large import: while the database takes one chunk of orders, Python makes the next over the same connection."""

from __future__ import annotations

import pytest

from office import crypto
from orders.models import Order, OrderLine
from orders.services.booking.writing import CHUNK
from tests.orders.ledger.arrange import book, incoming, line

pytestmark = pytest.mark.django_db


def test_keys_that_are_read_again_meanwhile_wait_for_the_chunk_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The index keys are trusted for seconds only. A statement between the pieces of a COPY would tear the stream."""
    crypto.forget_index_keys()
    monkeypatch.setattr(crypto, "INDEX_KEYS_TRUSTED", 0.0)
    count = CHUNK * 4
    lines = tuple(
        line(f"SKU-{n}", "便携不锈钢真空保温杯" * 12) for n in range(6)
    )  # more than a socket holds at once
    found = book(*[incoming(f"N{n}", lines=lines) for n in range(count)])
    assert {booking.status for booking in found} == {"inserted"}
    assert (Order.objects.count(), OrderLine.objects.count()) == (count, count * 6)
    crypto.forget_index_keys()
