"""Leave as something that is agreed to (S2b)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave
from attendance.selectors import leave_access
from attendance.selectors.balances import balance_of, so_far
from attendance.selectors.leave_kinds import kind_name, kinds
from attendance.selectors.stand_ins import coverage_of
from attendance.services import leave_deciding
from attendance.services.balances import plain
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors.detail import acts_for
from office.errors import Invalid
from office.staff.models import Employee

CODE = "attendance.leave"


def fields(subject_id: str) -> Mapping[str, str]:
    """A person who may no longer sign in asks for nothing any more."""
    active = Leave.objects.filter(pk=int(subject_id)).values_list("employee__is_active", flat=True).first()
    return {"active": str(active)}


def fields_of_many(subject_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    rows = Leave.objects.filter(pk__in=[int(each) for each in subject_ids]).values_list(
        "pk", "employee__is_active"
    )
    return {str(pk): {"active": str(active)} for pk, active in rows}


def changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    leave = Leave.objects.get(pk=asked["leave"])
    found = [
        approvals.Change("kind", _("Kind of leave"), "", kind_name(asked["kind"], run.submitted_at)),
        approvals.Change("during", _("From – to"), "", f"{said(asked['from'])} – {said(asked['until'])}"),
        approvals.Change("amount", _("Comes to"), "", f"{plain(leave.amount)} {leave.get_measure_display()}"),
        approvals.Change("paid", _("With pay"), "", _("yes") if leave.paid else _("no")),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]
    found += _left(leave)
    if asked.get("told_at"):
        told_to = leave.told_to.name if leave.told_to else ""
        found.append(
            approvals.Change("told", _("Told by phone"), "", f"{said(asked['told_at'])} · {told_to}")
        )
    return found


def _left(leave: Leave) -> list[approvals.Change]:
    """What the person has left of the kind once this leave is counted; what he had of it this year, where no balance is
    kept. Earlier events are named."""
    kind = kinds(leave.asked_at).get(leave.kind)
    if kind is None or not leave.held:
        return []
    if not kind.kept:
        told = _("{n} {measure} besides, agreed to").format(
            n=plain(so_far(leave)), measure=leave.get_measure_display()
        )
        return [approvals.Change("left", _("This year"), "", told)]
    balance = balance_of(leave, kind)
    told = f"{plain(balance.left)} {leave.get_measure_display()}"
    if balance.event_on is not None and balance.event_on != leave.first_day:
        told += " · " + _("counted since {day}").format(day=balance.event_on)
    for event in balance.earlier:
        if event.slot.event_on != balance.event_on:
            told += " · " + _("earlier, since {day}: {n} taken").format(
                day=event.slot.event_on, n=plain(event.taken)
            )
    return [approvals.Change("left", _("Left after it"), "", told)]


def said(at: str) -> str:
    """An instant of a paper, in local time."""
    found = parse_datetime(at)
    return f"{localtime(found):%Y-%m-%d %H:%M}" if found else at


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no leave."""
    if not isinstance(payload.get("leave"), int) or not Leave.objects.filter(pk=payload["leave"]).exists():
        raise Invalid(_("There is no such leave."), code="payload")


def evidence(run: Run) -> list[approvals.Evidence]:
    """The documents that came with it."""
    found = Leave.objects.prefetch_related("proofs__file").get(pk=int(run.subject_id))
    return [
        approvals.Evidence(
            _("Document"),
            proof.file.name,
            url=reverse("attendance:leave_proof", args=[found.pk, proof.pk]),
            at=proof.at,
        )
        for proof in found.proofs.all()
    ]


def exhibits(run: Run, person: Employee, now: datetime) -> list[approvals.Exhibit]:
    """What the leave does to the roster, and who stands in."""
    leave = Leave.objects.select_related("employee", "deputy", "deputy_by").get(pk=int(run.subject_id))
    asks = person.pk == leave.employee_id
    choosing = run.state == Run.State.RUNNING and (asks or "approve" in acts_for(run, person, now))
    return [
        approvals.Exhibit(
            _("Without {name}").format(name=leave.employee.name),
            "attendance/_coverage.html",
            {
                "leave": leave,
                "coverage": coverage_of(leave, now),
                "choosing": choosing,
                "asks": asks,
                "missing_proof": not leave.proofs.exists(),
            },
        )
    ]


def ask(subject_id: str) -> str:
    """Where it is asked for, or changed when it came back."""
    if subject_id.isdigit():
        return reverse("attendance:leave_again", args=[subject_id])
    return reverse("attendance:leave_ask")


def visible(person: Employee, subject_id: str) -> bool:
    return leave_access.may_read_paper(person, subject_id, timezone.now())


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=CODE,
        name=_("Leave"),
        subject_type="leave",
        fields=fields,
        fields_of_many=fields_of_many,
        changes=changes,
        apply=leave_deciding.apply,
        ended=leave_deciding.ended,
        check=check,
        evidence=evidence,
        exhibits=exhibits,
        visible=visible,
        closed=True,
        similar=lambda run: f"leave:{run.payload['kind']}:{run.requester_id}",
        ask=ask,
        field_name=lambda field: {"active": _("May sign in")}.get(field, field),
    )
