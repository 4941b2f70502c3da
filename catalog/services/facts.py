"""The one place where goods go on sale and off: a fact, and the listing that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from catalog.models import ChannelListing, ListingFact


def write_facts(
    listings: Sequence[ChannelListing],
    *,
    listed: bool,
    now: datetime,
    run_id: int | None = None,
    authority_clause: str = "",
) -> None:
    """One fact for each locked listing, resting on a run or on a clause that acts by itself; the database compares it
    with what was agreed."""
    facts = ListingFact.objects.bulk_create(
        ListingFact(
            sku_id=listing.sku_id,
            channel_id=listing.channel_id,
            listed=listed,
            at=now,
            run_id=run_id,
            authority_clause=authority_clause,
        )
        for listing in listings
    )
    for listing, fact in zip(listings, facts, strict=True):
        listing.fact, listing.listed, listing.since = fact, listed, now
    ChannelListing.objects.bulk_update(listings, ["fact", "listed", "since"])
