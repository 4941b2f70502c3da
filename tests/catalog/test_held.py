"""What a person who leaves has begun at the catalog desk is listed for his successors (S4c)."""

from __future__ import annotations

import pytest

from attendance.holdings import Leaver, find
from catalog.models import PriceSheet, StockCount, StockCountLine
from catalog.selectors.holdings import held_by
from tests.catalog.shelf import DAY, HOUR, NOW, category, channel, sku
from tests.catalog.test_promotions import END, plan
from tests.people import person


def keys(who: str, at: object = NOW) -> list[str]:
    return [each.key for each in held_by(person(who), at)]  # type: ignore[arg-type]


@pytest.mark.clause("S4c")
def test_promotions_counts_and_price_tables_are_held_until_they_are_over(site: None) -> None:
    made = plan(channel())
    planner = made.by
    table = PriceSheet.objects.create(filename="调价.xlsx", by=planner, at=NOW)
    count = StockCount.objects.create(
        category=category(), opened_at=NOW, blind=False, clause="J6", scheduled_at=NOW
    )
    StockCountLine.objects.create(
        count=count, sku=sku(), counted=1, book=1, entered_at=NOW, entered_by=planner
    )
    found = held_by(planner, NOW)
    assert [each.key for each in found] == [
        f"promotion-{made.pk}", f"count-{count.pk}", f"sheet-{table.pk}",
    ]  # fmt: skip
    assert "调价.xlsx" in found[2].label
    provider = find("catalog")
    assert provider is not None
    assert [each.key for each in provider.held(Leaver(planner, NOW + 30 * DAY), NOW)] == [
        e.key for e in found
    ]
    StockCount.objects.update(state="done", handed_in_at=NOW, handed_in_by=planner)
    assert [each.key for each in held_by(planner, END + HOUR)] == [f"sheet-{table.pk}"]
    assert keys("li_lei") == []
