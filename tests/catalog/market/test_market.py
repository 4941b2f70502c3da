"""Competitors' prices, gathered; the week summed up for the superior."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.models import CompetitorPrice, MarketSummary
from catalog.rules.market_file import read_market
from catalog.selectors.market import best_sellers
from catalog.services import market
from catalog.services.market import SeenPrice
from catalog.services.stock.orders import goods_back
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from office.tables.opening import open_tables
from tests.catalog import asking, shelf
from tests.catalog.shelf import DAY, HOUR, MINUTE, NOW
from tests.catalog.stock.arrange import received, sold, take_over
from tests.people import person, signed_in
from tests.tables.files import source, xlsx_bytes

pytestmark = pytest.mark.django_db
site, mall = pytest.mark.usefixtures("site"), pytest.mark.usefixtures("mall")
TODAY = dt.date(2026, 11, 23)
#: Friday 2026-11-20, 17:00 in Shanghai: the week before NOW ends.
FIVE = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
WORDS = "本周竞品普遍降价约百分之三，建议主推款跟进。"


def note(
    price: str = "2199.00",
    *,
    code: str = "SF-2301",
    who: str = "gao_section",
    competitor: str = "竞品店",
    on: dt.date = TODAY,
    url: str = "",
) -> CompetitorPrice:
    seen = SeenPrice(0, competitor, Decimal(price), on, url)
    return market.note_price(sku_code=code, seen=seen, by=person(who), now=NOW)


@site
def test_a_price_is_noted_once() -> None:
    made = shelf.sku()
    assert note().sku == made
    note()
    assert CompetitorPrice.objects.count() == 1
    note("2100.00")
    assert CompetitorPrice.objects.count() == 2


@site
@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"code": "nothing"}, "sku_code"),
        ({"competitor": " "}, "competitor"),
        ({"price": "0"}, "price"),
        ({"on": TODAY + DAY}, "on"),
        ({"on": dt.date(2020, 1, 1)}, "on"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_a_price_that_cannot_be_is_refused_at_its_field(more: dict[str, Any], path: str) -> None:
    shelf.sku()
    with pytest.raises(Invalid) as caught:
        note(**more)
    assert [error["path"] for error in caught.value.errors] == [path]


@site
def test_the_evidence_of_a_price_that_is_asked_for_is_part_of_the_market() -> None:
    made = shelf.sku(cost="50.00")
    asking.ask_price(made, "90.00")
    [row] = CompetitorPrice.objects.all()
    assert (row.competitor, row.price, row.source) == ("竞品店", Decimal("95.00"), "proposal")


@site
def test_a_file_is_taken_row_by_row_and_the_rest_is_shown_whole() -> None:
    shelf.sku()
    content = xlsx_bytes(
        [
            ["款号", "竞品", "价格", "日期", "链接"],
            ["SF-2301", "甲店", "2199元", "2026-11-20", "https://a.example/1"],
            ["SF-2301", "乙店", 2099, "", ""],
            ["XX", "甲店", 1, "", ""],
            ["SF-2301", "甲店", 0, "", ""],
            ["SF-2301", "甲店", 1, "2020-01-01", ""],
            ["", "甲店", 1, "", ""],
            ["SF-2301", "", 1, "", ""],
        ]
    )
    rows = read_market(open_tables(source(content))[0].rows(), TODAY)
    for again, new in enumerate((2, 0)):
        made, bad = market.import_prices(filename="m.xlsx", content=rows, by=person("gao_section"), now=NOW)
        assert (made, [each.row for each in bad]) == (new, [4, 5, 6, 7, 8]), again
    assert CompetitorPrice.objects.get(competitor="乙店").seen_on == TODAY


@site
def test_a_file_without_the_columns_is_refused() -> None:
    rows = read_market([(1, ["a", "b"])], TODAY)
    with pytest.raises(Invalid):
        market.import_prices(filename="m.csv", content=rows, by=person("gao_section"), now=NOW)


@site
def test_a_noted_price_is_law() -> None:
    shelf.sku()
    note()
    for statement in ("UPDATE catalog_competitorprice SET price = 1", "DELETE FROM catalog_competitorprice"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@mall
@pytest.mark.clause("J6")
def test_every_week_a_summary_opens_that_is_due_when_the_week_ends() -> None:
    summary = market.open_due_summary(now=NOW)
    assert summary is not None
    assert (summary.starts_at, summary.ends_at) == (FIVE, FIVE + 7 * DAY)
    assert market.open_due_summary(now=NOW + HOUR) is None
    clock = Deadline.objects.get(rule="catalog.market_summary_done")
    assert (clock.due_at, clock.clause) == (FIVE + 7 * DAY, "J6")
    following = market.open_due_summary(now=FIVE + 7 * DAY + MINUTE)
    assert following is not None
    assert following.starts_at == FIVE + 7 * DAY


@mall
def test_where_no_deadline_is_set_a_summary_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "DONE", "catalog.no_such_rule")
    assert market.open_due_summary(now=NOW) is not None
    assert not Deadline.objects.filter(rule__startswith="catalog.").exists()


@site
def test_the_site_book_asks_for_no_summary() -> None:
    assert market.open_due_summary(now=NOW) is None


def handed_in() -> MarketSummary:
    summary = market.open_due_summary(now=NOW)
    assert summary is not None
    return market.hand_in_summary(
        summary_id=summary.pk, text=f" {WORDS}\r\n", by=person("gao_section"), now=NOW + HOUR
    )


@mall
@pytest.mark.clause("J6")
def test_the_summary_is_handed_to_the_superior_who_acknowledges_it() -> None:
    planner = person("he_planner")
    summary = handed_in()
    assert (summary.text, summary.readers) == (WORDS, ["planner"])
    assert Deadline.objects.get(rule="catalog.market_summary_done").state == "met"
    assert Notice.objects.filter(kind="catalog.summary_handed_in", recipient=planner).count() == 1
    market.acknowledge_summary(summary_id=summary.pk, answer="跟进主推款", by=planner, now=NOW + 2 * HOUR)
    summary.refresh_from_db()
    assert (summary.state, summary.read_by, summary.answer) == ("read", planner, "跟进主推款")
    assert Notice.objects.filter(kind="catalog.summary_read", recipient=summary.by).count() == 1
    with pytest.raises(Conflict):
        market.acknowledge_summary(summary_id=summary.pk, answer="", by=planner, now=NOW + 3 * HOUR)
    with pytest.raises(Conflict):
        market.hand_in_summary(summary_id=summary.pk, text=WORDS, by=person("gao_section"), now=NOW)


@mall
def test_nobody_acknowledges_what_he_wrote_or_what_was_not_handed_to_him() -> None:
    summary = handed_in()
    for who in ("gao_section", "chen_manager", "sun_admin"):
        with pytest.raises(Forbidden):
            market.acknowledge_summary(summary_id=summary.pk, answer="", by=person(who), now=NOW + HOUR)


@mall
def test_a_summary_needs_words_a_writer_and_a_reader() -> None:
    summary = market.open_due_summary(now=NOW)
    assert summary is not None
    with pytest.raises(Conflict):
        market.acknowledge_summary(summary_id=summary.pk, answer="", by=person("he_planner"), now=NOW)
    for text in ("", "短", "长" * 4_001):
        with pytest.raises(Invalid):
            market.hand_in_summary(summary_id=summary.pk, text=text, by=person("gao_section"), now=NOW)
    for act in (
        lambda: market.hand_in_summary(summary_id=summary.pk, text=WORDS, by=person("li_lei"), now=NOW),
        lambda: note(who="li_lei"),
        lambda: market.import_prices(
            filename="", content=read_market([], TODAY), by=person("li_lei"), now=NOW
        ),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(NotFound):
        market.hand_in_summary(summary_id=987654, text=WORDS, by=person("gao_section"), now=NOW)
    planner = person("he_planner")
    planner.is_active = False
    planner.save(update_fields=["is_active"])
    with pytest.raises(Refused) as caught:
        market.hand_in_summary(summary_id=summary.pk, text=WORDS, by=person("gao_section"), now=NOW)
    assert caught.value.code == "no_superior"


@mall
@pytest.mark.clause("J6")
def test_a_week_names_its_best_sellers() -> None:
    this = market.open_due_summary(now=NOW)
    following = market.open_due_summary(now=NOW + 7 * DAY)
    assert this is not None
    assert following is not None
    sofa, chair, table = (received(shelf.sku(f"SF-{place}"), 30) for place in (1, 2, 3))
    take_over(sold((sofa.code, 2), (chair.code, 5)), now=NOW + HOUR)
    take_over(sold((sofa.code, 9), (table.code, 1), id=8), now=NOW + 2 * HOUR)
    goods_back(order_id=8, by=person("zhao_operations"), now=NOW + 3 * HOUR)
    take_over(sold((table.code, 4), id=9), now=NOW + 7 * DAY)
    assert [(each.sku, each.pieces) for each in best_sellers(this)] == [(chair, 5), (sofa, 2)]
    assert [(each.sku, each.pieces) for each in best_sellers(following)] == [(table, 4)]
    page = signed_in("gao_section").get(f"/catalog/market/summaries/{this.pk}/").text
    assert "本周畅销" in page
    assert page.index("SF-2") < page.index("SF-1")
    assert "SF-3" not in page
