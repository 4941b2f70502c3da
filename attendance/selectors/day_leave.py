"""What leave, cases and the rulebook ask of one person, for my day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendance.models import Leave
from attendance.selectors import cases, months, reading
from attendance.selectors.day_people import Waiting
from attendance.selectors.leave_access import RULE, rules_on_proof
from office.rulebook import selectors as rulebook
from office.staff.models import Employee

CLOSE = "attendance.close_month"


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """Slips to hand in, cases to answer or to decide on, deductions and months to decide, the rulebook to read."""
    return [
        *_slips(person),
        *_calls(person),
        *_proofs(person, now),
        *_cases(person, now),
        *_months(person, now),
        *_rules(person, now),
    ]


def _slips(person: Employee) -> Iterator[Waiting]:
    for leave in Leave.objects.filter(
        employee=person, state=Leave.State.PROVISIONAL, slip_at=None
    ).select_related("employee"):
        yield Waiting(
            title=_("Hand in the slip"),
            label=leave.subject.label,
            detail="",
            url=reverse("attendance:leave", args=[leave.pk]),
            action=_("Hand in"),
            due_at=leave.slip_due_at,
            started_at=leave.asked_at,
            clause="S2c",
        )


def _calls(person: Employee) -> Iterator[Waiting]:
    """Calls that were stated late, for who is said to have been called."""
    for leave in Leave.objects.filter(
        told_to=person, stated_late=True, call_word=None, state=Leave.State.LAPSED
    ).select_related("employee"):
        yield Waiting(
            title=_("Confirm a call"),
            label=leave.subject.label,
            detail=leave.employee.name,
            url=reverse("attendance:leave", args=[leave.pk]),
            action=_("Look"),
            due_at=None,
            started_at=leave.asked_at,
            clause="S2c",
        )


def _proofs(person: Employee, now: datetime) -> Iterator[Waiting]:
    """The person's own documents, and for who decides those that never came."""
    awaited = Leave.objects.filter(proof_due_at__isnull=False).select_related("employee")
    own = list(awaited.filter(employee=person))
    for leave in own:
        yield Waiting(
            title=_("Hand in the document"),
            label=leave.subject.label,
            detail="",
            url=reverse("attendance:leave", args=[leave.pk]),
            action=_("Hand in"),
            due_at=leave.proof_due_at,
            started_at=leave.decided_at or leave.asked_at,
            clause="S2a",
        )
    if not rulebook.may(person, RULE, now):
        return
    for leave in awaited.filter(proof_due_at__lte=now).exclude(employee=person).order_by("proof_due_at")[:20]:
        if rules_on_proof(person, leave, now):
            yield Waiting(
                title=_("Decide: the document never came"),
                label=leave.subject.label,
                detail=leave.employee.name,
                url=reverse("attendance:leave", args=[leave.pk]),
                action=_("Look"),
                due_at=None,
                started_at=leave.proof_due_at or now,
                clause="S2b",
            )


def _cases(person: Employee, now: datetime) -> Iterator[Waiting]:
    for case in cases.waiting_for(person, now):
        own = case.employee_id == person.pk
        yield Waiting(
            title=_("Answer in a case") if own else _("Decide on a case"),
            label=case.subject.label,
            detail="" if own else case.employee.name,
            url=reverse("attendance:case", args=[case.pk]),
            action=_("Answer") if own else _("Look"),
            due_at=case.reply_due_at if own else None,
            started_at=case.opened_at,
            clause=case.clause,
        )


def _months(person: Employee, now: datetime) -> Iterator[Waiting]:
    if not rulebook.holds(person, CLOSE, now):
        return
    for month, lines, since in months.waiting_months(person, now):
        said = ngettext("%(n)d deduction", "%(n)d deductions", lines) % {"n": lines}
        yield Waiting(
            title=_("Decide on deductions for absence") if lines else _("Close the month"),
            label=f"{month:%Y-%m}",
            detail=said if lines else _("settled and decided"),
            url=reverse("attendance:month", args=[f"{month:%Y-%m}"]),
            action=_("Look"),
            due_at=None,
            started_at=since,
            clause="S2d",
        )


def _rules(person: Employee, now: datetime) -> Iterator[Waiting]:
    version = reading.owes(person, now)
    if version is not None:
        yield Waiting(
            title=_("Read the rules"),
            label=f"{version.book} #{version.pk}",
            detail="",
            url=reverse("attendance:read_rules"),
            action=_("Read"),
            due_at=None,
            started_at=version.effective.lower,
            clause="C14",
        )
