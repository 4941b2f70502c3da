"""What is unusual about prices, by all that is agreed for the time in which they hold; asked at each submission, and
once more when they are carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, Sku
from catalog.rules import periods, pricing
from catalog.selectors.periods import bases_since, lowerings_since
from office.enumerating import strung
from office.errors import Refused
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.approvals.models import Run

#: Reason → what a paper and a refusal say about it.
WORDS: dict[str, StrOrPromise] = {
    periods.STEP_TO: _("{other} before it on {channel} (from {at}): the step leaves the band of {band} %"),
    periods.STEP_FROM: _("{other} follows on {channel} from {at}: the step leaves the band of {band} %"),
    periods.COST: _("it is below cost"),
    periods.PROMOTED: _("the promotion “{title}” takes it to {other} on {channel} from {at}, below cost"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A price for a SKU from `start` on; `channel_id` None: on every channel."""

    sku_id: int
    channel_id: int | None
    price: Decimal
    start: datetime


def judge_prices(
    rows: Sequence[Wanted], costs: Mapping[int, Decimal | None], now: datetime
) -> list[periods.Judged]:
    """Each row of one request, among the others and all that is written. Four queries."""
    band = rulebook.limit_rule("catalog.price_band", at=now).amount
    since = min(row.start for row in rows)
    bases, lowerings = bases_since(costs.keys(), since), lowerings_since(costs.keys(), since)
    channels = list(Channel.objects.order_by("pk").values_list("pk", flat=True))
    asked: dict[int, list[periods.Base]] = {}
    for place, row in enumerate(rows):
        asked.setdefault(row.sku_id, []).append(periods.Base(row.start, row.channel_id, row.price, place))
    found = []
    for place, row in enumerate(rows):
        mine = asked[row.sku_id]
        # As they will be written: those for all channels first, so that the one for a channel counts there.
        written = sorted(mine, key=lambda base: base.channel is not None)
        found.append(
            periods.judge(
                next(base for base in mine if base.row == place),
                [*bases.get(row.sku_id, []), *written],
                lowerings.get(row.sku_id, []),
                channels,
                costs[row.sku_id],
                band,
            )
        )
    return found


def below_now(sku: Sku, now: datetime) -> list[periods.Reason]:
    """What was agreed for now or later and asks less than the SKU costs by now. Three queries."""
    if sku.cost is None:
        return []
    channels = list(Channel.objects.order_by("pk").values_list("pk", flat=True))
    bases, lowerings = bases_since([sku.pk], now), lowerings_since([sku.pk], now)
    return periods.below_cost(bases.get(sku.pk, []), lowerings.get(sku.pk, []), channels, sku.cost, now)


def written(reasons: Sequence[periods.Reason]) -> list[dict[str, Any]]:
    """Reasons as a paper keeps them."""
    return [
        {"word": r.word, "channel": r.channel, "other": r.other, "at": r.at, "title": r.title}
        for r in reasons
    ]


def said(reason: Mapping[str, Any], channels: Mapping[int, str], band: Decimal) -> str:
    """One reason of a paper in words."""
    at, other = reason["at"], reason["other"]
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return str(WORDS[reason["word"]]).format(
        channel=channels.get(reason["channel"], "") if reason["channel"] else _("all channels"),
        other="" if other is None else f"¥{Decimal(other):,.2f}",
        at=f"{timezone.localtime(instant):%Y-%m-%d %H:%M}" if instant else "",
        title=reason["title"],
        band=f"{band:f}",
    )


def require_judged_before(
    run: Run, row: Mapping[str, Any], flags: set[str], reasons: Sequence[periods.Reason], now: datetime
) -> None:
    """What is unusual about a row now must stand on the paper that was agreed to, and have chosen the chain. Raises
    Refused, which says what has come up since."""
    new = flags - (set(row["flags"]) & set(run.flags))
    if not new:
        return
    band = rulebook.limit_rule("catalog.price_band", at=now).amount
    channels = dict(Channel.objects.values_list("pk", "name"))
    words = [said(each, channels, band) for each in written([r for r in reasons if r.flag in new])]
    raise Refused(
        _(
            "{code} at ¥{price} is unusual by now, which the general manager has not agreed to: {why}. "
            "Take the request back and ask anew."
        ).format(code=row["code"], price=row["price"], why=strung(words)),
        code="chain_differs",
        clause=run.clause,
        sku=row["sku"],
    )


@dataclass(slots=True)
class Offered:
    """`turns`: from when which price holds in the promotion; `price` the lowest that it makes, of `base`."""

    turns: list[tuple[datetime, Decimal]]
    price: Decimal | None = None
    base: Decimal | None = None
    reasons: list[periods.Reason] = field(default_factory=list)

    @property
    def flags(self) -> set[str]:
        return {reason.flag for reason in self.reasons}


def judge_offer(
    bases: Sequence[periods.Base],
    channel: int,
    start: datetime,
    end: datetime,
    rule: str,
    value: Decimal,
    sku: Sku,
    title: str,
) -> Offered:
    """What a promotion makes of every price that holds on a channel in its time; the lowest decides."""
    turns = periods.between(bases, channel, start, end)
    found = Offered([(max(base.start, start), base.amount) for base in turns])
    for at, amount in found.turns:
        price = pricing.promoted(amount, rule, value)
        if price is not None and (found.price is None or price < found.price):
            found.price, found.base = price, amount
        if sku.cost is not None and price is not None and price < sku.cost:
            found.reasons.append(periods.Reason(periods.PROMOTED, channel, price, at, title=title))
    return found
