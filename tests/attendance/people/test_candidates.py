"""Candidates: sealed, moved on, judged on trial, examined, engaged by a chain, forgotten in time (C1, C2)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Candidate, CandidateNote, Engagement, Exam, Probation
from attendance.selectors.sealed import person_of, text_of
from attendance.services import candidates, exams
from attendance.tasks.hiring import erase_candidates, finish_changes
from office import crypto
from office.approvals import api as approvals
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.files.api import FileRefused, Limits
from office.notices.models import Notice
from office.staff import api as staff
from office.staff.models import Employee, Proposal
from tests.attendance.people.stage import (
    DAY,
    HOUR,
    NOW,
    TODAY,
    agree,
    ask_engagement,
    assess,
    candidate,
    decider,
    exam,
    hired,
    move,
    on_trial,
    passed,
    pay,
    vacancy,
)
from tests.people import person, signed_in

LIMITS = Limits(image=500_000, video=0, document=1_000_000, clause="C6.9")


@pytest.mark.clause("C1")
def test_name_and_telephone_lie_sealed_and_the_trail_knows_a_number() -> None:
    found = candidate()
    assert person_of(found).name == "林小满"
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM attendance_candidate c")
        assert "林小满" not in cursor.fetchone()[0]
    assert not any(
        "林小满" in bytes(each).decode() for each in Entry.objects.values_list("canonical", flat=True)
    )
    assert found.subject.label.endswith(str(found.pk))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"channel": "newspaper"}, "channel"),
        ({"about": "长" * 2001}, "about"),
    ],
)
def test_adding_has_its_refusals(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        candidate(**wrong)
    assert refused.value.errors[0]["path"] == path


def test_candidates_come_to_open_vacancies_by_who_sees_to_them() -> None:
    found = vacancy()
    given: dict[str, Any] = {
        "vacancy_id": found.pk,
        "name": "a",
        "phone": "",
        "about": "",
        "channel": "online",
        "now": NOW,
    }
    with pytest.raises(NotFound):
        candidates.add_candidate(**given, by=person("li_lei"))
    assert candidates.add_candidate(**given, by=person("chen_manager")).stage == "applied"
    type(found).objects.filter(pk=found.pk).update(state="closed", closed_at=NOW, closed_reason="满")
    with pytest.raises(Conflict):
        candidates.add_candidate(**given, by=person("du_hr"))


def test_stages_follow_each_other() -> None:
    found = candidate()
    with pytest.raises(Conflict):
        move(found, "trial")
    with pytest.raises(Conflict):
        move(found, "hired")
    move(found, "interview")
    with pytest.raises(Conflict) as refused:
        move(found, "trial", seen=1)
    assert refused.value.code == "stale"
    with pytest.raises(Invalid):
        move(found, "declined")
    gone = move(found, "declined", reason="经验不足")
    assert gone.erase_at == NOW + 180 * DAY
    note = CandidateNote.objects.get()
    assert text_of(gone, note.sealed, "note") == "经验不足"
    with pytest.raises(Conflict):
        move(found, "interview")


def test_others_know_of_no_candidate() -> None:
    found = candidate()
    for who in ("li_lei", "deng_marketing"):
        with pytest.raises(NotFound):
            candidates.note_candidate(candidate_id=found.pk, text="x", by=person(who), now=NOW)
    assert candidates.note_candidate(candidate_id=found.pk, text="x", by=person("chen_manager"), now=NOW).pk
    with pytest.raises(Invalid):
        candidates.note_candidate(candidate_id=found.pk, text=" ", by=person("du_hr"), now=NOW)
    with pytest.raises(NotFound):
        ask_engagement(Candidate(pk=987654))


@pytest.mark.clause("C2")
def test_on_trial_a_week_runs_and_the_aspects_of_the_book_are_judged() -> None:
    found = on_trial()
    assert found.trial_from == TODAY
    (clock,) = deadlines.of(found.subject)
    assert (clock.rule, clock.clause) == ("hiring.trial_post", "C2")
    for wrong in ({"culture_fit": 6}, {"values": 0}):
        with pytest.raises(Invalid):
            assess(found, **wrong)
    assess(found)
    assert CandidateNote.objects.get().marks == {"culture_fit": 4, "values": 5, "potential": 4}
    with pytest.raises(Conflict):
        assess(candidate(found.vacancy))


@pytest.mark.clause("C2")
def test_the_named_examiner_scores_what_was_handed_in_once() -> None:
    found = on_trial()
    made = exam(found, points=None)
    assert Notice.objects.filter(recipient=person("tang_writer"), kind="attendance.exam_set").exists()
    given: dict[str, Any] = {"exam_id": made.pk, "points": 70, "comment": "可以", "now": NOW}
    for who in ("chen_manager", "li_lei"):
        with pytest.raises(NotFound):
            exams.score_exam(**given, by=person(who))
    for wrong in ({"points": 101}, {"points": -1}, {"comment": ""}):
        with pytest.raises(Invalid):
            exams.score_exam(**{**given, **wrong}, by=person("tang_writer"))
    exams.score_exam(**given, by=person("tang_writer"))
    with pytest.raises(Conflict):
        exams.score_exam(**given, by=person("tang_writer"))
    with pytest.raises(Conflict):
        exams.keep_answer(exam_id=made.pk, text="改", by=person("du_hr"), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_examscore SET points = 100")


@pytest.mark.clause("C2")
def test_a_paper_of_another_post_is_refused() -> None:
    found = on_trial()
    assert found.vacancy.position == "copywriter"
    other = exams.make_paper(
        position="designer", sort="practical", title="海报", task="做一张海报", by=person("du_hr"), now=NOW
    )
    with pytest.raises(Invalid) as refused:
        exams.set_exam(
            candidate_id=found.pk,
            paper_id=other.pk,
            examiner=person("zheng_designer"),
            by=person("du_hr"),
            now=NOW,
        )
    assert refused.value.errors[0]["path"] == "paper"
    page = signed_in("du_hr").post(
        reverse("attendance:candidate_act", args=[found.pk, "exam"]),
        {"paper": other.pk, "examiner": person("zheng_designer").pk},
    )
    assert page.status_code == 422
    assert not Exam.objects.exists()


def test_papers_and_setting_them_have_their_refusals() -> None:
    found = on_trial()
    given: dict[str, Any] = {
        "position": "copywriter",
        "sort": "written",
        "title": "t",
        "task": "写",
        "now": NOW,
    }
    with pytest.raises(Forbidden):
        exams.make_paper(**given, by=person("li_lei"))
    for wrong in ({"position": "king"}, {"sort": "oral"}, {"title": ""}, {"task": ""}):
        with pytest.raises(Invalid):
            exams.make_paper(**{**given, **wrong}, by=person("du_hr"))
    paper = exams.make_paper(**given, by=person("du_hr"))
    ask: dict[str, Any] = {"candidate_id": found.pk, "by": person("du_hr"), "now": NOW}
    made = exams.set_exam(paper_id=paper.pk, examiner=person("tang_writer"), **ask)
    with pytest.raises(Conflict):
        exams.set_exam(paper_id=paper.pk, examiner=person("tang_writer"), **ask)
    with pytest.raises(Conflict) as refused:
        exams.score_exam(exam_id=made.pk, points=1, comment="x", by=person("tang_writer"), now=NOW)
    assert refused.value.code == "no_answer"
    exams.retire_paper(paper_id=paper.pk, by=person("du_hr"), now=NOW)
    for again in (Conflict, NotFound):
        with pytest.raises(again):
            exams.retire_paper(
                paper_id=paper.pk if again is Conflict else 987654, by=person("du_hr"), now=NOW
            )
    with pytest.raises(Invalid):
        exams.set_exam(paper_id=paper.pk, examiner=person("tang_writer"), **ask)
    other = exams.make_paper(**given, by=person("du_hr"))
    Employee.objects.filter(pk=person("li_lei").pk).update(is_active=False)
    with pytest.raises(Invalid):
        exams.set_exam(paper_id=other.pk, examiner=person("li_lei"), **ask)
    with pytest.raises(Conflict):
        exams.set_exam(
            candidate_id=candidate(found.vacancy).pk, paper_id=other.pk, examiner=person("tang_writer"),
            by=person("du_hr"), now=NOW,
        )  # fmt: skip


def test_a_file_is_looked_at_and_lies_sealed() -> None:
    made = exam(on_trial(), points=None)
    given: dict[str, Any] = {"exam_id": made.pk, "text": "", "by": person("du_hr"), "now": NOW}
    with pytest.raises(Invalid):
        exams.keep_answer(**given)
    with pytest.raises(FileRefused):
        exams.keep_answer(**given, content=b"MZ\x90\x00" * 50, name="a.exe", limits=LIMITS)
    exams.keep_answer(**given, content="橡木家具的养护".encode(), name="作品.txt", limits=LIMITS)
    kept = Exam.objects.select_related("candidate").get(pk=made.pk)
    assert text_of(kept.candidate, kept.file, "file") == "橡木家具的养护"
    assert text_of(kept.candidate, kept.file_name, "name").endswith(".txt")
    assert "橡木".encode() not in bytes(kept.file or b"")


@pytest.mark.clause("C2")
def test_who_passed_is_engaged_by_the_manager_human_resources_and_the_execution() -> None:
    run = ask_engagement(passed())
    assert (run.clause, run.executor) == ("C2", "hr")
    assert decider(run, NOW) == person("chen_manager")
    run = agree(run, at=NOW)
    assert run.state == "agreed"
    assert not Employee.objects.filter(number="W100").exists()
    with pytest.raises(Forbidden):
        approvals.execute(run_id=run.pk, by=person("chen_manager"), now=NOW + HOUR)
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR)
    someone = Employee.objects.get(number="W100")
    assert (someone.name, someone.must_change_password) == ("林小满", True)
    assert staff.positions_of(someone, NOW + HOUR) == {"copywriter"}
    assert Engagement.objects.get().employee == someone
    probation = Probation.objects.get()
    assert (probation.state, probation.starts_on, probation.ends_on.isoformat()) == (
        "running",
        TODAY,
        "2027-01-23",
    )
    assert Candidate.objects.get().stage == "hired"
    assert "林小满" not in bytes(run.paper.payload).decode()


@pytest.mark.clause("C1")
def test_special_talent_is_engaged_on_a_pay_scale_of_its_own() -> None:
    found = passed(vacancy(paid=False))
    with pytest.raises(Conflict) as refused:
        ask_engagement(found)
    assert (refused.value.code, refused.value.clause) == ("pay", "C1")
    pay(found.vacancy)
    ask_engagement(found)
    plain = passed(vacancy(paid=False, special=False))
    ask_engagement(plain, "W101")


@pytest.mark.clause("C2", "C13.2")
def test_a_sensitive_post_still_waits_for_its_second_person() -> None:
    hired(of=vacancy(position="service_supervisor", count=1))
    someone = Employee.objects.get(number="W100")
    assert staff.positions_of(someone, NOW + HOUR) == set()
    assert Proposal.objects.get(employee=someone).state == "proposed"


@pytest.mark.clause("C2")
def test_nobody_is_engaged_who_is_not_assessed_or_did_not_pass() -> None:
    found = on_trial()
    with pytest.raises(Conflict) as refused:
        ask_engagement(found)
    assert refused.value.code == "not_assessed"
    assess(found)
    with pytest.raises(Conflict) as refused:
        ask_engagement(found)
    assert refused.value.code == "exams"
    exam(found, "written", 59)
    with pytest.raises(Conflict) as refused:
        ask_engagement(found)
    assert "59" in str(refused.value.message)
    exam(found, "written", 61)
    unscored = exam(found, "practical", None)
    with pytest.raises(Conflict):
        ask_engagement(found)
    exams.score_exam(exam_id=unscored.pk, points=60, comment="及格", by=person("tang_writer"), now=NOW)
    assert ask_engagement(found).state == "running"


def test_asking_has_its_refusals_and_is_asked_again() -> None:
    found = passed()
    for wrong in (
        {"number": ""},
        {"number": "A001"},
        {"starts_on": TODAY - DAY},
        {"starts_on": TODAY + 200 * DAY},
    ):
        with pytest.raises(Invalid):
            ask_engagement(found, **wrong)
    run = ask_engagement(found)
    with pytest.raises(Conflict):
        move(found, "declined", reason="算了")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="工号？")
    run.refresh_from_db()
    assert ask_engagement(found, "W101", again=run).payload["number"] == "W101"
    with pytest.raises(Conflict):
        ask_engagement(candidate(found.vacancy))


def test_a_number_taken_meanwhile_is_refused_at_the_execution() -> None:
    run = agree(ask_engagement(passed()), at=NOW)
    Employee.objects.create(number="w100", name="别人", joined_at=NOW)
    with pytest.raises(Conflict):
        approvals.execute(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR)
    with pytest.raises(Forbidden):
        candidates.engaged(run=run, payload=run.payload, by=None, now=NOW)
    with pytest.raises(Invalid):
        candidates.check_engagement({"number": "W100"})


@pytest.mark.clause("C2")
def test_the_database_takes_no_engagement_that_nobody_agreed_to() -> None:
    found = passed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Engagement.objects.create(
            candidate=found, number="X1", position="copywriter", starts_on=TODAY, employee=person("li_lei"),
            authority_clause="C2", at=NOW,
        )  # fmt: skip


def test_a_candidate_is_forgotten_in_time() -> None:
    found = passed()
    made = Exam.objects.filter(candidate=found).first()
    move(found, "withdrew", reason="另有机会")
    assert candidates.erase_candidates(now=NOW + 179 * DAY) == 0
    assert candidates.erase_candidates(now=NOW + 180 * DAY) == 1
    found.refresh_from_db()
    assert person_of(found).erased
    assert all(text_of(found, note.sealed, "note") == "" for note in found.notes.all())
    assert made is not None
    made.refresh_from_db()
    assert made.answer is None
    with pytest.raises(Conflict):
        candidates.note_candidate(candidate_id=found.pk, text="x", by=person("du_hr"), now=NOW + 200 * DAY)
    with pytest.raises(Conflict):
        exams.keep_answer(
            exam_id=exam_without_score(found).pk, text="x", by=person("du_hr"), now=NOW + 200 * DAY
        )
    erase_candidates()
    finish_changes()


def exam_without_score(found: Candidate) -> Exam:
    paper = exams.make_paper(
        position="copywriter", sort="written", title="t", task="t", by=person("du_hr"), now=NOW
    )
    return Exam.objects.create(
        candidate=found, paper=paper, examiner=person("tang_writer"), set_by=person("du_hr"), set_at=NOW
    )


def test_what_is_forgotten_is_neither_scored_nor_noted() -> None:
    found = on_trial()
    made = exam(found, points=None)
    move(found, "withdrew", reason="另有机会")
    candidates.erase_candidates(now=NOW + 180 * DAY)
    with pytest.raises(Conflict):
        exams.score_exam(
            exam_id=made.pk, points=1, comment="x", by=person("tang_writer"), now=NOW + 181 * DAY
        )
    found.refresh_from_db()
    with pytest.raises(Conflict):
        candidates.note_on(found, "x", person("du_hr"), NOW)


def test_a_rotation_rewraps_the_keys(settings: Any) -> None:
    found = candidate()
    assert candidates.rewrap_candidates(10) == 0

    settings.ECDEPT_KEYS = f"new:{base64.b64encode(b'n' * 32).decode()},{settings.ECDEPT_KEYS}"
    assert crypto.newest_key_id() == "new"
    assert candidates.rewrap_candidates(10) == 1
    found.refresh_from_db()
    assert (found.kek, person_of(found).name) == ("new", "林小满")


def test_who_examines_what_he_set_himself_is_not_told() -> None:
    exam(on_trial(), examiner="du_hr")
    assert not Notice.objects.filter(kind="attendance.exam_set").exists()


@pytest.mark.clause("C2")
def test_who_is_engaged_ahead_has_served_from_his_first_day_on() -> None:
    first = TODAY + 60 * DAY
    run = agree(ask_engagement(passed(), starts_on=first), at=NOW)
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=NOW + HOUR)
    someone = Employee.objects.get(number="W100")
    assert timezone.localtime(someone.joined_at).isoformat() == f"{first}T00:00:00+08:00"
