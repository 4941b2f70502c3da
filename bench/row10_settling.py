"""Row 10: settling 500 people × 31 days from raw punches, committed, against the pure rule plus a COPY of the results.

Reach: at least 0.4. The bare side gets every fact in memory as values, judges the days by the same rule, and COPYs the
very same final rows (digests included, made beforehand) into the same table. Alternating runs, medians of three, and
the same again at a tenth of the people.

    ./dev bench 10 [--people 500] [--days 31]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction

from attendance.rules.settling import ZONE, Outcome, settle
from attendance.selectors.settling import facts_of, spells
from attendance.selectors.terms import book_of, terms_of
from attendance.services.settling import SETTLED, Fresh, row_of, settle_marked
from bench.row3_sweep import as_owner
from office.audit.services import copy_rows
from office.rulebook.models import Version
from office.staff.models import Employee

FIRST = dt.date(2026, 10, 1)
AFTER = dt.datetime(2026, 11, 3, 9, 0, tzinfo=ZONE)
TABLES = (
    "attendance_settledday, attendance_wageline, attendance_unsettled, attendance_punch, attendance_swap,"
    " attendance_shift"
)
_EMPLOYEES = """
INSERT INTO staff_employee (password, is_superuser, number, name, name_key, email, phone, department, is_active,
                            is_staff, must_change_password, joined_at, language)
SELECT '', false, 'R' || lpad(g::text, 4, '0'), 'Bench ' || g, '', '', '', '', true, false, false,
       '2020-01-01', 'en'
  FROM generate_series(1, %s) g ON CONFLICT (number) DO NOTHING
"""
_SHIFTS = """
INSERT INTO attendance_shift (employee_id, day, sort, code, starts_at, ends_at, spans, meal, origin, version_id,
                              made_at, published_at, removed_reason)
SELECT e.id, d.day, 'work', 'cs_early', d.day + time '08:30' + late, d.day + time '18:30' + late,
       ARRAY[tstzrange(d.day + time '08:30' + late, d.day + time '18:30' + late)], interval '60 min', 'pattern', 1,
       now(), now(), ''
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS e (id, place)
  CROSS JOIN LATERAL (SELECT CASE WHEN e.place %% 2 = 0 THEN interval '5 hours' ELSE interval '0' END AS late) kind
  CROSS JOIN (SELECT (%s::date + g)::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, (%s::date + g) AS day
                FROM generate_series(0, %s) g) d
 WHERE (extract(isodow FROM d.day)::int + e.place) %% 7 <> 0
"""


def wipe(tables: str) -> None:
    """As the owner, whose triggers sleep meanwhile."""
    names = tables.split(", ")
    as_owner(
        *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names),
        f"TRUNCATE {tables} RESTART IDENTITY",
        *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names),
    )


def prepare(people: int) -> list[int]:
    if not Version.objects.exists():
        call_command("rulebook", "activate", "site", "--from", "2020-01-01", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(_EMPLOYEES, [people])
    return list(
        Employee.objects.filter(number__startswith="R").order_by("pk").values_list("pk", flat=True)[:people]
    )


def fill(people: list[int], days: int) -> None:
    """Shifts with a rest day a week, and punches with the faults of real clocks: doubles, missing partners, wrong
    flags, late ones, punches after midnight, days of absence."""
    wipe(TABLES)
    chance = random.Random(31)
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Shanghai'")
        cursor.execute(_SHIFTS, [people, FIRST, FIRST, days - 1])
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SELECT employee_id, starts_at, ends_at FROM attendance_shift ORDER BY id")
        punches: dict[tuple[int, dt.datetime], str] = {}
        for employee_id, start, end in cursor.fetchall():
            fate = chance.random()
            if fate < 0.02:
                continue
            came = start + dt.timedelta(seconds=chance.gauss(-480, 300))
            if 0.06 <= fate < 0.09:
                end = start + dt.timedelta(hours=4)
            left = end + dt.timedelta(seconds=abs(chance.gauss(600, 900)))
            for number, at in enumerate((came, left)):
                if fate < 0.06 and number == int(fate * 1000) % 2:
                    continue
                at = at.replace(microsecond=0)
                punches[employee_id, at] = "in" if (number == 0) != (chance.random() < 0.1) else "out"
                if chance.random() < 0.08:
                    punches[employee_id, at + dt.timedelta(seconds=9)] = "in"
        keys = list(punches)
        cursor.execute(
            "INSERT INTO attendance_punch (employee_id, at, via, device, direction, raw)"
            " SELECT *, '' FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])",
            [
                [k[0] for k in keys],
                [k[1] for k in keys],
                ["web"] * len(keys),
                [""] * len(keys),
                list(punches.values()),
            ],
        )
    mark(people, days)
    as_owner(f"VACUUM ANALYZE {TABLES}")


def mark(people: list[int], days: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO attendance_unsettled (employee_id, day, marks, since) SELECT e, %s::date + g, 1, now()"
            " FROM unnest(%s::bigint[]) e, generate_series(0, %s) g ON CONFLICT DO NOTHING",
            [FIRST, people, days - 1],
        )


def empty() -> None:
    wipe("attendance_settledday, attendance_wageline")
    as_owner("VACUUM attendance_unsettled")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(people: list[int], days: int) -> tuple[float, float, int]:
    """(ours, bare, days settled), in seconds."""
    fill(people, days)
    wanted = [(person, FIRST + dt.timedelta(days=n)) for person in people for n in range(days)]
    facts = facts_of(spells(wanted), horizon=dt.date(2020, 1, 1))
    terms, version = terms_of(book_of(FIRST)), book_of(FIRST).version_id or 0
    every = [FIRST + dt.timedelta(days=n) for n in range(days)]

    def pure() -> list[tuple[int, Outcome]]:
        return [
            (person, outcome)
            for person in people
            for outcome in settle(
                days=every,
                shifts=facts.shifts[person],
                punches=facts.punches[person],
                leaves=(),
                waived=(),
                terms=terms,
            )
        ]

    rows = [
        row_of(Fresh(person, each, 1, version, each.digest), AFTER.isoformat()) for person, each in pure()
    ]

    def bare() -> None:
        pure()
        with transaction.atomic(), connection.cursor() as cursor:
            copy_rows(cursor, SETTLED, rows)

    ours, theirs = [], []
    for _round in range(3):
        empty()
        theirs.append(timed(bare))
        empty()
        mark(people, days)
        ours.append(timed(lambda: settle_marked(now=AFTER)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT verdict) FROM attendance_settledday")
        settled, verdicts = cursor.fetchone()
    assert settled == len(wanted)
    assert verdicts >= 4
    return statistics.median(ours), statistics.median(theirs), settled


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--days", type=int, default=31)
    options = parser.parse_args()
    people = prepare(options.people)
    for count in (options.people, max(1, options.people // 10)):
        ours, bare, settled = measure(people[:count], options.days)
        print(
            f"row 10: {count} people × {options.days} days = {settled} days:"
            f" ours {ours:.3f} s ({settled / ours:,.0f}/s),"
            f" rule + COPY {bare:.3f} s ({settled / bare:,.0f}/s): ratio {bare / ours:.2f} (reach 0.4)"
        )
    wipe(TABLES)


if __name__ == "__main__":
    main()
