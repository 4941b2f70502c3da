"""What a rota is made of, of weekends or of nights with the hotline, and how it stands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import DayWish, Rota, Shift
from attendance.rules import rota as rules
from attendance.rules.rota import Problem, Seat
from attendance.rules.shifts import DAY, WEEK, WEEKDAYS, days_from, monday
from attendance.selectors.absence import EXCUSED, away_days, gone_times
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
TICK = timedelta(microseconds=1)
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


def problem_for(
    first_day: date, weeks: int, now: datetime, sort: str = Rota.Sort.WEEKEND, *, but: int | None = None
) -> Problem:
    """The problem of the weeks from that Monday on, with the turns, leave, wishes and rosters known now. A turn that
    somebody has, be it a draft, is not asked for again; it counts, as do those of the weeks before and after, and what
    other open proposals than `but` give away there. Days that are over are not asked for."""
    span = _Span(first_day, first_day + WEEK * weeks - DAY, timezone.localdate(now))
    return _nights(span, now, but) if sort == Rota.Sort.HOTLINE else _weekends(span, now, but)


def current(found: Rota, now: datetime) -> tuple[Problem, dict[Seat, int | None]]:
    """What is asked and how it is answered: of an open proposal as things are now, of any other as they were."""
    answer = rules.seats_from_json(found.seats)
    if found.state != Rota.State.SOLVED:
        return rules.from_json(found.problem), answer
    problem = problem_for(found.first_day, found.weeks, now, found.sort, but=found.pk)
    today = timezone.localdate(now)
    kept = {seat: holder for seat, holder in answer.items() if seat.day >= today}
    return problem, dict.fromkeys(problem.seats) | kept


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns, (person, day), that stand in the weeks within a window of some days; `rules` judges them: it asks for
    no seat, and has no turns of its own."""

    rules: Problem
    codes: frozenset[str]
    weekdays: frozenset[str]
    published: frozenset[tuple[int, date]]
    drafts: frozenset[tuple[int, date]]

    def judged(self, turns: Collection[tuple[int, date]]) -> Problem:
        return replace(self.rules, fixed=_fixed(set(turns), set(), self.rules.people))


def turns_around(first: date, last: date, now: datetime, sort: str) -> Turns:
    """Of a night that is published and has a draft too, the draft stands: it takes its place."""
    if sort == Rota.Sort.HOTLINE:
        return _nights_around(first, last, now)
    book = rulebook.book(now)
    rotation = rulebook.rule_in(book, ROTATION, rulebook.ParameterRule)
    fair = rulebook.rule_in(book, FAIR, rulebook.ParameterRule)
    rest_days = rulebook.rule_in(book, REST, rulebook.ParameterRule).texts("service")
    codes, days, window = fair.texts("shifts"), rotation.texts("days"), fair.integer("weeks")
    people = in_posts(rotation.texts("positions"), now)
    ids = {person.pk for person in people}
    start, end = monday(first) - WEEK * (window - 1), monday(last) + WEEK * window - DAY
    weekend = {WEEKDAYS.index(name) for name in {*rest_days, *days}}
    nights_before = {(day - 1) % 7 for day in weekend}
    rows = Shift.objects.filter(
        employee_id__in=ids,
        day__range=(start - DAY, end),
        day__iso_week_day__in=[1 + day for day in weekend | nights_before],
        removed_at=None,
    ).values_list("employee_id", "day", "code", "published_at", "ends_at")
    found: dict[bool, set[tuple[int, date]]] = {True: set(), False: set()}
    taken = set()
    for who, day, code, published, ends_at in rows:
        taken |= {
            (who, each)
            for each in days_from(day, timezone.localdate(ends_at - TICK))
            if each.weekday() in weekend and each >= start
        }
        if day < start:
            continue
        if code in codes and WEEKDAYS[day.weekday()] in days:
            found[published is not None].add((who, day))
    away = away_days(ids, start, end) | _blocked(taken, rest_days, waived(days_from(start, end)))
    judge = _judge(people, window, fair.integer("above_least"), rest_days, away)
    return Turns(judge, frozenset(codes), frozenset(days), frozenset(found[True]), frozenset(found[False]))


def _nights_around(first: date, last: date, now: datetime) -> Turns:
    rule = rulebook.parameter_rule(NIGHTS, at=now)
    window, people = rule.integer("weeks"), in_posts(rule.texts("positions"), now)
    ids = {person.pk for person in people}
    start, end = monday(first) - WEEK * (window - 1), monday(last) + WEEK * window - DAY
    found: dict[bool, dict[date, int]] = {True: {}, False: {}}
    for span in spans_between(midnight(start), midnight(end + DAY), drafts=True):
        day = timezone.localdate(span.starts_at)
        if start <= day <= end:
            found[span.published_at is not None][day] = span.employee_id
    published, drafts = (
        frozenset((who, day) for day, who in found[each].items() if who in ids) for each in (True, False)
    )
    replaced = frozenset(turn for turn in published if turn[1] in found[False])
    judge = _judge(people, window, rule.integer("above_least"), (), away_days(ids, start, end))
    return Turns(judge, frozenset(), frozenset(), published - replaced, drafts)


def _judge(
    people: list[Employee], window: int, above: int, rest_days: tuple[str, ...], away: set[tuple[int, date]]
) -> Problem:
    return Problem(
        people=tuple(person.pk for person in people),
        seats=(),
        window=window,
        above=above,
        rest_days=rest_days,
        fixed={},
        away=frozenset(away),
        wishes={},
        since={person.pk: timezone.localdate(person.joined_at) for person in people if person.joined_at},
        waived=frozenset(),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """The days asked for, both included."""

    first: date
    last: date
    today: date

    @property
    def asked(self) -> list[date]:
        begin = max(self.first, self.today)
        return days_from(begin, self.last) if begin <= self.last else []

    def reach(self, window: int) -> tuple[date, date]:
        """The days of every window that one of the asked days lies in."""
        return self.first - WEEK * (window - 1), self.last + WEEK * (window - 1)


def _weekends(span: _Span, now: datetime, but: int | None) -> Problem:
    book = rulebook.book(now)
    rotation = rulebook.rule_in(book, ROTATION, rulebook.ParameterRule)
    fair = rulebook.rule_in(book, FAIR, rulebook.ParameterRule)
    codes, days, window = fair.texts("shifts"), rotation.texts("days"), fair.integer("weeks")
    people = in_posts(rotation.texts("positions"), now)
    ids = [person.pk for person in people]
    start, end = span.reach(window)
    standing = _shifts(ids, span, (start, end), codes, days)
    types, table = types_in(book), rulebook.day_table()
    seats = tuple(
        Seat(day, code, place)
        for day in span.asked
        if WEEKDAYS[day.weekday()] in days
        for code in codes
        if code in types and types[code].spans(day, table)
        for place in range(standing.filled[day, code], fair.integer("each"))
    )
    free = waived(days_from(span.first, span.last))
    rest_days = rulebook.rule_in(book, REST, rulebook.ParameterRule).texts("service")
    away = away_days(ids, start, end) | _blocked(standing.taken, rest_days, free)
    wishes = DayWish.objects.filter(employee_id__in=ids, day__range=(span.first, span.last))
    return Problem(
        people=tuple(ids),
        seats=seats,
        window=window,
        above=fair.integer("above_least"),
        rest_days=rest_days,
        fixed=_fixed(standing.turns, _proposed(Rota.Sort.WEEKEND, span, (start, end), but), ids),
        away=frozenset(away),
        wishes={(wish.employee_id, wish.day): wish.wants for wish in wishes},
        since={person.pk: timezone.localdate(person.joined_at) for person in people if person.joined_at},
        waived=frozenset(free),
    )


def _nights(span: _Span, now: datetime, but: int | None) -> Problem:
    """A seat for every night that begins in the weeks and has nobody yet. A draft stands before what it replaces."""
    rule = rulebook.parameter_rule(NIGHTS, at=now)
    window, people = rule.integer("weeks"), in_posts(rule.texts("positions"), now)
    ids = [person.pk for person in people]
    start, end = span.reach(window)
    periods = {timezone.localdate(begin): (begin, until) for begin, until in nights_of(start, end, now)}
    times = [
        (each.employee_id, each.starts_at, each.ends_at)
        for each in leaves_of(ids, start, end + DAY)
        if each.state in EXCUSED
    ]
    times += [(who, gone, far) for who, (gone, far) in gone_times(ids, end + DAY).items()]
    away = {
        (who, day)
        for day, (begin, until) in periods.items()
        for who, since, back in times
        if since < until and begin < back
    }
    standing = spans_between(midnight(start), midnight(end + 2 * DAY), drafts=True)
    holders: dict[date, int] = {}
    for each in sorted(standing, key=lambda each: each.published_at is None):
        holders[timezone.localdate(each.starts_at)] = each.employee_id
    empty = [
        day
        for day in span.asked
        if day in periods
        and not any(each.starts_at < periods[day][1] and periods[day][0] < each.ends_at for each in standing)
    ]
    wishes = DayWish.objects.filter(employee_id__in=ids, day__range=(span.first, span.last))
    turns = {(who, day) for day, who in holders.items() if start <= day <= end}
    return Problem(
        people=tuple(ids),
        seats=tuple(Seat(day, HOTLINE) for day in empty),
        window=window,
        above=rule.integer("above_least"),
        rest_days=(),
        fixed=_fixed(turns, _proposed(Rota.Sort.HOTLINE, span, (start, end), but), ids),
        away=frozenset(away),
        wishes={(wish.employee_id, wish.day): wish.wants for wish in wishes},
        since={person.pk: timezone.localdate(person.joined_at) for person in people if person.joined_at},
        waived=frozenset(),
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    """`turns`: (person, day) of weekend shifts of the rota's types, by whatever way they came about; `taken`: the days
    asked for on which a shift of a person runs; `filled`: how many people have the type on such a day."""

    turns: set[tuple[int, date]]
    taken: set[tuple[int, date]]
    filled: Counter[tuple[date, str]]


def _shifts(
    ids: Collection[int],
    span: _Span,
    reach: tuple[date, date],
    codes: Collection[str],
    weekdays: Collection[str],
) -> _Standing:
    """Drafts and published shifts alike."""
    found = _Standing(set(), set(), Counter())
    rows = Shift.objects.filter(
        Q(day__range=reach, code__in=codes)
        | Q(day__range=(span.first - DAY, span.last), employee_id__in=ids),
        removed_at=None,
    )
    for who, day, code, ends_at in rows.values_list("employee_id", "day", "code", "ends_at"):
        inside = span.first <= day <= span.last
        for each in days_from(day, timezone.localdate(ends_at - TICK)):
            if span.first <= each <= span.last:
                found.taken.add((who, each))
        if code in codes and WEEKDAYS[day.weekday()] in weekdays and reach[0] <= day:
            found.turns.add((who, day))
            if inside:
                found.filled[day, code] += 1
    return found


def _proposed(sort: str, span: _Span, reach: tuple[date, date], but: int | None) -> set[tuple[int, date]]:
    """(person, day) that other open proposals give away in the weeks before and after."""
    found = set()
    for other in Rota.objects.filter(sort=sort, state=Rota.State.SOLVED).exclude(pk=but or 0).only("seats"):
        for seat, holder in rules.seats_from_json(other.seats).items():
            outside = reach[0] <= seat.day < span.first or span.last < seat.day <= reach[1]
            if holder is not None and outside and seat.day >= span.today:
                found.add((holder, seat.day))
    return found


def _fixed(
    turns: set[tuple[int, date]], proposed: set[tuple[int, date]], ids: Collection[int]
) -> dict[int, tuple[date, ...]]:
    found: dict[int, list[date]] = defaultdict(list)
    for who, day in sorted(turns | proposed):
        if who in ids:
            found[who].append(day)
    return {who: tuple(days) for who, days in found.items()}


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
