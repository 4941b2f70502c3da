"""What each step of a purchase order does, refuses and leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Acceptance, OrderEnd, OrderLine, PurchaseOrder, StepReport
from contracts.rules import lateness
from contracts.services import (
    accepting,
    arriving,
    demand,
    ending,
    first_sample,
    losses,
    ordering,
    reports,
    returning,
    samples,
    shipping,
)
from contracts.services.losses import Loss
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, DUE, HOUR, NOW, PLACE
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def clock(rule: str, order: PurchaseOrder) -> Deadline:
    found = Deadline.objects.filter(rule=rule, subject_type="purchase_order", subject_id=str(order.pk))
    return found.get()


def refused(kind: type[Refused], *acts: Callable[[], Any]) -> None:
    for act in acts:
        with pytest.raises(kind):
            act()


@pytest.mark.clause("P1.2")
def test_a_line_says_whose_design_it_is_and_is_fixed_once_we_sign() -> None:
    order, buyer = arrange.drafted(), person("luo_buyer")
    line = arrange.only_line(order)
    wishes: tuple[dict[str, Any], ...] = (
        {"quantity": 0}, {"unit_price": Decimal("1.005")}, {"due_on": NOW.date()}, {"design_owner": "anybody"},
        {"steps": []}, {"steps": ["开料", "开料"]}, {"name": " "}, {"warehouse": ""}, {"sample_id": 987654},
        {"name": "长" * 121}, {"unit_price": Decimal("-1")},
    )  # fmt: skip
    for wrong in wishes:
        wish = arrange.wish(**wrong)
        refused(Invalid, partial(ordering.put_line, order_id=order.pk, wish=wish, by=buyer, now=NOW))
    changed = ordering.put_line(
        order_id=order.pk, line_id=line.pk, wish=arrange.wish(design_owner="theirs_accepted", trademark_licensed=True),
        by=buyer, now=NOW,
    )  # fmt: skip
    assert (changed.pk, changed.design_owner, changed.trademark_licensed) == (
        line.pk,
        "theirs_accepted",
        True,
    )
    extra = ordering.put_line(order_id=order.pk, wish=arrange.wish(name="脚凳"), by=buyer, now=NOW)
    ordering.drop_line(order_id=order.pk, line_id=extra.pk, by=buyer, now=NOW)
    signed = ordering.issue_order(order_id=order.pk, by=buyer, now=NOW)
    assert len(signed.sha256) == 64
    refused(
        Conflict,
        lambda: ordering.put_line(order_id=order.pk, wish=arrange.wish(), by=buyer, now=NOW),
        lambda: ordering.drop_line(order_id=order.pk, line_id=line.pk, by=buyer, now=NOW),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(pk=line.pk).update(quantity=11)
    with pytest.raises(IntegrityError), transaction.atomic():
        PurchaseOrder.objects.filter(pk=order.pk).update(note="改")


def test_an_order_is_signed_with_lines_dates_to_come_and_a_contract() -> None:
    buyer = person("luo_buyer")
    bare = ordering.draft_order(supplier_id=world.supplier().pk, by=buyer, now=NOW)
    refused(Invalid, lambda: ordering.issue_order(order_id=bare.pk, by=buyer, now=NOW))
    other = world.supplier("FS08", "佛山市无约家具厂")
    free = ordering.draft_order(supplier_id=other.pk, by=buyer, now=NOW)
    ordering.put_line(order_id=free.pk, wish=arrange.wish(), by=buyer, now=NOW)
    refused(Conflict, lambda: ordering.issue_order(order_id=free.pk, by=buyer, now=NOW))
    refused(
        Invalid, lambda: ordering.issue_order(order_id=arrange.drafted().pk, by=buyer, now=NOW + 28 * DAY)
    )
    refused(
        NotFound,
        lambda: ordering.draft_order(supplier_id=987654, by=buyer, now=NOW),
        lambda: ordering.issue_order(order_id=987654, by=buyer, now=NOW),
        lambda: ordering.put_line(order_id=bare.pk, line_id=987654, wish=arrange.wish(), by=buyer, now=NOW),
        lambda: ordering.send_order(order_id=arrange.issued().pk, contact_id=987654, by=buyer, now=NOW),
    )
    refused(Forbidden, lambda: ordering.draft_order(supplier_id=other.pk, by=person("li_lei"), now=NOW))


@pytest.mark.clause("P7b")
def test_returned_in_time_meets_the_clock_and_starts_those_of_the_lines() -> None:
    order = arrange.sent()
    contact = arrange.the_contact()
    returning.open_order(order=order, contact=contact, now=NOW + HOUR)
    again = returning.open_order(order=order, contact=contact, now=NOW + 2 * HOUR)
    assert again.at == NOW + HOUR
    kept = returning.return_order(order=order, contact=contact, signature="何师傅", now=NOW + 3 * HOUR)
    assert (kept.state, kept.accepted_at) == ("returned", NOW + 3 * HOUR)
    assert clock("contracts.order_return", order).state == "met"
    assert clock("contracts.order_deemed", order).state == "cancelled"
    assert clock("contracts.order_unopened", order).state == "met"
    line = Deadline.objects.get(rule="contracts.delivery")
    assert line.due_at == world.NOW.replace(year=2026, month=12, day=21, hour=0)
    assert Notice.objects.filter(kind="contracts.order_returned", recipient=person("luo_buyer")).exists()


@pytest.mark.clause("P7b")
def test_three_days_of_silence_after_the_opening_count_as_accepted_as_of_that_instant() -> None:
    order = arrange.deemed()
    due = clock("contracts.order_deemed", order).due_at
    assert (order.state, order.accepted_at) == ("deemed_accepted", due)
    event = order.events.get(word="deemed")
    assert (event.by, event.contact, event.at) == (None, None, due)
    late = returning.return_order(
        order=order, by=person("luo_buyer"), file=arrange.paper(), now=NOW + 6 * DAY
    )
    assert (late.state, late.accepted_at) == ("returned", due)


@pytest.mark.clause("P7b")
def test_a_return_that_comes_after_the_time_and_before_the_sweep_finds_it_deemed_accepted() -> None:
    order = arrange.sent()
    returning.open_order(order=order, contact=arrange.the_contact(), now=NOW)
    kept = returning.return_order(
        order=order, contact=arrange.the_contact(), signature="何", now=NOW + 9 * DAY
    )
    assert (kept.state, kept.accepted_at) == ("returned", clock("contracts.order_deemed", order).due_at)
    assert list(order.events.order_by("pk").values_list("word", flat=True))[-2:] == ["deemed", "returned"]


@pytest.mark.clause("P7b")
def test_what_was_never_opened_is_never_deemed_accepted_and_the_buyer_is_told() -> None:
    order = arrange.sent()
    deadlines.settle_due(NOW + 30 * DAY)
    order.refresh_from_db()
    assert order.state == "sent"
    told = Notice.objects.filter(
        kind="deadline.breached:contracts.order_unopened", recipient=person("luo_buyer")
    )
    assert told.exists()


def test_only_a_person_of_this_supplier_acts_at_the_door_and_a_return_is_signed() -> None:
    order = arrange.sent()
    stranger = world.contact(world.supplier("FS09", "佛山市别家家具厂"), "外人")
    gone = world.contact(name="离职")
    gone.active = False
    gone.save()
    for contact in (stranger, gone):
        refused(
            NotFound,
            lambda contact=contact: returning.open_order(order=order, contact=contact, now=NOW),  # type: ignore[misc]
            lambda contact=contact: returning.return_order(  # type: ignore[misc]
                order=order, contact=contact, signature="x", now=NOW),
        )  # fmt: skip
    refused(
        Invalid,
        lambda: returning.return_order(order=order, contact=arrange.the_contact(), now=NOW),
        lambda: returning.return_order(order=order, by=person("luo_buyer"), signature="代签", now=NOW),
    )
    refused(Forbidden, lambda: returning.return_order(order=order, now=NOW))


@pytest.mark.clause("P1.1")
def test_nothing_is_produced_before_the_sample_of_every_line_is_signed() -> None:
    buyer = person("luo_buyer")
    asked = samples.request_sample(
        supplier_id=world.supplier().pk, name="沙发", demands="雾灰", by=buyer, now=NOW
    )
    order = arrange.drafted(NOW, sample=asked)
    ordering.issue_order(order_id=order.pk, by=buyer, now=NOW)
    ordering.send_order(order_id=order.pk, contact_id=arrange.the_contact().pk, by=buyer, now=NOW)
    returning.return_order(order=order, contact=arrange.the_contact(), signature="何", now=NOW)
    arrange.both_confirm(order)
    with pytest.raises(Conflict) as told:
        first_sample.start_production(order=order, by=buyer, now=NOW)
    assert told.value.code == "sample"
    refused(
        Conflict,
        lambda: samples.sign_off(sample_id=asked.pk, by=buyer, now=NOW),  # not photographed yet
        lambda: samples.refuse(sample_id=asked.pk, reason="x", by=buyer, now=NOW),
    )
    samples.make_sample(sample=asked, contact=arrange.the_contact(), now=NOW)
    samples.photograph(sample=asked, file=arrange.photo(), contact=arrange.the_contact(), now=NOW)
    samples.refuse(sample_id=asked.pk, reason="色差", by=buyer, now=NOW)
    samples.photograph(sample=asked, file=arrange.photo(), by=buyer, now=NOW)
    samples.sign_off(sample_id=asked.pk, by=buyer, now=NOW)
    assert first_sample.start_production(order=order, by=buyer, now=NOW).state == "producing"
    refused(Conflict, lambda: samples.name_sample(
        order_id=order.pk, line_id=arrange.only_line(order).pk, sample_id=asked.pk, by=buyer, now=NOW))  # fmt: skip


def test_samples_refuse_what_is_not_there_or_not_a_photo() -> None:
    buyer, supplier = person("luo_buyer"), world.supplier()
    sample = samples.request_sample(supplier_id=supplier.pk, name="椅", demands="正面", by=buyer, now=NOW)
    refused(
        Invalid,
        lambda: samples.photograph(sample=sample, file=arrange.paper(), by=buyer, now=NOW),
        lambda: samples.request_sample(supplier_id=supplier.pk, name="椅", demands="", by=buyer, now=NOW),
    )
    refused(
        NotFound,
        lambda: samples.request_sample(supplier_id=987654, name="椅", demands="正面", by=buyer, now=NOW),
        lambda: samples.sign_off(sample_id=987654, by=buyer, now=NOW),
        lambda: samples.name_sample(
            order_id=arrange.drafted().pk, line_id=987654, sample_id=sample.pk, by=buyer, now=NOW
        ),
    )
    assert samples.give_up(sample_id=sample.pk, reason="停产", by=buyer, now=NOW).state == "given_up"


@pytest.mark.clause("P1.4")
def test_both_sides_confirm_the_first_sample_and_a_refusal_takes_both_back() -> None:
    order, buyer, contact = arrange.returned(), person("luo_buyer"), arrange.the_contact()
    with pytest.raises(Conflict) as told:
        first_sample.start_production(order=order, by=buyer, now=NOW)
    assert told.value.code == "first_sample"
    first_sample.confirm(order=order, contact=contact, now=NOW)
    refused(
        Conflict,
        lambda: first_sample.confirm(order=order, contact=contact, now=NOW),
        lambda: first_sample.start_production(order=order, by=buyer, now=NOW),
    )
    first_sample.confirm(order=order, by=buyer, now=NOW)
    first_sample.refuse(order=order, reason="缝线", by=buyer, now=NOW)
    refused(Conflict, lambda: first_sample.start_production(order=order, by=buyer, now=NOW))
    theirs: dict[str, Any] = {"order": order, "by": buyer, "for_supplier": True, "now": NOW}
    said: Any = {"text": "何师傅在厂里签字"}
    paper: Any = {"file": arrange.paper()}
    refused(Invalid, *(partial(first_sample.confirm, **theirs, **each) for each in (said, paper)))
    first_sample.confirm(**theirs, **said, **paper)
    first_sample.confirm(order=order, by=buyer, now=NOW)
    assert first_sample.start_production(order=order, contact=contact, now=NOW).state == "producing"


@pytest.mark.clause("P3.3")
def test_nothing_is_accepted_without_a_passing_report_on_every_step() -> None:
    order = arrange.producing()
    arrival = arrange.arrive(arrange.ship(order))
    with pytest.raises(Conflict) as told:
        arrange.accept(arrival)
    assert told.value.params["steps"] == ["开料", "组装"]
    first, second = arrange.only_line(order).steps.order_by("n")
    given: dict[str, Any] = {
        "mode": "sent_out", "standard": "enterprise", "file": arrange.paper(),
        "contact": arrange.the_contact(), "now": NOW,
    }  # fmt: skip
    reports.give_report(step_id=first.pk, passed=True, **given)
    reports.give_report(step_id=second.pk, passed=False, **given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.create(
            arrived=arrival.lines.get(), accepted=1, refused=0, by=person("song_inspector"), at=NOW
        )
    refused(Conflict, lambda: arrange.accept(arrival))
    refused(
        Invalid,
        lambda: reports.give_report(step_id=first.pk, passed=True, **{**given, "mode": "x"}),
        lambda: reports.give_report(step_id=first.pk, passed=True, **{**given, "standard": "x"}),
    )
    refused(NotFound, lambda: reports.give_report(step_id=987654, passed=True, **given))
    early = arrange.only_line(arrange.returned()).steps.first()
    assert early is not None
    refused(Conflict, lambda: reports.give_report(step_id=early.pk, passed=True, **given))
    with pytest.raises(IntegrityError), transaction.atomic():
        StepReport.objects.create(
            step=early,
            mode="self",
            standard="national",
            passed=True,
            file=arrange.paper(),
            by=person("luo_buyer"),
            at=NOW,
        )
    reports.give_report(step_id=second.pk, passed=True, **given)
    arrange.accept(arrival)


@pytest.mark.clause("P7a")
def test_goods_come_in_parts_and_what_is_counted_short_comes_again() -> None:
    order = arrange.producing()
    arrange.report_all(order)
    line = arrange.only_line(order)
    refused(
        Invalid,
        lambda: arrange.ship(order, 11),
        lambda: arrange.ship(order, 0),
        lambda: shipping.ship(order=order, lines={987654: 1}, number="X", by=person("luo_buyer"), now=NOW),
    )
    first = arrange.ship(order, 6)
    refused(Invalid, lambda: arrange.ship(order, 1), lambda: arrange.ship(order, 5, "SH-2"))
    arrival = arrange.arrive(first, 5)
    assert Notice.objects.filter(kind="contracts.arrival_differs").exists()
    refused(Conflict, lambda: arrange.arrive(first, 5))
    arrange.accept(arrival, 5)
    second = arrange.ship(order, 5, "SH-2")
    arrange.accept(arrange.arrive(second, 6), 5)  # one too many
    order.refresh_from_db()
    assert order.state == "shipped"
    over = second.arrival.lines.get()
    refused(Invalid, lambda: accepting.accept(
        arrived_id=over.pk, accepted=1, by=person("song_inspector"), now=NOW))  # fmt: skip
    accepting.accept(
        arrived_id=over.pk,
        accepted=0,
        refused=1,
        remedy="return",
        reason="多送",
        by=person("song_inspector"),
        now=NOW,
    )
    order.refresh_from_db()
    assert order.state == "closed"
    assert Deadline.objects.get(rule="contracts.delivery", subject_id=str(line.pk)).state == "met"


@pytest.mark.clause("P7a")
def test_goods_are_taken_in_where_the_order_says_or_where_both_agreed() -> None:
    order = arrange.shipped()
    delivery, line = order.deliveries.get(), arrange.only_line(order)

    def there(place: str, **more: Any) -> Any:
        facts = {
            "counts": {line.pk: 10},
            "warehouse": place,
            "by": person("xu_warehouse"),
            "now": NOW,
            **more,
        }
        return arriving.receive(delivery_id=delivery.pk, **facts)

    refused(
        Invalid,
        lambda: there("别处"),
        lambda: there(PLACE, counts={}),
        lambda: there(PLACE, counts={line.pk: -1}),
        lambda: there(PLACE, arrived_on=NOW.date() + timedelta(days=1)),
    )
    refused(Forbidden, lambda: there(PLACE, by=person("luo_buyer")))
    refused(NotFound, lambda: arriving.receive(
        delivery_id=987654, counts={}, warehouse=PLACE, by=person("xu_warehouse"), now=NOW))  # fmt: skip
    shipping.change_place(
        order_id=order.pk, warehouse="二号仓", agreed="何师傅电话同意", by=person("luo_buyer"), now=NOW
    )
    assert there("二号仓").warehouse == "二号仓"


@pytest.mark.clause("P3.1")
def test_what_is_not_right_is_redone_repaired_cut_or_returned() -> None:
    arrival = arrange.arrived()
    row = arrival.lines.get()
    for wrong in (
        {"accepted": 11}, {"accepted": 0}, {"accepted": 8, "refused": 2}, {"accepted": 9, "remedy": "melt"},
        {"accepted": 9, "refused": 1, "remedy": "price_cut", "reason": "x"}, {"accepted": 9, "cut": Decimal(5)},
        {"accepted": 9, "remedy": "repair", "reason": "x"}, {"accepted": 9, "refused": 1, "remedy": "redo"},
        {"accepted": 1, "remedy": "price_cut", "cut": Decimal(1201), "reason": "x"},
    ):  # fmt: skip
        refused(Invalid, lambda wrong=wrong: accepting.accept(  # type: ignore[misc]
            arrived_id=row.pk, by=person("song_inspector"), now=NOW, **wrong))  # fmt: skip
    arrange.accept(arrival, 4, refused=2, remedy="redo", reason="材质不符")
    arrange.accept(arrival, 4, remedy="price_cut", cut=Decimal("120.00"), reason="色差")
    order = arrival.delivery.order
    assert arrange.ship(order, 2, "SH-2").lines.get().quantity == 2
    refused(Forbidden, lambda: accepting.accept(arrived_id=row.pk, accepted=1, by=person("li_lei"), now=NOW))
    refused(
        NotFound, lambda: accepting.accept(arrived_id=987654, accepted=1, by=person("luo_buyer"), now=NOW)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.create(
            arrived=row, accepted=0, refused=1, remedy="", by=person("luo_buyer"), at=NOW
        )


@pytest.mark.clause("P1.5")
def test_an_order_that_is_late_by_the_suppliers_fault_is_cancelled_by_the_chain() -> None:
    order, late = arrange.producing(), NOW + 30 * DAY
    line, buyer = arrange.only_line(order), person("luo_buyer")
    refused(Conflict, lambda: arrange.agreed_end(order, "cancel", "late", now=late))
    refused(Conflict, lambda: ending.judge_delay(
        order_id=order.pk, line_id=line.pk, cause="supplier", reason="停工", by=buyer, now=NOW))  # fmt: skip
    for wrong in ({"cause": "weather"}, {"reason": " "}):
        facts = {"cause": "supplier", "reason": "停工", **wrong}
        refused(Invalid, lambda facts=facts: ending.judge_delay(  # type: ignore[misc]
            order_id=order.pk, line_id=line.pk, by=buyer, now=late, **facts))  # fmt: skip
    ending.judge_delay(
        order_id=order.pk, line_id=line.pk, cause="supplier", reason="停工", by=buyer, now=late
    )
    run = arrange.agreed_end(order, "cancel", "late", now=late)
    order.refresh_from_db()
    assert (run.state, order.state, order.end.mode) == ("executed", "cancelled", "cancel")
    assert not Deadline.objects.filter(rule="contracts.delivery", state="open").exists()
    claim = losses.claim_loss(
        order_id=order.pk, clause="P1.5", text="客户退单", by=buyer, now=late,
        losses=[Loss("direct", "退单赔付", Decimal("500.00")), Loss("indirect", "空运", Decimal("80.50"))],
    )  # fmt: skip
    assert sum(each.amount for each in claim.lines.all()) == Decimal("580.50")


@pytest.mark.clause("P1.5")
def test_the_rest_of_an_order_ends_by_the_chain_and_the_database_asks_for_it() -> None:
    order = arrange.shipped(NOW, 4)
    refused(Conflict, lambda: arrange.agreed_end(order, "cancel"))
    refused(Invalid, lambda: arrange.agreed_end(order, "melt"))
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderEnd.objects.create(order=order, mode="end", ground="agreed", reason="x", at=NOW)
    run = arrange.agreed_end(order, "end")
    order.refresh_from_db()
    assert (run.state, order.state) == ("executed", "closed")
    assert arrange.arrive(order.deliveries.get(), 4).lines.get().counted == 4  # it was under way
    order.refresh_from_db()
    assert order.state == "closed"


@pytest.mark.clause("P3.4")
def test_a_loss_is_claimed_line_by_line_from_a_supplier_who_took_the_order_on() -> None:
    order, buyer = arrange.shipped(), person("luo_buyer")
    one = [Loss("direct", "客户退款", Decimal("10.00"))]
    made = losses.claim_loss(order_id=order.pk, clause="P3.4", text="含量不符", losses=one, by=buyer, now=NOW)
    assert made.lines.get().amount == Decimal("10.00")
    for clause, lines in (
        ("P9", one), ("P3.4", []), ("P3.4", [Loss("other", "x", Decimal(1))]),
        ("P3.4", [Loss("direct", "x", Decimal(0))]), ("P3.4", [Loss("direct", "", Decimal(1))]),
    ):  # fmt: skip
        refused(Invalid, lambda clause=clause, lines=lines: losses.claim_loss(  # type: ignore[misc]
            order_id=order.pk, clause=clause, text="x", losses=lines, by=buyer, now=NOW))  # fmt: skip
    refused(
        Conflict,
        lambda: losses.claim_loss(order_id=order.pk, clause="P1.5", text="x", losses=one, by=buyer, now=NOW),
        lambda: losses.claim_loss(
            order_id=arrange.sent().pk, clause="P3.4", text="x", losses=one, by=buyer, now=NOW
        ),
    )


@pytest.mark.clause("P7c")
def test_lateness_counts_what_came_after_the_date_and_what_has_not_come() -> None:
    due = DUE
    assert lateness.of(due, 10, [], due) == (0, 0, True)
    assert lateness.of(due, 10, [(due, 10)], due + 9 * DAY) == (0, 0, False)
    assert lateness.of(due, 10, [(due, 4), (due + 3 * DAY, 6)], due + 9 * DAY) == (3, 6, False)
    assert lateness.of(due, 10, [(due + 3 * DAY, 6)], due + 9 * DAY) == (9, 10, True)


@pytest.mark.clause("P1.3")
def test_a_need_is_ordered_once_and_a_cancelled_order_frees_it() -> None:
    buyer = person("luo_buyer")
    plan = demand.begin_plan(title="冬季备货", by=buyer, now=NOW)
    need = demand.add_need(plan_id=plan.pk, name="餐椅", quantity=30, needed_on=DUE, by=buyer, now=NOW)
    order = arrange.drafted()

    def take(pieces: int) -> OrderLine:
        return demand.order_need(
            demand_id=need.pk, order_id=order.pk, wish=arrange.wish(quantity=pieces), by=buyer, now=NOW
        )

    line = take(20)
    assert (line.name, line.demand) == ("餐椅", need)
    refused(Invalid, lambda: take(11))
    ordering.discard_order(order_id=order.pk, reason="重来", by=buyer, now=NOW)
    assert demand.still_needed([need]) == {need.pk: 30}
    demand.close_plan(plan_id=plan.pk, by=buyer, now=NOW)
    refused(
        Conflict,
        lambda: take(1),
        lambda: demand.add_need(plan_id=plan.pk, name="桌", quantity=1, needed_on=DUE, by=buyer, now=NOW),
    )
    refused(
        NotFound,
        lambda: demand.close_plan(plan_id=987654, by=buyer, now=NOW),
        lambda: demand.order_need(
            demand_id=987654, order_id=order.pk, wish=arrange.wish(), by=buyer, now=NOW
        ),
    )
    other = demand.begin_plan(title="备货", by=buyer, now=NOW)
    for wrong in ({"quantity": 0}, {"needed_on": NOW.date()}, {"name": ""}):
        facts: dict[str, Any] = {"name": "桌", "quantity": 1, "needed_on": DUE, **wrong}
        refused(Invalid, lambda facts=facts: demand.add_need(  # type: ignore[misc]
            plan_id=other.pk, by=buyer, now=NOW, **facts))  # fmt: skip
