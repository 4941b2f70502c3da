"""The headcount plan, vacancies, what they pay, job descriptions (C1, J1.7, J1.9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from attendance.models import Engagement, HeadcountFigure, JobDescription, PayScale, Vacancy
from attendance.selectors import headcount
from attendance.services import vacancies
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.attendance.people.stage import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    agree,
    ask_engagement,
    candidate,
    decider,
    mall,
    move,
    passed,
    vacancy,
)
from tests.people import person

GIVEN: dict[str, Any] = {
    "position": "copywriter", "count": 1, "channels": ["online"], "special": False, "wanted": "会写", "reason": "缺人",
}  # fmt: skip


@pytest.mark.clause("C1")
def test_a_vacancy_is_open_once_human_resources_agree() -> None:
    run = vacancies.ask_vacancy(**GIVEN, by=person("chen_manager"), now=NOW)
    assert (run.clause, decider(run, NOW)) == ("C1", person("du_hr"))
    found = Vacancy.objects.get()
    assert (found.state, found.manager) == ("asked", person("chen_manager"))
    agree(run)
    found.refresh_from_db()
    assert (found.state, found.channels) == ("open", ["online"])


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"position": "king"}, "position"),
        ({"count": 0}, "count"),
        ({"channels": []}, "channels"),
        ({"channels": ["newspaper"]}, "channels"),
        ({"wanted": " "}, "wanted"),
        ({"reason": ""}, "reason"),
    ],
)
@pytest.mark.clause("C1")
def test_what_cannot_be_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        vacancies.ask_vacancy(**{**GIVEN, **wrong}, by=person("chen_manager"), now=NOW)
    assert refused.value.errors[0]["path"] == path


def test_only_the_manager_asks() -> None:
    with pytest.raises(Forbidden):
        vacancies.ask_vacancy(**GIVEN, by=person("li_lei"), now=NOW)
    assert not Vacancy.objects.exists()


def test_a_returned_one_is_changed_and_asked_again_by_who_asked() -> None:
    run = vacancies.ask_vacancy(**GIVEN, by=person("chen_manager"), now=NOW)
    found = Vacancy.objects.get()
    other = {**GIVEN, "count": 2}
    with pytest.raises(Conflict):
        vacancies.change_vacancy(vacancy_id=found.pk, **other, by=person("chen_manager"), now=NOW)
    approvals.return_to(run_id=run.pk, by=person("du_hr"), now=NOW, reason="人数？")
    with pytest.raises(Forbidden):
        vacancies.change_vacancy(vacancy_id=found.pk, **other, by=person("li_lei"), now=NOW)
    again = vacancies.change_vacancy(vacancy_id=found.pk, **other, by=person("chen_manager"), now=NOW)
    assert (again.pk, again.payload["count"]) == (run.pk, 2)
    approvals.reject(run_id=run.pk, by=person("du_hr"), now=NOW, reason="今年不招")
    anew = vacancies.change_vacancy(vacancy_id=found.pk, **other, by=person("chen_manager"), now=NOW)
    assert anew.pk != run.pk
    with pytest.raises(NotFound):
        vacancies.change_vacancy(vacancy_id=987654, **other, by=person("chen_manager"), now=NOW)


def test_closing_takes_a_reason_and_nobody_on_the_way() -> None:
    found = vacancy()
    somebody = candidate(found)
    close: dict[str, Any] = {"vacancy_id": found.pk, "by": person("du_hr"), "now": NOW}
    with pytest.raises(Conflict) as refused:
        vacancies.close_vacancy(reason="招满", **close)
    assert refused.value.code == "candidates"
    move(somebody, "withdrew", reason="另有机会")
    with pytest.raises(Invalid):
        vacancies.close_vacancy(reason="", **close)
    with pytest.raises(Forbidden):
        vacancies.close_vacancy(vacancy_id=found.pk, reason="x", by=person("li_lei"), now=NOW)
    assert vacancies.close_vacancy(reason="招满", **close).state == "closed"
    with pytest.raises(Conflict):
        vacancies.close_vacancy(reason="招满", **close)


@pytest.mark.clause("C1")
def test_the_pay_scale_is_its_own_record_of_restricted_posts() -> None:
    found = vacancy(paid=False)
    given: dict[str, Any] = {
        "vacancy_id": found.pk,
        "low": Decimal(8000),
        "high": Decimal(12000),
        "basis": "行业薪酬报告",
    }
    vacancies.set_pay(**given, by=person("du_hr"), now=NOW)
    vacancies.set_pay(**{**given, "high": Decimal(13000)}, by=person("zhou_general"), now=NOW)
    assert [int(each.high) for each in PayScale.objects.order_by("pk")] == [12000, 13000]
    with pytest.raises(Forbidden):
        vacancies.set_pay(**given, by=person("chen_manager"), now=NOW)
    for wrong in ({"high": Decimal(1)}, {"low": Decimal(0)}, {"low": Decimal("NaN")}, {"basis": ""}):
        with pytest.raises(Invalid):
            vacancies.set_pay(**{**given, **wrong}, by=person("du_hr"), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_payscale SET high = 1")


@pytest.mark.clause("J1.7")
def test_the_plan_is_agreed_to_row_by_row_and_bounds_vacancies() -> None:
    mall()
    ask: dict[str, Any] = {"by": person("chen_manager"), "now": NOW}
    with pytest.raises(Refused) as refused:
        vacancies.ask_vacancy(**GIVEN, **ask)
    assert refused.value.code == "no_plan"
    run = vacancies.plan_headcount(planned={"copywriter": 2, "designer": 3}, **ask)
    run = approvals.approve(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR, refuse_rows=[1])
    assert dict(HeadcountFigure.objects.values_list("position", "planned")) == {"copywriter": 2}
    with pytest.raises(Refused) as refused:
        vacancies.ask_vacancy(**{**GIVEN, "count": 2}, **ask)
    assert (refused.value.code, refused.value.params["room"]) == ("over_plan", 1)
    with pytest.raises(Invalid):
        vacancies.plan_headcount(planned={"copywriter": 2}, **ask)
    opened = vacancy(count=1)
    line = next(each for each in headcount.lines(NOW) if each.code == "copywriter")
    assert (line.planned, line.held, line.wanted, line.room) == (2, 1, 1, 0)
    assert next(each for each in headcount.lines(NOW) if each.code == "buyer").room is None
    with pytest.raises(Refused):
        vacancies.ask_vacancy(**GIVEN, **ask)
    assert opened.state == "open"


@pytest.mark.clause("J1.7")
def test_a_plan_that_changes_nothing_or_cannot_be_is_refused_and_a_returned_one_is_asked_again() -> None:
    mall()
    ask: dict[str, Any] = {"by": person("chen_manager"), "now": NOW}
    for wrong in ({"king": 1}, {"designer": -1}, {}):
        with pytest.raises(Invalid):
            vacancies.plan_headcount(planned=wrong, **ask)
    run = vacancies.plan_headcount(planned={"designer": 3}, **ask)
    approvals.return_to(run_id=run.pk, by=person("du_hr"), now=NOW, reason="为何")
    run.refresh_from_db()
    again = vacancies.plan_headcount(planned={"designer": 2}, **ask, again=run)
    assert again.pk == run.pk


def test_the_other_book_plans_no_headcount() -> None:
    with pytest.raises(Refused) as refused:
        vacancies.plan_headcount(planned={"designer": 3}, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "no_chain"


def test_the_database_takes_no_figure_that_nobody_agreed_to() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HeadcountFigure.objects.create(position="designer", planned=9, authority_clause="J1.7", at=NOW)


@pytest.mark.clause("J1.9")
def test_job_descriptions_are_written_and_the_last_holds() -> None:
    for text in ("写文案", "写文案，管词库"):
        vacancies.describe_job(position="copywriter", text=text, by=person("chen_manager"), now=NOW)
    assert JobDescription.objects.order_by("-pk").values_list("text", flat=True)[0] == "写文案，管词库"
    with pytest.raises(Forbidden):
        vacancies.describe_job(position="copywriter", text="x", by=person("li_lei"), now=NOW)
    for wrong in ({"position": "king", "text": "x"}, {"position": "copywriter", "text": ""}):
        with pytest.raises(Invalid):
            vacancies.describe_job(**wrong, by=person("du_hr"), now=NOW)


def test_the_manager_closes_his_own_vacancy() -> None:
    found = vacancy()
    done = vacancies.close_vacancy(vacancy_id=found.pk, reason="预算收紧", by=person("chen_manager"), now=NOW)
    assert (done.state, done.closed_reason) == ("closed", "预算收紧")


@pytest.mark.clause("C1")
def test_a_vacancy_for_one_engages_one() -> None:
    found = vacancy(count=1)
    first, second, third = (passed(found) for _n in range(3))
    run = agree(ask_engagement(first), at=NOW)
    with pytest.raises(Conflict) as refused:
        ask_engagement(second, "W101")
    assert (refused.value.code, refused.value.clause) == ("filled", "C1")
    Vacancy.objects.filter(pk=found.pk).update(count=2)
    other = agree(ask_engagement(second, "W101"), at=NOW)
    Vacancy.objects.filter(pk=found.pk).update(count=1)
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR)
    with pytest.raises(Conflict) as refused:
        approvals.execute(run_id=other.pk, by=person("du_hr"), now=NOW + HOUR)
    assert refused.value.code == "filled"
    with pytest.raises(Conflict):
        ask_engagement(third, "W102")
    assert Engagement.objects.count() == 1


@pytest.mark.clause("J1.7")
def test_the_plan_bounds_who_is_engaged_and_counts_who_comes_later() -> None:
    mall()
    ask: dict[str, Any] = {"by": person("chen_manager"), "now": NOW}
    agree(vacancies.plan_headcount(planned={"copywriter": 3}, **ask))
    found = vacancy(count=2)
    ahead = agree(ask_engagement(passed(found), starts_on=TODAY + 30 * DAY), at=NOW)
    approvals.execute(run_id=ahead.pk, by=person("du_hr"), now=NOW + HOUR)
    line = next(each for each in headcount.lines(NOW + HOUR) if each.code == "copywriter")
    assert (line.held, line.wanted, line.room) == (2, 1, 0)
    second = passed(found)
    agree(vacancies.plan_headcount(planned={"copywriter": 2}, **ask))
    with pytest.raises(Refused) as refused:
        ask_engagement(second, "W101")
    assert (refused.value.code, refused.value.clause) == ("over_plan", "J1.7")
