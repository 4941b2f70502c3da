"""Which punches belong to which shift, and what they say of it (S1, S2d). Pure.

The rule, as the rulebook's `attendance.matching` sets its figures:

1. **What is expected.** A shift is expected in its spans, less what an approved or provisional leave excuses. A shift
   that is excused whole expects nobody and takes no punch.
2. **Stays.** Shifts of one person that follow each other within `adjoin` are one stay: whoever goes from the day shift
   into the evening duty need not punch in between. The pieces of one shift are one stay however far apart they are.
3. **Windows.** A punch belongs to the stay that it falls to: from `before` it begins until `after` it ends. Where the
   windows of two stays meet, the border lies halfway between them; a punch on the border belongs to the later. The
   calendar's day plays no part: a punch after midnight belongs to the late shift it ends, and a night shift to its
   first day, because that is the day of the shift. What falls to no stay is a stray punch.
4. **Double punches.** Punches that follow each other within `double` are one act. Its first instant counts for coming,
   its last for leaving.
5. **Flags.** What a device says of in and out is not trusted: people press whatever the screen shows. The first act
   of a stay is the coming, the last one the leaving. Only a correction that was agreed to is believed in its direction.
6. **Missing partner.** A single act is the coming when it is nearer to the begin of the stay (or as near), the leaving
   otherwise. The other side is unknown: it is flagged, and nothing is held against the person for it.
7. **Breaks.** Between two pieces of a stay nobody has to punch. Exactly two acts around a break, one person going and
   coming back, are believed: what they cut off the pieces counts as leaving early and coming late. Any other number
   proves only that somebody was there.
8. **Grace.** Up to `late_grace` is not late, up to `early_grace` is not early; beyond it the whole time counts. More
   than `absent_from` is no longer late or early but absence for that time. No act at all is absence for the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from attendance.rules.facts import Period, PunchFact, ShiftFact
from attendance.rules.spans import ZERO, common, length, without

Side = Literal["", "in", "out"]


@dataclass(frozen=True, slots=True)
class Terms:
    """The figures of the rule (`attendance.matching`)."""

    before: timedelta = timedelta(hours=4)
    after: timedelta = timedelta(hours=6)
    adjoin: timedelta = timedelta(minutes=30)
    double: timedelta = timedelta(minutes=2)
    late_grace: timedelta = timedelta(minutes=5)
    early_grace: timedelta = timedelta(minutes=5)
    absent_from: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the punches say of one shift. `expected`: its pieces without leave. `there`: what of them somebody was
    there, as far as is known. `late`, `early` are what is held against the person, the grace taken into account;
    `absent` is the part that is no longer late or early. `missing`: which side of the stay nobody punched, when that
    side is this shift's. `punches`: those of its stay."""

    shift: ShiftFact
    expected: tuple[Period, ...]
    there: tuple[Period, ...] = ()
    came_at: datetime | None = None
    left_at: datetime | None = None
    late: timedelta = ZERO
    early: timedelta = ZERO
    absent: timedelta = ZERO
    missing: Side = ""
    punches: tuple[PunchFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One or more punches that are one act."""

    first: datetime
    last: datetime
    side: Side


@dataclass(slots=True)
class _Stay:
    shifts: list[tuple[ShiftFact, tuple[Period, ...]]]
    opens: datetime
    closes: datetime

    @property
    def start(self) -> datetime:
        return self.shifts[0][1][0][0]

    @property
    def end(self) -> datetime:
        return self.shifts[-1][1][-1][1]

    @property
    def pieces(self) -> list[Period]:
        return [piece for _shift, pieces in self.shifts for piece in pieces]


def match(
    shifts: Collection[ShiftFact], punches: Iterable[PunchFact], excused: Sequence[Period], terms: Terms
) -> tuple[list[Seen], list[PunchFact]]:
    """One person's shifts, in order, with what the punches say of each; and the stray punches, in order.

    `excused`: the leaves that count, in order and apart. The order of shifts and punches given does not matter. Give
    the shifts of the three days around those that are judged: a stay may reach into them."""
    expected = [
        (shift, tuple(without(shift.spans, excused)))
        for shift in sorted(shifts, key=lambda each: (each.starts_at, each.id))
    ]
    stays = _stays([each for each in expected if each[1]], terms)
    given = sorted(punches, key=lambda punch: (punch.at, punch.corrected, punch.direction))
    seen: dict[int, Seen] = {}
    stray: list[PunchFact] = []
    place = 0
    for stay in stays:
        while place < len(given) and given[place].at < stay.opens:
            stray.append(given[place])
            place += 1
        first = place
        while place < len(given) and given[place].at < stay.closes:
            place += 1
        own = tuple(given[first:place])
        for each in _judged(stay, own, terms):
            seen[each.shift.id] = each
    stray += given[place:]
    return [seen.get(shift.id) or Seen(shift, pieces) for shift, pieces in expected], stray


def acts(punches: Sequence[PunchFact], double: timedelta) -> list[Act]:
    """The acts that the punches (in order) are."""
    found: list[Act] = []
    for punch in punches:
        side: Side = punch.direction if punch.corrected else ""
        if found and punch.at - found[-1].last <= double:
            found[-1] = Act(found[-1].first, punch.at, found[-1].side or side)
        else:
            found.append(Act(punch.at, punch.at, side))
    return found


def _stays(expected: Sequence[tuple[ShiftFact, tuple[Period, ...]]], terms: Terms) -> list[_Stay]:
    stays: list[_Stay] = []
    for shift, pieces in expected:
        if stays and pieces[0][0] - stays[-1].end <= terms.adjoin:
            stays[-1].shifts.append((shift, pieces))
        else:
            stays.append(_Stay([(shift, pieces)], pieces[0][0], pieces[-1][1]))
    for stay in stays:
        stay.opens, stay.closes = stay.start - terms.before, stay.end + terms.after
    for earlier, later in pairwise(stays):
        if later.opens < earlier.closes:
            halfway = earlier.end + (later.start - earlier.end) / 2
            border = min(max(halfway, later.opens), earlier.closes)
            earlier.closes = later.opens = border
    return stays


def _judged(stay: _Stay, punches: tuple[PunchFact, ...], terms: Terms) -> list[Seen]:
    """Each shift of the stay by the acts in its window."""
    done = acts(punches, terms.double)
    if not done:
        return [Seen(shift, pieces, absent=length(pieces)) for shift, pieces in stay.shifts]
    missing = _missing(stay, done)
    came = None if missing == "in" else done[0].first
    left = None if missing == "out" else done[-1].last
    # Before coming, after leaving, away around a break: cut off the pieces on either side of being there.
    begin, end = stay.start - terms.before, stay.end + terms.after
    late: list[Period] = [(begin, came)] if came and came > begin else []
    early: list[Period] = [(left, end)] if left and left < end else []
    for going, coming, leave_off, take_up in _breaks(stay, done):
        if going < leave_off:
            early.insert(0, (going, leave_off))
        if coming > take_up:
            late.append((take_up, coming))
    found = []
    for number, (shift, pieces) in enumerate(stay.shifts):
        first, last = number == 0, number == len(stay.shifts) - 1
        lateness, earliness = length(common(pieces, late)), length(common(pieces, early))
        there = without(without(pieces, late), early)
        absent = (lateness if lateness > terms.absent_from else ZERO) + (
            earliness if earliness > terms.absent_from else ZERO
        )
        if not there:
            absent = length(pieces)
        found.append(
            Seen(
                shift,
                pieces,
                there=tuple(there),
                came_at=came if first else None,
                left_at=left if last else None,
                late=lateness if there and terms.late_grace < lateness <= terms.absent_from else ZERO,
                early=earliness if there and terms.early_grace < earliness <= terms.absent_from else ZERO,
                absent=absent,
                missing=missing if (first and missing == "in") or (last and missing == "out") else "",
                punches=punches,
            )
        )
    return found


def _missing(stay: _Stay, done: Sequence[Act]) -> Side:
    """Which side of the stay nobody punched."""
    if len(done) > 1:
        return ""
    [only] = done
    if only.side:
        return "out" if only.side == "in" else "in"
    return "out" if abs(only.first - stay.start) <= abs(stay.end - only.last) else "in"


def _breaks(stay: _Stay, done: Sequence[Act]) -> Iterable[tuple[datetime, datetime, datetime, datetime]]:
    """(going, coming back, the break's begin, its end) for every break that exactly two inner acts stand around."""
    inner, pieces = done[1:-1], stay.pieces
    if len(inner) < 2:
        return
    for before, after in pairwise(pieces):
        if before[1] == after[0]:
            continue
        low, high = before[0] + (before[1] - before[0]) / 2, after[0] + (after[1] - after[0]) / 2
        around = [act for act in inner if low <= act.last and act.first <= high]
        if len(around) == 2:
            yield around[0].last, around[1].first, before[1], after[0]
