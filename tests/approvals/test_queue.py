"""What waits on a person: oldest due first, with what a decision needs, in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from office.approvals import api as approvals
from office.approvals.models import Run, Seat
from office.approvals.selectors import detail, figures, queue, runs
from office.approvals.selectors.count import waiting_now
from tests.approvals.cast import MINUTE, NOW, ask, give, note, take
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
HOUR = 60 * MINUTE


def labels(who: str, **more: Any) -> list[str]:
    return [line.run.label for line in queue.waiting(person(who), NOW + HOUR, **more).lines]


def test_the_oldest_due_comes_first_with_what_a_decision_needs() -> None:
    old = ask("toy.two", subject=note("old"), now=NOW - dt.timedelta(days=3))
    approvals.approve(
        run_id=old.pk, by=person("wang_supervisor"), now=NOW - dt.timedelta(days=3), comment="fits"
    )
    for number in range(3):
        past = ask(subject=note(f"past{number}"), now=NOW - dt.timedelta(days=20))
        if number:
            approvals.approve(run_id=past.pk, by=person("chen_manager"), now=NOW - dt.timedelta(days=20))
        else:
            approvals.reject(
                run_id=past.pk, by=person("chen_manager"), now=NOW - dt.timedelta(days=20), reason="no"
            )
    ask(subject=note("new"))
    first, second = queue.waiting(person("chen_manager"), NOW + HOUR).lines
    assert (first.run.label, second.run.label) == ("cup old", "cup new")
    assert [(change.label, change.before, change.after) for change in second.changes] == [
        ("Price", "10.00", "12.50")
    ]
    assert [(vote.who, vote.comment) for vote in first.agreed] == [("王主管", "fits")]
    assert (second.similar.agreed, second.similar.rejected, first.similar.total) == (2, 1, 0)
    assert (first.run.clause, first.position, first.what) == ("C11.1", "department_manager", "decide")
    assert labels("wang_supervisor") == []


def test_similar_cases_of_long_ago_do_not_count() -> None:
    past = ask(now=NOW - dt.timedelta(days=100))
    approvals.approve(run_id=past.pk, by=person("chen_manager"), now=NOW - dt.timedelta(days=100))
    ask(subject=note(2))
    (line,) = queue.waiting(person("chen_manager"), NOW).lines
    assert line.similar.total == 0


def test_what_is_to_be_carried_out_and_checked_waits_too() -> None:
    run = ask("toy.done")
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    (line,) = queue.waiting(person("zhao_operations"), NOW).lines
    assert (line.what, line.run.pk) == ("execute", run.pk)
    assert detail.acts_for(Run.objects.get(pk=run.pk), person("zhao_operations"), NOW) >= {"execute"}
    approvals.execute(run_id=run.pk, by=person("zhao_operations"), now=NOW)
    assert labels("zhao_operations") == []
    (line,) = queue.waiting(person("qian_it"), NOW).lines
    assert line.what == "check"
    assert waiting_now(person("qian_it").pk, NOW) == 1


def test_ones_own_request_never_waits_on_oneself() -> None:
    give("li_lei", "department_manager")
    ask(who="li_lei")
    assert labels("li_lei") == []
    assert labels("chen_manager") == ["cup 1"]


def test_pages_follow_each_other_by_key_without_gap_or_repeat() -> None:
    for number in range(23):
        ask(subject=note(number), now=NOW - number * 24 * HOUR)
    seen: list[int] = []
    after = None
    while True:
        page = queue.waiting(person("chen_manager"), NOW, limit=5, after=after)
        seen += [line.run.pk for line in page.lines]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 23
    assert seen == [line.run.pk for line in queue.waiting(person("chen_manager"), NOW, limit=50).lines]


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        ask("toy.two", subject=note(number))
        approvals.approve(run_id=Run.objects.latest("id").pk, by=person("wang_supervisor"), now=NOW)
    manager = person("chen_manager")
    with django_assert_max_num_queries(5):
        lines = queue.waiting(manager, NOW).lines
        assert [(len(line.changes), len(line.agreed), line.run.requester) for line in lines] == [
            (1, 1, "李雷")
        ] * 30


def test_a_seat_in_two_posts_is_one_line() -> None:
    give("chen_manager", "it_manager")
    ask("toy.both")
    assert labels("chen_manager", limit=1) == ["cup 1"]


def test_the_other_tabs_list_what_was_asked_decided_and_copied() -> None:
    run = ask(copy_to=[person("wu_clerk").pk])
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="no")
    assert queue.asked_by(person("li_lei")) == [run]
    assert [vote.run for vote in queue.decided_by(person("chen_manager"))] == [run]
    assert queue.copied_to(person("wu_clerk")) == [run]
    assert queue.asked_by(person("li_lei"), before=run.pk) == []
    assert [change.after for change in runs.changes_of(run)] == ["12.50"]


def test_stuck_runs_are_listed_until_somebody_holds_the_post() -> None:
    take("service_supervisor")
    run = ask("toy.two")
    ask("toy.either", subject=note(2))
    assert queue.stuck(NOW) == [run]
    assert detail.stepper(run)[0].stuck
    assert [figure.stuck for figure in figures.open_now(NOW)] == [0, 1]


def test_the_figures_count_steps_by_kind_and_person() -> None:
    run = ask("toy.two")
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW + HOUR)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + 72 * HOUR, reason="x")
    (kind,) = figures.by_kind(NOW - HOUR, NOW + 100 * HOUR)
    assert (kind.kind, kind.asked, kind.steps, kind.returned, kind.late) == ("toy.two", 1, 2, 1, 1)
    assert kind.longest == 71 * HOUR
    people = {figure.name: figure for figure in figures.by_person(NOW - HOUR, NOW + 100 * HOUR)}
    assert (people["王主管"].agreed, people["王主管"].median, people["王主管"].late) == (1, HOUR, 0)
    assert (people["陈经理"].agreed, people["陈经理"].late) == (0, 1)


def test_the_words_of_the_page_are_kept_in_both_languages() -> None:
    run = approvals.name_deputy(
        deputy_id=person("han_meimei").pk,
        starts_at=NOW,
        ends_at=NOW + HOUR,
        reason="leave",
        by=person("chen_manager"),
        now=NOW,
    )
    with translation.override("en"):
        assert queue.preview_of(run)[0].label == "Deputy"
    assert Seat.objects.filter(run=run).exists()
