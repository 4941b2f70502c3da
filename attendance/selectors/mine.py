"""One's own shifts, nights and wishes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attendance.models import DayWish, HotlineSpan, Shift, Swap, Swapped
from attendance.rules.shifts import DAY, WEEKDAYS, days_from
from attendance.selectors.grid import spans_text
from attendance.selectors.returned import returned_run
from attendance.selectors.types import shift_types
from attendance.services.roster.swaps import KIND, OPEN, TURNS
from attendance.services.roster.wishes import ROTATION
from office.approvals.models import Run
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Own:
    """A shift, or a night with the hotline, as its owner reads it."""

    shift: Swapped
    name: str
    letter: str
    times: str

    @property
    def night(self) -> bool:
        return isinstance(self.shift, HotlineSpan)

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"night-{self.shift.pk}" if self.night else str(self.shift.pk)


def own(turns: Iterable[Swapped], now: datetime) -> list[Own]:
    types = shift_types(now)
    found = []
    for turn in turns:
        if isinstance(turn, HotlineSpan):
            begin, end = timezone.localtime(turn.starts_at), timezone.localtime(turn.ends_at)
            found.append(Own(turn, gettext("Hotline"), gettext("H"), f"{begin:%H:%M} – {end:%m-%d %H:%M}"))
            continue
        type_ = types.get(turn.code)
        name, letter = (type_.name, type_.letter) if type_ else (turn.code, turn.code[:1])
        found.append(Own(turn, name, letter, spans_text(turn)))
    return found


def published(who: Employee, first: date, last: date) -> list[Shift]:
    """The person's published shifts of these days, by begin."""
    return list(
        Shift.objects.filter(
            employee=who, day__range=(first, last), removed_at=None, published_at__isnull=False
        ).order_by("starts_at")
    )


def may_swap(who: Employee, now: datetime, until: date) -> list[Own]:
    """What the person could give, or take over: published shifts that have not begun, then nights with the hotline."""
    shifts = [each for each in published(who, timezone.localdate(now), until) if each.starts_at > now]
    nights = [each for each in my_nights(who, now, limit=60) if each.starts_at > now and each.day <= until]
    return own([*shifts, *nights], now)


def next_shift(who: Employee, now: datetime) -> Own | None:
    """The shift that runs, or the next one."""
    found = (
        Shift.objects.filter(employee=who, ends_at__gt=now, removed_at=None, published_at__isnull=False)
        .order_by("starts_at")
        .first()
    )
    return own([found], now)[0] if found else None


def my_nights(who: Employee, now: datetime, limit: int = 5) -> list[HotlineSpan]:
    """The nights to come on which the person has the hotline."""
    return list(
        HotlineSpan.objects.filter(
            employee=who, ends_at__gt=now, removed_at=None, published_at__isnull=False
        ).order_by("starts_at")[:limit]
    )


def weekends(who: Employee, now: datetime, weeks: int = 8) -> list[tuple[date, bool | None]]:
    """The weekend days to come with the person's wish; none for a post without weekend duties."""
    rule = rulebook.parameter_rule(ROTATION, at=now)
    if not staff.own_positions(who, now) & set(rule.texts("positions")):
        return []
    tomorrow = timezone.localdate(now) + DAY
    days = [
        day
        for day in days_from(tomorrow, tomorrow + timedelta(weeks=weeks))
        if WEEKDAYS[day.weekday()] in rule.texts("days")
    ]
    wishes = dict(DayWish.objects.filter(employee=who, day__in=days).values_list("day", "wants"))
    return [(day, wishes.get(day)) for day in days]


@dataclass(frozen=True, slots=True)
class SwapLine:
    """A swap as one of the two reads it. `returned`: the deciders gave it back to the asker."""

    swap: Swap
    state: str
    state_name: str
    give: Own
    take: Own | None
    mine: bool
    returned: bool


def swaps_of(who: Employee, now: datetime, limit: int = 30) -> list[SwapLine]:
    """Those asked by or of the person, the latest first."""
    found = list(
        Swap.objects.filter(Q(asker=who) | Q(colleague=who))
        .select_related(*TURNS, "asker", "colleague")
        .order_by("-pk")[:limit]
    )
    states = dict(
        Run.objects.filter(pk__in=[each.run_id for each in found if each.run_id]).values_list("pk", "state")
    )
    lines = []
    for each in found:
        lines.append(
            SwapLine(
                each,
                each.state,
                str(Swap.State(each.state).label),
                own([each.given], now)[0],
                own([each.taken], now)[0] if each.taken else None,
                each.asker_id == who.pk,
                states.get(each.run_id or 0) == Run.State.RETURNED,
            )
        )
    return lines


def access_swap(pk: int, who: Employee) -> tuple[Swap, Run | None]:
    """A swap that the person asked for, and its request if it came back. Raises NotFound."""
    found = Swap.objects.select_related(*TURNS, "asker", "colleague").filter(pk=pk, asker=who).first()
    if found is None:
        raise NotFound(_("There is no such swap."))
    return found, returned_run(KIND, found.subject, who) if found.state in OPEN else None


def waiting_swaps(who: Employee) -> list[Swap]:
    """What colleagues ask of the person and he has not answered."""
    return list(
        Swap.objects.filter(colleague=who, state=Swap.State.ASKED)
        .select_related("asker", "give", "give_night")
        .order_by("pk")
    )
