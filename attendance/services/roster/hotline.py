"""Who holds the hotline at night and outside the online hours (C9.3, M7.1)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import HotlineSpan
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY
from attendance.selectors import hotline as selectors
from attendance.services.roster import guards
from attendance.services.roster.guards import PLAN
from office.audit import api as audit
from office.errors import NotFound
from office.notices import api as notices
from office.staff.models import Employee


@transaction.atomic
def name_holder(
    *, employee_id: int | None, first_day: date, last_day: date, by: Employee, now: datetime, reason: str = ""
) -> list[HotlineSpan]:
    """The person has the hotline in the nights that begin on these days, each from the end of the online hours to their
    next beginning; None: nobody is named. Nights that are published are changed at once, with a reason; the others
    become drafts. Raises Forbidden, NotFound, Invalid, Refused (`gone`)."""
    guards.require(by, PLAN, now)
    guards.span_of_days(first_day, last_day)
    if first_day < timezone.localdate(now) - DAY:
        raise guards.wrong("first_day", "past", _("These days are over."))
    person = None
    if employee_id is not None:
        person = Employee.objects.filter(pk=employee_id, is_active=True).first()
        if person is None:
            raise NotFound(_("There is no such person."))
    guards.hold_roster()
    if person is not None:
        guards.require_here(
            (person, night) for night in selectors.nights_of(first_day, last_day, now) if night[1] > now
        )
    made = []
    touched: set[int] = set()
    for start, end in selectors.nights_of(first_day, last_day, now):
        if end <= now:
            continue
        standing = list(HotlineSpan.objects.filter(removed_at=None, starts_at__lt=end, ends_at__gt=start))
        published = [span for span in standing if span.published_at is not None]
        if published and all(span.employee_id == employee_id for span in standing):
            continue
        if published:
            reason = guards.text(
                reason,
                path="reason",
                longest=200,
                missing=_("These nights are published: please say why they change."),
            )
            touched |= {span.employee_id for span in published}
        HotlineSpan.objects.filter(pk__in=[s.pk for s in standing if s.published_at is None]).delete()
        HotlineSpan.objects.filter(pk__in=[s.pk for s in published]).update(
            removed_at=now, removed_by=by, removed_reason=reason
        )
        if person is not None:
            made.append(
                HotlineSpan(
                    employee=person,
                    starts_at=start,
                    ends_at=end,
                    made_by=by,
                    made_at=now,
                    published_at=now if published else None,
                )
            )
    HotlineSpan.objects.bulk_create(made)
    _record(person, first_day, last_day, reason, touched, made, by, now)
    return made


def lay_night(*, employee_id: int, period: Period, by: Employee, now: datetime) -> HotlineSpan | None:
    """A draft of that night in the place of its draft; a published night stays. For a rota that is taken over, inside
    its transaction and lock."""
    start, end = period
    standing = HotlineSpan.objects.filter(removed_at=None, starts_at__lt=end, ends_at__gt=start)
    if standing.filter(published_at__isnull=False).exists():
        return None
    standing.delete()
    return HotlineSpan.objects.create(
        employee_id=employee_id, starts_at=start, ends_at=end, made_by=by, made_at=now
    )


def give_nights(
    nights: Collection[tuple[HotlineSpan, int]], *, by: Employee | None, now: datetime, reason: str
) -> list[HotlineSpan]:
    """Each published night goes to that person. For what is agreed to elsewhere, inside its transaction and lock."""
    HotlineSpan.objects.filter(pk__in=[night.pk for night, _who in nights]).update(
        removed_at=now, removed_by=by, removed_reason=reason
    )
    return HotlineSpan.objects.bulk_create(
        HotlineSpan(
            employee_id=who, starts_at=night.starts_at, ends_at=night.ends_at, made_by=by, made_at=now,
            published_at=now,
        )
        for night, who in nights
    )  # fmt: skip


def _record(
    person: Employee | None,
    first: date,
    last: date,
    reason: str,
    touched: set[int],
    made: list[HotlineSpan],
    by: Employee,
    now: datetime,
) -> None:
    clause = guards.clause_of(selectors.RULE, now)
    subject = guards.about(person or by)
    entry = audit.record(
        "attendance.name_hotline",
        subject=subject,
        by=by,
        now=now,
        clause=clause,
        data={
            "employee": person.pk if person else None,
            "from": first.isoformat(),
            "until": last.isoformat(),
            "nights": len(made),
            "reason": reason,
        },
    )
    if touched:
        notices.notify(
            "attendance.hotline_changed",
            (touched | ({person.pk} if person else set())) - {by.pk},
            source="hotline",
            source_id=entry,
            subject=subject,
            now=now,
            clause=clause,
            params={
                "name": person.name if person else "—",
                "from": first.isoformat(),
                "until": last.isoformat(),
            },
            urgent=True,
        )
