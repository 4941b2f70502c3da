"""Requests of the catalog on their way through their chains, by the people of the site's book."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from catalog.models import Channel, Sku
from catalog.services.pricing import Competitor, Proposed, propose_prices
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook import api as rulebook
from tests import people
from tests.catalog.shelf import DAY, MINUTE, NOW
from tests.people import person

SEEN = "https://shop.example/item/1"


def the_book(code: str = "site", starts_at: dt.datetime = NOW - dt.timedelta(days=400)) -> None:
    """That book is in force, since long ago unless told otherwise."""
    rulebook.activate_book(code=code, starts_at=starts_at, by=None, now=starts_at - dt.timedelta(days=1))


def everybody() -> None:
    """The people of the chains of both books are there."""
    people.everybody(
        "ma_product", "he_planner", "chen_manager", "lin_editor", "zhou_general", "deng_marketing", "gao_section",
        "tang_writer", "zhao_operations", "fang_vice",
    )  # fmt: skip


def competitor(price: str = "95.00", **more: Any) -> Competitor:
    return Competitor("竞品店", Decimal(price), (NOW - 2 * DAY).date(), **more)


def row(of: Sku, price: str, *, on: Channel | None = None, at: dt.datetime = NOW, **more: Any) -> Proposed:
    return Proposed(
        of.pk, on.pk if on else None, Decimal(price), at, more.pop("competitors", (competitor(),))
    )


def ask_price(
    of: Sku,
    price: str,
    *,
    who: str = "ma_product",
    now: dt.datetime = NOW,
    on: Channel | None = None,
    **more: Any,
) -> Run:
    """A price asked for from `now` on."""
    return propose_prices(
        rows=[row(of, price, on=on, at=more.pop("at", now))], by=person(who), now=now, **more
    )


def agree(run: Run, *who: str, now: dt.datetime = NOW + MINUTE) -> Run:
    """These people agree, one after the other."""
    for each in who or ("chen_manager",):
        run = approvals.approve(run_id=run.pk, by=person(each), now=now)
    return run


def carry_out(
    run: Run, who: str = "lin_editor", now: dt.datetime = NOW + 2 * MINUTE, evidence: str = SEEN
) -> Run:
    return approvals.execute(run_id=run.pk, by=person(who), now=now, evidence=evidence)


def as_if_carried_out(run: Run, now: dt.datetime = NOW + MINUTE) -> Run:
    """Executed without writing anything: for tests of what the database lets in afterwards."""
    Run.objects.filter(pk=run.pk).update(
        state="executed",
        executed_at=now,
        ended_at=now,
        executed_by=person("lin_editor"),
        execution_evidence=SEEN,
        revision=run.revision + 1,
    )
    run.refresh_from_db()
    return run


def priced(of: Sku, price: str = "2400.00", *, on: Channel | None = None, now: dt.datetime = NOW) -> Run:
    """A price from `now` on, all the way to its row; unusual ones with the general manager."""
    run = ask_price(of, price, on=on, now=now)
    agreeing = ["chen_manager", "zhou_general"] if run.chain == "catalog.price_unusual" else ["chen_manager"]
    return carry_out(agree(run, *agreeing, now=now), now=now)
