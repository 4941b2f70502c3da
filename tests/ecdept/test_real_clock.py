"""The demo's punches are those of a real clock under the names of the demo, where its file lies beside the checkout."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecdept.demo.attendance_days import HR, punches
from ecdept.demo.real_clock import laid_on, people_of_the_clock, usual_people
from office.tables.cells import SHANGHAI
from tests.real_data import real

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)
FIRST = dt.date(2022, 1, 1)


def line(user: int, day: int, at: str, key: int) -> str:
    return f"{user:>9}\t{FIRST + dt.timedelta(days=day)} {at}\t1\t{key}\t0\t0"


def clock(tmp_path: Path) -> Path:
    """Two who keep the hours, the second of whom often forgets to punch out; one who works at night; one of a week."""
    lines = []
    for day in range(70):
        lines += [line(7, day, "07:50:00", 0), line(7, day, "16:05:30", 1)]
        lines += [line(8, day, "08:20:00" if day == 3 else "07:45:00", 0)]
        lines += [line(8, day, "16:01:00", 0)] if day % 5 else []
        lines += [line(9, day, "04:40:00", 0), line(9, day, "16:09:00", 1)]
    lines += [line(10, day, at, 0) for day in range(6) for at in ("07:50:00", "16:00:00")]
    folder = tmp_path / "attlog"
    folder.mkdir()
    path = folder / "clock.dat"
    path.write_text("\n".join([*lines, "       99\t2022-0"]) + "\n")
    return path


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI)


def test_people_of_the_usual_hours_come_with_the_forgetful_last(tmp_path: Path) -> None:
    careful, forgetful = usual_people(clock(tmp_path), NOW)
    assert [len(careful), len(forgetful)] == [70, 70]
    assert list(laid_on(careful[0], at(5, 9), at(5, 18))) == [
        (at(5, 8, 50), 0),
        (at(5, 18, 5) + dt.timedelta(seconds=30), 1),
    ]
    assert list(laid_on(forgetful[3], at(5, 22), at(6, 6))) == [(at(5, 22, 20), 0), (at(6, 6, 1), 0)]
    assert list(laid_on(forgetful[5], at(5, 9), at(5, 18))) == [(at(5, 8, 45), 0)]


def test_a_person_of_the_demo_gets_the_days_of_one_person_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(tmp_path)
    monkeypatch.setenv("ECDEPT_TEST_DATA", str(tmp_path))

    def shift(pk: int, number: str, day: int) -> Any:
        return SimpleNamespace(
            employee_id=pk, employee=SimpleNamespace(number=number), starts_at=at(day, 9), ends_at=at(day, 18)
        )

    shifts = [shift(pk, number, day) for day in (5, 6) for pk, number in ((1, "A001"), (2, "A002"), (3, HR))]
    found = list(punches(shifts, NOW))
    assert [(at_, key) for pk, at_, key in found if pk == 1] == [
        (at(day, *when) + dt.timedelta(seconds=30 * key), key)
        for day in (5, 6)
        for key, when in ((0, (8, 50)), (1, (18, 5)))
    ]
    assert [at_ for pk, at_, _key in found if pk == 2] == [at(5, 8, 45), at(6, 8, 45), at(6, 18, 1)]
    assert {pk for pk, *_rest in found} == {1, 2, 3}


def test_without_a_file_the_punches_are_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECDEPT_TEST_DATA", str(tmp_path))
    assert people_of_the_clock(NOW) == []


def test_the_real_clock_has_enough_people_of_two_months() -> None:
    people = usual_people(real("attlog", "clockwork_1_attlog.dat"), NOW)
    assert len(people) >= 20
    assert all(len(days) >= 60 for days in people)
