"""Promotions (C11.3, M9.3): the planner's plan passes, then prices are asked for; they begin and end by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, Promotion, PromotionPrice, Sku
from catalog.rules import pricing
from catalog.selectors.periods import bases_since
from catalog.selectors.promotions import access_promotion, overlaps, passed_plan
from catalog.services.checks import MOST, NO_COST, Problems, lock_skus
from catalog.services.executed import require_evidence
from catalog.services.judging import judge_offer, require_judged_before, written
from catalog.subjects import promotion_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.enumerating import strung
from office.errors import Conflict, NotFound, Refused

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee

PLAN, PRICES = "catalog.promotion_plan", "catalog.promotion"
LONGEST_PLAN, MOST_ROWS, LONGEST = 4_000, 500, timedelta(days=366)
VERBS = {
    "catalog.add_promotion": _("Promotion planned"),
    "catalog.update_promotion": _("Plan of the promotion changed"),
    "catalog.plan_passed": _("Plan passed"),
    "catalog.price_promotion": _("Promotion prices set"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """`rule` "fixed": `value` in CNY; "percent": so many percent of the price (80 = 八折)."""

    sku_id: int
    channel_id: int
    rule: str
    value: Decimal


def save_promotion(
    *,
    title: str,
    goal: str,
    starts_at: datetime,
    ends_at: datetime,
    channel_ids: Sequence[int],
    may_overlap: bool,
    by: Employee,
    now: datetime,
    promotion_id: int | None = None,
) -> Promotion:
    """A new plan, or a change of one whose prices are not written. A change voids what is on its way and needs the
    plan's chain anew. Raises NotFound, Invalid, Conflict (`fixed`)."""
    wrong = Problems()
    title, goal = wrong.text("title", title, 80), goal.strip().replace("\r\n", "\n")
    if not 0 < len(goal) <= LONGEST_PLAN or "\0" in goal:
        wrong.add("goal", "length", _("Between 1 and {count} characters.").format(count=LONGEST_PLAN))
    if ends_at <= starts_at:
        wrong.add("ends_at", "order", _("It ends after it begins."))
    elif ends_at <= now:
        wrong.add("ends_at", "past", _("This is over already."))
    elif ends_at - starts_at > LONGEST:
        wrong.add("ends_at", "long", _("A promotion lasts a year at most."))
    channels = sorted(Channel.objects.filter(pk__in=channel_ids, active=True).values_list("pk", flat=True))
    if not channels or len(channels) != len(set(channel_ids)):
        wrong.add("channels", "choice", _("Please choose the channels."))
    wrong.raise_if_any(_("It was not saved. Please look at the marked fields."))
    facts = {
        "title": title,
        "goal": goal,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "channels": channels,
        "may_overlap": may_overlap,
    }
    with transaction.atomic():
        if promotion_id is None:
            promotion = Promotion.objects.create(**facts, by=by, at=now)
            _record("catalog.add_promotion", promotion, by, now)
            return promotion
        return _update(promotion_id, facts, by, now)


def _update(promotion_id: int, facts: Mapping[str, Any], by: Employee, now: datetime) -> Promotion:
    subject = promotion_subject(access_promotion(promotion_id))
    approvals.hold(subject)
    promotion = Promotion.objects.select_for_update().get(pk=promotion_id)
    if promotion.priced_at is not None:
        raise Conflict(_("Its prices are set: it stays as it was agreed."), code="fixed")
    if any(getattr(promotion, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(promotion, name, value)
        promotion.save(update_fields=list(facts))
        _record("catalog.update_promotion", promotion, by, now)
        approvals.subject_changed(subject=subject, by=by, now=now)
    return promotion


def plan_of(promotion: Promotion) -> dict[str, Any]:
    """What the plan's paper says; an agreed plan counts as long as the promotion still says the same."""
    names = dict(Channel.objects.filter(pk__in=promotion.channels).values_list("pk", "name"))
    return {
        "promotion": promotion.pk,
        "title": promotion.title,
        "goal": promotion.goal,
        "from": promotion.starts_at.isoformat(),
        "until": promotion.ends_at.isoformat(),
        "channels": list(promotion.channels),
        "channel_names": [names.get(pk, "") for pk in promotion.channels],
        "may_overlap": promotion.may_overlap,
    }


def ask_plan(
    *, promotion_id: int, by: Employee, now: datetime, comment: str = "", again: Run | None = None
) -> Run:
    """Raises NotFound, Conflict (`over`, `passed`), and what `submit` raises."""
    promotion = access_promotion(promotion_id)
    if promotion.ends_at <= now:
        raise Conflict(_("This is over already."), code="over")
    if passed_plan(promotion) is not None:
        raise Conflict(_("This plan has passed already."), code="passed")
    payload = plan_of(promotion)
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=PLAN, subject=promotion_subject(promotion), payload=payload, by=by, now=now, comment=comment
    )


def ask_promotion(
    *,
    promotion_id: int,
    offers: Sequence[Offer],
    by: Employee,
    now: datetime,
    comment: str = "",
    again: Run | None = None,
) -> Run:
    """Ask for the prices of a promotion whose plan has passed. Raises NotFound, Invalid (paths "rows.N.value"),
    Conflict (`over`, `fixed`, `overlap`, `chain_differs`), Refused (`no_plan`), and what `submit` raises."""
    promotion = access_promotion(promotion_id)
    plan = passed_plan(promotion)
    if plan is None:
        raise Refused(_("The plan must have passed before, and be the one that stands here."), code="no_plan")
    _require_open(promotion, now)
    payload, flags = _payload(promotion, offers, now)
    with transaction.atomic():
        if again is None:
            return approvals.submit(
                kind=PRICES,
                subject=promotion_subject(promotion),
                payload=payload,
                by=by,
                now=now,
                flags=flags,
                comment=comment,
                follows=plan.pk,
            )
        if sorted(flags) != list(again.flags):
            raise Conflict(
                _("These prices take another way through the chain. Take the request back and ask anew."),
                code="chain_differs",
            )
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)


def _require_open(promotion: Promotion, now: datetime) -> None:
    if promotion.priced_at is not None:
        raise Conflict(_("Its prices are set: it stays as it was agreed."), code="fixed")
    if promotion.ends_at <= now:
        raise Conflict(_("This is over already."), code="over")


def _payload(promotion: Promotion, offers: Sequence[Offer], now: datetime) -> tuple[dict[str, Any], set[str]]:
    wrong = Problems()
    if not 0 < len(offers) <= MOST_ROWS:
        wrong.add("rows", "rows", _("A request has between 1 and {count} rows.").format(count=MOST_ROWS))
    wrong.raise_if_any(_("The prices cannot be asked for like this. Please look at the marked fields."))
    skus = _skus(offers)
    names = dict(Channel.objects.filter(pk__in=promotion.channels).values_list("pk", "name"))
    begin = max(promotion.starts_at, now)
    bases = bases_since(skus.keys(), begin)
    rows, flags = [], set()
    seen: set[tuple[int, int]] = set()
    for place, offer in enumerate(offers):
        sku, key = skus[offer.sku_id], (offer.sku_id, offer.channel_id)
        known = offer.value if _is_amount(offer.value) else Decimal(0)
        found = judge_offer(
            bases.get(sku.pk, []), offer.channel_id, begin, promotion.ends_at, offer.rule, known, sku,
            promotion.title,
        )  # fmt: skip
        first = found.turns[0] if found.turns else None
        base = first[1] if first and first[0] == begin else None
        _check_offer(wrong, f"rows.{place}", offer, base, names, key in seen)
        if sku.cost is None:
            wrong.add(f"rows.{place}.code", "no_cost", NO_COST)
        seen.add(key)
        flags |= found.flags
        rows.append(
            {
                "sku": sku.pk,
                "code": sku.code,
                "spec": sku.spec,
                "channel": offer.channel_id,
                "channel_name": names.get(offer.channel_id, ""),
                "rule": offer.rule,
                "value": offer.value,
                "before": found.base,
                "price": found.price,
                "turns": [{"from": at, "price": amount} for at, amount in found.turns],
                "cost": sku.cost,
                "flags": sorted(found.flags),
                "reasons": written(found.reasons),
            }
        )
    wrong.raise_if_any(_("The prices cannot be asked for like this. Please look at the marked fields."))
    _require_no_overlap(promotion, offers, now)
    head = {
        "promotion": promotion.pk,
        "from": promotion.starts_at,
        "until": promotion.ends_at,
        "may_overlap": promotion.may_overlap,
    }
    return {**head, "rows": rows}, flags


def _skus(offers: Sequence[Offer]) -> dict[int, Sku]:
    """Raises NotFound."""
    found = Sku.objects.in_bulk({offer.sku_id for offer in offers})
    if len(found) != len({offer.sku_id for offer in offers}):
        raise NotFound(_("There is no such SKU."))
    return found


def _is_amount(value: Decimal) -> bool:
    """Whether it can be reckoned with: no NaN, and nothing so huge that it cannot be rounded to fen."""
    return value.is_finite() and abs(value) <= MOST


def _check_offer(
    wrong: Problems, at: str, offer: Offer, base: Decimal | None, channels: Mapping[int, str], twice: bool
) -> None:
    if twice:
        wrong.add(f"{at}.code", "twice", _("This SKU and channel stand in another row already."))
    if offer.channel_id not in channels:
        wrong.add(f"{at}.channel", "choice", _("The plan does not name this channel."))
    if offer.rule not in (pricing.FIXED, pricing.PERCENT):
        wrong.add(f"{at}.rule", "choice", _("Please choose a fixed price or percent."))
    elif not _is_amount(offer.value) or offer.value != offer.value.quantize(pricing.FEN):
        wrong.add(f"{at}.value", "amount", _("An amount has at most two decimals."))
    elif base is None:
        wrong.add(f"{at}.code", "no_price", _("It has no price yet that a promotion could lower."))
    elif offer.rule == pricing.PERCENT and not 0 < offer.value < 100:
        wrong.add(
            f"{at}.value", "percent", _("Percent of the price: above 0 and below 100; 80 means twenty off.")
        )
    elif offer.rule == pricing.FIXED and not 0 < offer.value < base:
        wrong.add(
            f"{at}.value", "not_lower", _("A promotion price is below the price that holds when it begins.")
        )


def _require_no_overlap(promotion: Promotion, offers: Sequence[Offer], now: datetime) -> None:
    """Raises Conflict naming what it meets."""
    since = max(promotion.starts_at, now)
    met = overlaps(
        [(offer.sku_id, offer.channel_id) for offer in offers],
        since,
        promotion.ends_at,
        may_overlap=promotion.may_overlap,
    )
    if met:
        names = strung(f"{each.sku.code} · {each.channel.name}: {each.promotion.title}" for each in met[:5])
        raise Conflict(
            _("It meets other promotions, which the plans do not allow: {names}").format(names=names),
            code="overlap",
            promotions=sorted({each.promotion_id for each in met}),
        )


def set_promotion_prices(
    *, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> list[PromotionPrice]:
    """What the run being carried out agreed to becomes rows. Raises Invalid, Conflict (`over`, `overlap`), Refused
    (`chain_differs`)."""
    require_evidence(run)
    promotion = Promotion.objects.select_for_update().get(pk=payload["promotion"])
    _require_open(promotion, now)
    rows = payload["rows"]
    skus = {sku.pk: sku for sku in lock_skus(row["sku"] for row in rows)}
    begin = max(promotion.starts_at, now)
    bases = bases_since(skus.keys(), begin)
    prices = []
    for row in rows:
        sku, value = skus[row["sku"]], Decimal(row["value"])
        found = judge_offer(
            bases.get(sku.pk, []), row["channel"], begin, promotion.ends_at, row["rule"], value, sku,
            promotion.title,
        )  # fmt: skip
        require_judged_before(run, {**row, "price": found.price}, found.flags, found.reasons, now)
        prices.append(
            PromotionPrice(
                promotion=promotion,
                sku_id=row["sku"],
                channel_id=row["channel"],
                rule=row["rule"],
                value=value,
                wanted_from=promotion.starts_at,
                wanted_until=promotion.ends_at,
                during=(begin, promotion.ends_at),
                may_overlap=promotion.may_overlap,
                at=now,
                run=run,
            )
        )
    try:
        with transaction.atomic():
            PromotionPrice.objects.bulk_create(prices)
    except IntegrityError as error:
        if "promotion_price_overlap" in str(error) or "meets that of promotion" in str(error):
            raise Conflict(
                _("It meets other promotions, which the plans do not allow: {names}").format(
                    names=promotion.title
                ),
                code="overlap",
            ) from error
        raise
    promotion.priced_at = now
    promotion.save(update_fields=["priced_at"])
    audit.record(
        "catalog.price_promotion",
        subject=promotion_subject(promotion),
        by=by,
        now=now,
        clause=run.clause,
        data={"rows": len(prices), "run": run.pk},
    )
    return prices


def note_plan(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The plan has passed: prices may be asked for."""
    audit.record(
        "catalog.plan_passed",
        subject=promotion_subject(access_promotion(payload["promotion"])),
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk},
    )


def _record(verb: str, promotion: Promotion, by: Employee, now: datetime) -> None:
    audit.record(
        verb,
        subject=promotion_subject(promotion),
        by=by,
        now=now,
        data={
            "title": promotion.title,
            "from": promotion.starts_at.isoformat(),
            "until": promotion.ends_at.isoformat(),
            "channels": list(promotion.channels),
            "may_overlap": promotion.may_overlap,
        },
    )
