"""Asking again unchanged after a return: the same wishes, judged by what is true now (`Kind.again`)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from catalog.models import PriceSheet
from catalog.services.listing import LIST, ask_delisting, ask_listing
from catalog.services.pricing import Competitor, Proposed, propose_prices
from catalog.services.promotions import Offer, ask_plan, ask_promotion
from catalog.services.stopping import ask_stop
from catalog.subjects import part_of

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee


def price(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    """The same prices on the same evidence, which must not have grown too old; a day that is past becomes now."""
    said = run.payload
    word, number = part_of(run.subject_id)
    given = said["evidence"]["competitor_prices"]
    rows = [
        Proposed(
            row["sku"],
            row["channel"],
            Decimal(row["price"]),
            max(datetime.fromisoformat(row["from"]), now),
            tuple(
                Competitor(
                    each["source"],
                    Decimal(each["price"]),
                    date.fromisoformat(each["on"]),
                    each["url"],
                    each["file"],
                )
                for each in given
                if (each["row"] == place if "row" in each else each["sku"] == row["sku"])
            ),
        )
        for place, row in enumerate(said["rows"])
    ]
    sheet = PriceSheet.objects.get(pk=number) if word == "sheet" else None
    return propose_prices(rows=rows, by=by, now=now, comment=comment, sheet=sheet, again=run)


def plan(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    return ask_plan(promotion_id=run.payload["promotion"], by=by, now=now, comment=comment, again=run)


def promotion(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    """The same offers; what they make of the prices is worked out anew."""
    offers = [
        Offer(row["sku"], row["channel"], row["rule"], Decimal(row["value"])) for row in run.payload["rows"]
    ]
    return ask_promotion(
        promotion_id=run.payload["promotion"], offers=offers, by=by, now=now, comment=comment, again=run
    )


def stop(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    said = run.payload
    return ask_stop(
        promotion_id=said["promotion"], reason=said["reason"], by=by, now=now, comment=comment, again=run
    )


def shelf(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    """The same SKUs, with the checklist as it is now."""
    said = run.payload
    goods = {
        "product_id": said["product"],
        "channel_id": said["channel"],
        "sku_ids": [row["sku"] for row in said["rows"]],
    }
    if run.kind == LIST:
        return ask_listing(**goods, by=by, now=now, comment=comment, again=run)
    return ask_delisting(**goods, reason=said["reason"], by=by, now=now, comment=comment, again=run)
