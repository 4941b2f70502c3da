"""Drafts become the roster."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import HotlineSpan, Publication, Shift
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY
from attendance.selectors.checks import Hole, holes, midnight
from attendance.selectors.fairness import Unfair, unfair_by_drafts
from attendance.services.marking import mark_days
from attendance.services.roster import guards
from attendance.services.roster.guards import PLAN
from attendance.services.roster.laying import refuse_restless
from office.audit import api as audit
from office.enumerating import strung
from office.errors import Conflict, Refused
from office.notices import api as notices
from office.staff.models import Employee


@transaction.atomic
def publish(*, first_day: date, last_day: date, by: Employee, now: datetime, reason: str = "") -> Publication:
    """The drafts of these days, of shifts and of the hotline, are the roster from now on, and everybody concerned is
    told. A week without rest is refused (S1d); holes, and more weekend turns than are fair (C9.2), need a reason.
    What somebody would have after his last day is refused too (S6).
    Raises Forbidden, Invalid, Conflict (`nothing`, `overlap`), Refused (`no_rest`, `gone`, `holes`, `unfair`)."""
    guards.require(by, PLAN, now)
    guards.span_of_days(first_day, last_day)
    if last_day < timezone.localdate(now):
        raise guards.wrong("last_day", "past", _("These days are over."))
    reason = guards.text(reason, path="reason", longest=300)
    guards.hold_roster()
    drafts = Shift.objects.filter(day__range=(first_day, last_day), published_at=None, removed_at=None)
    pairs = list(drafts.values_list("employee_id", "day"))
    nights = HotlineSpan.objects.filter(
        published_at=None,
        removed_at=None,
        starts_at__gte=midnight(first_day),
        starts_at__lt=midnight(last_day + DAY),
    )
    if not pairs and not nights.exists():
        raise Conflict(_("There is nothing new to publish on these days."), code="nothing")
    refuse_restless({who for who, _day in pairs}, first_day, last_day, now, drafts=True)
    guards.require_here(_planned(drafts, nights))
    found, unfair = holes(first_day, last_day, now), unfair_by_drafts(first_day, last_day, now)
    if found and not reason:
        raise _unexplained(found)
    if unfair and not reason:
        raise _unfair(unfair)
    told = {who for who, _day in pairs} | set(nights.values_list("employee_id", flat=True))
    try:
        with transaction.atomic():
            _replace_nights(nights, by, now)
            drafts.update(published_at=now)
    except IntegrityError as error:
        raise Conflict(_("Two people would have the hotline at the same time."), code="overlap") from error
    mark_days(days=pairs, now=now)
    made = Publication.objects.create(
        first_day=first_day,
        last_day=last_day,
        shifts=len(pairs),
        holes=[hole.as_json() for hole in found],
        unfair=[each.as_json() for each in unfair],
        reason=reason if found or unfair else "",
        by=by,
        at=now,
    )
    audit.record(
        "attendance.publish",
        subject=made.subject,
        by=by,
        now=now,
        clause=guards.clause_of(PLAN, now),
        data={"shifts": len(pairs), "holes": len(found), "unfair": len(unfair), "reason": made.reason},
    )
    notices.notify(
        "attendance.published",
        told - {by.pk},
        source="publication",
        source_id=made.pk,
        subject=made.subject,
        now=now,
        clause=guards.clause_of(PLAN, now),
        params={"from": first_day.isoformat(), "until": last_day.isoformat()},
    )
    return made


def _planned(drafts: QuerySet[Shift], nights: QuerySet[HotlineSpan]) -> list[tuple[Employee, Period]]:
    """Who is planned when. Of a shift the day counts to which it belongs: one of the last day is worked to its
    end."""
    shifts = drafts.select_related("employee").order_by("day", "pk")
    spans = nights.select_related("employee").order_by("starts_at", "pk")
    return [
        *((each.employee, (midnight(each.day), midnight(each.day + DAY))) for each in shifts),
        *((each.employee, (each.starts_at, each.ends_at)) for each in spans),
    ]


def _unexplained(found: list[Hole]) -> Refused:
    return Refused(
        _("{n} times are not covered. Fill them, or say why the roster is published all the same.").format(
            n=len(found)
        ),
        code="holes",
        clause=found[0].clause,
        holes=[hole.as_json() for hole in found[:20]],
    )


def _unfair(found: list[Unfair]) -> Refused:
    return Refused(
        _(
            "More turns than are fair: {who}. Change them, or say why the roster is published all the same."
        ).format(who=strung(f"{each.name} {each.turns}:{each.least}" for each in found[:5])),
        code="unfair",
        clause=found[0].clause,
        unfair=[each.as_json() for each in found[:20]],
    )


def _replace_nights(drafts: QuerySet[HotlineSpan], by: Employee, now: datetime) -> None:
    """A night that is published anew takes the place of what was published for it."""
    for start, end in list(drafts.values_list("starts_at", "ends_at")):
        HotlineSpan.objects.filter(
            published_at__isnull=False, removed_at=None, starts_at__lt=end, ends_at__gt=start
        ).update(removed_at=now, removed_by=by)
    drafts.update(published_at=now)
