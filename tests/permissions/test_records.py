"""Real papers before everybody's eyes: one's own, another's, a confidential one. Whoever may not know of it gets 404,
as for something that does not exist; who may read it and not do this with it gets 403."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import EvidenceFile, PriceSheet
from catalog.services import goods, promotions
from catalog.services.pricing import Competitor, Proposed, propose_prices
from cms.services import takedowns
from office.approvals import api as approvals
from tests.cms.stage import on_the_site, write
from tests.people import CAST, person
from tests.permissions.rows_catalog import COST, PLANNER, PRODUCT, VIEW
from tests.permissions.rows_cms import CONTENT
from tests.permissions.table import EVERYBODY, GENERAL, MANAGER
from tests.permissions.test_matrix import enter

__all__ = ["enter"]
Names = frozenset[str]


def names(*who: str) -> Names:
    return frozenset(who)


@dataclass(frozen=True)
class Door:
    """`may`: let in; `hidden`: 404; everybody else 403. `sent`: what a POST sends, None for a GET."""

    url: str
    may: Names
    hidden: Names
    sent: dict[str, Any] | None = None
    args: list[Any] = field(default_factory=list)


LI, WANG = names("li_lei"), names("wang_supervisor")
#: Who sees the figures of approvals reads every request and takes part in none of them by that.
OVERSEERS = MANAGER | GENERAL
#: Who reads a request for a price: its people, and whoever sees what goods cost.
PRICE = COST | names("lin_editor")
DECIDERS_OF_SECRETS = names(
    "chen_manager", "fang_vice", "zhou_general", "deng_marketing", "lin_editor", "tang_writer"
)


def deputy_request(now: dt.datetime) -> list[Door]:
    """李雷 asks his supervisor for a deputy."""
    run = approvals.name_deputy(
        deputy_id=person("han_meimei").pk, starts_at=now + dt.timedelta(days=1), ends_at=now + dt.timedelta(days=3),
        reason="探亲", by=person("li_lei"), now=now,
    )  # fmt: skip
    others = EVERYBODY - LI - WANG - OVERSEERS
    words = {"words": "请看"}

    def act(word: str, may: Names, **more: Any) -> Door:
        return Door("approvals:act", may, others, {**words, **more}, [run.pk, word])

    return [
        Door("approvals:run", LI | WANG | OVERSEERS, others, None, [run.pk]),
        act("approve", WANG),
        act("reject", WANG),
        act("return", WANG),
        act("add-signer", WANG, person=person("chen_manager").pk, where="after"),
        act("forward", WANG, person=person("chen_manager").pk),
        act("withdraw", LI),
        act("remind", LI),
        act("comment", LI | WANG),
    ]


def price_request(now: dt.datetime) -> list[Door]:
    """A price with a competitor's screenshot, and a table that nobody has asked for yet."""
    by = person("ma_product")
    category = goods.add_category(name="沙发", by=by, now=now)
    product = goods.add_product(title="布艺沙发", category_id=category.pk, by=by, now=now)
    sku = goods.add_sku(product_id=product.pk, code="SF-9", cost=Decimal(1800), by=by, now=now)
    file = EvidenceFile.objects.create(
        name="shot.png", mime="image/png", content=b"x", sha256="0" * 64, by=by, at=now
    )
    rival = Competitor("竞品店", Decimal(2500), timezone.localdate(now), file_id=file.pk)
    run = propose_prices(rows=[Proposed(sku.pk, None, Decimal(2400), now, (rival,))], by=by, now=now)
    sheet = PriceSheet.objects.create(filename="价格.xlsx", lines=[], by=by, at=now)
    return [
        Door("approvals:run", PRICE, EVERYBODY - PRICE, None, [run.pk]),
        Door("catalog:evidence", PRICE, VIEW - PRICE, None, [run.pk, file.pk]),
        Door("approvals:act", MANAGER, EVERYBODY - PRICE, {}, [run.pk, "approve"]),
        Door("catalog:sheet", PRODUCT, COST - PRODUCT, None, [sheet.pk]),
    ]


def plan(now: dt.datetime) -> list[Door]:
    """A promotion that is being planned."""
    shop = goods.add_channel(code="PM", name="活动店", by=None, now=now)
    made = promotions.save_promotion(
        title="年货节", goal="备货", starts_at=now + dt.timedelta(days=9), ends_at=now + dt.timedelta(days=12),
        channel_ids=[shop.pk], may_overlap=False, by=person("he_planner"), now=now,
    )  # fmt: skip
    return [
        Door("catalog:promotion", VIEW, names(), None, [made.pk]),
        Door("catalog:promotion", PLANNER, names(), {}, [made.pk]),
        Door("catalog:promotion_ask", PLANNER, names(), {}, [made.pk]),
        Door("catalog:promotion_stop", PLANNER | PRODUCT, names(), {"reason": "缺货"}, [made.pk]),
    ]


def secrets(now: dt.datetime) -> list[Door]:
    """A confidential draft of the copywriter; something taken down from the site."""
    item = write(now=now, flags=frozenset({"confidential"}))
    taken = takedowns.take_down(
        item_id=on_the_site(now=now - dt.timedelta(hours=1)).pk, category="false", reason="没有依据",
        by=person("wei_webmaster"), now=now,
    )  # fmt: skip
    hidden = CONTENT - DECIDERS_OF_SECRETS
    authors = names("tang_writer", "lin_editor")
    heard = MANAGER | names("tang_writer")
    case = heard | GENERAL | names("wei_webmaster")
    return [
        Door("cms:item", DECIDERS_OF_SECRETS, hidden, None, [item.pk]),
        Door("cms:version", DECIDERS_OF_SECRETS, hidden, None, [item.pk, 1]),
        Door("cms:edit", authors, hidden, {"title": "x"}, [item.pk]),
        Door("cms:submit", authors, hidden, {}, [item.pk]),
        Door("cms:takedown", case, EVERYBODY - case, None, [taken.pk]),
        Door("cms:takedown_act", heard, EVERYBODY - case, {"statement": "没有核对。"}, [taken.pk, "hear"]),
    ]


def answer(client: Client, door: Door) -> str:
    url = reverse(door.url, args=door.args)
    with transaction.atomic():
        found: HttpResponseBase = client.get(url) if door.sent is None else client.post(url, door.sent)
        transaction.set_rollback(True)
    status = found.status_code
    return str(status) if status in (403, 404) or status >= 500 else "let in"


@pytest.mark.django_db
@pytest.mark.clause("C13.1", "C4.3")
def test_real_papers_are_shown_to_whom_they_concern(enter: Callable[[str], Client]) -> None:
    now = timezone.now()
    for who in CAST:
        person(who)
    doors = [*deputy_request(now), *price_request(now), *plan(now), *secrets(now)]
    wrong = []
    for who in CAST:
        client = enter(who)
        for door in doors:
            expected = "let in" if who in door.may else "404" if who in door.hidden else "403"
            found = answer(client, door)
            if found != expected:
                wrong.append((door.url, door.args[-1], door.sent is not None, who, found))
    assert wrong == []
