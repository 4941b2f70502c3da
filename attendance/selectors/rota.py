"""What a rota is made of, of weekends or of nights with the hotline, and how it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import DayWish, Rota, Shift
from attendance.rules.rota import Problem, Seat
from attendance.rules.shifts import DAY, WEEK, WEEKDAYS, days_from, monday
from attendance.selectors.absence import EXCUSED, away_days
from attendance.selectors.checks import midnight
from attendance.selectors.hotline import nights_of, spans_between
from attendance.selectors.leaves import leaves_of
from attendance.selectors.roster_people import in_posts
from attendance.selectors.types import types_in
from attendance.selectors.waivers import waived
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee

ROTATION, FAIR, REST = "attendance.weekend_rotation", "attendance.rotation", "attendance.rest"
NIGHTS = "attendance.hotline_rotation"
#: The code of the seats of a hotline rota.
HOTLINE = "hotline"


def rule_of(sort: str) -> str:
    """The rule that says what is fair."""
    return NIGHTS if sort == Rota.Sort.HOTLINE else FAIR


def access_rota(pk: int) -> Rota:
    """Raises NotFound."""
    found = Rota.objects.select_related("asked_by").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such rota."))
    return found


def listed(limit: int = 20) -> list[Rota]:
    return list(Rota.objects.select_related("asked_by").defer("problem", "seats").order_by("-pk")[:limit])


def problem_for(first_day: date, weeks: int, now: datetime, sort: str = Rota.Sort.WEEKEND) -> Problem:
    """The problem of the weeks from that Monday on, with the turns, leave, wishes and rosters known now."""
    return _nights(first_day, weeks, now) if sort == Rota.Sort.HOTLINE else _weekends(first_day, weeks, now)


def _weekends(first_day: date, weeks: int, now: datetime) -> Problem:
    book = rulebook.book(now)
    rotation = rulebook.rule_in(book, ROTATION, rulebook.ParameterRule)
    fair = rulebook.rule_in(book, FAIR, rulebook.ParameterRule)
    codes, window = fair.texts("shifts"), fair.integer("weeks")
    people = in_posts(rotation.texts("positions"), now)
    last = first_day + WEEK * weeks - DAY
    start = first_day - WEEK * (window - 1)
    types, table = types_in(book), rulebook.day_table()
    seats = tuple(
        Seat(day, code, place)
        for day in days_from(first_day, last)
        if WEEKDAYS[day.weekday()] in rotation.texts("days")
        for code in codes
        if code in types and types[code].spans(day, table)
        for place in range(fair.integer("each"))
    )
    ids = [person.pk for person in people]
    free = waived(days_from(first_day, last))
    past, taken = _shifts(ids, start, first_day, last, codes, rotation.texts("days"))
    rest_days = rulebook.rule_in(book, REST, rulebook.ParameterRule).texts("service")
    away = away_days(ids, start, last) | _blocked(taken, rest_days, free)
    wishes = DayWish.objects.filter(employee_id__in=ids, day__range=(first_day, last))
    return Problem(
        people=tuple(ids),
        seats=seats,
        window=window,
        above=fair.integer("above_least"),
        rest_days=rest_days,
        past=past,
        away=frozenset(away),
        wishes={(wish.employee_id, wish.day): wish.wants for wish in wishes},
        since={person.pk: timezone.localdate(person.joined_at) for person in people if person.joined_at},
        waived=frozenset(free),
    )


def _nights(first_day: date, weeks: int, now: datetime) -> Problem:
    """A seat for every night that begins in the weeks. One that is published stays with whom it names: nobody else may
    have it here; it is changed on the hotline's page."""
    rule = rulebook.parameter_rule(NIGHTS, at=now)
    window, people = rule.integer("weeks"), in_posts(rule.texts("positions"), now)
    last = first_day + WEEK * weeks - DAY
    start = first_day - WEEK * (window - 1)
    ids = [person.pk for person in people]
    periods = {timezone.localdate(begin): (begin, end) for begin, end in nights_of(first_day, last, now)}
    leaves = [each for each in leaves_of(ids, first_day, last + DAY) if each.state in EXCUSED]
    away = {
        (leave.employee_id, day)
        for day, (begin, end) in periods.items()
        for leave in leaves
        if leave.starts_at < end and begin < leave.ends_at
    }
    past: dict[int, list[date]] = defaultdict(list)
    for span in spans_between(midnight(start), midnight(last + DAY)):
        day = timezone.localdate(span.starts_at)
        if start <= day < first_day:
            past[span.employee_id].append(day)
        elif day in periods and span.employee_id in ids:
            away |= {(who, day) for who in ids if who != span.employee_id}
        else:
            periods.pop(day, None)
    wishes = DayWish.objects.filter(employee_id__in=ids, day__range=(first_day, last))
    return Problem(
        people=tuple(ids),
        seats=tuple(Seat(day, HOTLINE) for day in sorted(periods)),
        window=window,
        above=rule.integer("above_least"),
        rest_days=(),
        past={who: tuple(sorted(set(days))) for who, days in past.items() if who in ids},
        away=frozenset(away),
        wishes={(wish.employee_id, wish.day): wish.wants for wish in wishes},
        since={person.pk: timezone.localdate(person.joined_at) for person in people if person.joined_at},
        waived=frozenset(),
    )


def _shifts(
    ids: list[int], start: date, first: date, last: date, codes: Iterable[str], weekdays: Iterable[str]
) -> tuple[dict[int, tuple[date, ...]], set[tuple[int, date]]]:
    """Turns before the first day, and days of the plan on which a person has a shift already. A turn is a weekend shift
    of the rota's types, by whatever way it came about."""
    past: dict[int, list[date]] = defaultdict(list)
    taken: set[tuple[int, date]] = set()
    rows = Shift.objects.filter(employee_id__in=ids, day__range=(start, last), removed_at=None)
    for who, day, code, published in rows.values_list("employee_id", "day", "code", "published_at"):
        if day >= first:
            taken.add((who, day))
        elif published and code in codes and WEEKDAYS[day.weekday()] in weekdays:
            past[who].append(day)
    return {who: tuple(sorted(set(days))) for who, days in past.items()}, taken


def _blocked(
    taken: set[tuple[int, date]], rest_days: Iterable[str], free: set[date]
) -> set[tuple[int, date]]:
    """A shift on a rest day takes that day, and the weekend's other one with it, unless the rest was given up."""
    found = set(taken)
    for who, day in taken:
        weekend = [monday(day) + DAY * WEEKDAYS.index(name) for name in rest_days]
        if day in weekend and not free & set(weekend):
            found |= {(who, each) for each in weekend}
    return found


def names_of(ids: Iterable[int]) -> dict[int, str]:
    return dict(Employee.objects.filter(pk__in=set(ids)).values_list("pk", "name"))
