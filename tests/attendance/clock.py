"""A day, Wednesday 2026-11-04, in short words: shifts, punches and leaves as values.

Shifts: O office 08:30–11:00 and 12:30–18:30 (S1a), E early 08:30–18:30 (S1b), L late 13:30–23:30 (S1c), N night
22:00–06:00, D duty 18:30–21:00, M duty 18:40–21:00, X duty 21:00–23:00. `E+1` is the early shift of the next day,
`L-1` the late one of yesterday. Times: "08:25", "+00:10" on the day after, "-23:30" on the day before. ">18:30" and
"<08:30" are corrections that were agreed to: out, in. Leaves: "a 08:30-12:00" approved, "p" provisional, "r" only
requested; "a all" is the whole day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from attendance.rules.facts import LeaveFact, LeaveState, Period, PunchFact, ShiftFact
from attendance.rules.matching import Terms
from attendance.rules.settling import ZONE, Outcome, settle

DAY = date(2026, 11, 4)
TERMS = Terms()
HOUR = timedelta(hours=1)
KINDS: dict[str, tuple[str, str, list[str], timedelta]] = {
    "O": ("work", "office", ["08:30-11:00", "12:30-18:30"], timedelta()),
    "E": ("work", "cs_early", ["08:30-18:30"], HOUR),
    "L": ("work", "cs_late", ["13:30-23:30"], HOUR),
    "N": ("work", "night", ["22:00-+06:00"], timedelta()),
    "D": ("duty", "head_office", ["18:30-21:00"], timedelta()),
    "M": ("duty", "restaurant", ["18:40-21:00"], timedelta()),
    "X": ("duty", "late_duty", ["21:00-23:00"], timedelta()),
}
STATES: dict[str, LeaveState] = {"a": "approved", "p": "provisional", "r": "requested"}


def at(text: str, day: date = DAY) -> datetime:
    """ "+00:10" → ten past midnight of the day after."""
    if text[0] in "+-":
        day += timedelta(days=1 if text[0] == "+" else -1)
        text = text[1:]
    clock = time.fromisoformat(text)
    return datetime.combine(day, clock, ZONE)


def period(text: str, day: date = DAY) -> Period:
    start, _dash, end = text.partition("-")
    return at(start, day), at(end, day)


def shift(word: str, number: int = 1, employee_id: int = 1) -> ShiftFact:
    """A shift by its letter, of the day or of another: "E+1"."""
    day = DAY + timedelta(days=int(word[1:] or 0))
    sort, code, spans, meal = KINDS[word[0]]
    return ShiftFact(
        number, employee_id, day, "duty" if sort == "duty" else "work", code,
        tuple(period(span, day) for span in spans), meal,
    )  # fmt: skip


def shifts(words: str) -> list[ShiftFact]:
    return [shift(word, number) for number, word in enumerate(words.split(), 1)]


def punches(words: str) -> list[PunchFact]:
    found = []
    for word in words.split():
        if word[0] in "<>":
            found.append(PunchFact(1, at(word[1:]), "in" if word[0] == "<" else "out", corrected=True))
        else:
            clock, _slash, flag = word.partition("/")
            found.append(PunchFact(1, at(clock), "in" if flag == "i" else "out" if flag == "o" else ""))
    return found


def leaves(words: str) -> list[LeaveFact]:
    found = []
    for number, word in enumerate(filter(None, words.split(",")), 1):
        state, _space, when = word.strip().partition(" ")
        start, end = (at("00:00"), at("+00:00")) if when == "all" else period(when)
        found.append(LeaveFact(number, 1, "personal", STATES[state], start, end))
    return found


def settled(
    shift_words: str,
    punch_words: str,
    leave_words: str = "",
    *,
    waived: bool = False,
    days: tuple[date, ...] = (DAY,),
) -> list[Outcome]:
    return settle(
        days=days,
        shifts=shifts(shift_words),
        punches=punches(punch_words),
        leaves=leaves(leave_words),
        waived=days if waived else (),
        terms=TERMS,
    )


def said(outcome: Outcome) -> str:
    """ "partly late 0.35": the verdict, the flags, the share unless it is nothing."""
    words = [outcome.verdict, *outcome.flags]
    if outcome.absent_share:
        words.append(str(outcome.absent_share))
    return " ".join(words)
