"""Figures come from facts: when an order arrived, when its clock began, was due and was met."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from office.audit.models import Entry
from office.staff.models import Presence
from orders.intake.incoming import IncomingLine, IncomingOrder
from orders.models import DeskWatch, Order
from orders.selectors import figures
from orders.services.booking import book_orders
from orders.services.desk import accept_order, record_contact, return_to_pool
from orders.services.shops import get_or_create_shop
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
DAY = dt.date(2026, 11, 18)
PERIOD = figures.Period(DAY, DAY)
URL = "?first=2026-11-18&last=2026-11-18"


def at(hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 18, hour, minute, second, tzinfo=SHANGHAI)


def arrive(number: str, when: dt.datetime, shop: str = "TM01", historical: bool = False) -> Order:
    line = IncomingLine(sku="A-1", title="橡木餐椅", quantity=Decimal(1), amount=Decimal("299.00"))
    order = IncomingOrder(number=number, lines=(line,), total=Decimal("299.00"))
    (done,) = book_orders(
        shop=get_or_create_shop(code=shop, by=None, now=when),
        orders=[order],
        source="manual",
        by=None,
        now=when,
        historical=historical,
    )
    assert done.order_id is not None
    return Order.objects.get(pk=done.order_id)


def accept(order: Order, who: str, when: dt.datetime) -> None:
    agent = person(who)
    Presence.objects.get_or_create(
        employee=agent, ended_at=None, defaults={"started_at": at(8), "last_seen_at": when}
    )
    accept_order(order_id=order.pk, by=agent, now=when)


def contact(order: Order, who: str, when: dt.datetime) -> None:
    record_contact(
        order_id=order.pk,
        by=person(who),
        now=when,
        at=when,
        channel="phone",
        outcome="reached",
        confirmed=["goods", "amount", "address", "phone"],
    )


def test_arrivals_are_counted_per_local_hour_and_history_is_not() -> None:
    arrive("1", at(9, 59, 59))
    arrive("2", at(10))
    arrive("3", at(10), historical=True)
    arrive("4", at(10), shop="JD01")
    hours, means = figures.arrivals(PERIOD)
    assert (hours[9], hours[10], sum(hours)) == (1, 2, 3)
    assert means[10] == 2.0
    shop = Order.objects.get(number="4").shop_id
    assert sum(figures.arrivals(PERIOD, figures.Scope(shop))[0]) == 1


@pytest.mark.clause("C7.1", "C7.2")
def test_an_order_in_time_and_one_late_are_told_apart_per_person() -> None:
    first, second = arrive("1", at(10)), arrive("2", at(10))
    accept(first, "li_lei", at(10, 10))  # to the second: kept
    accept(second, "han_meimei", at(10, 10, 1))
    contact(first, "li_lei", at(10, 15))
    rows = {
        (row.rule, row.holder): (row.kept, row.late, row.open)
        for row in figures.kept_and_late(PERIOD, at(23))
    }
    assert rows[("orders.accept", "李雷")] == (1, 0, 0)
    assert rows[("orders.accept", "韩梅梅")] == (0, 1, 0)
    assert rows[("orders.contact", "李雷")] == (1, 0, 0)
    assert rows[("orders.contact", "韩梅梅")] == (0, 1, 0)  # still open, its time has passed


def test_a_clock_still_running_is_neither_kept_nor_late() -> None:
    arrive("1", at(10))
    (row,) = figures.kept_and_late(PERIOD, at(10, 5))
    assert (row.kept, row.late, row.open, row.share) == (0, 0, 1, None)


def test_a_clock_cancelled_after_its_time_was_late_and_one_before_is_nobodys_fact() -> None:
    for number, minutes in (("1", 5), ("2", 25)):
        order = arrive(number, at(10))
        accept(order, "li_lei", at(10))
        supervisor = person("wang_supervisor")
        return_to_pool(order_id=order.pk, by=supervisor, now=at(10, minutes), reason="supervisor")
    rows = {(row.rule, row.holder): (row.kept, row.late) for row in figures.kept_and_late(PERIOD, at(10, 26))}
    assert rows[("orders.contact", "李雷")] == (0, 1)
    agent = person("li_lei")
    (late,) = figures.rows_behind(
        rule="orders.contact", holder_id=agent.pk, state="late", period=PERIOD, now=at(10, 26)
    )
    assert late.label == "TM01/2"


def test_the_night_does_not_count_against_whoever_accepts_before_opening() -> None:
    order = arrive("1", at(2))
    accept(order, "li_lei", at(8, 30))
    used = figures.time_used("orders.accept", PERIOD)
    assert (used.total, used.columns[0], used.median) == (1, 1, 0)


def test_a_distribution_has_every_order_in_one_column() -> None:
    for number, seconds in enumerate((60, 61, 299, 600, 601, 4000)):
        accept(arrive(str(number), at(10)), "li_lei", at(10) + dt.timedelta(seconds=seconds))
    used = figures.time_used("orders.accept", PERIOD)
    assert used.columns == (1, 1, 0, 1, 0, 1, 1, 0, 0, 1)
    assert used.total == 6
    assert used.median == pytest.approx((299 + 600) / 2)


@pytest.mark.clause("C7.2")
def test_the_time_to_contact_has_its_own_distribution() -> None:
    for number, minutes in enumerate((1, 4, 9, 25)):
        order = arrive(str(number), at(10))
        accept(order, "li_lei", at(10, 2))
        contact(order, "li_lei", at(10, 2 + minutes))
    used = figures.time_used("orders.contact", PERIOD)
    assert (used.total, sum(used.columns)) == (4, 4)
    assert used.median == pytest.approx(390)


def test_nothing_gives_an_empty_distribution() -> None:
    assert figures.time_used("orders.accept", PERIOD).median is None


def test_a_number_leads_to_the_orders_behind_it() -> None:
    accept(arrive("1", at(10)), "li_lei", at(10, 5))
    accept(arrive("2", at(10)), "li_lei", at(10, 20))
    agent = person("li_lei")
    found = {
        state: [
            row.label
            for row in figures.rows_behind(
                rule="orders.accept", holder_id=agent.pk, state=state, period=PERIOD, now=at(23)
            )
        ]
        for state in ("kept", "late", "open")
    }
    assert found == {"kept": ["TM01/1"], "late": ["TM01/2"], "open": []}


def test_the_page_shows_tables_charts_and_their_numbers() -> None:
    accept(arrive("1", at(10)), "li_lei", at(10, 5))
    page = signed_in("wang_supervisor").get(f"/figures/{URL}")
    text = page.content.decode()
    assert page.status_code == 200
    assert "李雷" in text
    assert 'id="figures-data"' in text
    for chart in ("accept", "contact", "arrivals"):
        assert f'<canvas id="chart-{chart}"' in text
    assert text.count('class="chart-table"') == 3  # each with its table
    assert "state=kept" in text


@pytest.mark.clause("C7.1")
def test_the_page_lists_when_nobody_watched_and_for_how_long() -> None:
    watcher = person("wu_clerk")
    DeskWatch.objects.create(employee=watcher, started_at=at(8, 40), last_at=at(11))
    DeskWatch.objects.create(employee=watcher, started_at=at(11, 20), last_at=at(18, 10))
    text = signed_in("wang_supervisor").get(f"/figures/{URL}").content.decode()
    row = next(part for part in text.split("<tr>") if "2026-11-18 11:00" in part)
    assert "2026-11-18 11:20" in row
    assert "20 分" in row


@pytest.mark.parametrize(
    "query",
    [
        "?first=2026-11-19&last=2026-11-18",
        "?first=2026-01-01&last=2026-11-18",
        "?first=0001-01-01",
        "?first=x",
        "?shop=999",
    ],
)
def test_a_period_that_makes_no_sense_is_refused_with_the_reason(query: str) -> None:
    assert signed_in("wang_supervisor").get(f"/figures/{query}").status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&state=kept&holder=x",
        "&state=kept&after=-1",
        "&state=odd",
        "&state=kept&after=9999999999999999999",
    ],
)
def test_rows_without_a_sensible_question_are_not_found(query: str) -> None:
    assert signed_in("wang_supervisor").get(f"/figures/rows/{URL}{query}").status_code == 404


def test_rows_page_by_key() -> None:
    for number in range(51):
        arrive(str(number), at(10))
    client = signed_in("wang_supervisor")
    first = client.get(f"/figures/rows/{URL}&rule=orders.accept&state=late")
    assert len(first.context["rows"]) == 50
    second = client.get(f"/figures/rows/?{first.context['following']}")
    assert len(second.context["rows"]) == 1
    assert second.context["following"] is None


@pytest.mark.clause("C13.5")
def test_the_workbook_is_logged_and_holds_no_formula() -> None:
    manager = person("chen_manager")
    arrive("1", at(10))
    agent = person("li_lei")
    agent.name = "=HYPERLINK(1)"
    agent.save(update_fields=["name"])
    accept(Order.objects.get(number="1"), "li_lei", at(10, 5))
    answer: Any = signed_in("chen_manager").post(
        "/figures/workbook/", {"first": "2026-11-18", "last": "2026-11-18"}
    )
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=HYPERLINK(1)"] == ["s", "s"]
    entry = Entry.objects.get(verb="orders.figures_exported")
    assert (entry.actor_id, entry.clause) == (manager.pk, "C13.5")


def test_an_agent_may_not_take_figures_away() -> None:
    answer = signed_in("li_lei").post("/figures/workbook/", {"first": "2026-11-18", "last": "2026-11-18"})
    assert answer.status_code == 403
    assert not Entry.objects.filter(verb="orders.figures_exported").exists()


def test_the_page_asks_a_bounded_number_of_queries(django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        accept(
            arrive(str(number), at(10, number)), "li_lei" if number % 2 else "han_meimei", at(10, number, 30)
        ) if number < 8 else arrive(str(number), at(11))
    client = signed_in("wang_supervisor")
    with django_assert_max_num_queries(40):
        client.get(f"/figures/{URL}")
