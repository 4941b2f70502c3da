"""Asking for prices (C11.1, M9.1), and the cost that they are measured by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import AskedSku, Channel, CompetitorPrice, EvidenceFile, Price, PriceSheet, Sku
from catalog.selectors.prices import live_requests
from catalog.services.checks import NO_COST, Problems, lock_skus
from catalog.services.executed import require_evidence
from catalog.services.judging import Wanted, below_now, judge_prices, require_judged_before, written
from catalog.services.market import SeenPrice, keep_seen
from catalog.subjects import sheet_pricing, sku_pricing, sku_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.subjects import Subject

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee

KIND = "catalog.price"
VERBS = {"catalog.set_price": _("Price set")}
#: Rows of one request, competitors of one row.
MOST_ROWS, MOST_COMPETITORS = 500, 8


@dataclass(frozen=True, slots=True)
class Competitor:
    """What somebody else asks for the same thing: where it was seen, when, and a file that shows it."""

    source: str
    price: Decimal
    on: date
    url: str = ""
    file_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A price for a SKU, in CNY; `channel_id` None: on every channel."""

    sku_id: int
    channel_id: int | None
    price: Decimal
    starts_at: datetime
    competitors: tuple[Competitor, ...]


def propose_prices(
    *,
    rows: Sequence[Proposed],
    by: Employee,
    now: datetime,
    comment: str = "",
    sheet: PriceSheet | None = None,
    again: Run | None = None,
) -> Run:
    """Ask for prices: one request, a row each. `sheet`: the table they come from. `again`: one's own returned request
    that this one takes the place of.

    A price below cost or outside the band takes the longer chain. Raises Invalid (`errors` with paths such as
    "rows.0.price"), Conflict (`asked`: a SKU has a request on its way; `chain_differs`), and what `submit` raises.
    """
    wrong = Problems()
    _check_rows(wrong, rows, now)
    wrong.raise_if_any(_("The prices cannot be asked for like this. Please look at the marked fields."))
    _require_own({each.file_id for row in rows for each in row.competitors if each.file_id}, by)
    with transaction.atomic():
        subject = _subject(rows, sheet)
        approvals.hold(subject)
        skus = {sku.pk: sku for sku in lock_skus(row.sku_id for row in rows)}
        _require_costs(rows, skus)
        _require_free(skus, again)
        payload, flags = _payload(rows, skus, now)
        if again is None:
            run = approvals.submit(
                kind=KIND, subject=subject, payload=payload, by=by, now=now, flags=flags, comment=comment
            )
        else:
            if sorted(flags) != list(again.flags):
                raise Conflict(
                    _("These prices take another way through the chain. Take the request back and ask anew."),
                    code="chain_differs",
                    run=again.pk,
                )
            run = approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
        known = set(AskedSku.objects.filter(run=run).values_list("sku_id", flat=True))
        AskedSku.objects.bulk_create(AskedSku(run=run, sku_id=pk) for pk in sorted(skus.keys() - known))
        keep_seen(_seen(rows), source=CompetitorPrice.Source.PROPOSAL, by=by, now=now)
    return run


def _seen(rows: Sequence[Proposed]) -> list[SeenPrice]:
    """The evidence as the market knows it."""
    return [
        SeenPrice(row.sku_id, each.source.strip(), each.price, each.on, each.url)
        for row in rows
        for each in row.competitors
    ]


def _subject(rows: Sequence[Proposed], sheet: PriceSheet | None) -> Subject:
    if sheet is not None:
        return sheet_pricing(sheet)
    sku = Sku.objects.filter(pk=rows[0].sku_id).first()
    if sku is None or len({row.sku_id for row in rows}) > 1:
        raise Invalid(_("There is no such SKU."), code="sku")
    return sku_pricing(sku)


def _check_rows(wrong: Problems, rows: Sequence[Proposed], now: datetime) -> None:
    if not 0 < len(rows) <= MOST_ROWS:
        wrong.add("rows", "rows", _("A request has between 1 and {count} rows.").format(count=MOST_ROWS))
        return
    days = rulebook.limit_rule("catalog.price_evidence", at=now).count
    today = timezone.localtime(now).date()
    channels = set(Channel.objects.filter(active=True).values_list("pk", flat=True))
    seen: set[tuple[int, int | None]] = set()
    for place, row in enumerate(rows):
        at = f"rows.{place}"
        if (row.sku_id, row.channel_id) in seen:
            wrong.add(f"{at}.code", "twice", _("This SKU and channel stand in another row already."))
        seen.add((row.sku_id, row.channel_id))
        wrong.amount(f"{at}.price", row.price)
        if row.channel_id is not None and row.channel_id not in channels:
            wrong.add(f"{at}.channel", "choice", _("There is no such channel."))
        if timezone.localtime(row.starts_at).date() < today:
            wrong.add(f"{at}.from", "past", _("A price begins today at the earliest."))
        if row.starts_at > now + timedelta(days=366):
            wrong.add(f"{at}.from", "far", _("A price begins within a year."))
        _check_competitors(wrong, at, row.competitors, today, days)


def _check_competitors(
    wrong: Problems, at: str, competitors: Sequence[Competitor], today: date, days: int
) -> None:
    if not competitors:
        wrong.add(f"{at}.competitors", "required", _("Name what at least one competitor asks."))
    if len(competitors) > MOST_COMPETITORS:
        wrong.add(
            f"{at}.competitors", "many", _("At most {count} competitors.").format(count=MOST_COMPETITORS)
        )
    for index, each in enumerate(competitors):
        path = f"{at}.competitors.{index}"
        wrong.text(f"{path}.source", each.source, 80)
        wrong.amount(f"{path}.price", each.price)
        if len(each.url) > 500 or (each.url and not each.url.startswith(("https://", "http://"))):
            wrong.add(f"{path}.url", "url", _("A link begins with https:// or http://."))
        if each.on > today:
            wrong.add(f"{path}.on", "future", _("This day is yet to come."))
        elif (today - each.on).days > days:
            wrong.add(
                f"{path}.on",
                "old",
                _(
                    "Seen on {day}: competitors’ prices are at most {days} days old when they are handed in."
                ).format(day=f"{each.on:%Y-%m-%d}", days=days),
            )


def _require_costs(rows: Sequence[Proposed], skus: Mapping[int, Sku]) -> None:
    """A request carries cost and margin (C11.1). Raises Invalid."""
    wrong = Problems()
    for place, row in enumerate(rows):
        if skus[row.sku_id].cost is None:
            wrong.add(f"rows.{place}.price", "no_cost", NO_COST)
    wrong.raise_if_any(_("The prices cannot be asked for like this. Please look at the marked fields."))


def _require_free(skus: Mapping[int, Sku], again: Run | None) -> None:
    """One request at a time for each SKU. Raises Conflict."""
    for sku_id, run in live_requests(skus).items():
        if again is None or run.pk != again.pk:
            raise Conflict(
                _("A price of {code} is already on its way: {who} asked for it.").format(
                    code=skus[sku_id].code, who=run.requester.name
                ),
                code="asked",
                clause=run.clause,
                run=run.pk,
            )


def _payload(
    rows: Sequence[Proposed], skus: Mapping[int, Sku], now: datetime
) -> tuple[dict[str, Any], set[str]]:
    names = dict(Channel.objects.values_list("pk", "name"))
    wanted = [Wanted(row.sku_id, row.channel_id, row.price, max(row.starts_at, now)) for row in rows]
    judged = judge_prices(wanted, {pk: sku.cost for pk, sku in skus.items()}, now)
    lines, evidence, flags = [], [], set()
    for row, found in zip(rows, judged, strict=True):
        sku = skus[row.sku_id]
        flags |= found.flags
        lines.append(
            {
                "sku": sku.pk,
                "code": sku.code,
                "spec": sku.spec,
                "channel": row.channel_id,
                "channel_name": names.get(row.channel_id, "") if row.channel_id else "",
                "price": row.price,
                "from": row.starts_at,
                "before": found.before,
                "befores": [
                    {"channel": names[channel] if channel else "", "price": price}
                    for channel, price in found.befores.items()
                ],
                "cost": sku.cost,
                "flags": sorted(found.flags),
                "reasons": written(found.reasons),
            }
        )
        evidence += [
            {
                "row": len(lines) - 1,
                "sku": sku.pk,
                "source": each.source.strip(),
                "price": each.price,
                "on": each.on,
                "url": each.url,
                "file": each.file_id,
            }
            for each in row.competitors
        ]
    return {"rows": lines, "evidence": {"competitor_prices": evidence}}, flags


def check_price(payload: Mapping[str, Any]) -> None:
    """What the database could not keep. Raises Invalid."""
    rows = payload.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Invalid(_("There is no such SKU."), code="rows")


def set_prices(
    *, run: Run, rows: Sequence[Mapping[str, Any]], by: Employee | None, now: datetime
) -> list[Price]:
    """What the run being carried out agreed to becomes rows; each holds from its date, or from now when that is past.
    Raises Refused, Invalid."""
    require_evidence(run)
    skus = {sku.pk: sku for sku in lock_skus(row["sku"] for row in rows)}
    # Those for all channels are written first: where a channel has one of its own from the same instant, that counts.
    rows = sorted(rows, key=lambda row: row["channel"] is not None)
    _judge_again(run, rows, skus, now)
    prices = []
    for row in rows:
        wanted = datetime.fromisoformat(row["from"])
        prices.append(
            Price(
                sku_id=row["sku"],
                channel_id=row["channel"],
                amount=Decimal(row["price"]),
                wanted_at=wanted,
                starts_at=max(wanted, now),
                at=now,
                run=run,
            )
        )
    Price.objects.bulk_create(prices)
    audit.record_many(
        [
            audit.Act(
                "catalog.set_price",
                sku_subject(skus[price.sku_id]),
                {
                    "price": f"{price.amount:.2f}",
                    "channel": row["channel_name"],
                    "from": price.starts_at.isoformat(),
                    "run": run.pk,
                },
                run.clause,
            )
            for price, row in zip(prices, rows, strict=True)
        ],
        by=by,
        now=now,
    )
    return prices


def _judge_again(run: Run, rows: Sequence[Mapping[str, Any]], skus: Mapping[int, Sku], now: datetime) -> None:
    """By the costs, prices, promotions and band as they are now, under the lock of the SKUs. Raises Refused."""
    wanted = [
        Wanted(
            row["sku"],
            row["channel"],
            Decimal(row["price"]),
            max(datetime.fromisoformat(row["from"]), now),
        )
        for row in rows
    ]
    judged = judge_prices(wanted, {pk: sku.cost for pk, sku in skus.items()}, now)
    for row, found in zip(rows, judged, strict=True):
        require_judged_before(run, row, found.flags | set(row["flags"]), found.reasons, now)


def set_cost(*, sku_id: int, cost: Decimal | None, by: Employee | None, now: datetime) -> Sku:
    """What the house pays for a piece, in CNY. A request for its price that is on its way becomes void: it was measured
    by another cost. One that is known is not taken away. Raises NotFound, Invalid."""
    wrong = Problems()
    wrong.amount("cost", cost)
    if cost is None and Sku.objects.filter(pk=sku_id).exclude(cost=None).exists():
        wrong.add("cost", "required", _("A cost that is known is not taken away: prices are measured by it."))
    wrong.raise_if_any(_("It was not saved. Please look at the marked fields."))
    with transaction.atomic():
        subjects = _asked_subjects([sku_id])
        for subject in subjects:
            approvals.hold(subject)
        sku = lock_skus([sku_id])[0]
        if sku.cost != cost:
            before, sku.cost = sku.cost, cost
            sku.save(update_fields=["cost"])
            entry = audit.record(
                "catalog.set_cost",
                subject=sku_subject(sku),
                by=by,
                now=now,
                data={"before": _text(before), "cost": _text(cost)},
            )
            for subject in subjects:
                approvals.subject_changed(subject=subject, by=by, now=now)
            if cost is not None and (before is None or cost > before):
                _tell_below(sku, entry, now)
    return sku


def _tell_below(sku: Sku, entry: int, now: datetime) -> None:
    """What was agreed to stands, also below the new cost; who asks for prices and who agrees to them hears of it."""
    below = below_now(sku, now)
    if not below:
        return
    chain = rulebook.chain_rule(KIND, at=now)
    posts = {*chain.proposer, *(post for step in chain.steps for post in step.positions)}
    notices.notify(
        "catalog.below_cost_now",
        staff.holder_ids(posts, now),
        source="catalog",
        source_id=entry,
        subject=sku_subject(sku),
        now=now,
        clause=chain.clause,
        params={"count": len(below)},
    )


def _asked_subjects(sku_ids: Iterable[int]) -> list[Subject]:
    """The subjects of the requests for prices of these SKUs that have not ended."""
    runs = live_requests(list(sku_ids)).values()
    return sorted({Subject(run.subject_type, run.subject_id, run.label) for run in runs})


def _require_own(file_ids: Iterable[int], by: Employee) -> None:
    """Raises Forbidden for a file that somebody else sent in."""
    wanted = set(file_ids)
    if EvidenceFile.objects.filter(pk__in=wanted, by=by).count() != len(wanted):
        raise Forbidden(_("This file is not yours."), code="file")


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
