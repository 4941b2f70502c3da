"""Leave: verbs, kind, clock, notices, pages, and how people are told."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.kinds import late_slip
from attendance.kinds import leave as kind
from attendance.services.leave_ending import lapse
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.notices import api as notices
from office.subjects import register_subject


def _no_slip(deadline: Deadline, now: datetime) -> None:
    lapse(leave_id=int(deadline.subject_id), now=now)


def register() -> None:
    audit.register_verbs(
        {
            "attendance.request_leave": _("Leave asked for"),
            "attendance.tell_leave": _("Leave told by phone"),
            "attendance.change_leave": _("Leave changed and asked again"),
            "attendance.file_slip": _("Slip handed in"),
            "attendance.leave_proof": _("Document added"),
            "attendance.state_call": _("Call stated after the time for the slip"),
            "attendance.call_confirmed": _("Call confirmed"),
            "attendance.call_denied": _("Call not confirmed"),
            "attendance.proof_accepted": _("Taken as proven without a document"),
            "attendance.leave_unproven": _("No document came: counts as absence"),
            "attendance.choose_deputy": _("Stand-in chosen"),
            "attendance.name_stand_in": _("Another stand-in named"),
            "attendance.leave_approved": _("Leave approved"),
            "attendance.leave_rejected": _("Leave rejected"),
            "attendance.leave_withdrawn": _("Leave taken back"),
            "attendance.leave_cancelled": _("Leave cancelled"),
            "attendance.leave_lapsed": _("No slip in time: counts as absence"),
            "attendance.ask_late_slip": _("Slip handed in after its time"),
            "attendance.late_slip_agreed": _("Slip after its time agreed to: excused from now on"),
            "attendance.come_back": _("Back early"),
            "attendance.change_balance": _("Balance of leave changed"),
            "attendance.prior_service": _("Earlier service noted"),
        }
    )
    register_subject("leave", _("leave"), lambda pk: reverse("attendance:leave", args=[pk]))
    approvals.register_kind(kind.kind())
    approvals.register_kind(late_slip.kind())
    deadlines.register_kind("attendance.leave_proof", title=_("handing in the document"))
    deadlines.register_kind("attendance.late_slip", title=_("handing in the slip"), on_breach=_no_slip)
    for word, title, text, mutable in (
        (
            "leave_told",
            _("Leave told by phone"),
            _("{label}: told by phone. The slip is due by {slip_due_at}, or the days count as absence."),
            False,
        ),
        (
            "leave_lapsed",
            _("Leave lapsed"),
            _(
                "{label}: no slip came in time. The days count as absence. With proof you can still ask for them on"
                " the page of the leave."
            ),
            False,
        ),
        (
            "call_stated",
            _("Please confirm a call"),
            _("{label}: {by} states that you were called. Say on the page whether that is so."),
            False,
        ),
        (
            "call_confirmed",
            _("Call confirmed"),
            _("{label}: {by} confirms the call. With proof you can now ask for the days."),
            False,
        ),
        (
            "call_denied",
            _("Call not confirmed"),
            _("{label}: {by} does not confirm the call. The days stay absence."),
            False,
        ),
        ("proof_came", _("Document added"), _("{label}: the document that was missing is there."), True),
        (
            "proof_accepted",
            _("Taken as proven"),
            _("{label}: {by} takes the leave as proven without a document."),
            True,
        ),
        (
            "leave_unproven",
            _("No document came"),
            _(
                "{label}: {by} decided that the days count as absence, since no document came. With proof you can"
                " still ask for them on the page of the leave."
            ),
            False,
        ),
        ("leave_cancelled", _("Leave cancelled"), _("{label}: {by} gave up the leave."), True),
        ("came_back", _("Back early"), _("{label}: back at work before the leave ends."), True),
        ("stand_in", _("You stand in"), _("{label}: you stand in for these days."), False),
        ("stand_in_over", _("You no longer stand in"), _("{label}: you no longer stand in."), False),
        ("stand_in_named", _("Somebody stands in"), _("{label}: {name} stands in from now on."), True),
        ("stand_in_none", _("Nobody stands in"), _("{label}: nobody stands in any more."), True),
        (
            "stand_in_away",
            _("A stand-in is not there"),
            _(
                "{label}: {name} stands in and will not be there himself from {from_at} to {until_at}. Whoever decides"
                " on the leave can name somebody else on its page."
            ),
            False,
        ),
        (
            "no_stand_in",
            _("Nobody stands in"),
            _(
                "{label}: {name} was to stand in and no longer can. The leave is agreed to, and nobody stands in:"
                " name somebody on its page."
            ),
            False,
        ),
    ):
        notices.register_kind(f"attendance.{word}", title=title, text=text, mutable=mutable)
