"""Headcount, vacancies and engagements as the engine and the deciders see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Candidate, CandidateNote, Exam, Vacancy
from attendance.selectors.sealed import person_of, text_of
from attendance.services import candidates, vacancies
from office.approvals import api as approvals
from office.approvals.selectors import people, runs
from office.enumerating import enumerated
from office.rulebook import api as rulebook
from office.rulebook.selectors import holds
from office.staff.selectors import position_label

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


def headcount_fields(subject_id: str) -> Mapping[str, str]:
    """A figure that changes meanwhile is another agreed plan; the last holds."""
    return {}


def headcount_changes(run: approvals.Run) -> list[approvals.Change]:
    return [
        approvals.Change(
            "planned",
            _("Planned"),
            "–" if row["before"] is None else str(row["before"]),
            str(row["planned"]),
            position_label(row["position"]),
            index,
        )
        for index, row in enumerate(run.payload["rows"])
    ]


def headcount_apply(
    run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    vacancies.headcount_agreed(run=run, payload=payload, by=by, now=now)


def vacancy_fields(subject_id: str) -> Mapping[str, str]:
    vacancy = Vacancy.objects.get(pk=subject_id)
    return {
        "position": vacancy.position,
        "count": str(vacancy.count),
        "channels": ",".join(vacancy.channels),
        "wanted": vacancy.wanted,
        "state": vacancy.state,
    }


FIELDS: dict[str, StrOrPromise] = {
    "position": _("Post"),
    "count": _("How many"),
    "channels": _("Where"),
    "wanted": _("What is asked of people"),
    "state": _("State"),
    "stage": _("Stage"),
    "exams": _("Scores"),
    "before": _("Post"),
    "probation": _("Probation"),
}


def field_name(field: str) -> StrOrPromise:
    return FIELDS.get(field, field)


def vacancy_changes(run: approvals.Run) -> list[approvals.Change]:
    asked, names = run.payload, rulebook.book(run.submitted_at).names
    where = enumerated(str(names.get(each, each)) for each in asked["channels"])
    found = [
        approvals.Change("position", _("Post"), "", f"{position_label(asked['position'])} ×{asked['count']}"),
        approvals.Change("channels", _("Where"), "", where),
        approvals.Change("wanted", _("What is asked of people"), "", asked["wanted"]),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]
    if asked["special"]:
        found.append(approvals.Change("special", _("Special talent"), "", _("on a pay scale of its own")))
    return found


def vacancy_apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    vacancies.vacancy_agreed(run=run, payload=payload, by=by, now=now)


def trial_fields(subject_id: str) -> Mapping[str, str]:
    """Another stage, or another score, is another request."""
    candidate = Candidate.objects.get(pk=subject_id)
    exams = Exam.objects.filter(candidate=candidate).select_related("score").prefetch_related("corrections")
    return {
        "stage": candidate.stage,
        "exams": ",".join(
            f"{exam.paper_id}:{'-' if exam.points is None else exam.points}" for exam in exams.order_by("pk")
        ),
    }


def trial_changes(run: approvals.Run) -> list[approvals.Change]:
    """No name: the paper stands for good, the candidate is forgotten in time."""
    asked = run.payload
    found = [
        approvals.Change(
            "position",
            _("Post"),
            _("on trial"),
            _("{post}, on probation").format(post=position_label(asked["position"])),
        ),
        approvals.Change("number", _("Employee number"), "", asked["number"]),
        approvals.Change("starts_on", _("First day"), "", asked["starts_on"]),
    ]
    names = rulebook.book(run.submitted_at).names
    for sort, scored in asked["evidence"].items():
        for each in scored:
            said = f"{each['paper']}: {each['points']} ({each['by']})"
            found.append(approvals.Change(sort, str(names.get(sort, sort)), "", said))
    return found


def trial_exhibits(run: approvals.Run, reader: Employee, now: datetime) -> list[approvals.Exhibit]:
    """Who it is and what was said on trial: for who sees the candidate and who decides on him, not for whoever reads
    requests for their figures. Nothing once he is forgotten."""
    candidate = Candidate.objects.select_related("vacancy").filter(pk=run.subject_id).first()
    if candidate is None or not (
        candidates.may_see(candidate, reader, now)
        or runs.takes_part(run, reader, people.authority_of(reader, now))
    ):
        return []
    notes = (
        CandidateNote.objects.filter(candidate=candidate)
        .exclude(marks={})
        .select_related("by")
        .order_by("pk")
    )
    names = rulebook.book(now).names
    context = {
        "candidate": candidate,
        "someone": person_of(candidate),
        "assessments": [
            {
                "by": note.by,
                "at": note.at,
                "marks": [(str(names.get(aspect, aspect)), mark) for aspect, mark in note.marks.items()],
                "text": text_of(candidate, note.sealed, "note"),
            }
            for note in notes
        ],
    }
    return [approvals.Exhibit(_("The candidate"), "attendance/_candidate_exhibit.html", context)]


def trial_apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    candidates.engaged(run=run, payload=payload, by=by, now=now)


def sees_hiring(person: Employee, subject_id: str) -> bool:
    return holds(person, candidates.MANAGE, timezone.now())


def ask_headcount(subject_id: str) -> str:
    return reverse("attendance:headcount")


def ask_vacancy(subject_id: str) -> str:
    if subject_id == "new":
        return reverse("attendance:vacancy_new")
    return reverse("attendance:vacancy_change", args=[subject_id])


def ask_candidate(subject_id: str) -> str:
    return reverse("attendance:candidate", args=[subject_id])
