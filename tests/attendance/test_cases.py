"""The table of what a day comes to: shift, punches, leave → outcome, each row with the clause it rests on."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.attendance.clock import said, settled
from tests.attendance.test_absence_rule import CASES as IN_A_ROW

#: (clause, what it is about, shifts, punches, leave, outcome).
CASES: tuple[tuple[str, str, str, str, str, str], ...] = (
    # S1a: the split day of the office
    ("S1a", "punctual, two punches", "O", "08:25 18:31", "", "present"),
    ("S1a", "punctual, four punches", "O", "08:25 11:02 12:25 18:31", "", "present"),
    ("S1a", "on the second", "O", "08:30 18:30", "", "present"),
    ("S1a", "within the grace", "O", "08:35 18:25", "", "present"),
    ("S1a", "a second beyond the grace", "O", "08:35:01 18:30", "", "present late"),
    ("S1a", "late", "O", "08:50 18:30", "", "present late"),
    ("S1a", "leaves early", "O", "08:30 18:10", "", "present early"),
    ("S1a", "late and early", "O", "08:50 18:00", "", "present late early"),
    ("S1a", "an hour late is still late", "O", "09:30 18:30", "", "present late"),
    ("S2d", "more than an hour is absence", "O", "09:31 18:30", "", "partly 0.12"),
    ("S2d", "the morning missed", "O", "12:28 18:30", "", "partly 0.29"),
    ("S2d", "comes during the break", "O", "11:40 18:30", "", "partly 0.29"),
    ("S2d", "the afternoon missed", "O", "08:28 11:01", "", "partly 0.71"),
    ("S2d", "leaves within the break", "O", "08:28 12:10", "", "partly 0.71"),
    ("S1a", "back late from the break", "O", "08:28 11:01 12:50 18:30", "", "present late"),
    ("S1a", "off early to the break", "O", "08:28 10:40 12:25 18:30", "", "present early"),
    ("S2d", "two hours away around the break", "O", "08:28 11:01 14:30 18:30", "", "partly 0.24"),
    ("S1a", "out and in during the break", "O", "08:28 11:40 12:05 18:30", "", "present"),
    ("S1a", "three acts prove no absence", "O", "08:28 11:01 14:30 15:00 18:30", "", "present"),
    ("S1a", "one act in the middle says nothing", "O", "08:28 14:00 18:30", "", "present"),
    ("S1a", "acts of the afternoon only", "O", "08:28 16:00 16:30 18:30", "", "present"),
    ("S1a", "stays for the evening", "O", "08:28 20:15", "", "present"),
    ("S1a", "comes hours before", "O", "05:10 18:31", "", "present"),
    ("S1a", "so early that it is no punch of the day", "O", "04:00 18:31", "", "present missing_in"),
    ("S1a", "so late that it is no punch of the day", "O", "08:20 +00:45", "", "present missing_out"),
    # S1b, S1c: service shifts with the meal inside
    ("S1b", "punctual", "E", "08:20 18:40", "", "present"),
    ("S1b", "the meal needs no punches", "E", "08:20 12:00 13:00 18:40", "", "present"),
    ("S1b", "late", "E", "08:36 18:40", "", "present late"),
    ("S2d", "half the day", "E", "08:20 13:30", "", "partly 0.50"),
    ("S2d", "comes at noon", "E", "12:00 18:40", "", "partly 0.35"),
    ("S1b", "leaves a quarter of an hour early", "E", "08:20 18:15", "", "present early"),
    ("S2d", "nobody there", "E", "", "", "absent 1.00"),
    ("S1c", "punctual until before midnight", "L", "13:20 23:35", "", "present"),
    ("S1c", "punches after midnight", "L", "13:20 +00:10", "", "present"),
    ("S1c", "long after midnight", "L", "13:20 +03:00", "", "present"),
    ("S1c", "after midnight is no punch of the day after", "L E+1", "13:20 +00:10 +08:20", "", "present"),
    ("S1c", "late shift, then early shift", "L E+1", "13:20 23:40 +08:20 +18:40", "", "present"),
    ("S1c", "the border between two shifts lies halfway", "L E+1", "13:20 +04:45 +08:20", "", "present missing_out"),
    ("S1c", "late", "L", "13:45 23:35", "", "present late"),
    ("S2d", "leaves before the end", "L", "13:20 22:00", "", "partly 0.15"),
    ("S1c", "leaves within the hour", "L", "13:20 22:30", "", "present early"),
    ("S1c", "the morning's punch counts for nothing", "L", "08:30 23:35", "", "present missing_in"),
    ("S2d", "nobody there", "L", "08:30", "", "absent 1.00"),
    ("S1c", "the punch of the day before's late shift stays there", "L-1 L", "-13:20 00:05 13:25 23:31", "", "present"),
    ("S1c", "the day before left open takes nothing of this day", "L-1 L", "-13:20 13:25 23:31", "", "present"),
    # nights belong to their first day
    ("S1c", "night: both sides", "N", "21:50 +06:05", "", "present"),
    ("S2d", "night: nobody there", "N", "", "", "absent 1.00"),
    ("S2d", "night: both punches after midnight", "N", "+00:30 +06:05", "", "partly 0.31"),
    ("S2d", "night: left at midnight", "N", "21:50 +00:00", "", "partly 0.75"),
    ("S1c", "night: only the morning's punch", "N", "+06:02", "", "present missing_in"),
    ("S1c", "night: only the evening's punch", "N", "21:58", "", "present missing_out"),
    ("S1c", "night after night", "N-1 N", "-21:58 06:01 21:57 +06:02", "", "present"),
    ("S2d", "the end of the night before is no punch of this night", "N-1 N", "-21:58 06:01", "", "absent 1.00"),
    ("S1c", "night into the early shift", "N E+1", "21:50 +06:05 +08:20 +18:40", "", "present"),
    # adjoining shifts
    ("M7.3", "duty at once after the day: two punches do", "E D", "08:20 21:05", "", "present"),
    ("M7.3", "duty ten minutes after the day: two punches do", "E M", "08:20 21:05", "", "present"),
    ("S2d", "went home before the duty", "E D", "08:20 18:33", "", "partly 0.21"),
    ("S2d", "came for the duty alone", "E D", "18:25 21:05", "", "partly 0.78"),
    ("S2d", "nobody at either", "E D", "", "", "absent 1.00"),
    ("M7.3", "three in a row", "E D X", "08:20 23:05", "", "present"),
    ("M7.3", "home in the ten minutes between is believed", "E M", "08:20 18:31 19:30 21:05", "", "present late"),
    ("M7.3", "a duty hours later is a stay of its own", "O X", "08:20 18:35 20:55 23:05", "", "present"),
    ("S2d", "of two stays the second was missed", "O X", "08:20 18:35", "", "partly 0.19"),
    ("S2d", "of two stays the first was missed", "O X", "20:55 23:05", "", "partly 0.81"),
    ("M7.3", "one punch between two stays goes to the nearer", "O X", "08:20 19:30 23:05", "", "present missing_in"),
    ("M7.3", "two acts inside shifts that adjoin are no break", "E D", "08:20 12:00 13:00 21:05", "", "present"),
    ("M7.3", "late for the duty alone", "O X", "08:20 18:35 21:20 23:05", "", "present late"),
    # flags are not trusted
    ("S1b", "everything pressed as in", "E", "08:20/i 18:40/i", "", "present"),
    ("S1b", "everything pressed as out", "E", "08:20/o 18:40/o", "", "present"),
    ("S1b", "pressed the wrong way round", "E", "08:20/o 18:40/i", "", "present"),
    ("S1b", "one punch, pressed as out, near the begin", "E", "08:20/o", "", "present missing_out"),
    ("S1b", "one punch, pressed as in, near the end", "E", "18:40/i", "", "present missing_in"),
    # double punches
    ("S1b", "double at the begin", "E", "08:29:55 08:30:02 18:40", "", "present"),
    ("S1b", "double at the end: the last counts", "E", "08:20 18:24 18:26", "", "present"),
    ("S1b", "double around the grace: the first counts", "E", "08:34 08:36 18:40", "", "present"),
    ("S1b", "a double is one act", "E", "08:20 08:21", "", "present missing_out"),
    ("S1b", "three times within two minutes each", "E", "08:20 08:22 08:24 18:40", "", "present"),
    ("S2d", "two minutes and a second are two acts", "E", "08:20:00 08:22:01", "", "absent 1.00"),
    ("S1a", "double on both sides", "O", "08:25 08:25:30 18:31 18:31:10", "", "present"),
    # missing partners
    ("S1b", "no out", "E", "08:20", "", "present missing_out"),
    ("S1b", "no in", "E", "18:40", "", "present missing_in"),
    ("S1b", "no out, late", "E", "08:50", "", "present late missing_out"),
    ("S1b", "no in, early", "E", "18:10", "", "present early missing_in"),
    ("S2d", "alone in the middle: as near to the begin", "E", "13:30", "", "partly missing_out 0.50"),
    ("S2d", "alone after the middle", "E", "13:31", "", "partly missing_in 0.50"),
    ("M7.3", "missing out of a stay of two shifts", "E D", "08:20", "", "present missing_out"),
    ("M7.3", "missing in of a stay of two shifts", "E D", "21:02", "", "present missing_in"),
    # corrections that were agreed to
    ("S2d", "the out that was agreed to", "E", "08:20 >18:30", "", "present"),
    ("S2d", "the in that was agreed to", "E", "<08:30 18:40", "", "present"),
    ("S2d", "both agreed to", "E", "<08:30 >18:30", "", "present"),
    ("S2d", "a correction's direction is believed", "E", ">10:00", "", "partly missing_in 0.85"),
    ("S2d", "its in too", "E", "<17:00", "", "partly missing_out 0.85"),
    ("S2d", "beside a late punch: the earlier counts", "E", "<08:30 09:10 18:40", "", "present"),
    # absence
    ("S2d", "office, nobody there", "O", "", "", "absent 1.00"),
    ("S2d", "there only before the begin", "E", "07:00 07:30", "", "absent 1.00"),
    ("S2d", "there only after the end", "E", "19:00 19:30", "", "absent 1.00"),
    ("S2d", "an hour of ten", "E", "08:30 09:30", "", "partly 0.90"),
    ("S2d", "late beyond and early within", "E", "10:00 18:20", "", "partly early 0.15"),
    ("S2d", "late and early beyond", "E", "10:00 17:00", "", "partly 0.30"),
    ("S2d", "a requested leave excuses nothing", "E", "", "r all", "absent 1.00"),
    ("S2d", "a requested half day excuses nothing", "E", "13:30 18:40", "r 08:30-13:30", "partly 0.50"),
    ("S2d", "the day before's punches excuse nothing", "E", "-08:20 -18:40", "", "absent 1.00"),
    # leave
    ("S2b", "approved for the day", "E", "", "a all", "leave"),
    ("S2b", "approved for the shift exactly", "O", "", "a 08:30-18:30", "leave"),
    ("S2b", "approved for the split day's two pieces", "O", "", "a 08:30-11:00, a 12:30-18:30", "leave"),
    ("S2b", "came although on leave", "E", "09:00 12:00", "a all", "leave"),
    ("S2b", "the morning off, then there", "E", "13:20 18:40", "a 08:30-13:30", "present"),
    ("S2b", "the morning off, then late", "E", "13:50 18:40", "a 08:30-13:30", "present late"),
    ("S2b", "the afternoon off", "E", "08:20 13:35", "a 13:30-18:30", "present"),
    ("S2b", "the afternoon off, left before", "E", "08:20 13:00", "a 13:30-18:30", "present early"),
    ("S2d", "the morning off, not there after", "E", "", "a 08:30-13:30", "partly 0.50"),
    ("S2b", "the office's morning off", "O", "12:25 18:31", "a 08:30-11:00", "present"),
    ("S2b", "the office's afternoon off", "O", "08:25 11:03", "a 12:30-18:30", "present"),
    ("S2b", "two hours in the middle", "E", "08:20 10:00 12:00 18:40", "a 10:00-12:00", "present"),
    ("S2b", "two hours in the middle, no punches around them", "E", "08:20 18:40", "a 10:00-12:00", "present"),
    ("S2b", "three hours away on two hours' leave", "E", "08:20 10:00 13:00 18:40", "a 10:00-12:00", "present late"),
    ("S2b", "leave until within the night", "N", "+02:00 +06:05", "a 22:00-+02:00", "present"),
    ("S2b", "leave of the late shift's end", "L", "13:20 20:02", "a 20:00-23:30", "present"),
    ("S2b", "leave for the duty alone", "E D", "08:20 18:32", "a 18:30-21:00", "present"),
    ("S2b", "leave that only touches", "E", "08:20 18:40", "a 18:30-20:00", "present"),
    ("S2d", "leave of another time", "E", "", "a 19:00-21:00", "absent 1.00"),
    ("S2b", "two leaves that overlap", "E", "", "a 08:30-14:00, a 12:00-18:30", "leave"),
    ("S2c", "told by telephone", "E", "", "p all", "leave provisional"),
    ("S2c", "told by telephone for the morning", "E", "13:20 18:40", "p 08:30-13:30", "present provisional"),
    ("S2d", "lapsed: nothing is left of it", "E", "", "", "absent 1.00"),
    ("S2c", "the morning approved, the afternoon told", "E", "", "a 08:30-13:30, p 13:30-18:30", "leave provisional"),
    ("S2d", "told for part, not there for the rest", "E", "", "p 08:30-11:00", "partly provisional 0.75"),
    # rest
    ("S1d", "a rest day", "", "", "", "rest"),
    ("S1d", "punched on a rest day", "", "09:00 12:00", "", "rest unplanned"),
    ("S1d", "leave on a rest day is none", "", "", "a all", "rest"),
    ("S1d", "the late shift before ends on the rest day", "L-1", "-13:20 00:10", "", "rest"),
    ("S1d", "the night before ends on the rest day", "N-1", "-21:50 06:10", "", "rest"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("about", "shifts", "punches", "leave", "outcome"),
    [pytest.param(*case[1:], id=f"{case[0]} {case[1]}", marks=pytest.mark.clause(case[0])) for case in CASES],
)
def test_a_day_comes_to_what_the_table_says(
    about: str, shifts: str, punches: str, leave: str, outcome: str
) -> None:
    assert [said(day) for day in settled(shifts, punches, leave)] == [outcome], about


#: Whose clause the hours of a shift are; the night runs past midnight like the late shift.
OF_SHIFT = {"O": "S1a", "E": "S1b", "L": "S1c", "N": "S1c", "D": "M7.3", "M": "M7.3", "X": "M7.3"}


def right_clause(shifts: str, punches: str, leave: str, outcome: str) -> str:
    """What is deducted for, and what was entered afterwards, rests on S2d; rest on S1d; what a leave excuses on S2b,
    told by telephone on S2c; all else on the clause of the hours, those of a duty before those of the day."""
    if outcome.startswith(("absent", "partly")) or set(punches) & {"<", ">"}:
        return "S2d"
    if outcome.startswith("rest"):
        return "S1d"
    if leave:
        return "S2c" if "p " in leave else "S2b"
    clauses = [OF_SHIFT[word] for word in shifts.split() if word in OF_SHIFT]
    return "M7.3" if "M7.3" in clauses else clauses[0]


def test_each_row_names_the_clause_that_it_rests_on() -> None:
    assert [(case[1], case[0]) for case in CASES] == [(case[1], right_clause(*case[2:])) for case in CASES]
    assert {row[0] for row in IN_A_ROW} == {"S2e"}


def test_there_are_enough_cases_of_each_sort_and_none_twice() -> None:
    """Matching of shifts, absence, leave, and three in a row or five in a month."""
    facts = [case[2:5] for case in CASES]
    assert len({(case[1], *case[2:5]) for case in CASES}) == len(facts)
    assert len({row[1] for row in IN_A_ROW}) == len(IN_A_ROW)
    counts = Counter(case[0] for case in (*CASES, *IN_A_ROW))
    matching = sum(counts[clause] for clause in {*OF_SHIFT.values(), "S1d"})
    assert min(matching, counts["S2d"]) >= 30
    assert min(counts["S2b"] + counts["S2c"], counts["S2e"]) >= 18
    assert len(CASES) >= 120
    assert counts.total() >= 150


@pytest.mark.clause("S7")
def test_rest_that_everybody_gave_up_is_noted_and_its_shift_judged_like_any_other() -> None:
    [idle] = settled("", "", waived=True)
    [there] = settled("E", "08:20 18:40", waived=True)
    [missing] = settled("E", "", waived=True)
    assert (said(idle), said(there), said(missing)) == ("rest waived", "present waived", "absent waived 1.00")
