"""Shifts, duties and hotline nights of somebody who leaves go to his successor by the verbs of the roster."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.holdings import Transfer
from attendance.models import HotlineSpan, Shift
from attendance.services.roster import hotline, laying
from office.errors import Conflict, Refused
from office.rulebook import api as rulebook

PLAN = "attendance.plan_roster"


def check_shift(transfer: Transfer) -> None:
    """Raises Refused: only who plans the roster gives shifts to others."""
    if not rulebook.may(transfer.by, PLAN, transfer.now):
        raise Refused(
            _(
                "Shifts are given to others by who plans the roster. Ask a supervisor or the manager to name who"
                " takes it."
            ),
            code="not_a_planner",
        )


def hand_over_shift(transfer: Transfer) -> bool:
    """The shift or the night is the successor's; False when it no longer is the leaver's. Raises what the roster
    refuses, and Conflict (`busy`): the successor works that day already."""
    word, _dash, number = transfer.key.partition("-")
    reason = str(_("Handed over: {name} leaves.").format(name=transfer.leaver.name))
    if word == "hotline":
        span = HotlineSpan.objects.filter(pk=number, employee=transfer.leaver, removed_at=None).first()
        if span is None:
            return False
        day = timezone.localdate(span.starts_at)
        hotline.name_holder(
            employee_id=transfer.to.pk,
            first_day=day,
            last_day=day,
            by=transfer.by,
            now=transfer.now,
            reason=reason,
        )
        return True
    shift = Shift.objects.filter(pk=number, employee=transfer.leaver, removed_at=None).first()
    if shift is None:
        return False
    if Shift.objects.filter(employee=transfer.to, day=shift.day, sort=shift.sort, removed_at=None).exists():
        raise Conflict(
            _("{name} has a shift on {day} already: the roster must change first.").format(
                name=transfer.to.name, day=f"{shift.day:%Y-%m-%d}"
            ),
            code="busy",
        )
    for employee_id, code in ((transfer.leaver.pk, ""), (transfer.to.pk, shift.code)):
        laying.set_shift(
            employee_id=employee_id, day=shift.day, code=code, by=transfer.by, now=transfer.now, reason=reason,
            sort=shift.sort,
        )  # fmt: skip
    return True
