"""Leaving and handing over: verbs, clock, notices, the approval of a resignation, what a person holds."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from attendance.holdings import Provider, register_holdings
from attendance.kinds import resignation as kind
from attendance.selectors import holdings
from attendance.services import handover, leaving, shifts_over
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "attendance.begin_leaving": _("Leaving settled"),
            "attendance.call_off_leaving": _("Leaving called off"),
            "attendance.end_access": _("Access ended"),
            "attendance.draw_handover": _("What is held was listed"),
            "attendance.name_successor": _("Successor named"),
            "attendance.take_over": _("Taken over"),
            "attendance.refuse_handover": _("Not taken over"),
        }
    )
    deadlines.register_kind(handover.DEADLINE, title=_("handing over"))
    notices.register_kind(
        "attendance.leaving_begun",
        title=_("Somebody leaves"),
        text=_("{name} leaves; the last day is {last_day}. What is held must be handed over."),
        mutable=False,
    )
    notices.register_kind(
        "attendance.leaving_called_off",
        title=_("Leaving called off"),
        text=_("{name} stays after all, says {by}."),
    )
    notices.register_kind(
        "attendance.left", title=_("Access ended"), text=_("{name} has left and can no longer sign in.")
    )
    notices.register_kind(
        "attendance.left_open",
        title=_("Left with things open"),
        text=_("{name} has left; {count} things were not handed over. Name who takes them."),
        mutable=False,
    )
    notices.register_kind(
        "attendance.handover_asked",
        title=_("Please take something over"),
        text=_("{name} leaves; {by} asks you to take over {count} things."),
    )
    notices.register_kind(
        "attendance.handover_refused",
        title=_("Not taken over"),
        text=_("{by} does not take over {what}. Name somebody else."),
    )
    register_subject("leaving", _("leaving"), lambda pk: reverse("attendance:leaving", args=[pk]))
    register_subject("resignation", _("resignation"), lambda pk: reverse("attendance:resign"))
    approvals.register_kind(
        approvals.Kind(
            code=leaving.RESIGNATION,
            name=_("Resignation"),
            subject_type="resignation",
            fields=kind.fields,
            changes=kind.changes,
            apply=kind.apply,
            check=leaving.check_resignation,
            visible=kind.visible,
            closed=True,
            ask=kind.ask,
            field_name=kind.field_name,
            in_words=kind.in_words,
        )
    )
    register_holdings(Provider(code="posts", name=_("Posts"), held=holdings.posts_held))
    register_holdings(
        Provider(
            code="decisions",
            name=_("Decisions that wait"),
            held=holdings.decisions_waiting,
            check=holdings.check_decision,
            move=holdings.forward_decision,
        )
    )
    register_holdings(
        Provider(code="requests", name=_("Requests under way"), held=holdings.requests_under_way)
    )
    register_holdings(
        Provider(
            code="shifts",
            name=_("Shifts and duties ahead"),
            held=holdings.shifts_ahead,
            check=shifts_over.check_shift,
            move=shifts_over.hand_over_shift,
        )
    )
