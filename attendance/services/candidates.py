"""Candidates (C1, C2): added, moved from stage to stage, spoken of, on trial, engaged, forgotten in time.

What names or describes a candidate is sealed under a key of his own; the trail carries his number only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Candidate, CandidateNote, Engagement, Exam, Vacancy
from attendance.rules.leaving import access_ends_at, local_day
from attendance.selectors import headcount
from attendance.selectors.sealed import key_of, person_of, place
from attendance.services import probation
from attendance.services.vacancies import HEADCOUNT, VACANCY
from office import crypto
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, words, wrong
from office.staff import api as staff
from office.staff.models import Employee
from office.staff.services.people import one_time_password

MANAGE, TRIAL, CLOCK = "hiring.manage", "hiring.trial", "hiring.trial_post"
ASPECTS, PASS, CHANNELS, KEPT = (
    "hiring.aspects",
    "hiring.pass_mark",
    "hiring.channels",
    "retention.candidate_days",
)
Stage = Candidate.Stage
#: From which stage to which; trial → hired is the execution of the agreed run.
MOVES: Mapping[str, tuple[str, ...]] = {
    Stage.APPLIED: (Stage.INTERVIEW, Stage.DECLINED, Stage.WITHDREW),
    Stage.INTERVIEW: (Stage.TRIAL, Stage.DECLINED, Stage.WITHDREW),
    Stage.TRIAL: (Stage.DECLINED, Stage.WITHDREW),
}


def may_see(candidate: Candidate, by: Employee, now: datetime) -> bool:
    """Human resources, and the vacancy's manager; nobody who is the candidate himself."""
    return rulebook.may(by, MANAGE, now) or candidate.vacancy.manager_id == by.pk


@transaction.atomic
def add_candidate(
    *, vacancy_id: int, name: str, phone: str, about: str, channel: str, by: Employee, now: datetime
) -> Candidate:
    """Somebody wants the post. Raises Forbidden, NotFound, Invalid, Conflict (the vacancy is not open)."""
    vacancy = Vacancy.objects.select_for_update().filter(pk=vacancy_id).first()
    if vacancy is None or not (rulebook.may(by, MANAGE, now) or vacancy.manager_id == by.pk):
        raise NotFound(_("There is no such vacancy."))
    if vacancy.state != Vacancy.State.OPEN:
        raise Conflict(_("This vacancy is not open."), code="state")
    said = {
        "name": words(name, path="name", longest=60, missing=_("Please give the name.")),
        "phone": words(phone, path="phone", longest=30),
        "about": words(about, path="about", longest=2000),
    }
    if channel not in vacancy.channels:
        raise wrong("channel", _("The vacancy is not published there."), clause=clause_of(CHANNELS, now))
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('attendance_candidate', 'id'))")
        pk = int(cursor.fetchone()[0])
    key = crypto.new_key()
    kek, wrapped = crypto.wrap(key)
    candidate = Candidate.objects.create(
        pk=pk,
        vacancy=vacancy,
        channel=channel,
        kek=kek,
        wrapped=wrapped,
        sealed=crypto.seal(key, json.dumps(said, ensure_ascii=False).encode("utf-8", "replace"), place(pk)),
        added_by=by,
        added_at=now,
        moved_at=now,
    )
    audit.record(
        "attendance.add_candidate", subject=candidate.subject, by=by, now=now, clause=clause_of(CHANNELS, now),
        data={"vacancy": vacancy.pk, "channel": channel},
    )  # fmt: skip
    return candidate


@transaction.atomic
def move_candidate(
    *, candidate_id: int, stage: str, by: Employee, now: datetime, reason: str = "", seen: int | None = None
) -> Candidate:
    """To the interview, on trial, or out (`declined`, `withdrew`, with the reason). On trial the week of the book runs
    until the assessment is handed in. Raises NotFound, Conflict (`state`, `stale`, `running`), Invalid."""
    candidate = lock_candidate(candidate_id, by, now, seen)
    if stage not in MOVES.get(candidate.stage, ()):
        raise Conflict(
            _("From “{stage}” this is not the next step.").format(stage=candidate.get_stage_display()),
            code="state",
        )
    ends = stage in Candidate.ENDS
    if ends:
        said = words(reason, path="reason", longest=500, missing=_("Please give the reason."))
        if _live_run(candidate) is not None:
            raise Conflict(
                _("A request for this candidate is on its way: withdraw it first."), code="running"
            )
        note_on(candidate, said, by, now)
        forget_later(candidate, now)
        deadlines.cancel(CLOCK, subject=candidate.subject, at=now)
    if stage == Stage.TRIAL:
        candidate.trial_from = local_day(now)
        deadlines.open(
            CLOCK,
            subject=candidate.subject,
            started_at=now,
            now=now,
            holder_id=candidate.vacancy.manager_id,
            targets={"holder": "holder|hr"},
        )
    candidate.stage = Stage(stage).value
    write(candidate, now, "stage", "trial_from", "erase_at")
    audit.record(
        "attendance.move_candidate", subject=candidate.subject, by=by, now=now,
        clause=clause_of(CLOCK if stage == Stage.TRIAL else TRIAL, now), data={"stage": candidate.stage},
    )  # fmt: skip
    return candidate


@transaction.atomic
def note_candidate(
    *, candidate_id: int, text: str, by: Employee, now: datetime, seen: int | None = None
) -> CandidateNote:
    """What colleagues should know. Raises NotFound, Invalid, Conflict (`stale`, `erased`)."""
    said = words(text, path="text", longest=2000, missing=_("Write something down."))
    candidate = lock_candidate(candidate_id, by, now, seen)
    note = note_on(candidate, said, by, now)
    audit.record("attendance.note_candidate", subject=candidate.subject, by=by, now=now)
    return note


@transaction.atomic
def assess_candidate(
    *,
    candidate_id: int,
    marks: Mapping[str, int],
    text: str,
    by: Employee,
    now: datetime,
    seen: int | None = None,
) -> CandidateNote:
    """The judgement on trial (C2): each aspect of the book from 1 to 5, in words against the job description. The
    vacancy's manager, or human resources. Raises NotFound, Invalid, Conflict (not on trial)."""
    said = words(text, path="text", longest=2000, missing=_("Say what you saw, against the job description."))
    aspects = rulebook.parameter_rule(ASPECTS, at=now).texts()
    for aspect in aspects:
        if marks.get(aspect) not in range(1, 6):
            raise wrong(aspect, _("From 1 to 5."), clause=clause_of(ASPECTS, now))
    candidate = lock_candidate(candidate_id, by, now, seen)
    _require_trial(candidate)
    note = note_on(candidate, said, by, now, {aspect: int(marks[aspect]) for aspect in aspects})
    audit.record(
        "attendance.assess_candidate",
        subject=candidate.subject,
        by=by,
        now=now,
        clause=clause_of(ASPECTS, now),
    )
    return note


def ask_engagement(
    *,
    candidate_id: int,
    number: str,
    starts_on: date,
    by: Employee,
    now: datetime,
    comment: str = "",
    again: Run | None = None,
) -> Run:
    """Who passed may enter probationary employment (C2): the department manager, then human resources, who carry it
    out. `number`: the employee number he gets. Raises NotFound, Invalid (`number`, `starts_on`), Conflict (not on
    trial; not assessed; `pay`: special talent without a pay scale; `exams`: missing, or below the pass mark; `filled`:
    so many as the vacancy looks for are engaged or asked for), Refused (`over_plan`), and what `submit` raises."""
    candidate = _known(candidate_id, by, now)
    _require_trial(candidate)
    number = words(number, path="number", longest=20, missing=_("Give the employee number."))
    if Employee.objects.filter(number__iexact=number).exists():
        raise wrong("number", _("The employee number {number} is taken.").format(number=number))
    if not local_day(now) <= starts_on <= local_day(now) + timedelta(days=180):
        raise wrong("starts_on", _("The first day is today or within half a year."))
    if not CandidateNote.objects.filter(candidate=candidate).exclude(marks={}).exists():
        raise Conflict(
            _("The assessment on trial is missing."), code="not_assessed", clause=clause_of(ASPECTS, now)
        )
    if candidate.vacancy.special and not candidate.vacancy.pay_scales.exists():
        raise Conflict(
            _("Special talent is hired on a pay scale of its own: set the vacancy’s first."),
            code="pay",
            clause=clause_of(CHANNELS, now),
        )
    require_place(candidate, now, promised=_asked_beside(candidate))
    payload = {
        "candidate": candidate.pk,
        "vacancy": candidate.vacancy_id,
        "position": candidate.vacancy.position,
        "number": number,
        "starts_on": starts_on,
        "evidence": passed_exams(candidate, now),
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=TRIAL, subject=candidate.subject, payload=payload, by=by, now=now, comment=comment
    )


def passed_exams(candidate: Candidate, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The scored papers by part, each part passed on the average. Raises Conflict (`exams`): the part that fails."""
    bar = rulebook.limit_rule(PASS, at=now)
    found: dict[str, list[dict[str, Any]]] = {"written_exam": [], "practical_exam": []}
    exams = Exam.objects.filter(candidate=candidate).select_related("paper", "score__by")
    for exam in exams.prefetch_related("corrections").order_by("pk"):
        points = exam.points
        if points is None:
            raise Conflict(
                _("{paper} is not scored yet.").format(paper=exam.paper.title),
                code="exams",
                clause=bar.clause,
            )
        found[f"{exam.paper.sort}_exam"].append(
            {"paper": exam.paper.title, "points": points, "by": exam.score.by.name, "exam": exam.pk}
        )
    for sort, scored in found.items():
        name = rulebook.book(now).names.get(sort, sort)
        if not scored:
            raise Conflict(_("The {part} is missing.").format(part=name), code="exams", clause=bar.clause)
        average = sum(each["points"] for each in scored) / len(scored)
        if average < bar.count:
            raise Conflict(
                _("The {part} came to {points}; {bar} points pass.").format(
                    part=name, points=f"{average:g}", bar=bar.count
                ),
                code="exams",
                clause=bar.clause,
            )
    return found


def check_engagement(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    if Employee.objects.filter(number__iexact=payload["number"]).exists():
        raise wrong("number", _("The employee number {number} is taken.").format(number=payload["number"]))


@transaction.atomic
def engaged(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> Engagement:
    """Called by the approvals engine when human resources carry it out: the person is entered, gets the post (a
    sensitive one waits for its second person, C13.2), and probation begins. Raises Conflict, Forbidden, Invalid,
    Refused."""
    if by is None:
        raise Forbidden(_("Human resources carry this out."), clause=run.clause)
    Vacancy.objects.select_for_update().get(
        pk=payload["vacancy"]
    )  # one after the other: the last place is one
    candidate = (
        Candidate.objects.select_for_update(of=("self",))
        .select_related("vacancy")
        .get(pk=payload["candidate"])
    )
    _require_trial(candidate)
    require_place(candidate, now)
    someone = person_of(candidate)
    starts_on = date.fromisoformat(payload["starts_on"])
    begins = max(now, access_ends_at(starts_on - timedelta(days=1)))
    employee = staff.add_employee(
        number=payload["number"], name=someone.name, phone=someone.phone[:20], password=one_time_password(), by=by,
        now=now, joined_at=begins,
    )  # fmt: skip
    staff.propose_appointment(
        employee=employee,
        position=payload["position"],
        start=begins,
        by=by,
        now=now,
        reason=str(_("on probation")),
    )
    engagement = Engagement.objects.create(
        candidate=candidate,
        number=payload["number"],
        position=payload["position"],
        starts_on=starts_on,
        employee=employee,
        run=run,
        at=now,
    )
    candidate.stage, candidate.employee = Stage.HIRED, employee
    forget_later(candidate, now)
    write(candidate, now, "stage", "employee", "erase_at")
    deadlines.meet(CLOCK, subject=candidate.subject, at=now)
    probation.begin(
        employee=employee, position=payload["position"], starts_on=starts_on, manager=candidate.vacancy.manager,
        clause=run.clause, by=by, now=now,
    )  # fmt: skip
    audit.record(
        "attendance.engage", subject=candidate.subject, by=by, now=now, clause=run.clause,
        data={"employee": employee.pk, "number": employee.number, "position": payload["position"], "run": run.pk},
    )  # fmt: skip
    return engagement


def erase_candidates(*, now: datetime, limit: int = 500) -> int:
    """Destroy the keys of candidates whose time is over: names, notes, answers and files are unreadable then. Answers
    how many."""
    with transaction.atomic():
        due = list(
            Candidate.objects.select_for_update(skip_locked=True)
            .filter(erased_at=None, erase_at__lte=now)
            .order_by("pk")[:limit]
        )
        for candidate in due:
            candidate.kek, candidate.wrapped, candidate.sealed, candidate.erased_at = "", None, None, now
            candidate.save(update_fields=["kek", "wrapped", "sealed", "erased_at"])
            Exam.objects.filter(candidate=candidate).update(answer=None, file=None, file_name=None)
            audit.record(
                "attendance.erase_candidate",
                subject=candidate.subject,
                by=None,
                now=now,
                clause=clause_of(KEPT, now),
            )
        return len(due)


def rewrap_candidates(limit: int) -> int:
    """A step of a key rotation: candidates' keys under the newest key of the application."""
    with transaction.atomic():
        rows = list(
            Candidate.objects.select_for_update()
            .filter(wrapped__isnull=False)
            .exclude(kek=crypto.newest_key_id())
            .order_by("pk")[:limit]
        )
        for row in rows:
            row.kek, row.wrapped = crypto.rewrap(row.kek, bytes(row.wrapped or b""))
            row.save(update_fields=["kek", "wrapped"])
        return len(rows)


# ---------------------------------------------------------------- steps that verbs share


def lock_candidate(candidate_id: int, by: Employee, now: datetime, seen: int | None = None) -> Candidate:
    """For who may see him. Raises NotFound, Conflict (`stale`, `erased`)."""
    candidate = (
        Candidate.objects.select_for_update(of=("self",))
        .select_related("vacancy__manager")
        .filter(pk=candidate_id)
        .first()
    )
    if candidate is None or not may_see(candidate, by, now):
        raise NotFound(_("There is no such candidate."))
    if seen is not None and seen != candidate.version:
        raise Conflict(_("Somebody has gone on with this candidate meanwhile."), code="stale")
    if candidate.erased_at is not None:
        raise Conflict(_("The time of this candidate is over; nothing more is kept."), code="erased")
    return candidate


def _known(candidate_id: int, by: Employee, now: datetime) -> Candidate:
    candidate = Candidate.objects.select_related("vacancy").filter(pk=candidate_id).first()
    if candidate is None or not may_see(candidate, by, now):
        raise NotFound(_("There is no such candidate."))
    return candidate


def _require_trial(candidate: Candidate) -> None:
    if candidate.stage != Stage.TRIAL:
        raise Conflict(
            _("The candidate is not on trial: {stage}.").format(stage=candidate.get_stage_display()),
            code="state",
        )


def require_place(candidate: Candidate, now: datetime, *, promised: int = 0) -> None:
    """The vacancy looks for so many people (C1), the plan allows so many of the post (J1.7). `promised`: who is asked
    for besides. Raises Conflict (`filled`), Refused (`over_plan`)."""
    vacancy = candidate.vacancy
    engaged_already = Engagement.objects.filter(candidate__vacancy=vacancy).count()
    if engaged_already + promised >= vacancy.count:
        raise Conflict(
            _(
                "The vacancy looks for {count}: {engaged} engaged, {promised} asked for. Ask for another vacancy first."
            ).format(count=vacancy.count, engaged=engaged_already, promised=promised),
            code="filled",
            clause=clause_of(VACANCY, now),
        )
    planned = headcount.figures(position=vacancy.position).get(vacancy.position)
    if planned is None or not rulebook.has_rule(HEADCOUNT, now):
        return
    held = headcount.held(now).get(vacancy.position, 0)
    if held >= planned:
        raise Refused(
            _("The plan allows {planned} of this post, and {held} hold it or are engaged for it.").format(
                planned=planned, held=held
            ),
            code="over_plan",
            clause=clause_of(HEADCOUNT, now),
        )


def _asked_beside(candidate: Candidate) -> int:
    """How many others of the vacancy are asked for and not yet engaged."""
    others = candidate.vacancy.candidates.exclude(pk=candidate.pk).values_list("pk", flat=True)
    return Run.objects.filter(
        kind=TRIAL,
        subject_type="candidate",
        subject_id__in=[str(pk) for pk in others],
        state__in=["running", "returned", "agreed"],
    ).count()


def _live_run(candidate: Candidate) -> Run | None:
    return Run.objects.filter(
        subject_type="candidate", subject_id=str(candidate.pk), state__in=["running", "returned", "agreed"]
    ).first()


def note_on(
    candidate: Candidate, text: str, by: Employee, now: datetime, marks: Mapping[str, int] | None = None
) -> CandidateNote:
    key = key_of(candidate)
    if key is None:
        raise Conflict(_("The time of this candidate is over; nothing more is kept."), code="erased")
    return CandidateNote.objects.create(
        candidate=candidate,
        marks=dict(marks or {}),
        sealed=crypto.seal(key, text.encode("utf-8", "replace"), place(candidate.pk, "note")),
        by=by,
        at=now,
    )


def forget_later(candidate: Candidate, now: datetime) -> None:
    candidate.erase_at = now + timedelta(days=rulebook.limit_rule(KEPT, at=now).count)


def write(candidate: Candidate, now: datetime, *fields: str) -> None:
    candidate.version += 1
    candidate.moved_at = now
    candidate.save(update_fields=[*fields, "version", "moved_at"])
