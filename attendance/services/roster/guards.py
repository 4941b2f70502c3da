"""What every verb of the roster asks first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.timezone import localdate as local
from django.utils.translation import gettext_lazy as _

from attendance.rules.facts import Period
from attendance.selectors.absence import gone_times
from office.enumerating import strung
from office.errors import Forbidden, Invalid, Refused
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject

PLAN = "attendance.plan_roster"
LONGEST = timedelta(days=92)


def require(by: Employee, key: str, now: datetime) -> None:
    """Raises Forbidden, naming the permission's clause, unless one of his posts has it."""
    if not rulebook.may(by, key, now):
        raise Forbidden(_("Your post does not allow this."), clause=clause_of(key, now), permission=key)


def clause_of(key: str, at: datetime) -> str:
    """The clause that the key's rule rests on in the book in force, "" when the book has no such rule."""
    rule = rulebook.book(at).rules.get(key)
    return rule.clause if rule else ""


def hold_roster() -> None:
    """One planner at a time, until the transaction ends: drafts of two would publish each other's."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("hold_roster outside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('attendance.roster'))")


def wrong(path: str, code: str, message: object) -> Invalid:
    """A refusal that speaks of one field."""
    return Invalid(message, errors=[{"path": path, "code": code, "message": str(message)}])


def span_of_days(first: date, last: date, *, longest: timedelta = LONGEST) -> None:
    """Raises Invalid for days that are no period, or too long a one."""
    if last < first:
        raise wrong("last_day", "order", _("The last day comes after the first."))
    if last - first > longest:
        raise wrong("last_day", "long", _("At most {n} days at once.").format(n=longest.days))


def text(value: str, *, path: str, longest: int, missing: object = "") -> str:
    """Without blanks around it. Raises Invalid when it is too long, or empty though `missing` says why not."""
    value = value.replace("\x00", "").strip()
    if not value and missing:
        raise wrong(path, "required", missing)
    if len(value) > longest:
        raise wrong(path, "too_long", _("At most {n} characters.").format(n=longest))
    return value


def require_here(nights: Iterable[tuple[Employee, Period]]) -> None:
    """Raises Refused (`gone`, S6) for who would have work in a time that reaches past the midnight after his last
    day."""
    rows = list(nights)
    gone = gone_times({who.pk for who, _period in rows}, max(local(p[1]) for _who, p in rows)) if rows else {}
    late = [(who, p) for who, p in rows if not who.is_active or (who.pk in gone and gone[who.pk][0] < p[1])]
    if late:
        said = strung(f"{who.name} {local(p[0]):%m-%d}" for who, p in late[:5])
        raise Refused(
            _("No longer here at that time: {who}. Give the shift or the night to somebody else.").format(
                who=said
            ),
            code="gone",
            clause="S6",
            people=sorted({who.pk for who, _p in late}),
        )


def about(employee: Employee) -> Subject:
    """The roster of one person."""
    return Subject("roster_person", str(employee.pk), employee.name)
