"""A count sheet that is being filled in saves itself; a larger difference that came back is asked for again."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from catalog.models import StockCount
from catalog.services.stock import counting
from catalog.services.stock.counting import Entry
from office.approvals import api as approvals
from office.approvals.models import Draft, Run
from tests.catalog import shelf
from tests.catalog.stock.arrange import received, stock
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def opened() -> tuple[Any, StockCount, str]:
    made = received(shelf.sku(cost="900.00"), 10)
    count = counting.open_count(
        category_id=shelf.category().pk, by=person("xu_warehouse"), now=timezone.now()
    )
    return made, count, f"/catalog/stock/counts/{count.pk}/"


def keep(count: StockCount, **typed: str) -> None:
    where = f"/approvals/drafts/catalog.stock_variance/{count.pk}/"
    answer = signed_in("xu_warehouse").post(where, typed, HTTP_ACCEPT="application/json")
    assert answer.status_code == 200


def sheet(url: str, who: str = "xu_warehouse") -> str:
    return signed_in(who).get(url).content.decode()


def test_figures_are_there_again_and_gone_once_they_are_saved() -> None:
    made, count, url = opened()
    assert "js/drafts.js" in sheet(url)
    keep(count, **{f"s{made.pk}-counted": "4711", f"s{made.pk}-note": "左侧货架"})
    assert 'value="4711"' in sheet(url)
    assert "左侧货架" in sheet(url)
    assert "4711" not in sheet(url, "chen_manager")
    assert not count.lines.exists(), "nothing is counted yet"
    signed_in("xu_warehouse").post(url, {f"s{made.pk}-counted": "10"})
    assert not Draft.objects.exists()


def test_what_a_colleague_has_saved_since_is_not_hidden_by_the_draft() -> None:
    made, count, url = opened()
    keep(count, **{f"s{made.pk}-counted": "4711"})
    counting.enter_counts(
        count_id=count.pk, entries=[Entry(made.pk, 9, "lost")], by=person("xu_warehouse"), now=timezone.now()
    )
    assert "4711" not in sheet(url)


@pytest.mark.clause("J6")
def test_a_difference_that_came_back_is_asked_for_again_from_the_page() -> None:
    person("chen_manager")
    made, count, url = opened()
    again = f"{url}again/"
    client = signed_in("xu_warehouse")
    assert client.post(again).status_code == 409
    keep(count, **{f"s{made.pk}-counted": "1"})
    client.post(url, {f"s{made.pk}-counted": "1", f"s{made.pk}-reason": "lost", "hand_in": "1"})
    assert not Draft.objects.exists()
    run = Run.objects.get()
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=timezone.now(), reason="为什么")
    assert again in sheet(url)
    assert again not in sheet(url, "chen_manager")
    keep(count, comment="监控在查")
    assert "监控在查" in sheet(url)
    assert client.post(again, {"comment": "监控已核对"}).status_code == 302
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=timezone.now())
    assert stock(made) == 1
