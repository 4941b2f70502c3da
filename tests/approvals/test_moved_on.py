"""A decision on something that has moved on: two clicks at once, a stale page, after withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from office.approvals import api as approvals
from office.approvals.models import Run, Vote
from office.errors import Forbidden
from office.staff.models import Appointment
from tests.approvals.cast import MINUTE, NOW, Shelf, ask, everybody, give, note, toy_book, toys
from tests.deadlines.test_concurrency import at_once
from tests.people import person


@pytest.mark.django_db
def test_a_click_on_a_stale_page_says_what_happened_meanwhile(shelf: Shelf) -> None:
    run = ask("toy.two")
    seen = run.revision
    approvals.comment(run_id=run.pk, by=person("li_lei"), now=NOW + MINUTE, text="in a hurry")
    with pytest.raises(approvals.MovedOn) as caught:
        approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW + 2 * MINUTE, revision=seen)
    assert caught.value.status == 409
    (told,) = caught.value.params["since"]
    assert told["who"] == "李雷"
    assert not Vote.objects.exists()
    fresh = Run.objects.get(pk=run.pk).revision
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW + 3 * MINUTE, revision=fresh)


@pytest.mark.django_db
def test_a_decision_after_the_withdrawal_is_refused(shelf: Shelf) -> None:
    run = ask()
    approvals.withdraw(run_id=run.pk, by=person("li_lei"), now=NOW, reason="a mistake")
    acts: list[Callable[[], object]] = [
        lambda: approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW),
        lambda: approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="no"),
        lambda: approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="no"),
        lambda: approvals.forward(
            run_id=run.pk, by=person("chen_manager"), now=NOW, reason="no", person_id=person("qian_it").pk
        ),
        lambda: approvals.withdraw(run_id=run.pk, by=person("li_lei"), now=NOW, reason="again"),
    ]
    for act in acts:
        with pytest.raises(approvals.MovedOn) as caught:
            act()
        assert caught.value.params["state"] == "withdrawn"
        assert caught.value.params["since"][-1]["who"] == "李雷"


@pytest.mark.django_db
def test_who_has_decided_already_is_told_so(shelf: Shelf) -> None:
    run = ask("toy.two")
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW)
    with pytest.raises(approvals.MovedOn):
        approvals.reject(run_id=run.pk, by=person("wang_supervisor"), now=NOW, reason="changed my mind")


@pytest.mark.django_db
def test_the_seat_must_be_held_at_the_click(shelf: Shelf) -> None:
    run = ask()
    Appointment.objects.filter(employee=person("chen_manager")).delete()
    give("qian_it", "department_manager")
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert approvals.approve(run_id=run.pk, by=person("qian_it"), now=NOW).state == "executed"


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_are_one_decision_and_one_refusal() -> None:
    toy_book()
    everybody()
    give("qian_it", "department_manager")
    give("zhao_operations", "department_manager")
    with toys() as shelf:
        run = ask()
        people = [person(who) for who in ("chen_manager", "qian_it", "zhao_operations")]

        def agree(index: int) -> None:
            approvals.approve(run_id=run.pk, by=people[index], now=NOW, revision=run.revision)

        raised = at_once(*[partial(agree, index) for index in range(3)])
        assert [type(error) for error in raised] == [approvals.MovedOn] * 2
        assert len(shelf.applied) == 1
    assert Vote.objects.count() == 1
    assert Run.objects.get().state == "executed"


@pytest.mark.django_db(transaction=True)
def test_agreement_and_withdrawal_at_once_end_in_one_of_them() -> None:
    toy_book()
    everybody()
    with toys() as shelf:
        for number in range(6):
            run = ask(subject=note(number))
            manager, clerk = person("chen_manager"), person("li_lei")
            raised = at_once(
                partial(approvals.approve, run_id=run.pk, by=manager, now=NOW),
                partial(approvals.withdraw, run_id=run.pk, by=clerk, now=NOW, reason="x"),
            )
            assert [type(error) for error in raised] == [approvals.MovedOn]
            state = Run.objects.get(pk=run.pk).state
            assert (state, [pk for pk, _payload in shelf.applied].count(run.pk)) in (
                ("executed", 1),
                ("withdrawn", 0),
            )


@pytest.mark.django_db(transaction=True)
def test_two_executors_at_once_carry_it_out_once() -> None:
    toy_book()
    everybody()
    give("han_meimei", "product_operations")
    with toys() as shelf:
        run = ask("toy.done")
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
        people = [person("zhao_operations"), person("han_meimei")] * 2
        raised = at_once(*[partial(approvals.execute, run_id=run.pk, by=by, now=NOW) for by in people])
        assert [type(error) for error in raised] == [approvals.MovedOn] * 3
        assert len(shelf.applied) == 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_one_subject_at_once_are_one() -> None:
    toy_book()
    everybody()
    with toys():
        person("han_meimei")
        raised = at_once(lambda: ask(who="li_lei"), lambda: ask(who="han_meimei"))
        assert [getattr(error, "code", repr(error)) for error in raised] == ["running"]
    assert Run.objects.count() == 1
