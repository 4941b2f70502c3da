"""Exams (C2): papers of a post, a paper set to a candidate, his answer, the examiner's score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Candidate, Exam, ExamCorrection, ExamPaper, ExamScore
from attendance.selectors.returned import returned_run
from attendance.selectors.sealed import key_of, place
from attendance.services.candidates import PASS, lock_candidate, may_see
from office import crypto
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.files import api as files
from office.notices import api as notices
from office.rulebook.allowed import clause_of, require, words, wrong
from office.staff.models import Employee, Position
from office.subjects import Subject

PAPERS, CORRECTION = "hiring.exam_papers", "hiring.exam_correction"


@transaction.atomic
def make_paper(*, position: str, sort: str, title: str, task: str, by: Employee, now: datetime) -> ExamPaper:
    """A part of the exam of a post. Raises Forbidden, Invalid."""
    clause = require(by, PAPERS, now)
    if position not in Position.values:
        raise wrong("position", _("There is no such post."))
    if sort not in ExamPaper.Sort.values:
        raise wrong("sort", _("Written or practical."), clause=clause)
    paper = ExamPaper.objects.create(
        position=position,
        sort=sort,
        title=words(title, path="title", longest=100, missing=_("Please give the title.")),
        task=words(task, path="task", longest=3000, missing=_("Write down the task.")),
        made_by=by,
        made_at=now,
    )
    audit.record(
        "attendance.make_paper",
        subject=paper.subject,
        by=by,
        now=now,
        clause=clause,
        data={"position": position},
    )
    return paper


@transaction.atomic
def retire_paper(*, paper_id: int, by: Employee, now: datetime) -> ExamPaper:
    """It is set to nobody any more; what was set stays. Raises Forbidden, NotFound, Conflict."""
    clause = require(by, PAPERS, now)
    paper = ExamPaper.objects.select_for_update(of=("self",)).filter(pk=paper_id).first()
    if paper is None:
        raise NotFound(_("There is no such examination paper."))
    if paper.retired_at is not None:
        raise Conflict(_("This paper is out of use already."), code="retired")
    paper.retired_at = now
    paper.save(update_fields=["retired_at"])
    audit.record("attendance.retire_paper", subject=paper.subject, by=by, now=now, clause=clause)
    return paper


@transaction.atomic
def set_exam(*, candidate_id: int, paper_id: int, examiner: Employee, by: Employee, now: datetime) -> Exam:
    """The paper is set to the candidate on trial; the examiner by name is told. Raises NotFound, Invalid, Conflict."""
    candidate = lock_candidate(candidate_id, by, now)
    if candidate.stage != Candidate.Stage.TRIAL:
        raise Conflict(
            _("The candidate is not on trial: {stage}.").format(stage=candidate.get_stage_display()),
            code="state",
        )
    paper = ExamPaper.objects.filter(
        pk=paper_id, retired_at=None, position=candidate.vacancy.position
    ).first()
    if paper is None:
        raise wrong("paper", _("Choose a paper of the post."))
    if not examiner.is_active:
        raise wrong("examiner", _("{name} may no longer sign in.").format(name=examiner.name))
    if Exam.objects.filter(candidate=candidate, paper=paper).exists():
        raise Conflict(_("This paper is set already."), code="set_already")
    exam = Exam.objects.create(candidate=candidate, paper=paper, examiner=examiner, set_by=by, set_at=now)
    audit.record(
        "attendance.set_exam", subject=candidate.subject, by=by, now=now, clause=clause_of(PASS, now),
        data={"paper": paper.title, "examiner": examiner.name},
    )  # fmt: skip
    if examiner.pk != by.pk:
        notices.notify(
            "attendance.exam_set", [examiner.pk], source="exam", source_id=exam.pk, subject=exam.subject, now=now,
            clause=clause_of(PASS, now), params={"by": by.name},
        )  # fmt: skip
    return exam


@transaction.atomic
def keep_answer(
    *,
    exam_id: int,
    text: str,
    by: Employee,
    now: datetime,
    content: bytes = b"",
    name: str = "",
    limits: files.Limits | None = None,
) -> Exam:
    """What the candidate handed in: an essay, or a file of what he made, sealed under his key; a later one replaces it
    as long as nothing is scored. Raises NotFound, Invalid, FileRefused, Conflict (scored)."""
    said = words(text, path="text", longest=20000)
    exam = _exam(exam_id, by, now)
    if ExamScore.objects.filter(exam=exam).exists():
        raise Conflict(_("It is scored already."), code="scored")
    if not said and not content:
        raise wrong("text", _("Write the answer down, or choose a file."))
    key, candidate = key_of(exam.candidate), exam.candidate
    if key is None:
        raise Conflict(_("The time of this candidate is over; nothing more is kept."), code="erased")
    if content and limits is not None:
        taken = files.look_at(content=content, name=name, now=now, limits=limits)
        exam.file = crypto.seal(key, taken.content, place(candidate.pk, "file"))
        exam.file_name = crypto.seal(key, taken.name.encode("utf-8", "replace"), place(candidate.pk, "name"))
        exam.file_mime = taken.mime
    exam.answer = crypto.seal(key, said.encode("utf-8", "replace"), place(candidate.pk, "answer"))
    exam.answered_at = now
    exam.save(update_fields=["answer", "file", "file_name", "file_mime", "answered_at"])
    audit.record(
        "attendance.keep_answer", subject=candidate.subject, by=by, now=now, clause=clause_of(PASS, now),
        data={"paper": exam.paper.title, "file": bool(content)},
    )  # fmt: skip
    return exam


@transaction.atomic
def score_exam(*, exam_id: int, points: int, comment: str, by: Employee, now: datetime) -> ExamScore:
    """The named examiner gives points, once. Raises NotFound (somebody else's), Invalid, Conflict (scored; nothing
    handed in)."""
    said = words(comment, path="comment", longest=2000, missing=_("Say what the points rest on."))
    exam = _exam(exam_id, by, now, only_examiner=True)
    if not 0 <= points <= 100:
        raise wrong("points", _("From 0 to 100 points."), clause=clause_of(PASS, now))
    if ExamScore.objects.filter(exam=exam).exists():
        raise Conflict(_("It is scored already."), code="scored")
    if exam.answered_at is None:
        raise Conflict(_("Nothing is handed in yet."), code="no_answer")
    key = key_of(exam.candidate)
    if key is None:
        raise Conflict(_("The time of this candidate is over; nothing more is kept."), code="erased")
    score = ExamScore.objects.create(
        exam=exam,
        points=points,
        sealed=crypto.seal(key, said.encode("utf-8", "replace"), place(exam.candidate_id, "score")),
        by=by,
        at=now,
    )
    audit.record(
        "attendance.score_exam", subject=exam.candidate.subject, by=by, now=now, clause=clause_of(PASS, now),
        data={"paper": exam.paper.title, "points": points},
    )  # fmt: skip
    return score


def correctable(exam: Exam) -> bool:
    """As long as the candidate is on trial: afterwards his exam was what it was."""
    return exam.candidate.stage == Candidate.Stage.TRIAL


@transaction.atomic
def ask_correction(*, exam_id: int, points: int, reason: str, by: Employee, now: datetime) -> Run:
    """The named examiner asks for other points than he gave; the chain agrees (C2). A request that came back is asked
    again. Raises NotFound (somebody else's), Invalid, Conflict (`no_score`, `state`, `same`), and what `submit`
    raises."""
    said = words(reason, path="reason", longest=500, missing=_("Please give the reason."))
    approvals.hold(Subject("exam", str(exam_id)))
    exam = _exam(exam_id, by, now, only_examiner=True)
    if not 0 <= points <= 100:
        raise wrong("points", _("From 0 to 100 points."), clause=clause_of(PASS, now))
    if exam.points is None:
        raise Conflict(_("Nothing is scored yet."), code="no_score")
    if not correctable(exam):
        raise Conflict(
            _("The candidate is not on trial: {stage}.").format(stage=exam.candidate.get_stage_display()),
            code="state",
        )
    if points == exam.points:
        raise Conflict(_("These are the points that stand already."), code="same")
    payload = {"exam": exam.pk, "before": exam.points, "points": points, "reason": said}
    again = returned_run(CORRECTION, exam.subject, by)
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=said)
    return approvals.submit(
        kind=CORRECTION, subject=exam.subject, payload=payload, by=by, now=now, comment=said
    )


def check_correction(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no exam or no points."""
    named, points = payload.get("exam"), payload.get("points")
    if not isinstance(named, int) or not ExamScore.objects.filter(exam_id=named).exists():
        raise wrong("exam", _("There is no such exam."), code="payload")
    if not isinstance(points, int) or not 0 <= points <= 100:
        raise wrong("points", _("From 0 to 100 points."), code="payload")


def correct(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Agreed to: these points count. A request to engage that rested on others becomes void. Raises Conflict."""
    exam = (
        Exam.objects.select_for_update(of=("self",))
        .select_related("candidate", "paper")
        .get(pk=payload["exam"])
    )
    if not correctable(exam):
        raise Conflict(
            _("The candidate is not on trial: {stage}.").format(stage=exam.candidate.get_stage_display()),
            code="state",
        )
    ExamCorrection.objects.create(exam=exam, points=payload["points"], run=run, at=now)
    audit.record(
        "attendance.correct_exam", subject=exam.candidate.subject, by=by, now=now, clause=run.clause,
        data={"paper": exam.paper.title, "points": payload["points"], "run": run.pk},
    )  # fmt: skip
    approvals.subject_changed(subject=exam.candidate.subject, by=by, now=now)


def _exam(exam_id: int, by: Employee, now: datetime, *, only_examiner: bool = False) -> Exam:
    """Locked, for its examiner, and unless `only_examiner` for who sees the candidate. Raises NotFound."""
    exam = (
        Exam.objects.select_for_update(of=("self",))
        .select_related("candidate__vacancy", "paper", "examiner")
        .filter(pk=exam_id)
        .first()
    )
    allowed = exam is not None and (
        exam.examiner_id == by.pk or (not only_examiner and may_see(exam.candidate, by, now))
    )
    if exam is None or not allowed:
        raise NotFound(_("There is no such exam."))
    return exam
