"""Everybody gives up rest (S7): declared with the reason and the days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import RestWaiver, Shift
from attendance.selectors.checks import restless
from attendance.selectors.roster_people import PLAN as PLANNERS
from attendance.selectors.waivers import days_of, waived
from attendance.services.marking import mark_days
from attendance.services.roster import guards
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

WAIVE = "attendance.waive_rest"


@transaction.atomic
def waive_rest(*, first_day: date, last_day: date, reason: str, by: Employee, now: datetime) -> RestWaiver:
    """Raises Forbidden, Invalid (no reason, no period, days gone by), Conflict (`overlap`)."""
    guards.require(by, WAIVE, now)
    reason = guards.text(reason, path="reason", longest=300, missing=_("Please give the reason."))
    guards.span_of_days(first_day, last_day, longest=timedelta(days=31))
    if last_day < timezone.localdate(now):
        raise guards.wrong("last_day", "past", _("These days are over."))
    guards.hold_roster()
    if waived({first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)}):
        raise Conflict(_("The rest of some of these days has been given up already."), code="overlap")
    made = RestWaiver.objects.create(
        first_day=first_day, last_day=last_day, reason=reason, declared_by=by, declared_at=now
    )
    _after(made, by, now, "attendance.waive_rest", reason=reason)
    return made


@transaction.atomic
def restore_rest(*, waiver_id: int, by: Employee, now: datetime) -> RestWaiver:
    """The declaration is taken back. Refused once its first day has come, or when a published week would then lack its
    rest. Raises Forbidden, NotFound, Conflict (`ended`, `begun`, `no_rest`)."""
    guards.require(by, WAIVE, now)
    guards.hold_roster()
    found = RestWaiver.objects.select_for_update().filter(pk=waiver_id).first()
    if found is None:
        raise NotFound(_("There is no such declaration."))
    if found.removed_at is not None:
        raise Conflict(_("This was taken back already."), code="ended")
    if found.first_day <= timezone.localdate(now):
        raise Conflict(_("Its first day has come: what was worked was worked under it."), code="begun")
    found.removed_by, found.removed_at = by, now
    found.save(update_fields=["removed_by", "removed_at"])
    if restless(found.first_day, found.last_day, now, drafts=False):
        raise Conflict(
            _("The published roster of these days rests on it. Change the roster first."),
            code="no_rest",
            clause="S1d",
        )
    _after(found, by, now, "attendance.restore_rest")
    return found


def _after(found: RestWaiver, by: Employee, now: datetime, verb: str, **more: str) -> None:
    shifts = Shift.objects.filter(
        day__range=(found.first_day, found.last_day), removed_at=None, published_at__isnull=False
    )
    mark_days(days=set(shifts.values_list("employee_id", "day")), now=now)
    audit.record(
        verb,
        subject=found.subject,
        by=by,
        now=now,
        clause="S7",
        acting_for=staff.acting_for(by, rulebook.permission_rule(WAIVE, at=now).positions, now),
        data={"days": [day.isoformat() for day in days_of(found)], **more},
    )
    told = staff.holder_ids(rulebook.positions_with(PLANNERS, now), now)
    told |= set(shifts.values_list("employee_id", flat=True))
    notices.notify(
        verb,
        told - {by.pk},
        source="rest_waiver",
        source_id=found.pk,
        step=int(found.removed_at is not None),
        subject=found.subject,
        now=now,
        clause="S7",
        params=more,
    )
