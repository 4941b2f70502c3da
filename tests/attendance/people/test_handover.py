"""Handing over: what the person holds is listed, somebody named says yes, the thing moves by its own verb (S4c, S6)."""

from __future__ import annotations

import datetime as dt

import pytest
from psycopg2.extras import DateTimeTZRange

from attendance import holdings
from attendance.holdings import Holding, Provider
from attendance.models import HandOverItem, HotlineSpan, Leaving, Shift
from attendance.selectors import day_people
from attendance.services import cases, handover, leaving
from office.approvals import api as approvals
from office.approvals.models import Seat
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from office.staff.models import Employee
from orders.models import OrderProgress
from orders.services import desk
from tests.attendance.people.stage import DAY, HOUR, NOW, leaves, resign
from tests.orders.desk.arrange import accepted, on_duty
from tests.people import person

LATER = NOW + 2 * DAY


def item(provider: str, found: Leaving) -> HandOverItem:
    return found.items.get(provider=provider)


def name(items: list[HandOverItem], to: str, by: str = "chen_manager", at: dt.datetime = LATER) -> None:
    handover.name_successor(
        leaving_id=items[0].leaving_id,
        item_ids=[each.pk for each in items],
        to=person(to),
        by=person(by),
        now=at,
    )


def contacted() -> OrderProgress:
    """An order that 李雷 holds and that does not go back when his shift ends."""
    progress = accepted(on_duty("li_lei"), at=NOW)
    OrderProgress.objects.filter(pk=progress.pk).update(state="contacted")
    OrderProgress.objects.filter(pk=progress.pk).update(state="confirmed")
    progress.refresh_from_db()
    return progress


def ahead() -> None:
    """An early shift and a hotline night of 李雷 after his last day, both published."""
    start = dt.datetime(2026, 12, 25, 0, 30, tzinfo=dt.UTC)
    end = start + 10 * HOUR
    Shift.objects.create(
        employee=person("li_lei"), day=start.date(), sort="work", code="cs_early", starts_at=start, ends_at=end,
        spans=[DateTimeTZRange(start, end)], meal=HOUR, origin="hand", version_id=1, made_at=NOW, published_at=NOW,
    )  # fmt: skip
    night = dt.datetime(2026, 12, 25, 10, 10, tzinfo=dt.UTC)
    HotlineSpan.objects.create(
        employee=person("li_lei"), starts_at=night, ends_at=night + 14 * HOUR, made_at=NOW, published_at=NOW
    )


@pytest.mark.clause("S4c", "S6")
def test_what_is_held_is_listed_when_the_leaving_begins() -> None:
    order = contacted()
    ahead()
    found = leaves()
    listed = {(each.provider, each.key) for each in found.items.all()}
    assert ("orders", str(order.pk)) in listed
    assert ("posts", "service_agent") in listed
    assert len([1 for provider, _key in listed if provider == "shifts"]) == 2
    assert "张三丰" not in "".join(found.items.values_list("label", flat=True))


@pytest.mark.clause("S4c")
def test_an_order_goes_to_the_successor_when_he_says_yes() -> None:
    order = contacted()
    found = leaves()
    on_duty("han_meimei", at=LATER)
    thing = item("orders", found)
    name([thing], "han_meimei")
    order.refresh_from_db()
    assert order.holder == person("li_lei")
    assert Notice.objects.filter(recipient=person("han_meimei"), kind="attendance.handover_asked").exists()
    done = handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER + HOUR)
    order.refresh_from_db()
    assert (done.state, done.moved, order.holder) == ("taken", True, person("han_meimei"))


@pytest.mark.clause("S4c")
def test_an_order_that_operations_took_goes_to_another_of_them() -> None:
    order = contacted()
    desk.hand_over(order_id=order.pk, by=person("li_lei"), now=NOW)
    desk.take_order(order_id=order.pk, by=person("zhao_operations"), now=NOW)
    other = Employee.objects.create(number="P009", name="新运营", joined_at=NOW)
    other.appointments.create(position="product_operations", during=(NOW - DAY, None))
    found = leaves("zhao_operations")
    thing = item("orders", found)
    with pytest.raises(Refused):
        name([thing], "li_lei")
    handover.name_successor(
        leaving_id=found.pk, item_ids=[thing.pk], to=other, by=person("chen_manager"), now=LATER
    )
    done = handover.take_over(item_id=thing.pk, by=other, now=LATER)
    order.refresh_from_db()
    assert (done.moved, order.taken_by) == (True, other)
    with pytest.raises(Conflict):
        desk.pass_on_order(order_id=order.pk, to=other, by=person("chen_manager"), now=LATER)
    with pytest.raises(Refused):
        desk.pass_on_order(order_id=order.pk, to=person("li_lei"), by=person("chen_manager"), now=LATER)


def test_an_order_is_given_by_who_may_reassign_and_to_who_takes_orders() -> None:
    contacted()
    found = leaves()
    thing = item("orders", found)
    with pytest.raises(Refused) as refused:
        name([thing], "han_meimei", by="du_hr")
    assert refused.value.code == "not_a_supervisor"
    with pytest.raises(Refused) as refused:
        name([thing], "zheng_designer")
    assert refused.value.code == "not_an_agent"


def test_a_successor_who_is_not_on_duty_is_told_so_and_the_item_waits() -> None:
    contacted()
    found = leaves()
    thing = item("orders", found)
    name([thing], "han_meimei")
    with pytest.raises(Refused):
        handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)
    thing.refresh_from_db()
    assert thing.state == "offered"


def test_an_order_that_was_given_away_otherwise_is_settled_and_moves_nothing() -> None:
    order = contacted()
    found = leaves()
    thing = item("orders", found)
    name([thing], "han_meimei")
    on_duty("han_meimei", at=LATER)
    desk.reassign_order(
        order_id=order.pk, to=person("han_meimei"), by=person("wang_supervisor"), now=LATER, reason="absent"
    )
    assert not handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER).moved


def test_what_is_no_longer_held_is_settled_by_itself() -> None:
    order = contacted()
    found = leaves()
    on_duty("han_meimei", at=LATER)
    desk.reassign_order(
        order_id=order.pk, to=person("han_meimei"), by=person("wang_supervisor"), now=LATER, reason="absent"
    )
    leaving.watch_leavings(now=LATER)
    thing = item("orders", found)
    assert thing.state == "gone"
    with pytest.raises(Conflict):
        name([thing], "han_meimei")


def forwarded_to_deng() -> approvals.Run:
    run = resign("li_lei")
    approvals.forward(
        run_id=run.pk,
        person_id=person("deng_marketing").pk,
        by=person("chen_manager"),
        now=NOW,
        reason="请您定",
    )
    return run


@pytest.mark.clause("S4c")
def test_a_decision_is_forwarded_by_the_leaving_person_himself() -> None:
    run = forwarded_to_deng()
    found = leaves("deng_marketing")
    thing = item("decisions", found)
    with pytest.raises(Refused) as refused:
        name([thing], "fang_vice", by="wang_supervisor")
    assert refused.value.code == "own_decision"
    name([thing], "fang_vice", by="deng_marketing")
    assert handover.take_over(item_id=thing.pk, by=person("fang_vice"), now=LATER).moved
    assert Seat.objects.get(run=run, state="active").person == person("fang_vice")


@pytest.mark.clause("S4c")
@pytest.mark.parametrize("by", ["chen_manager", "du_hr"])
def test_where_he_does_not_act_the_manager_or_human_resources_name_who_decides(by: str) -> None:
    run = forwarded_to_deng()
    thing = item("decisions", leaves("deng_marketing"))
    name([thing], "fang_vice", by=by)
    assert Seat.objects.get(run=run, state="active").person == person("deng_marketing")
    assert handover.take_over(item_id=thing.pk, by=person("fang_vice"), now=LATER).moved
    assert Seat.objects.get(run=run, state="active").person == person("fang_vice")
    entry = Entry.objects.get(verb="approvals.hand_on")
    assert (entry.actor_name, entry.clause) == (person(by).name, "S6")
    assert approvals.approve(run_id=run.pk, by=person("fang_vice"), now=LATER + HOUR).state == "running"


@pytest.mark.clause("S4c")
def test_so_it_is_with_what_waits_for_a_post_that_only_he_holds() -> None:
    found = leaves("chen_manager")
    run = resign("li_lei")
    assert Seat.objects.get(run=run, state="active").person is None
    handover.draw(leaving_id=found.pk, by=None, now=LATER)
    thing = item("decisions", found)
    assert thing.key == str(run.pk)
    name([thing], "fang_vice", by="du_hr")
    assert handover.take_over(item_id=thing.pk, by=person("fang_vice"), now=LATER).moved
    seat = Seat.objects.get(run=run, state="active")
    assert (seat.position, seat.person) == ("", person("fang_vice"))
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=LATER + HOUR)


@pytest.mark.clause("S4c")
def test_nobody_names_himself_nor_who_decides_on_his_own_request() -> None:
    forwarded_to_deng()
    thing = item("decisions", leaves("deng_marketing"))
    for to, by, code in (("du_hr", "du_hr", "oneself"), ("li_lei", "du_hr", "own_request")):
        with pytest.raises(Refused) as refused:
            name([thing], to, by=by)
        assert refused.value.code == code
    own = resign("du_hr")
    approvals.forward(
        run_id=own.pk,
        person_id=person("deng_marketing").pk,
        by=person("chen_manager"),
        now=NOW,
        reason="请您定",
    )
    handover.draw(leaving_id=thing.leaving_id, by=None, now=LATER)
    with pytest.raises(Refused) as refused:
        name([HandOverItem.objects.get(key=str(own.pk))], "fang_vice", by="du_hr")
    assert refused.value.code == "own_request"
    with pytest.raises(approvals.OwnRequest):
        approvals.hand_on(
            run_id=own.pk, holder=person("deng_marketing"), person_id=person("fang_vice").pk, by=person("du_hr"),
            now=LATER, reason="x",
        )  # fmt: skip
    with pytest.raises(Conflict) as gone:
        approvals.hand_on(
            run_id=own.pk, holder=person("wu_clerk"), person_id=person("fang_vice").pk, by=person("chen_manager"),
            now=LATER, reason="x",
        )  # fmt: skip
    assert gone.value.code == "not_his"


@pytest.mark.clause("S4c")
def test_who_a_case_is_about_does_not_choose_who_decides_on_it() -> None:
    case = cases.open_case(
        employee_id=person("chen_manager").pk, clause="S4b", facts="顶撞", by=person("jiang_head"), now=NOW
    )
    run = cases.propose(
        case_id=case.pk, proposal=cases.Proposal("warning", "属实"), by=person("du_hr"), now=NOW + 6 * DAY
    )
    approvals.forward(
        run_id=run.pk, person_id=person("deng_marketing").pk, by=person("zhou_general"), now=NOW + 6 * DAY,
        reason="请您定",
    )  # fmt: skip
    thing = item("decisions", leaves("deng_marketing"))
    for to in ("fang_vice", "chen_manager"):
        with pytest.raises(Refused) as refused:
            name([thing], to, at=NOW + 7 * DAY)
        assert refused.value.code in ("own_request", "oneself")


def test_a_decision_that_was_made_meanwhile_moves_nothing() -> None:
    run = forwarded_to_deng()
    found = leaves("deng_marketing")
    thing = item("decisions", found)
    name([thing], "fang_vice", by="deng_marketing")
    approvals.approve(run_id=run.pk, by=person("deng_marketing"), now=LATER)
    assert not handover.take_over(item_id=thing.pk, by=person("fang_vice"), now=LATER).moved


def test_a_post_is_handed_over_by_word() -> None:
    found = leaves()
    thing = item("posts", found)
    name([thing], "han_meimei")
    done = handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)
    assert (done.state, done.moved) == ("taken", False)
    handover.draw(leaving_id=found.pk, by=None, now=LATER + HOUR)
    thing.refresh_from_db()
    assert thing.state == "taken"


def test_who_says_no_says_why_and_somebody_else_is_named() -> None:
    found = leaves()
    thing = item("posts", found)
    name([thing], "han_meimei")
    with pytest.raises(Invalid):
        handover.refuse_item(item_id=thing.pk, reason=" ", by=person("han_meimei"), now=LATER)
    done = handover.refuse_item(item_id=thing.pk, reason="手上太多", by=person("han_meimei"), now=LATER)
    assert (done.state, done.refused_words) == ("open", "韩梅梅: 手上太多")
    told = Notice.objects.get(kind="attendance.handover_refused")
    assert told.recipient == person("chen_manager")
    with pytest.raises(NotFound):
        handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)


def test_only_the_named_person_says_yes_and_once() -> None:
    found = leaves()
    thing = item("posts", found)
    name([thing], "han_meimei")
    with pytest.raises(NotFound):
        handover.take_over(item_id=thing.pk, by=person("wu_clerk"), now=LATER)
    handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)
    with pytest.raises(Conflict):
        handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)


@pytest.mark.parametrize("to", ["li_lei", "zheng_designer", "wu_clerk"])
def test_a_successor_must_be_here_and_stay(to: str) -> None:
    found = leaves()
    leaves("zheng_designer")
    Employee.objects.filter(pk=person("wu_clerk").pk).update(is_active=False)
    with pytest.raises(Invalid) as refused:
        name([item("posts", found)], to)
    assert refused.value.errors[0]["path"] == "to"


def test_naming_is_for_who_sees_to_it_or_the_person_himself() -> None:
    found = leaves()
    thing = item("posts", found)
    with pytest.raises(Forbidden):
        name([thing], "han_meimei", by="wu_clerk")
    name([thing], "han_meimei", by="li_lei")
    with pytest.raises(Invalid):
        handover.name_successor(
            leaving_id=found.pk, item_ids=[], to=person("wu_clerk"), by=person("chen_manager"), now=LATER
        )
    with pytest.raises(NotFound):
        handover.name_successor(
            leaving_id=987654, item_ids=[1], to=person("wu_clerk"), by=person("chen_manager"), now=LATER
        )


@pytest.mark.clause("S4c")
def test_of_a_resignation_the_clock_runs_to_the_later_last_day_and_is_met_when_everything_is_taken() -> None:
    found = leaves()
    (clock,) = deadlines.of(found.subject)
    assert (clock.rule, clock.clause, clock.due_at) == ("attendance.handover", "S4c", found.access_ends_at)
    thing = item("posts", found)
    name([thing], "han_meimei")
    handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)
    clock.refresh_from_db()
    assert clock.state == Deadline.State.MET


@pytest.mark.clause("S4c")
def test_a_dismissal_is_handed_over_within_a_week_however_far_the_last_day_is() -> None:
    decided = NOW + 6 * DAY
    case = cases.open_case(
        employee_id=person("li_lei").pk, clause="S4c", facts="殴打同事", by=person("wang_supervisor"), now=NOW
    )
    run = cases.propose(
        case_id=case.pk, by=person("chen_manager"), now=decided,
        proposal=cases.Proposal("dismissal", "事实清楚", last_day=decided.date() + 20 * DAY),
    )  # fmt: skip
    for who in ("fang_vice", "du_hr"):
        approvals.approve(run_id=run.pk, by=person(who), now=decided)
    found = Leaving.objects.get(reason="dismissal")
    (clock,) = deadlines.of(found.subject)
    assert (clock.rule, clock.clause, clock.due_at) == (
        "attendance.handover", "S4c", dt.datetime(2026, 12, 6, 16, tzinfo=dt.UTC),
    )  # fmt: skip  # a week of whole days after 29 November, in Shanghai
    assert clock.due_at < found.access_ends_at


@pytest.mark.clause("S4c")
def test_who_leaves_at_once_still_hands_over_within_a_week_and_late_is_escalated() -> None:
    found = leaves(last_day=dt.date(2026, 11, 23), by_agreement=True, comment="同意")
    (clock,) = deadlines.of(found.subject)
    assert clock.due_at.astimezone(dt.UTC).date() == dt.date(2026, 11, 30)
    deadlines.settle_due(clock.due_at + 2 * DAY)
    kinds = set(Notice.objects.filter(recipient=person("chen_manager")).values_list("kind", flat=True))
    assert {"deadline.breached:attendance.handover", "deadline.escalated:attendance.handover"} <= kinds


def test_what_comes_up_after_everything_was_taken_gets_a_clock_of_its_own() -> None:
    found = leaves()
    thing = item("posts", found)
    name([thing], "han_meimei")
    handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER)
    contacted()
    handover.draw(leaving_id=found.pk, by=person("chen_manager"), now=LATER + HOUR)
    assert [each.state for each in deadlines.of(found.subject)] == ["met", "open"]


def test_calling_off_settles_what_is_open_and_draws_nothing_more() -> None:
    found = leaves()
    leaving.call_off(leaving_id=found.pk, reason="留任", by=person("du_hr"), now=LATER)
    assert handover.open_count(found) == 0
    assert handover.draw(leaving_id=found.pk, by=None, now=LATER) == 0
    assert [each.state for each in deadlines.of(found.subject)] == ["cancelled"]


def test_another_desk_only_registers_what_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "_providers", dict(holdings._providers))
    twice = [Holding("vault-1", "企业邮箱"), Holding("vault-1", "企业邮箱")]
    holdings.register_holdings(Provider(code="vault", name="官方账户", held=lambda leaver, now: twice))
    found = leaves()
    assert item("vault", found).label == "企业邮箱"
    assert holdings.name_of("vault") == "官方账户"
    holdings._providers.pop("vault")
    handover.draw(leaving_id=found.pk, by=None, now=LATER)
    assert item("vault", found).state == "open"
    assert holdings.name_of("vault") == "vault"


def test_my_day_shows_what_is_to_be_named_and_what_is_asked() -> None:
    found = leaves()
    assert [str(each.label) for each in day_people.waiting(person("li_lei"), LATER)] == ["李雷"]
    assert day_people.waiting(person("wu_clerk"), LATER) == []
    (line,) = day_people.waiting(person("chen_manager"), LATER)
    assert line.due_at == found.access_ends_at
    name(list(found.items.all()), "han_meimei", by="li_lei")
    (asked,) = day_people.waiting(person("han_meimei"), LATER)
    assert "李雷" in asked.label


def test_who_names_himself_is_not_told() -> None:
    found = leaves()
    name([item("posts", found)], "chen_manager")
    assert not Notice.objects.filter(kind="attendance.handover_asked").exists()


@pytest.mark.clause("S4c")
def test_shifts_and_nights_go_to_the_successor_by_the_roster() -> None:
    ahead()
    found = leaves()
    things = list(found.items.filter(provider="shifts"))
    with pytest.raises(Refused) as refused:
        name(things, "han_meimei", by="du_hr")
    assert refused.value.code == "not_a_planner"
    name(things, "han_meimei")
    for thing in things:
        assert handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER).moved
    assert Shift.objects.get(employee=person("han_meimei")).code == "cs_early"
    assert HotlineSpan.objects.get(removed_at=None).employee == person("han_meimei")
    assert not Shift.objects.filter(employee=person("li_lei"), removed_at=None).exists()


def test_who_works_that_day_already_cannot_take_the_shift_and_what_went_otherwise_moves_nothing() -> None:
    ahead()
    found = leaves()
    things = list(found.items.filter(provider="shifts"))
    name(things, "han_meimei")
    Shift.objects.create(
        employee=person("han_meimei"), day=dt.date(2026, 12, 25), sort="work", code="cs_late",
        starts_at=NOW + 32 * DAY, ends_at=NOW + 32 * DAY + HOUR, spans=[DateTimeTZRange(NOW, NOW + HOUR)], meal=HOUR,
        origin="hand", version_id=1, made_at=NOW, published_at=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        handover.take_over(item_id=things[0].pk, by=person("han_meimei"), now=LATER)
    assert refused.value.code == "busy"
    Shift.objects.filter(employee=person("li_lei")).update(removed_at=NOW)
    HotlineSpan.objects.update(removed_at=NOW)
    for thing in things:
        assert not handover.take_over(item_id=thing.pk, by=person("han_meimei"), now=LATER).moved
