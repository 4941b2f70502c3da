"""Points that an examiner gave stand; other ones take the chain of the book (C2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from attendance.models import Exam, ExamCorrection
from attendance.services import candidates, exams
from attendance.services.exams import check_correction
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, NotFound
from tests.attendance.people.stage import (
    HOUR,
    NOW,
    agree,
    ask_engagement,
    decider,
    everybody,
    exam,
    move,
    on_trial,
    passed,
)
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C2")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def ask(made: Exam, points: int = 75, who: str = "tang_writer", **given: Any) -> approvals.Run:
    fields = {"reason": "第二题漏算五分", "now": NOW, **given}
    return exams.ask_correction(exam_id=made.pk, points=points, by=person(who), **fields)


def test_agreed_to_other_points_count_and_what_was_given_stays() -> None:
    made = exam(on_trial(), points=50)
    run = ask(made)
    assert made.points == 50
    assert agree(run).state == "executed"
    made = Exam.objects.get(pk=made.pk)
    assert (made.points, made.score.points, made.corrections.get().run_id) == (75, 50, run.pk)
    page = signed_in("tang_writer").get(reverse("attendance:exam", args=[made.pk])).content.decode()
    assert "更正为 75 分" in page
    assert "50 分" in page
    assert '<span class="score is-passed">75</span>' in page
    agree(ask(made, 80, now=NOW + HOUR), at=NOW + HOUR)
    assert Exam.objects.get(pk=made.pk).points == 80


def test_the_pass_rests_on_what_counts_and_a_request_on_other_points_becomes_void() -> None:
    found = passed()
    engaging = ask_engagement(found)
    practical = found.exams.get(paper__sort="practical")
    agree(ask(practical, 40))
    engaging.refresh_from_db()
    assert engaging.state == "voided"
    with pytest.raises(Conflict, match="40"):
        candidates.passed_exams(found, NOW)


def test_it_has_its_refusals() -> None:
    found = on_trial()
    made = exam(found, points=50)
    for who in ("du_hr", "chen_manager", "li_lei"):
        with pytest.raises(NotFound):
            ask(made, who=who)
    for wrong in ({"points": 101}, {"reason": " "}):
        with pytest.raises(Invalid):
            ask(made, **wrong)
    with pytest.raises(Conflict):
        ask(made, 50)
    open_one = exam(found, "practical", None)
    with pytest.raises(Conflict):
        ask(open_one)
    ask(made)
    with pytest.raises(Conflict):
        ask(made, 80)
    for payload in (
        {"exam": "1", "points": 3},
        {"exam": made.pk, "points": 101},
        {"exam": open_one.pk, "points": 3},
    ):
        with pytest.raises(Invalid):
            check_correction(payload)


def test_once_the_candidate_has_moved_on_nothing_is_corrected() -> None:
    found = on_trial()
    made = exam(found, points=50)
    run = ask(made)
    approvals.approve(run_id=run.pk, by=decider(run, NOW), now=NOW)
    move(found, "withdrew", reason="另有去处")
    run.refresh_from_db()
    with pytest.raises(Conflict):
        exams.correct(run=run, payload=run.payload, by=None, now=NOW)
    with pytest.raises(Conflict):
        ask(made)


def test_returned_it_is_asked_again() -> None:
    made = exam(on_trial(), points=50)
    run = ask(made)
    approvals.return_to(run_id=run.pk, by=decider(run, NOW), now=NOW, reason="请写明哪一题")
    page = signed_in("tang_writer").get(reverse("attendance:exam", args=[made.pk])).content.decode()
    assert "请写明哪一题" in page
    again = ask(made, 70, now=NOW + HOUR)
    assert (again.pk, again.payload["points"]) == (run.pk, 70)
    agree(again, at=NOW + HOUR)
    assert Exam.objects.get(pk=made.pk).points == 70


def test_the_database_takes_no_points_that_nobody_agreed_to() -> None:
    made = exam(on_trial(), points=50)
    run = ask(made)
    with pytest.raises(DatabaseError), transaction.atomic():
        ExamCorrection.objects.create(exam=made, points=75, run=run, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_examcorrection SET points = 100")


def test_the_page_asks_for_the_examiner_alone() -> None:
    made = exam(on_trial(), points=50)
    first = signed_in("du_hr").get(reverse("attendance:exam", args=[made.pk])).content.decode()
    assert '<span class="score is-below">50</span>' in first
    act = reverse("attendance:exam_act", args=[made.pk, "correct"])
    assert signed_in("du_hr").post(act, {"points": 75, "reason": "x"}).status_code == 404
    examiner = signed_in("tang_writer")
    assert examiner.post(act, {"points": 175, "reason": ""}).status_code == 422
    answer = examiner.post(act, {"points": 50, "reason": "一样"})
    assert answer.status_code == 409
    assert "一样" in answer.content.decode()
    assert examiner.post(act, {"points": 75, "reason": "漏算"}).status_code == 302
    page = examiner.get(reverse("attendance:exam", args=[made.pk])).content.decode()
    assert "更正分数的申请" in page
