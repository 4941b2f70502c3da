"""Promotions begin and end by themselves (C11.3, M9.3). What a price is follows from its times alone; here it is
written down that they have come, and people are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min, Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from catalog.models import Promotion, PromotionPrice, PromotionTurn
from catalog.subjects import promotion_subject
from office.audit import api as audit
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import api as staff

VERBS = {
    "catalog.promotion_begins": _("Promotion began"),
    "catalog.promotion_ends": _("Promotion ended, prior prices are back"),
}
BATCH = 100


def turn_promotions(*, now: datetime) -> int:
    """Write down every begin and end that has come by `now`; answers how many. May run many times at once and late:
    each is written once, with the instant at which it was so."""
    return sum(_turn_all(word, now) for word in (PromotionTurn.Word.BEGIN, PromotionTurn.Word.END))


def _turn_all(word: str, now: datetime) -> int:
    done = 0
    with transaction.atomic():
        waiting = Promotion.objects.filter(priced_at__isnull=False)
        if word == PromotionTurn.Word.BEGIN:
            # What was called off before its begin never begins.
            goes_on = Q(stopped_at=None) | Q(stopped_at__gt=F("starts_at"))
            waiting = waiting.filter(goes_on, begun_at=None, starts_at__lte=now).order_by("starts_at")
        else:
            over = Q(ends_at__lte=now) | Q(stopped_at__lte=now)
            waiting = waiting.filter(over, ended_at=None, begun_at__isnull=False).order_by("ends_at")
        for promotion in waiting.select_for_update(skip_locked=True)[:BATCH]:
            done += _turn(promotion=promotion, word=word, now=now)
    return done


def _turn(*, promotion: Promotion, word: str, now: datetime) -> int:
    begins = word == PromotionTurn.Word.BEGIN
    times = PromotionPrice.objects.filter(promotion=promotion).aggregate(
        first=Min(Lower(F("during"))), last=Max(Upper(F("during")))
    )
    at = times["first"] if begins else times["last"] and min(times["last"], promotion.over_at)
    if at is None or at > now:
        return 0
    chain = rulebook.chain_rule("catalog.promotion", at=now)
    turn = PromotionTurn.objects.create(
        promotion=promotion, word=word, at=at, noted_at=now, authority_clause=chain.clause
    )
    if begins:
        promotion.begun_at = now
    else:
        promotion.ended_at = now
    promotion.save(update_fields=["begun_at", "ended_at"])
    subject = promotion_subject(promotion)
    audit.record(
        "catalog.promotion_begins" if begins else "catalog.promotion_ends",
        subject=subject,
        by=None,
        now=now,
        clause=chain.clause,
        data={"at": at.isoformat()},
    )
    posts = {*chain.proposer, *([chain.executor] if chain.executor else [])}
    told = {promotion.by_id, *staff.holder_ids(posts, now)}
    notices.notify(
        "catalog.promotion_begins" if begins else "catalog.promotion_ends",
        told,
        source="catalog",
        source_id=turn.pk,
        subject=subject,
        now=now,
        clause=chain.clause,
        params={"happened_at": at.isoformat()},
    )
    return 1
