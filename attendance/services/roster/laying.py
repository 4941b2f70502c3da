"""Shifts are laid out from patterns as drafts, and changed one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Pattern, Publication, Shift
from attendance.rules.facts import Period
from attendance.rules.shifts import DAY, REST, WEEK, ShiftType, code_on, cut, days_from, monday
from attendance.selectors.absence import last_days
from attendance.selectors.checks import midnight, restless
from attendance.selectors.types import types_in
from attendance.services.marking import mark_days
from attendance.services.roster import guards
from attendance.services.roster.guards import PLAN
from office.audit import api as audit
from office.enumerating import strung
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff.models import Employee

FAR_BACK = timedelta(days=31)


@transaction.atomic
def lay_out(
    *,
    first_day: date,
    last_day: date,
    by: Employee,
    now: datetime,
    employee_ids: Collection[int] | None = None,
) -> int:
    """Drafts from the patterns of these people (None: everybody), from today on. Days on which a person has a shift
    that is published, or was set by hand, are left alone; drafts of patterns are laid anew. Answers how many shifts
    there are. Raises Forbidden, Invalid."""
    guards.require(by, PLAN, now)
    guards.span_of_days(first_day, last_day)
    if first_day < timezone.localdate(now):
        raise guards.wrong("first_day", "past", _("A roster is laid out from today on."))
    guards.hold_roster()
    patterns = Pattern.objects.filter(first_day__lte=last_day, employee__is_active=True).exclude(
        last_day__lt=first_day
    )
    if employee_ids is not None:
        patterns = patterns.filter(employee_id__in=employee_ids)
    found = list(patterns)
    people = {pattern.employee_id for pattern in found}
    drafts = Shift.objects.filter(employee_id__in=people, day__range=(first_day, last_day), published_at=None)
    drafts.filter(origin=Shift.Origin.PATTERN, removed_at=None).delete()
    standing = _standing(people, first_day, last_day)
    table, ended = rulebook.day_table(), last_days(people)
    laid: list[Shift] = []
    for day in days_from(first_day, last_day):
        book = rulebook.book(midnight(day))
        types = types_in(book)
        for pattern in found:
            if (
                not pattern.first_day
                <= day
                <= min(pattern.last_day or day, ended.get(pattern.employee_id, day))
            ):
                continue
            code = code_on(pattern.cycle, pattern.anchor, day, types, table)
            own = standing[pattern.employee_id]
            if code == REST or any(shift.day == day for shift in own):
                continue
            shift = _shift(
                types[code], pattern.employee_id, day, types[code].spans(day, table), "pattern", by, now
            )
            if not any(shift.starts_at < each.ends_at and each.starts_at < shift.ends_at for each in own):
                own.append(shift)
                laid.append(shift)
    Shift.objects.bulk_create(laid)
    data = {"from": first_day.isoformat(), "until": last_day.isoformat(), "shifts": len(laid)}
    audit.record(
        "attendance.lay_out",
        subject=Publication(first_day=first_day, last_day=last_day).subject,
        by=by,
        now=now,
        clause=guards.clause_of(PLAN, now),
        data=data,
    )
    return len(laid)


def _standing(people: Collection[int], first: date, last: date) -> dict[int, list[Shift]]:
    found: dict[int, list[Shift]] = defaultdict(list)
    for shift in Shift.objects.filter(
        employee_id__in=people, day__range=(first - DAY, last + DAY), removed_at=None
    ).order_by("starts_at"):
        found[shift.employee_id].append(shift)
    return found


def _shift(
    type_: ShiftType,
    employee_id: int,
    day: date,
    spans: Sequence[Period],
    origin: str,
    by: Employee | None,
    now: datetime,
) -> Shift:
    return Shift(
        employee_id=employee_id,
        day=day,
        sort=type_.sort,
        code=type_.code,
        starts_at=spans[0][0],
        ends_at=spans[-1][1],
        spans=[DateTimeTZRange(start, end) for start, end in spans],
        meal=type_.meal,
        origin=origin,
        version_id=rulebook.book(midnight(day)).version_id or 0,
        made_by=by,
        made_at=now,
    )


def build(
    *, employee_id: int, day: date, code: str, origin: str, by: Employee | None, now: datetime
) -> Shift:
    """The shift of that type, not saved. A duty that begins while the person's own shift still runs is worked from its
    end on. Raises Invalid (no such type, not worked that day), Conflict (`overlap`)."""
    book = rulebook.book(midnight(day))
    type_ = types_in(book).get(code)
    if type_ is None:
        raise guards.wrong("code", "choice", _("The rulebook has no such shift type."))
    spans = list(type_.spans(day, rulebook.day_table()))
    if not spans:
        raise guards.wrong(
            "code", "not_worked", _("{name} is not worked on that day.").format(name=type_.name)
        )
    own = Shift.objects.filter(
        employee_id=employee_id, removed_at=None, starts_at__lt=spans[-1][1], ends_at__gt=spans[0][0]
    )
    taken = [(shift.starts_at, shift.ends_at) for shift in own]
    if taken and type_.sort == "duty":
        spans = [piece for span in spans for piece in cut(span, taken)]
        taken = []
    if taken or not spans:
        raise Conflict(_("The person has another shift at that time."), code="overlap")
    return _shift(type_, employee_id, day, spans, origin, by, now)


def in_force(day: date, employee_id: int) -> bool:
    """Whether a change of the person's day changes a published roster."""
    if Shift.objects.filter(
        employee_id=employee_id, day=day, published_at__isnull=False, removed_at=None
    ).exists():
        return True
    return Publication.objects.filter(first_day__lte=day, last_day__gte=day).exists()


@transaction.atomic
def set_shift(
    *,
    employee_id: int,
    day: date,
    code: str,
    by: Employee,
    now: datetime,
    reason: str = "",
    sort: str = "work",
) -> Shift | None:
    """The person's shift (or, with `sort` "duty", duty) of that day is of this type from now on, "" for none. Days that
    are not published yet get a draft; on published days the change is in force at once, needs a reason, and may not
    take the week's rest. Answers the shift. Raises Forbidden, NotFound, Invalid, Conflict, Refused (`no_rest`)."""
    guards.require(by, PLAN, now)
    if not timezone.localdate(now) - FAR_BACK <= day <= timezone.localdate(now) + guards.LONGEST * 4:
        raise guards.wrong("day", "far", _("Only days of the last month and of the coming year."))
    guards.hold_roster()
    employee = Employee.objects.filter(pk=employee_id).first()
    if employee is None:
        raise NotFound(_("There is no such person."))
    at_once = in_force(day, employee_id)
    if at_once and employee_id == by.pk and day < timezone.localdate(now):
        raise Forbidden(
            _("This day is over: another planner changes your own shift of it."),
            code="oneself",
            clause=guards.clause_of(PLAN, now),
        )
    if at_once:
        reason = guards.text(
            reason,
            path="reason",
            longest=200,
            missing=_("The roster of this day is published: please say why it changes."),
        )
    before = list(
        Shift.objects.select_for_update().filter(employee_id=employee_id, day=day, sort=sort, removed_at=None)
    )
    if [shift.code for shift in before] == ([code] if code else []):
        return before[0] if before else None
    take_out(before, by=by, now=now, reason=reason)
    made = None
    if code:
        _require_here(employee, day)
        made = build(employee_id=employee_id, day=day, code=code, origin="hand", by=by, now=now)
        if made.sort != sort:
            raise guards.wrong("code", "choice", _("The rulebook has no such shift type."))
        made.published_at = now if at_once else None
        made.save()
    if at_once:
        refuse_restless({employee_id}, day, day, now, drafts=False)
        mark_days(days=[(employee_id, day)], now=now)
        _tell(employee, made or before[-1], code, reason, by, now)
    audit.record(
        "attendance.set_shift",
        subject=guards.about(employee),
        by=by,
        now=now,
        clause=guards.clause_of(PLAN, now),
        data={
            "day": day.isoformat(),
            "before": [shift.code for shift in before],
            "after": code,
            "published": at_once,
            "reason": reason,
        },
    )
    return made


def _require_here(employee: Employee, day: date) -> None:
    """Raises Invalid for a day on which the person is no longer here."""
    ended = last_days([employee.pk]).get(employee.pk)
    if not employee.is_active or (ended is not None and ended < day):
        raise guards.wrong(
            "day", "gone", _("{name} is no longer here on that day.").format(name=employee.name)
        )


def take_out(shifts: Sequence[Shift], *, by: Employee | None, now: datetime, reason: str) -> None:
    """Drafts go, published shifts stay with who took them out and why."""
    Shift.objects.filter(pk__in=[shift.pk for shift in shifts if shift.published_at is None]).delete()
    published = [shift.pk for shift in shifts if shift.published_at is not None]
    if published:
        Shift.objects.filter(pk__in=published, removed_at=None).update(
            removed_at=now, removed_by=by, removed_reason=reason
        )


def refuse_restless(people: Collection[int], first: date, last: date, now: datetime, *, drafts: bool) -> None:
    """Raises Refused (`no_rest`) when one of these people has not his rest in a week that the days touch (S1d, of
    office staff S7)."""
    found = [each for each in restless(first, last, now, drafts=drafts) if each.employee_id in people]
    if not found:
        return
    names = dict(
        Employee.objects.filter(pk__in={each.employee_id for each in found}).values_list("pk", "name")
    )
    said = strung(
        f"{names[each.employee_id]} {each.week:%m-%d}–{monday(each.week) + WEEK - DAY:%m-%d}"
        for each in found[:5]
    )
    office = all(each.clause == "S7" for each in found)
    message = (
        _("Office staff rest on Saturday and Sunday unless everybody gives up rest (S7): {who}")
        if office
        else _("A week without a rest day is not allowed unless everybody gives up rest (S7): {who}")
    )
    raise Refused(
        message.format(who=said),
        code="no_rest",
        clause="S7" if office else "S1d",
        weeks=[[each.employee_id, each.week.isoformat()] for each in found],
    )


def _tell(employee: Employee, shift: Shift, code: str, reason: str, by: Employee, now: datetime) -> None:
    if employee.pk == by.pk:
        return
    notices.notify(
        f"attendance.shift_changed:{code}" if code else "attendance.shift_changed",
        [employee.pk],
        source="shift",
        source_id=shift.pk,
        step=0 if code else 1,
        subject=guards.about(employee),
        now=now,
        clause=guards.clause_of(PLAN, now),
        params={"day": shift.day.isoformat(), "reason": reason},
    )
