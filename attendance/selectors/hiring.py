"""Reading hiring: vacancies, the board of candidates, one candidate, exams; and who may see what.

Candidates are for human resources and the vacancy's manager, an exam for its examiner too; pay for the posts of the
book; whoever else asks finds nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.models import Candidate, CandidateNote, Exam, ExamPaper, JobDescription, PayScale, Vacancy
from attendance.selectors.sealed import Person, bytes_of, person_of, text_of
from attendance.services.candidates import MANAGE, TRIAL
from attendance.services.vacancies import PAY
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
COLUMN = 50  # cards of one stage
VIEW = "hiring.candidates"


def vacancies(*, closed: bool = False, before: int | None = None) -> list[Vacancy]:
    """One page and one more; with `on_way` and `hired` counted."""
    rows = Vacancy.objects.select_related("manager").annotate(
        on_way=Count("candidates", filter=~Q(candidates__stage__in=Candidate.ENDS)),
        hired=Count("candidates", filter=Q(candidates__stage="hired")),
    )
    rows = rows.filter(state="closed") if closed else rows.exclude(state="closed")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def access_vacancy(pk: int, person: Employee, granted: Collection[str]) -> Vacancy:
    """For who sees candidates or pay, and its manager. Raises NotFound."""
    found = Vacancy.objects.select_related("manager").filter(pk=pk).first()
    if found is None or not ({VIEW, PAY} & set(granted) or found.manager_id == person.pk):
        raise NotFound(_("There is no such vacancy."))
    return found


def runs_of(kind: str, subject_type: str, pk: int) -> list[Run]:
    """The requests for it, the latest first."""
    rows = Run.objects.filter(kind=kind, subject_type=subject_type, subject_id=str(pk))
    return list(rows.select_related("requester").order_by("-id")[:20])


def pay_of(vacancy: Vacancy, granted: Collection[str]) -> list[PayScale]:
    """Every scale it had, the last first; nothing for who may not see pay."""
    if PAY not in granted:
        return []
    return list(vacancy.pay_scales.select_related("by").order_by("-pk")[:10])


def description_of(position: str) -> JobDescription | None:
    return JobDescription.objects.filter(position=position).select_related("by").order_by("-pk").first()


def descriptions() -> list[JobDescription]:
    """The one in force of each post that has one."""
    rows = JobDescription.objects.select_related("by").order_by("position", "-pk").distinct("position")
    return list(rows)


def visible(person: Employee, granted: Collection[str]) -> QuerySet[Candidate]:
    """All for human resources, those of one's own vacancies for a manager."""
    rows = Candidate.objects.select_related("vacancy")
    return rows if MANAGE in granted else rows.filter(vacancy__manager=person)


@dataclass(frozen=True, slots=True)
class Card:
    """One candidate on the board."""

    candidate: Candidate
    someone: Person
    clock: Deadline | None


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board, its cards and how many there are in all."""

    stage: str
    name: StrOrPromise
    cards: list[Card]
    count: int


def board(person: Employee, granted: Collection[str], vacancy: Vacancy | None = None) -> list[Column]:
    """By stage, who moved last first; the ended ones last. One query for the counts, one for each stage, one for the
    clocks."""
    rows = visible(person, granted)
    if vacancy is not None:
        rows = rows.filter(vacancy=vacancy)
    counts = dict(rows.values("stage").annotate(n=Count("pk")).values_list("stage", "n"))
    found = {
        stage: list(rows.filter(stage=stage).order_by("-moved_at", "-pk")[:COLUMN])
        if counts.get(stage)
        else []
        for stage in Candidate.Stage.values
    }
    on_trial = [str(each.pk) for each in found[Candidate.Stage.TRIAL]]
    clocks = {
        clock.subject_id: clock
        for clock in Deadline.objects.filter(subject_type="candidate", subject_id__in=on_trial, state="open")
    }
    return [
        Column(
            stage,
            Candidate.Stage(stage).label,
            [Card(each, person_of(each), clocks.get(str(each.pk))) for each in cards],
            counts.get(stage, 0),
        )
        for stage, cards in found.items()
    ]


def access_candidate(pk: int, person: Employee, granted: Collection[str]) -> Candidate:
    """Raises NotFound."""
    found = (
        visible(person, granted)
        .select_related("vacancy__manager", "added_by", "employee")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such candidate."))
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """A note in the clear."""

    note: CandidateNote
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page of a candidate."""

    candidate: Candidate
    someone: Person
    notes: list[Said]
    exams: list[Exam]
    runs: list[Run]
    live: Run | None
    clock: Deadline | None
    description: JobDescription | None
    timeline: Collection[audit.TimelineRow]


def page(candidate: Candidate) -> Page:
    notes = candidate.notes.select_related("by").order_by("pk")
    runs = runs_of(TRIAL, "candidate", candidate.pk)
    return Page(
        candidate,
        person_of(candidate),
        [Said(note, text_of(candidate, note.sealed, "note")) for note in notes],
        list(
            candidate.exams.select_related("paper", "examiner", "score")
            .prefetch_related("corrections")
            .order_by("pk")
        ),
        runs,
        next((run for run in runs if run.live), None),
        Deadline.objects.filter(subject_type="candidate", subject_id=str(candidate.pk))
        .order_by("-pk")
        .first(),
        description_of(candidate.vacancy.position),
        audit.timeline(candidate.subject),
    )


def papers(position: str = "") -> list[ExamPaper]:
    """Those in use, by post."""
    rows = ExamPaper.objects.filter(retired_at=None).select_related("made_by")
    return list((rows.filter(position=position) if position else rows).order_by("position", "sort", "pk"))


def exams_of(person: Employee) -> list[Exam]:
    """What a person is the examiner of: to be scored first, then the last fifty."""
    rows = Exam.objects.filter(examiner=person).select_related("paper", "candidate__vacancy", "score")
    rows = rows.prefetch_related("corrections")
    return list(rows.order_by("score__exam_id", "-pk").filter(score=None)[:PAGE]) + list(
        rows.exclude(score=None).order_by("-pk")[:PAGE]
    )


def access_exam(pk: int, person: Employee, granted: Collection[str]) -> Exam:
    """For its examiner, human resources and the vacancy's manager. Raises NotFound."""
    found = (
        Exam.objects.select_related("paper", "candidate__vacancy", "examiner", "score__by")
        .filter(pk=pk)
        .first()
    )
    if found is None or not (
        found.examiner_id == person.pk or MANAGE in granted or found.candidate.vacancy.manager_id == person.pk
    ):
        raise NotFound(_("There is no such exam."))
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What was handed in, in the clear."""

    text: str
    file_name: str
    score_words: str


def answer_of(exam: Exam) -> Answer:
    score = getattr(exam, "score", None)
    return Answer(
        text_of(exam.candidate, exam.answer, "answer"),
        text_of(exam.candidate, exam.file_name, "name"),
        text_of(exam.candidate, score.sealed, "score") if score else "",
    )


def file_of(exam: Exam) -> tuple[bytes, str, str]:
    """(content, name, type) of the file that was handed in. Raises NotFound."""
    content = bytes_of(exam.candidate, exam.file, "file")
    if content is None:
        raise NotFound(_("There is no such file."))
    return content, text_of(exam.candidate, exam.file_name, "name"), exam.file_mime


def to_score(person: Employee, limit: int = 20) -> list[Exam]:
    """What waits for the examiner: handed in and not scored."""
    rows = Exam.objects.filter(
        examiner=person, score=None, answered_at__isnull=False, candidate__erased_at=None
    )
    return list(rows.select_related("paper").order_by("answered_at")[:limit])
