"""What a leaving person holds of this desk and of the engines below: posts, decisions that wait, shifts ahead."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.holdings import Holding, Leaver, Transfer
from attendance.models import HotlineSpan, Shift
from office.approvals import api as approvals
from office.approvals.models import Seat
from office.errors import Refused
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.selectors import position_label

NAME_DECIDER = "attendance.name_decider"


def posts_held(leaver: Leaver, now: datetime) -> list[Holding]:
    """The appointments that would go on after the last day."""
    held = leaver.employee.appointments.filter(
        Q(during__endswith=None) | Q(during__endswith__gt=leaver.ends_at), acting=False
    ).order_by("position", "pk")
    return [
        Holding(
            row.position, position_label(row.position), reverse("staff:person", args=[leaver.employee.pk])
        )
        for row in held
    ]


def decisions_waiting(leaver: Leaver, now: datetime) -> list[Holding]:
    """Requests that wait for him in person, or for a post that only he holds."""
    alone = [
        post
        for post in staff.positions_of(leaver.employee, now)
        if {each.pk for each in staff.holders(post, now)} == {leaver.employee.pk}
    ]
    seats = (
        Seat.objects.filter(state=Seat.State.ACTIVE)
        .filter(Q(person=leaver.employee) | Q(person=None, position__in=alone))
        .exclude(run__requester=leaver.employee)
        .select_related("run")
        .order_by("due_at", "pk")
    )
    return [
        Holding(
            str(seat.run_id),
            f"{approvals.name_of(seat.run.kind)} · {seat.run.label}",
            reverse("approvals:run", args=[seat.run_id]),
        )
        for seat in seats
    ]


def requests_under_way(leaver: Leaver, now: datetime) -> list[Holding]:
    """What he asked for and nobody decided on yet, or agreed to and nobody carried out; about his own leave, punches,
    shifts and leaving excepted, which end with him."""
    runs = (
        approvals.Run.objects.filter(requester=leaver.employee, state__in=("running", "returned", "agreed"))
        .exclude(kind__startswith="attendance.")
        .order_by("pk")
    )
    return [
        Holding(
            str(run.pk),
            f"{approvals.name_of(run.kind)} · {run.label}",
            reverse("approvals:run", args=[run.pk]),
        )
        for run in runs
    ]


def check_decision(transfer: Transfer) -> None:
    """A decision is handed on by who holds it; where he does not act, by a post that names deciders, never to oneself
    nor on one's own request. Raises Refused."""
    if transfer.by.pk == transfer.leaver.pk:
        return
    known = rulebook.has_rule(NAME_DECIDER, transfer.now)
    clause = rulebook.permission_rule(NAME_DECIDER, transfer.now).clause if known else ""
    if not known or not rulebook.may(transfer.by, NAME_DECIDER, transfer.now):
        raise Refused(
            _(
                "What waits for a decision is handed on by {name} himself, or by the posts that the book names for it."
                " What is left when he has gone goes to the post above by itself."
            ).format(name=transfer.leaver.name),
            code="own_decision",
            clause=clause,
        )
    if transfer.to.pk == transfer.by.pk:
        raise Refused(
            _("Name somebody else than yourself for the decisions of others."), code="oneself", clause=clause
        )
    run = approvals.Run.objects.filter(pk=int(transfer.key)).first()
    # Of who asked, and of whom it is about: a case, a dismissal, another post.
    concerned = {run.requester_id, run.payload.get("employee")} if run else set()
    if concerned & {transfer.by.pk, transfer.to.pk}:
        raise Refused(
            _("Nobody decides on what he asked for or what is about himself, nor chooses who does."),
            code="own_request",
            clause=clause,
        )


def forward_decision(transfer: Transfer) -> bool:
    """The seat goes to the successor (转交). False when it was decided meanwhile."""
    run_id = int(transfer.key)
    held = {thing.key for thing in decisions_waiting(Leaver(transfer.leaver, transfer.now), transfer.now)}
    if transfer.key not in held:
        return False
    reason = _("Handed over: {name} leaves.").format(name=transfer.leaver.name)
    if transfer.by.pk == transfer.leaver.pk:
        approvals.forward(
            run_id=run_id, person_id=transfer.to.pk, by=transfer.by, now=transfer.now, reason=reason
        )
        return True
    approvals.hand_on(
        run_id=run_id, holder=transfer.leaver, person_id=transfer.to.pk, by=transfer.by, now=transfer.now,
        reason=reason,
    )  # fmt: skip
    return True


def shifts_ahead(leaver: Leaver, now: datetime) -> list[Holding]:
    """Published shifts, duties and hotline spans that end after his last day."""
    shifts = Shift.objects.filter(
        employee=leaver.employee, removed_at=None, published_at__isnull=False, ends_at__gt=leaver.ends_at
    ).order_by("starts_at", "pk")
    spans = HotlineSpan.objects.filter(
        employee=leaver.employee, removed_at=None, published_at__isnull=False, ends_at__gt=leaver.ends_at
    ).order_by("starts_at", "pk")
    return [
        *(
            Holding(f"shift-{each.pk}", f"{each.get_sort_display()} {_span(each.starts_at, each.ends_at)}")
            for each in shifts
        ),
        *(
            Holding(f"hotline-{each.pk}", f"{_('hotline duty')} {_span(each.starts_at, each.ends_at)}")
            for each in spans
        ),
    ]


def _span(start: datetime, end: datetime) -> str:
    return f"{timezone.localtime(start):%m-%d %H:%M}–{timezone.localtime(end):%H:%M}"
