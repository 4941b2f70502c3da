"""Goods leave the shelf by themselves when the last piece is gone (C11.2b); they never come back by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import ChannelListing
from catalog.services.checks import lock_skus
from catalog.services.facts import write_facts
from catalog.subjects import sku_subject
from office.audit import api as audit
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import api as staff

if TYPE_CHECKING:
    from office.staff.models import Employee

RULE = "catalog.delist_at_stock"
VERBS = {"catalog.delist_at_zero": _("Taken off sale: no stock")}


@transaction.atomic
def delist_at_zero(*, sku_ids: Iterable[int], by: Employee | None, now: datetime) -> list[ChannelListing]:
    """Take the SKUs off sale on every channel where they are on sale, because nothing of them is left.

    Called by the verb that moves the stock, in its transaction, after it has taken `lock_skus`. `by` is who moved the
    last piece. Answers the listings that were closed; who proposes listings and who carries them out is told.
    """
    skus = {sku.pk: sku for sku in lock_skus(sku_ids)}
    open_ones = list(
        ChannelListing.objects.select_for_update()
        .filter(sku_id__in=skus, listed=True)
        .select_related("channel")
        .order_by("pk")
    )
    if not open_ones:
        return []
    clause = rulebook.limit_rule(RULE, at=now).clause
    # Whoever waited for the lock acts after the one before him, if by a moment.
    since = [listing.since for listing in open_ones if listing.since is not None]
    write_facts(open_ones, listed=False, now=max(now, *since), authority_clause=clause)
    told = _whom_to_tell(now)
    for listing in open_ones:
        sku = skus[listing.sku_id]
        entry = audit.record(
            "catalog.delist_at_zero",
            subject=sku_subject(sku),
            by=by,
            now=now,
            clause=clause,
            data={"channel": listing.channel.code},
        )
        notices.notify(
            "catalog.delisted_at_zero",
            told,
            source="catalog",
            source_id=entry,
            subject=sku_subject(sku),
            now=now,
            clause=clause,
            params={"channel": listing.channel.name},
        )
    return open_ones


def _whom_to_tell(now: datetime) -> set[int]:
    """Who may propose a listing, and who carries one out: they see to the shop, and to the next delivery."""
    chain = rulebook.chain_rule("catalog.listing", at=now)
    posts = {*chain.proposer, *([chain.executor] if chain.executor else [])}
    return staff.holder_ids(posts, now)
