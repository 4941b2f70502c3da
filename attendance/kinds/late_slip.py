"""A slip that came after its time, as the approval engine and the deciders see it (S2c)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds.leave import fields, fields_of_many, said, visible
from attendance.models import Leave, SettledDay
from attendance.selectors.leave_kinds import kind_name
from attendance.services import late_slips
from office.approvals import api as approvals
from office.approvals.models import Run


def changes(run: Run) -> list[approvals.Change]:
    """The leave as it was told, when the slip was due, and what each of its days came to so far."""
    asked = run.payload
    leave = Leave.objects.get(pk=asked["leave"])
    found = [
        approvals.Change("kind", _("Kind of leave"), "", kind_name(asked["kind"], leave.asked_at)),
        approvals.Change("during", _("From – to"), "", f"{said(asked['from'])} – {said(asked['until'])}"),
        *_lapsed_for(leave, asked.get("slip_due_at")),
        approvals.Change("reason", _("Why the slip came late"), "", asked["reason"]),
    ]
    days = SettledDay.objects.filter(
        employee_id=leave.employee_id, day__range=(leave.first_day, leave.last_day)
    )
    for day in days.order_by("day", "-turn").distinct("day")[:31]:
        if day.planned:
            found.append(
                approvals.Change(
                    f"day{day.day:%m%d}",
                    f"{day.day}",
                    str(day.get_verdict_display()),
                    _("settled again as leave"),
                )
            )
    return found


def _lapsed_for(leave: Leave, slip_due_at: str | None) -> list[approvals.Change]:
    """When the slip was due, or what somebody said of the document that never came."""
    if leave.call is not None:
        return [
            approvals.Change("slip_due_at", _("The slip was due"), "", said(slip_due_at or "")),
            approvals.Change(
                "call", _("The call, stated late"), "",
                _("{at} to {name}, who confirmed it: {words}").format(
                    at=said(leave.told_at.isoformat() if leave.told_at else ""), name=leave.call.by.name,
                    words=leave.call.words or "–",
                ),
            ),
        ]  # fmt: skip
    if leave.unproven:
        ruling = leave.proof_ruling
        told = f"{ruling.by.name}: {ruling.reason}"
        return [approvals.Change("ruling", _("The document never came"), "", told)]
    return (
        [approvals.Change("slip_due_at", _("The slip was due"), "", said(slip_due_at))] if slip_due_at else []
    )


def evidence(run: Run) -> list[approvals.Evidence]:
    """What shows that the person had to be away."""
    leave = Leave.objects.prefetch_related("proofs__file").get(pk=int(run.subject_id))
    return [
        approvals.Evidence(
            _("Proof"),
            proof.file.name,
            url=reverse("attendance:leave_proof", args=[leave.pk, proof.pk]),
            at=proof.at,
        )
        for proof in leave.proofs.all()
        if proof.file_id in run.payload["evidence"]["proof"]
    ]


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=late_slips.LATE,
        name=_("Slip after its time"),
        subject_type="leave",
        fields=fields,
        fields_of_many=fields_of_many,
        changes=changes,
        apply=late_slips.enter,
        ended=late_slips.ended,
        check=late_slips.check,
        evidence=evidence,
        visible=visible,
        closed=True,
        similar=lambda run: f"late_slip:{run.requester_id}",
        ask=lambda subject_id: reverse("attendance:leave", args=[subject_id]),
        field_name=lambda field: {"active": _("May sign in")}.get(field, field),
    )
