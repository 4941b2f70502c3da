"""Accepting: one wins, the other is told who did; on duty and within the limit (C7.1, M5.1)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.rulebook.parser import shipped_source
from office.rulebook.services import activate_book
from office.staff import api as staff
from orders.models import OrderProgress
from orders.services import desk
from orders.services.shops import get_or_create_shop
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, on_duty, order
from tests.people import person


@pytest.mark.django_db
@pytest.mark.clause("C7.1", "C7.2")
def test_accepting_meets_the_accept_clock_and_starts_the_contact_clock() -> None:
    li_lei = on_duty("li_lei")
    progress = order()
    desk.accept_order(order_id=progress.pk, by=li_lei, now=NOW + 3 * MINUTE)
    progress = again(progress)
    subject = subject_of(progress.order)
    assert (progress.state, progress.holder) == ("accepted", li_lei)
    clocks = {clock.rule: clock for clock in deadlines.of(subject)}
    assert clocks["orders.accept"].met_at == NOW + 3 * MINUTE
    assert clocks["orders.contact"].due_at == NOW + 13 * MINUTE
    assert clocks["orders.contact"].holder_id == li_lei.pk
    assert (progress.due_at, progress.due_rule) == (NOW + 13 * MINUTE, "orders.contact")
    entry = audit.timeline(subject)[-1]
    assert (entry.verb, entry.clause, entry.actor_name) == ("orders.accept", "C7.1", "李雷")


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("C7.1")
def test_two_people_click_at_once_and_one_of_them_is_told_who_won() -> None:
    progress = order(at=timezone.now())
    people = [on_duty("li_lei"), on_duty("han_meimei")]
    start = threading.Barrier(2)
    ends: dict[str, object] = {}

    def click(who: object) -> None:
        start.wait()
        try:
            ends[who.name] = desk.accept_order(order_id=progress.pk, by=who, now=timezone.now())  # type: ignore[attr-defined,arg-type]
        except Conflict as conflict:
            ends[who.name] = conflict  # type: ignore[attr-defined]
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = again(progress).holder
    assert winner in people
    (loser,) = [who for who in people if who != winner]
    lost = ends[loser.name]
    assert isinstance(lost, Conflict)
    assert lost.code == "already_accepted"
    assert lost.params["winner"] == winner.name
    assert winner.name in str(lost.message)
    taken = [row for row in audit.timeline(subject_of(progress.order)) if row.verb == "orders.accept"]
    assert len(taken) == 1


@pytest.mark.django_db
def test_a_double_click_of_the_winner_is_no_error_and_no_second_entry() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    assert desk.accept_order(order_id=progress.pk, by=li_lei, now=NOW + MINUTE).accepted_at == NOW
    verbs = [row.verb for row in audit.timeline(subject_of(progress.order))]
    assert verbs.count("orders.accept") == 1


@pytest.mark.django_db
def test_it_is_refused_off_duty_and_the_order_waits() -> None:
    progress = order()
    with pytest.raises(Refused) as refused:
        desk.accept_order(order_id=progress.pk, by=person("li_lei"), now=NOW)
    assert (refused.value.code, refused.value.clause) == ("off_duty", "C7.1")
    assert again(progress).state == "waiting"


@pytest.mark.django_db
@pytest.mark.clause("C7.1")
def test_the_open_limit_counts_what_is_not_confirmed_yet() -> None:
    li_lei = on_duty("li_lei")
    held = [accepted(li_lei) for _n in range(10)]
    one_more = order()
    with pytest.raises(Refused) as refused:
        desk.accept_order(order_id=one_more.pk, by=li_lei, now=NOW)
    assert (refused.value.code, refused.value.clause, refused.value.params["limit"]) == (
        "open_limit",
        "C7.1",
        10,
    )
    desk.return_to_pool(order_id=held[0].pk, by=li_lei, now=NOW)
    assert desk.accept_order(order_id=one_more.pk, by=li_lei, now=NOW).holder == li_lei


@pytest.mark.django_db
@pytest.mark.clause("C7.1")
def test_the_open_limit_is_the_books() -> None:
    source = shipped_source("site").replace('value = 10\nunit = "orders"', 'value = 2\nunit = "orders"')
    long_ago = NOW - timedelta(days=40)
    activate_book(code="site", starts_at=NOW - timedelta(days=20), by=None, now=long_ago, source=source)
    li_lei = on_duty("li_lei")
    for _n in range(2):
        accepted(li_lei)
    with pytest.raises(Refused) as refused:
        accepted(li_lei)
    assert (refused.value.code, refused.value.params["limit"]) == ("open_limit", 2)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_do_not_get_round_the_limit() -> None:
    now = timezone.now()
    li_lei = on_duty("li_lei")
    for _n in range(9):
        accepted(li_lei, at=now)
    rest = [order(at=now), order(at=now)]
    start = threading.Barrier(2)

    def click(pk: int) -> None:
        start.wait()
        try:
            desk.accept_order(order_id=pk, by=li_lei, now=now)
        except Refused as refused:
            assert refused.code == "open_limit"  # noqa: PT017
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=[progress.pk]) for progress in rest]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OrderProgress.objects.filter(holder=li_lei, state="accepted").count() == 10


@pytest.mark.django_db
def test_who_does_not_see_the_pool_finds_no_order_to_accept() -> None:
    progress = order()
    with pytest.raises(NotFound):
        desk.accept_order(order_id=progress.pk, by=on_duty("zhao_operations"), now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["sun_admin", "zhou_general"])
def test_posts_without_the_permission_do_not_accept(who: str) -> None:
    progress = order()
    with pytest.raises(Forbidden) as refused:
        desk.accept_order(order_id=progress.pk, by=on_duty(who), now=NOW)
    assert refused.value.clause == "C7.1"


@pytest.mark.django_db
def test_an_order_of_a_restricted_shop_is_not_known_to_whom_it_was_not_granted() -> None:
    shop = get_or_create_shop(code="VIP", by=None, now=NOW)
    shop.restricted = True
    shop.save(update_fields=["restricted"])
    progress = order(in_shop=shop)
    with pytest.raises(NotFound):
        desk.accept_order(order_id=progress.pk, by=on_duty("li_lei"), now=NOW)


@pytest.mark.django_db
def test_the_next_one_is_what_is_due_first() -> None:
    li_lei = on_duty("li_lei")
    later, first = order(at=NOW + MINUTE), order(at=NOW)
    taken = [desk.accept_next(by=li_lei, now=NOW + 2 * MINUTE) for _n in range(3)]
    assert [progress and progress.pk for progress in taken] == [first.pk, later.pk, None]


@pytest.mark.django_db(transaction=True)
def test_the_next_one_skips_what_somebody_is_just_taking() -> None:
    now = timezone.now()
    first, second = order(at=now), order(at=now + MINUTE)
    li_lei, han = on_duty("li_lei"), on_duty("han_meimei")
    got: list[OrderProgress | None] = []

    def click() -> None:
        got.append(desk.accept_next(by=han, now=now))
        connection.close()

    with transaction.atomic():
        desk.accept_order(order_id=first.pk, by=li_lei, now=now)
        thread = threading.Thread(target=click)
        thread.start()
        thread.join()
    assert [progress and progress.pk for progress in got] == [second.pk]


@pytest.mark.django_db
def test_a_shift_that_ends_at_the_same_moment_leaves_nothing_in_hand() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    staff.end_duty(employee=li_lei, by=li_lei, now=NOW + MINUTE)
    assert again(progress).state == "waiting"
    with pytest.raises(Refused) as refused:
        desk.accept_order(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    assert refused.value.code == "off_duty"


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_shift_ends_neither_deadlocks_nor_leaves_an_order_in_hand() -> None:
    for _round in range(5):
        now = timezone.now()
        li_lei = on_duty("li_lei", at=now)
        progress = order(at=now)
        start = threading.Barrier(2)
        odd: list[Exception] = []

        def act(
            what: str,
            progress: OrderProgress = progress,
            start: threading.Barrier = start,
            odd: list[Exception] = odd,
        ) -> None:
            start.wait()
            try:
                if what == "accept":
                    desk.accept_order(order_id=progress.pk, by=person("li_lei"), now=timezone.now())
                else:
                    staff.end_duty(employee=person("li_lei"), by=person("li_lei"), now=timezone.now())
            except Refused as refused:
                if refused.code != "off_duty":
                    odd.append(refused)
            except Exception as error:  # noqa: BLE001  whatever a thread met is looked at below
                odd.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=act, args=[what]) for what in ("accept", "end")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert odd == []
        assert not staff.is_on_duty(li_lei)
        assert again(progress).state == "waiting"
