"""Coming and leaving: what its tests begin with."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from attendance.models import Candidate, Exam, Leaving, Vacancy
from attendance.services import candidates, exams, leaving, vacancies
from office.approvals import api as approvals
from office.approvals.models import Seat
from office.approvals.selectors import people
from office.rulebook import api as rulebook
from office.staff.models import Employee
from tests import people as cast
from tests.people import person

#: Monday 2026-11-23, 10:00 in Shanghai.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def everybody() -> None:
    """The whole cast is there, so that no post is stuck."""
    cast.everybody()


def mall() -> None:
    """From now on the mall's book is in force."""
    rulebook.activate_book(code="mall", starts_at=NOW - DAY, by=None, now=NOW - 2 * DAY)


def decider(run: approvals.Run, at: dt.datetime) -> Employee:
    posts = people.posts_at(rulebook.book(at).superiors, at)
    for seat in Seat.objects.filter(run=run, state=Seat.State.ACTIVE).order_by("id"):
        held = {seat.person_id} if seat.person_id else posts.others(seat.position, run.requester_id)
        for each in sorted(one for one in held if one):
            return Employee.objects.get(pk=each)
    raise LookupError(f"nobody decides on {run}")


def agree(run: approvals.Run, *, at: dt.datetime = NOW + HOUR, comment: str = "") -> approvals.Run:
    """Everybody who is asked agrees, one after the other."""
    while run.state == approvals.Run.State.RUNNING:
        run = approvals.approve(run_id=run.pk, by=decider(run, at), now=at, comment=comment)
        at += MINUTE
    return run


def resign(who: str = "li_lei", **given: Any) -> approvals.Run:
    fields: dict[str, Any] = {
        "last_day": dt.date(2026, 12, 23), "reason": "回老家", "contract_clause": "", "now": NOW, **given
    }  # fmt: skip
    return leaving.resign(by=person(who), **fields)


def leaves(who: str = "li_lei", comment: str = "", **given: Any) -> Leaving:
    """A resignation that everybody has agreed to."""
    run = agree(resign(who, **given), comment=comment)
    return Leaving.objects.get(run=run)


def vacancy(who: str = "chen_manager", *, paid: bool = True, **given: Any) -> Vacancy:
    """An open vacancy for a copywriter, special talent; with its pay scale unless `paid` is false."""
    fields: dict[str, Any] = {
        "position": "copywriter", "count": 2, "channels": ["online", "job_fair"], "special": True,
        "wanted": "两年以上家居文案经验", "reason": "新品增多", "now": NOW, **given,
    }  # fmt: skip
    run = agree(vacancies.ask_vacancy(by=person(who), **fields), at=NOW)
    found = Vacancy.objects.get(pk=run.subject_id)
    if paid:
        pay(found)
    return found


def pay(found: Vacancy) -> None:
    vacancies.set_pay(
        vacancy_id=found.pk, low=Decimal(9000), high=Decimal(12000), basis="同城电商文案薪酬调查", by=person("du_hr"),
        now=NOW,
    )  # fmt: skip


def candidate(of: Vacancy | None = None, **given: Any) -> Candidate:
    fields: dict[str, Any] = {
        "name": "林小满", "phone": "13900001111", "about": "作品集见附件", "channel": "online", "now": NOW, **given
    }  # fmt: skip
    return candidates.add_candidate(vacancy_id=(of or vacancy()).pk, by=person("du_hr"), **fields)


def move(found: Candidate, stage: str, at: dt.datetime = NOW, **given: Any) -> Candidate:
    return candidates.move_candidate(candidate_id=found.pk, stage=stage, by=person("du_hr"), now=at, **given)


def on_trial(of: Vacancy | None = None) -> Candidate:
    found = candidate(of)
    move(found, "interview")
    return move(found, "trial")


def exam(
    found: Candidate, sort: str = "written", points: int | None = 80, examiner: str = "tang_writer"
) -> Exam:
    """A paper set to the candidate, answered, and scored unless `points` is None."""
    paper = exams.make_paper(
        position=found.vacancy.position, sort=sort, title=f"试题 {sort}", task="写一篇产品文章",
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    made = exams.set_exam(
        candidate_id=found.pk, paper_id=paper.pk, examiner=person(examiner), by=person("du_hr"), now=NOW
    )
    exams.keep_answer(exam_id=made.pk, text="橡木的年轮……", by=person("du_hr"), now=NOW)
    if points is not None:
        exams.score_exam(exam_id=made.pk, points=points, comment="结构清楚", by=person(examiner), now=NOW)
    return made


def assess(found: Candidate, **marks: int) -> None:
    candidates.assess_candidate(
        candidate_id=found.pk, marks={"culture_fit": 4, "values": 5, "potential": 4, **marks}, text="踏实，学得快",
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip


def passed(of: Vacancy | None = None) -> Candidate:
    """On trial, assessed, both parts passed."""
    found = on_trial(of)
    exam(found, "written")
    exam(found, "practical", 60)
    assess(found)
    return found


def ask_engagement(found: Candidate, number: str = "W100", **given: Any) -> approvals.Run:
    fields: dict[str, Any] = {"starts_on": TODAY, "now": NOW, **given}
    return candidates.ask_engagement(candidate_id=found.pk, number=number, by=person("du_hr"), **fields)


def hired(number: str = "W100", of: Vacancy | None = None) -> Employee:
    """Engaged on probation by everybody's agreement and human resources' execution."""
    run = agree(ask_engagement(passed(of), number), at=NOW)
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR)
    return Employee.objects.get(number=number)
