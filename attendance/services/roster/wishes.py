"""What a person wishes for weekends to come."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import DayWish
from attendance.rules.shifts import WEEKDAYS
from attendance.services.roster import guards
from office.audit import api as audit
from office.errors import Forbidden
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

ROTATION = "attendance.weekend_rotation"
FAR = timedelta(days=183)


@transaction.atomic
def wish(*, day: date, wants: bool | None, by: Employee, now: datetime) -> DayWish | None:
    """For oneself: True "I would like it", False "rather not", None takes the wish back. Raises Forbidden for who has
    no weekend duties, Invalid."""
    rule = rulebook.parameter_rule(ROTATION, at=now)
    if not staff.own_positions(by, now) & set(rule.texts("positions")):
        raise Forbidden(_("Your post has no weekend duties."), clause=rule.clause)
    if WEEKDAYS[day.weekday()] not in rule.texts("days"):
        raise guards.wrong("day", "weekday", _("Weekend duties are on Saturday and Sunday."))
    today = timezone.localdate(now)
    if not today < day <= today + FAR:
        raise guards.wrong("day", "far", _("Days from tomorrow on, half a year ahead at most."))
    audit.record(
        "attendance.wish",
        subject=guards.about(by),
        by=by,
        now=now,
        clause=rule.clause,
        data={"day": day.isoformat(), "wants": wants},
    )
    if wants is None:
        DayWish.objects.filter(employee=by, day=day).delete()
        return None
    found, _new = DayWish.objects.update_or_create(employee=by, day=day, defaults={"wants": wants, "at": now})
    return found
