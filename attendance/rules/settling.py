"""What a person's day came to (S1, S2d). Pure.

The rule:

- A day is the day of its shifts. Without a published shift it is a rest day; whoever punches then is noted, no more.
- `planned` is what the shifts ask for, the meal taken out. Leave, presence and absence are measured in the pieces of
  the shift and scaled so that together with the meal they make up the whole: half of a shift of ten hours with an
  hour's meal is four and a half hours.
- Leave that is approved, or told by telephone and not lapsed (S2c, flag `provisional`), excuses. A request that waits
  excuses nothing. A day that is excused whole is leave.
- Nobody there and nothing excused is absence without leave (S2d): `absent_share` is the part of the day's wage at
  stake, 1.00 for the whole day. Being there for a part of what was expected is `partly`. Coming late or leaving early
  within the bounds of `attendance.matching` is only noted.
- A punch whose partner is missing is flagged and costs nothing: that somebody was not there is not shown by it.
- Rest that everybody gave up (S7) is noted on the day (flag `waived`); the shifts that the roster then publishes are
  judged like any others.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from attendance.rules.facts import LeaveFact, PunchFact, ShiftFact
from attendance.rules.matching import Seen, Terms, match
from attendance.rules.spans import ZERO, common, length, merged

ZONE = ZoneInfo("Asia/Shanghai")
CENT = Decimal("0.01")
#: Leaves in these states excuse.
EXCUSES = ("approved", "provisional")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A settled day, before it is written. As `SettledDay`; `facts` is what it rests on, `digest` over all of it."""

    day: date
    verdict: str
    flags: tuple[str, ...]
    planned: timedelta = ZERO
    worked: timedelta = ZERO
    late: timedelta = ZERO
    early: timedelta = ZERO
    leave: timedelta = ZERO
    absent: timedelta = ZERO
    absent_share: Decimal = Decimal("0.00")
    came_at: datetime | None = None
    left_at: datetime | None = None
    facts: str = "{}"

    @property
    def digest(self) -> str:
        """SHA-256 of the facts and of what they came to."""
        said = "\x1f".join(
            [
                self.day.isoformat(),
                self.verdict,
                ",".join(self.flags),
                *(
                    str(each // timedelta(microseconds=1))
                    for each in (self.planned, self.worked, self.late, self.early, self.leave, self.absent)
                ),
                str(self.absent_share),
                self.facts,
            ]
        )
        return hashlib.sha256(said.encode()).hexdigest()


def settle(
    *,
    days: Collection[date],
    shifts: Iterable[ShiftFact],
    punches: Iterable[PunchFact],
    leaves: Iterable[LeaveFact],
    waived: Collection[date],
    terms: Terms,
) -> list[Outcome]:
    """One person's days, in order. Give the shifts of three days around them and the punches of those."""
    counting = [leave for leave in leaves if leave.state in EXCUSES]
    excused = merged((leave.starts_at, leave.ends_at) for leave in counting)
    seen, stray = match(list(shifts), punches, excused, terms)
    by_day: dict[date, list[Seen]] = defaultdict(list)
    for each in seen:
        by_day[each.shift.day].append(each)
    strays: dict[date, list[PunchFact]] = defaultdict(list)
    for punch in stray:
        strays[punch.at.astimezone(ZONE).date()].append(punch)
    return [
        settled_day(day, by_day.get(day, []), strays.get(day, []), counting, day in waived)
        for day in sorted(set(days))
    ]


def settled_day(
    day: date, seen: list[Seen], stray: list[PunchFact], leaves: list[LeaveFact], waived: bool
) -> Outcome:
    """A day from what was seen of its shifts."""
    if not seen:
        flags = ("unplanned",) * bool(stray) + ("waived",) * waived
        return Outcome(day, "rest", flags, facts=_facts([], stray, [], waived))
    planned = worked = late = early = on_leave = absent = ZERO
    flags_found: set[str] = {"waived"} if waived else set()
    used: list[LeaveFact] = []
    for each in seen:
        shift = each.shift
        gross = length(shift.spans)
        part = Fraction(shift.length // _TICK, gross // _TICK)
        excused = gross - length(each.expected)
        planned += shift.length
        worked += _scaled(length(each.there), part)
        on_leave += _scaled(excused, part)
        absent += _scaled(each.absent, part)
        late += each.late
        early += each.early
        if each.missing:
            flags_found.add(f"missing_{each.missing}")
        if excused:
            used += [
                leave
                for leave in leaves
                if leave not in used and common(shift.spans, [(leave.starts_at, leave.ends_at)])
            ]
    if late:
        flags_found.add("late")
    if early:
        flags_found.add("early")
    if any(leave.state == "provisional" for leave in used):
        flags_found.add("provisional")
    share = _share(absent, planned)
    if on_leave and on_leave >= planned:
        verdict = "leave"
    elif absent and absent >= planned:
        verdict = "absent"
    else:
        verdict = "partly" if share else "present"
    return Outcome(
        day,
        verdict,
        tuple(flag for flag in FLAGS if flag in flags_found),
        planned,
        worked,
        late,
        early,
        on_leave,
        absent,
        share,
        next((each.came_at for each in seen if each.came_at), None),
        next((each.left_at for each in reversed(seen) if each.left_at), None),
        _facts(seen, stray, used, waived),
    )


FLAGS = ("late", "early", "missing_in", "missing_out", "provisional", "unplanned", "waived")
_TICK = timedelta(microseconds=1)


def _scaled(time: timedelta, part: Fraction) -> timedelta:
    """The part of the time, to the second."""
    return timedelta(seconds=round(Fraction(time // _TICK, 1_000_000) * part)) if time else ZERO


def _share(absent: timedelta, planned: timedelta) -> Decimal:
    if not absent or not planned:
        return Decimal("0.00")
    exact = Decimal(absent // _TICK) / Decimal(planned // _TICK)
    return min(Decimal("1.00"), exact.quantize(CENT, ROUND_HALF_UP))


def _facts(seen: list[Seen], stray: list[PunchFact], leaves: list[LeaveFact], waived: bool) -> str:
    """What the day rests on, as canonical JSON: the same facts give the same text in whatever order they came."""
    own = sorted({punch for each in seen for punch in each.punches}, key=_punch_order)
    found: dict[str, Any] = {}
    if leaves:
        found["leaves"] = [
            [leave.id, leave.kind, leave.state, _instant(leave.starts_at), _instant(leave.ends_at)]
            for leave in sorted(leaves, key=lambda each: (each.starts_at, each.id))
        ]
    if own:
        found["punches"] = [_punch(punch) for punch in own]
    if seen:
        found["shifts"] = [
            [
                each.shift.id,
                each.shift.code,
                [[_instant(start), _instant(end)] for start, end in each.shift.spans],
            ]
            for each in seen
        ]
    if stray:
        found["stray"] = [_punch(punch) for punch in sorted(stray, key=_punch_order)]
    if waived:
        found["waived"] = True
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _punch_order(punch: PunchFact) -> tuple[datetime, bool, str]:
    return punch.at, punch.corrected, punch.direction


def _punch(punch: PunchFact) -> list[Any]:
    return [_instant(punch.at), punch.direction, *([1] if punch.corrected else [])]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def punches_in(facts: Mapping[str, Any], employee_id: int) -> list[PunchFact]:
    """The punches that a settled day rests on: what is left of them once the raw ones are erased."""
    return [
        PunchFact(employee_id, datetime.fromisoformat(row[0]), row[1], len(row) > 2)
        for name in ("punches", "stray")
        for row in facts.get(name, ())
    ]
