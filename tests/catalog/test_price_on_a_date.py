"""People read what something cost at an instant; a price that was carried out stays; one that would meet a promotion
says so to whoever decides."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from catalog.kinds import pricing
from catalog.models import Price, Sku
from tests.catalog.asking import agree, ask_price, carry_out, priced
from tests.catalog.shelf import HOUR, NOW, channel, sku
from tests.catalog.test_promotions import ask, planned
from tests.people import signed_in

pytestmark = pytest.mark.clause("C11.1")


def page(of: Sku, **asked: str) -> str:
    answer = signed_in("ma_product").get(f"{reverse('catalog:prices', args=[of.pk])}?{urlencode(asked)}")
    assert answer.status_code == 200
    return answer.content.decode().split('<div class="stats flush">', 1)[1].split("</section>", 1)[0]


def local(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def test_the_page_tells_what_it_cost_then(site: None) -> None:
    of, _on = sku(), channel()
    priced(of, "2400.00")
    assert "2,400.00" not in page(of, at=local(NOW - HOUR))
    assert "2,400.00" in page(of, at=local(NOW + HOUR))
    assert "2,400.00" in page(of)


@pytest.mark.parametrize("at", ["", "x", "2026-02-30T08:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_instant_is_today(site: None, at: str) -> None:
    of, _on = sku(), channel()
    priced(of, "2400.00")
    assert "2,400.00" in page(of, at=at)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE catalog_price SET amount = 1", "DELETE FROM catalog_price", "TRUNCATE catalog_price CASCADE"],
)
def test_the_history_is_never_rewritten(site: None, statement: str) -> None:
    priced(sku(), "2400.00")
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement)
    assert Price.objects.get().amount == Decimal("2400.00")


@pytest.mark.clause("C11.3")
def test_the_promotions_it_would_meet_stand_in_the_request(site: None) -> None:
    of, on = sku(), channel()
    priced(of, "2400.00")
    made = planned(on)
    carry_out(agree(ask(made, of, on)))
    run = ask_price(of, "2300.00", now=NOW + HOUR)
    met = [str(change.after) for change in pricing.changes(run) if change.field.endswith("promotions")]
    assert len(met) == 1
    assert made.title in met[0]
    assert on.name in met[0]
