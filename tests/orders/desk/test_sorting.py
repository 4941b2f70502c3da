"""Lists of the desk in the order somebody chooses: paged by key, over an index, without losing or repeating a row."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from orders.models import OrderProgress, Shop
from orders.selectors import desk as lists
from orders.selectors import sorting
from orders.selectors.order import Viewer, viewer
from orders.services.booking import book_orders
from tests.orders.desk.arrange import MINUTE, NOW, accepted, on_duty, order, shop
from tests.orders.desk.test_pages import client_of, listed
from tests.orders.ledger.arrange import incoming
from tests.people import person

pytestmark = pytest.mark.django_db
AMOUNTS = ("30.00", None, "1000.00", "30.00", "0.00")


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is tested elsewhere; these tests begin behind the door."""
    from ecdept import second_factor

    monkeypatch.setattr(second_factor, "required", lambda *_args, **_kwargs: False)


def worth(amount: str | None, at: dt.datetime, in_shop: Shop | None = None) -> int:
    total = None if amount is None else Decimal(amount)
    one = incoming(f"A{OrderProgress.objects.count()}", total=total, paid=None)
    [booked] = book_orders(shop=in_shop or shop(), orders=[one], source="csv", by=None, now=at)
    assert booked.order_id is not None
    return booked.order_id


def manager() -> Viewer:
    return viewer(person("wang_supervisor"), NOW)


def paged(who: Viewer, monkeypatch: pytest.MonkeyPatch, **filters: Any) -> list[int]:
    """The whole list, two rows a page."""
    monkeypatch.setattr(lists, "PAGE", 2)
    found: list[int] = []
    after = ""
    while True:
        page = lists.page(who, lists.Filters(**filters, after=after))
        found += [row.pk for row in page.rows]
        after = page.next_after
        if not after:
            return found


@pytest.mark.parametrize("tab", [lists.POOL, lists.ALL])
def test_by_amount_the_largest_first_and_what_states_none_last(
    tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [worth(amount, NOW - i * MINUTE) for i, amount in enumerate(AMOUNTS)]
    wanted = [ids[2], ids[3], ids[0], ids[4], ids[1]]
    assert paged(manager(), monkeypatch, tab=tab, sort="amount") == wanted


@pytest.mark.parametrize("tab", [lists.POOL, lists.ALL])
@pytest.mark.parametrize("sort", ["new", "old"])
def test_by_arrival(tab: str, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [order(at=NOW - i * MINUTE).pk for i in (3, 1, 2, 1)]
    oldest = [ids[0], ids[2], ids[1], ids[3]]
    found = paged(manager(), monkeypatch, tab=tab, sort=sort)
    assert found == (oldest if sort == "old" else oldest[::-1])


def test_the_usual_order_is_by_due_time_and_of_all_by_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    early, late = order(at=NOW - 5 * MINUTE).pk, order(at=NOW).pk
    assert paged(manager(), monkeypatch, tab=lists.POOL) == [early, late]
    assert paged(manager(), monkeypatch, tab=lists.ALL) == [late, early]
    # Closed orders wait for nobody: by due time the list of all has no order.
    assert paged(manager(), monkeypatch, tab=lists.ALL, sort="due") == [late, early]


def test_what_waits_for_nothing_comes_last_by_due_time(monkeypatch: pytest.MonkeyPatch) -> None:
    li = on_duty("li_lei")
    ids = [accepted(li, at=NOW + i * MINUTE).pk for i in range(4)]
    OrderProgress.objects.filter(pk__in=ids[:2]).update(due_at=None, due_rule="")
    assert paged(viewer(li, NOW), monkeypatch, tab=lists.MINE) == [ids[2], ids[3], ids[0], ids[1]]
    assert paged(viewer(li, NOW), monkeypatch, tab=lists.MINE, sort="amount") == ids[::-1]


def test_an_agent_sees_the_same_by_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    li, han = on_duty("li_lei"), on_duty("han_meimei")
    ids = {order(at=NOW).pk, accepted(li).pk}
    accepted(han)
    for sort in ("new", "old", "amount"):
        assert set(paged(viewer(li, NOW), monkeypatch, tab=lists.ALL, sort=sort)) == ids


def test_filters_stay_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    other = shop("TM02")
    ids = [worth(amount, NOW - i * MINUTE) for i, amount in enumerate(AMOUNTS)]
    worth("500.00", NOW, other)
    who = manager()
    assert paged(who, monkeypatch, tab=lists.ALL, sort="amount", shop=shop().pk)[:2] == [ids[2], ids[3]]
    assert len(paged(who, monkeypatch, tab=lists.ALL, sort="amount", state="waiting")) == 6
    assert paged(who, monkeypatch, tab=lists.ALL, sort="amount", state="closed") == []
    assert len(paged(who, monkeypatch, query="A", sort="amount")) == 6
    assert paged(who, monkeypatch, query="A", sort="old", shop=other.pk) != []


def test_all_orders_of_some_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are Shanghai's: 02:00 UTC on the 23rd is the 23rd, 17:00 UTC is the 24th."""
    day = dt.date(2026, 11, 23)
    first, second = order(at=NOW).pk, order(at=NOW.replace(hour=17)).pk
    who = manager()
    assert paged(who, monkeypatch, tab=lists.ALL, since=day, until=day) == [first]
    assert paged(who, monkeypatch, tab=lists.ALL, since=day + dt.timedelta(days=1)) == [second]
    assert paged(who, monkeypatch, tab=lists.ALL, until=day + dt.timedelta(days=1)) == [second, first]
    assert len(paged(who, monkeypatch, tab=lists.POOL, until=day - dt.timedelta(days=9))) == 2


def test_the_amounts_of_some_days_are_sorted_without_the_index_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [worth(amount, NOW - i * MINUTE) for i, amount in enumerate(AMOUNTS)]
    wanted = [ids[2], ids[3], ids[0], ids[4], ids[1]]
    day = NOW.date()
    for since, until in ((day, day), (day - dt.timedelta(days=400), day), (day, None)):
        found = paged(manager(), monkeypatch, tab=lists.ALL, sort="amount", since=since, until=until)
        assert found == wanted
    with CaptureQueriesContext(connection) as asked:
        page = lists.page(manager(), lists.Filters(tab=lists.ALL, sort="amount", since=day, until=day))
    assert "+ 0 DESC" in asked[-1]["sql"]
    assert page.sort.key == "amount"


BENT = (
    "",
    "~",
    "x~1",
    "~x",
    "NaN~1",
    "1e99~1",
    "2026-11-23~1",
    "2026-13-45T00:00:00Z~1",
    "9" * 60,
    "~" + "9" * 30,
)


@pytest.mark.parametrize("sort", ["", "new", "old", "amount", "none"])
def test_a_key_that_somebody_bent_begins_at_the_first(sort: str) -> None:
    pk, who = order(at=NOW).pk, manager()
    for after in BENT:
        for tab in (lists.POOL, lists.ALL):
            page = lists.page(who, lists.Filters(tab=tab, sort=sort, after=after))
            assert [row.pk for row in page.rows] == [pk], (tab, after)


@pytest.mark.parametrize("sort", [each.key for each in sorting.OF_ALL])
@pytest.mark.parametrize("who", ["wang_supervisor", "li_lei", "zhao_operations"])
def test_an_order_costs_no_more_queries_and_no_walk_through_the_ledger(sort: str, who: str) -> None:
    worth("1.00", NOW)
    seen = viewer(person(who), NOW)
    with connection.cursor() as cursor:
        # Small tables are scanned; here the question is whether an index can answer.
        cursor.execute("SET LOCAL enable_seqscan = off")
    for tab in lists.tabs_of(seen):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            lists.page(seen, lists.Filters(tab=tab, sort=sort))
        assert len(asked) == 1
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {asked[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on orders_orderprogress" not in plan


def test_the_page_keeps_the_order_in_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    now = timezone.now()
    ids = [worth(amount, now - i * MINUTE) for i, amount in enumerate(AMOUNTS)]
    client = client_of("wang_supervisor")
    assert listed(client, tab="all", sort="amount") == [ids[2], ids[3]]
    html = client.get("/desk/", {"tab": "all", "sort": "amount", "since": "2026-01-01"}).content.decode()
    assert '<option value="amount" selected>' in html
    assert html.count("sort=amount") >= 3
    assert "since=2026-01-01" in html
    assert 'name="since" value="2026-01-01"' in html
    assert (
        client.get("/desk/", {"tab": "all", "sort": "<x>", "since": "0001-01-01", "until": "x"}).status_code
        == 200
    )
