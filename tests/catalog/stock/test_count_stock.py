"""Counting: opened by the schedule, entered, handed in, agreed to."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog.models import Reason, StockCount, StockCountLine, StockMovement
from catalog.services import goods
from catalog.services.stock import counting
from catalog.services.stock.counting import Entry
from office.approvals import api as approvals
from office.approvals.models import Run
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.shelf import DAY, HOUR, MINUTE, NOW, category, product, sku
from tests.catalog.stock.arrange import counting_of, hand_in, received, sold, stock, take_over
from tests.people import person

pytestmark = pytest.mark.django_db
site, mall = pytest.mark.usefixtures("site"), pytest.mark.usefixtures("mall")
#: A day of the two-day schedule (anchored on Monday 2026-01-05), 09:00 in Shanghai.
NINE = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)


def open_due(now: dt.datetime) -> list[StockCount]:
    return counting.open_due_counts(now=now)


@mall
@pytest.mark.clause("J6")
def test_every_two_days_a_count_of_every_category_opens_with_its_deadline() -> None:
    sku()
    goods.add_category(name="空类目", by=person("ma_product"), now=NOW)
    assert open_due(NINE - MINUTE) != []  # what the last instant before asks for
    [count] = open_due(NINE)
    assert open_due(NINE + 5 * MINUTE) == []
    assert (count.category.name, count.clause, count.blind) == ("沙发", "J6", True)
    clock = Deadline.objects.get(rule="catalog.stock_count_done", state="open")
    assert (clock.subject_id, clock.started_at) == (str(count.pk), NINE)
    assert clock.due_at == dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)  # the end of the day in Shanghai
    assert open_due(NINE + DAY) == []
    [following] = open_due(NINE + 2 * DAY)
    assert following.scheduled_at == NINE + 2 * DAY


@mall
@pytest.mark.clause("J6")
def test_a_count_that_is_not_handed_in_is_missed_when_the_next_opens_and_stays_late() -> None:
    sku()
    [count] = open_due(NINE)
    open_due(NINE + 2 * DAY)
    count.refresh_from_db()
    assert count.state == "missed"
    clock = Deadline.objects.get(rule="catalog.stock_count_done", subject_id=str(count.pk))
    assert (clock.state, clock.due_at < clock.cancelled_at) == ("cancelled", True)  # type: ignore[operator]
    with pytest.raises(Conflict):
        hand_in(count)


@mall
def test_after_an_outage_only_the_newest_count_opens() -> None:
    sku()
    open_due(NINE)
    [count] = open_due(NINE + 11 * DAY)
    assert count.scheduled_at == NINE + 10 * DAY
    assert StockCount.objects.count() == 2


@mall
@pytest.mark.clause("J6")
def test_a_count_that_is_handed_in_in_time_keeps_its_deadline() -> None:
    made = sku()
    [count] = open_due(NINE)
    hand_in(count, Entry(made.pk, 5), now=NINE + HOUR)
    clock = Deadline.objects.get(rule="catalog.stock_count_done", subject_id=str(count.pk))
    assert (clock.state, clock.met_at) == ("met", NINE + HOUR)


@mall
def test_a_count_that_another_process_opened_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    within = category()
    sku()
    assert len(open_due(NINE)) == 1
    monkeypatch.setattr(counting, "_categories_with_goods", lambda since: [within])
    assert open_due(NINE) == []
    with pytest.raises(Conflict):
        counting._open(within, None, person("xu_warehouse"), "J6", NOW + DAY)


@site
def test_the_site_book_schedules_no_count_but_people_open_one() -> None:
    made = sku()
    assert open_due(NINE) == []
    count = counting_of(made)
    assert count.clause == "C10.10"
    assert not Deadline.objects.filter(subject_type="stock_count").exists()
    with pytest.raises(Conflict) as caught:
        counting_of(made)
    assert (caught.value.code, caught.value.params["count"]) == ("open", count.pk)


@site
def test_who_may_not_count_opens_enters_and_hands_in_nothing() -> None:
    made = sku()
    count = counting_of(made)
    outsider = person("li_lei")
    with pytest.raises(Forbidden):
        counting.open_count(category_id=made.product.category_id, by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        counting.enter_counts(count_id=count.pk, entries=[Entry(made.pk, 1)], by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        counting.hand_in_count(count_id=count.pk, by=outsider, now=NOW)


@site
def test_what_is_not_there_is_not_counted() -> None:
    made = sku()
    keeper = person("xu_warehouse")
    with pytest.raises(NotFound):
        counting.open_count(category_id=987654, by=keeper, now=NOW)
    with pytest.raises(NotFound):
        counting.enter_counts(count_id=987654, entries=[], by=keeper, now=NOW)
    with pytest.raises(NotFound):
        counting.ask_again(run_id=987654, by=keeper, now=NOW, comment="")
    empty = goods.add_category(name="空类目", by=person("ma_product"), now=NOW)
    with pytest.raises(Conflict) as caught:
        counting.open_count(category_id=empty.pk, by=keeper, now=NOW)
    assert caught.value.code == "no_goods"
    count = counting_of(made)
    for entry in (Entry(987654, 1), Entry(made.pk, -1), Entry(made.pk, 1, "nonsense")):
        with pytest.raises(Invalid):
            counting.enter_counts(count_id=count.pk, entries=[entry], by=keeper, now=NOW)


@site
def test_the_first_count_opens_the_stock_without_a_reason() -> None:
    made = sku()
    assert hand_in(counting_of(made), Entry(made.pk, 300)) is None
    movement = StockMovement.objects.get()
    assert (stock(made), movement.source, movement.reason) == (300, "opening", Reason.FIRST_COUNT)


@site
def test_a_count_that_agrees_moves_nothing() -> None:
    made = received(sku(), 7)
    hand_in(counting_of(made), Entry(made.pk, 7, "lost"), now=NOW + HOUR)
    assert StockMovement.objects.count() == 1
    assert StockCountLine.objects.get().reason == ""


@site
def test_a_small_variance_needs_its_reason_and_moves_the_stock_at_once() -> None:
    made = received(sku(cost="20.00"), 7)
    count = counting_of(made)
    with pytest.raises(Invalid) as caught:
        hand_in(count, Entry(made.pk, 5))
    assert caught.value.errors[0]["code"] == "reason"
    with pytest.raises(Invalid) as caught:
        hand_in(count, Entry(made.pk, 5, "other"))
    assert caught.value.errors[0]["code"] == "note"
    hand_in(count, Entry(made.pk, 5, "damaged", "外箱破损"))
    assert stock(made) == 5
    with pytest.raises(Conflict) as conflict:
        hand_in(count, Entry(made.pk, 6, "found"))
    assert "徐仓管" in str(conflict.value.message)


@site
def test_every_sku_of_the_category_is_counted_before_it_is_handed_in() -> None:
    shared = product()
    first, second = sku("SF-1", of=shared), sku("SF-2", of=shared)
    count = counting_of(first)
    with pytest.raises(Invalid) as caught:
        hand_in(count, Entry(first.pk, 0))
    assert [error["path"] for error in caught.value.errors] == [str(second.pk)]
    assert not count.lines.exists()  # refused as a whole


@site
def test_a_sku_out_of_the_range_is_counted_while_something_of_it_is_left() -> None:
    shared = product()
    first, old = sku("SF-1", of=shared), received(sku("SF-0", of=shared), 2)
    goods.update_sku(sku_id=old.pk, spec="", barcode="", active=False, by=person("ma_product"), now=NOW)
    assert set(counting.goods_of(category().pk)) == {first, old}
    take_over(sold(("SF-0", 2)))
    assert set(counting.goods_of(category().pk)) == {first}


@site
def test_goods_that_leave_between_counting_and_handing_in_change_no_variance() -> None:
    made = received(sku(cost="10.00"), 10)
    count = counting_of(made)
    counting.enter_counts(
        count_id=count.pk, entries=[Entry(made.pk, 9, "lost")], by=person("xu_warehouse"), now=NOW + HOUR
    )
    take_over(sold(("SF-2301", 4)), now=NOW + 2 * HOUR)
    hand_in(count, Entry(made.pk, 9, "lost"), now=NOW + 3 * HOUR)  # the same figure keeps its instant
    assert stock(made) == 5
    assert StockMovement.objects.get(source="count").change == -1


def beyond(who: str = "xu_warehouse") -> tuple[StockCount, Run]:
    """One SKU over the limit and one within it."""
    shared = product()
    first, second = received(sku("SF-1", of=shared), 10), received(sku("SF-2", cost="10.00", of=shared), 10)
    count = counting_of(first, who=who)
    run = hand_in(count, Entry(first.pk, 7, "lost"), Entry(second.pk, 8, "damaged"), who=who, now=NOW + HOUR)
    assert run is not None
    return count, run


def left() -> list[int]:
    return list(
        StockMovement.objects.order_by("sku__code", "-id")
        .distinct("sku__code")
        .values_list("after", flat=True)
    )


@site
def test_a_variance_over_the_limit_is_asked_for_and_moves_when_the_superior_agrees() -> None:
    person("chen_manager")
    _count, run = beyond()
    assert left() == [10, 8]
    assert [line.row for line in approvals.kind_of(run.kind).changes(run)] == [
        "SF-1 北欧布艺三人沙发 雾灰"
    ] * 2
    # In the words of whoever reads it, not of whoever asked.
    assert [line[0] for line in run.preview["en"]] == ["Stock", "Reason"]
    assert [line[0] for line in run.preview["zh-hans"]] == ["库存", "原因"]
    run = approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + 2 * HOUR)
    assert (run.state, left()) == ("executed", [7, 8])
    movement = StockMovement.objects.get(run=run)
    assert (movement.reason, movement.authority_clause) == ("lost", "")


@pytest.mark.clause("C10.10")
@site
def test_a_little_at_each_count_is_asked_for_once_it_adds_up() -> None:
    person("chen_manager")
    made = received(sku(cost="10.00"), 40)

    def count(figure: int, days: int) -> Run | None:
        now = NOW + days * DAY
        return hand_in(counting_of(made, now=now), Entry(made.pk, figure, "lost"), now=now + HOUR)

    assert count(36, 2) is None
    assert count(32, 4) is None
    run = count(29, 6)
    assert run is not None
    assert (stock(made), run.payload["rows"][0]["before"]) == (32, -8)
    assert "-8" in approvals.kind_of(run.kind).changes(run)[1].after
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + 6 * DAY + 2 * HOUR)
    assert stock(made) == 29
    # What was agreed to begins it anew; so does the end of the book's days.
    assert count(21, 8) is None
    assert count(19, 37) is None
    assert count(12, 38) is None


@site
def test_nobody_agrees_to_his_own_count() -> None:
    person("fang_vice")
    _count, run = beyond(who="chen_manager")
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + 2 * HOUR)


@site
def test_a_variance_that_is_refused_leaves_the_stock() -> None:
    person("chen_manager")
    _count, run = beyond()
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW + 2 * HOUR, reason="重盘")
    assert left() == [10, 8]


@site
def test_a_request_that_comes_back_is_asked_again_as_it_was() -> None:
    person("chen_manager")
    _count, run = beyond()
    run = approvals.return_to(
        run_id=run.pk, by=person("chen_manager"), now=NOW + 2 * HOUR, step=None, reason="为什么"
    )
    run = counting.ask_again(
        run_id=run.pk, by=person("xu_warehouse"), now=NOW + 3 * HOUR, comment="监控已核对"
    )
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + 4 * HOUR)
    assert left() == [7, 8]


@site
def test_nothing_but_what_was_counted_can_be_asked_for() -> None:
    count, run = beyond()
    wrong = {**run.payload, "rows": [{**run.payload["rows"][0], "change": -9}]}
    with pytest.raises(Invalid):
        approvals.kind_of(run.kind).check(wrong)
    with pytest.raises(Invalid):
        approvals.kind_of(run.kind).check({"count": count.pk, "rows": []})
