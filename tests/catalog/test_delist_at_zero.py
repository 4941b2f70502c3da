"""Goods without stock leave the shelf by themselves, and nothing comes back by itself."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from catalog.models import ChannelListing, ListingFact
from catalog.services.delisting import delist_at_zero
from tests.catalog.shelf import HOUR, NOW, channel, listing, sku

pytestmark = pytest.mark.django_db


def test_nothing_on_sale_means_nothing_to_do() -> None:
    made = sku()
    listing(made)
    assert delist_at_zero(sku_ids=[made.pk], by=None, now=NOW) == []
    assert not ListingFact.objects.exists()


@pytest.mark.parametrize(
    ("listed", "clause"),
    [(True, "C11.2b"), (False, "C11.1"), (False, "")],
    ids=["on", "other clause", "none"],
)
def test_the_database_refuses_what_nobody_agreed_to(listed: bool, clause: str) -> None:
    made = sku()
    with pytest.raises(IntegrityError), transaction.atomic():
        ListingFact.objects.create(
            sku=made, channel=channel(), listed=listed, at=NOW, authority_clause=clause
        )


def test_the_database_refuses_a_state_without_its_fact() -> None:
    row = listing(sku())
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelListing.objects.filter(pk=row.pk).update(listed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelListing.objects.filter(pk=row.pk).update(since=NOW)


def test_a_state_follows_the_latest_fact_only() -> None:
    row = listing(sku())
    facts = [
        ListingFact.objects.create(
            sku=row.sku, channel=row.channel, listed=False, at=NOW + step * HOUR, authority_clause="C11.2b"
        )
        for step in range(2)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        ChannelListing.objects.filter(pk=row.pk).update(fact=facts[0], since=facts[0].at)
    ChannelListing.objects.filter(pk=row.pk).update(fact=facts[1], since=facts[1].at)
