"""What holds when: prices that follow each other on a channel, the promotions that lower them, and what is unusual in
that. Nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from catalog.rules import pricing

#: Why a price is unusual: the step to it, the step from it, itself below cost, a promotion that takes it there.
STEP_TO, STEP_FROM, COST, PROMOTED = "step_to", "step_from", "cost", "promoted"


@dataclass(frozen=True, slots=True)
class Base:
    """A price from `start` on, `channel` None: on every one. `row`: the place of the row of a request that asks for it;
    None for one that is written."""

    start: datetime
    channel: int | None
    amount: Decimal
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Lowering:
    """What an agreed promotion does on a channel in [start, end)."""

    channel: int
    rule: str
    value: Decimal
    start: datetime
    end: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is unusual: on which channel, measured by which other price, from when, in which promotion."""

    word: str
    channel: int | None
    other: Decimal | None = None
    at: datetime | None = None
    title: str = ""

    @property
    def flag(self) -> str:
        return pricing.OUT_OF_BAND if self.word in (STEP_TO, STEP_FROM) else pricing.BELOW_COST


@dataclass(slots=True)
class Judged:
    """`befores`: channel → the price that it takes the place of there; `before` the one that it moves most."""

    before: Decimal | None = None
    befores: dict[int | None, Decimal] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)

    @property
    def flags(self) -> set[str]:
        return {reason.flag for reason in self.reasons}


def in_turn(bases: Iterable[Base], channel: int | None) -> list[Base]:
    """The prices that hold on a channel, one after the other. `bases` in the order they were written: of those that
    begin at one instant the last counts, as it does for everybody who asks for the price then (`price_at`)."""
    found: list[Base] = []
    covering = [base for base in bases if base.channel is None or base.channel == channel]
    for base in sorted(covering, key=lambda each: each.start):
        if found and found[-1].start == base.start:
            found[-1] = base
        else:
            found.append(base)
    return found


def between(bases: Iterable[Base], channel: int | None, start: datetime, end: datetime) -> list[Base]:
    """The prices that hold on a channel in [start, end), the one of the begin first."""
    turns = in_turn(bases, channel)
    following = [base.start for base in turns[1:]]
    return [
        base
        for base, until in zip(turns, [*following, end], strict=False)
        if base.start < end and until > start
    ]


def judge(
    row: Base,
    bases: Sequence[Base],
    lowerings: Iterable[Lowering],
    channels: Collection[int],
    cost: Decimal | None,
    band: Decimal,
) -> Judged:
    """A row of a request among `bases`: what is written, then all rows of the request. The worst channel decides.

    On each channel that it reaches: the step from the price just before it, from one that begins at the same instant
    and that it hides, and to the one that follows; and what the promotions make of it as long as it holds. A first
    price makes no step.
    """
    found = Judged()
    offers = list(lowerings)
    if pricing.BELOW_COST in pricing.flags_of(row.amount, None, cost, band):
        found.reasons.append(Reason(COST, row.channel, row.amount))
    for channel in [row.channel] if row.channel is not None else [None, *channels]:
        turns = in_turn(bases, channel)
        if row not in turns:
            continue
        at = turns.index(row)
        hidden = [b for b in in_turn((b for b in bases if b.row is None), channel) if b.start == row.start]
        for before in [*turns[max(at - 1, 0) : at], *hidden]:
            found.befores[channel] = before.amount
            if found.before is None or _share(row.amount, before.amount) > _share(row.amount, found.before):
                found.before = before.amount
            if pricing.flags_of(row.amount, before.amount, None, band):
                found.reasons.append(Reason(STEP_TO, channel, before.amount, before.start))
        following = turns[at + 1] if at + 1 < len(turns) else None
        if following is not None and pricing.flags_of(following.amount, row.amount, None, band):
            found.reasons.append(Reason(STEP_FROM, channel, following.amount, following.start))
        until = following.start if following is not None else None
        found.reasons += _below(row, until, [each for each in offers if each.channel == channel], cost)
    return found


def _below(
    row: Base, until: datetime | None, offers: Iterable[Lowering], cost: Decimal | None
) -> list[Reason]:
    """The promotions that take percent of this price, and would take it below cost while it holds."""
    found = []
    for offer in offers:
        meets = offer.end > row.start and (until is None or offer.start < until)
        if cost is None or not meets or offer.rule != pricing.PERCENT:
            continue
        price = pricing.promoted(row.amount, offer.rule, offer.value)
        if price is not None and price < cost:
            found.append(
                Reason(PROMOTED, offer.channel, price, max(offer.start, row.start), title=offer.title)
            )
    return found


def below_cost(
    bases: Sequence[Base],
    lowerings: Iterable[Lowering],
    channels: Collection[int],
    cost: Decimal,
    since: datetime,
) -> list[Reason]:
    """Every price and every promotion that holds at `since` or later and asks less than the cost."""
    forever = datetime.max.replace(tzinfo=since.tzinfo)
    found = {
        Reason(COST, base.channel, base.amount, base.start)
        for channel in [None, *channels]
        for base in between(bases, channel, since, forever)
        if base.amount < cost
    }
    for offer in lowerings:
        standing = between(bases, offer.channel, max(offer.start, since), offer.end)
        prices = [pricing.promoted(base.amount, offer.rule, offer.value) for base in standing]
        least = min((price for price in prices if price is not None), default=None)
        if least is not None and least < cost:
            found.add(Reason(PROMOTED, offer.channel, least, offer.start, title=offer.title))
    return list(found)


def _share(price: Decimal, before: Decimal) -> Decimal:
    return abs(price - before) / before
