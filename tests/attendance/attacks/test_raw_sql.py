"""What goes round the verbs: the application's own database login is refused what nobody may do."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from attendance.models import Case, SettledDay, Swap, WageLine
from attendance.services import cases, scoring, vacancies
from attendance.services.months import close_month
from attendance.services.roster import keys, swaps
from tests.attendance import leaves, plan
from tests.attendance.months.world import LATER, MONTH, absent, second_hr, wage
from tests.attendance.people.stage import everybody, on_trial
from tests.attendance.shifts import AFTER, punch
from tests.people import person

pytestmark = pytest.mark.django_db


def refused(statement: str, *params: int) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, params)
            return bool(cursor.rowcount == 0)
    except DatabaseError:
        return True


def copied(model: type[Model], pk: int, **changed: str) -> bool:
    """Whether another row like this one, with other expressions in some columns, is refused."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    given = ", ".join(changed.get(column, column) for column in columns)
    table = model._meta.db_table
    return refused(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {given} FROM {table} WHERE id = %s", pk
    )


def a_case() -> Case:
    everybody()
    return cases.open_case(
        employee_id=person("li_lei").pk, clause="S3", facts="x", by=person("chen_manager"), now=leaves.NOW
    )


TABLES = """
    punch correctedpunch settledday adjustment monthclose wageline wagebase leave leaveapproval
    leaveproof balancemovement case caseevidence casefile casedecision acknowledgement leaving
    handoveritem standin standinnaming priorservice swap shift publication hotlinespan restwaiver engagement
    postchange probation candidate candidatenote exam examscore review reviewscore kpi kpitable vacancy
    headcountfigure rosterkey
"""


@pytest.mark.parametrize("table", TABLES.split())
def test_no_table_can_be_emptied(table: str) -> None:
    assert refused(f"TRUNCATE attendance_{table} CASCADE")


def test_a_case_begins_open_and_with_time_to_answer() -> None:
    case = a_case()
    assert copied(Case, case.pk, state="'decided'", ended_at="opened_at")
    assert copied(Case, case.pk, state="'proposed'")
    assert copied(Case, case.pk, statement="'x'", statement_at="opened_at")
    assert copied(Case, case.pk, reply_due_at="opened_at - interval '1 day'")
    assert not copied(Case, case.pk)


def test_an_answer_that_was_given_is_not_put_into_other_words_by_others() -> None:
    case = a_case()
    cases.answer(case_id=case.pk, statement="不是我", by=person("li_lei"), now=leaves.NOW)
    assert refused("UPDATE attendance_case SET statement = '', statement_at = NULL WHERE id = %s", case.pk)


def test_who_stands_in_is_not_changed_behind_the_agreement() -> None:
    leaves.everybody()
    leave = leaves.agree(leaves.ask())
    mei = person("han_meimei").pk
    assert refused(
        "UPDATE attendance_leave SET deputy_id = %s, deputy_by_id = %s WHERE id = %s", mei, mei, leave.pk
    )


def test_people_are_looked_for_and_taken_only_when_it_was_agreed_to() -> None:
    everybody()
    asked = vacancies.ask_vacancy(
        position="copywriter",
        count=1,
        channels=["online"],
        special=False,
        wanted="x",
        reason="x",
        by=person("chen_manager"),
        now=leaves.NOW,
    )
    assert refused(
        "UPDATE attendance_vacancy SET state = 'open', opened_at = now() WHERE id = %s", int(asked.subject_id)
    )
    found = on_trial()
    assert refused(
        "UPDATE attendance_candidate SET stage = 'hired', employee_id = %s, erase_at = now() WHERE id = %s",
        person("li_lei").pk,
        found.pk,
    )


def test_a_swap_begins_asked_and_stays() -> None:
    plan.book()
    li_lei, mei, _ = plan.agents(3)
    give = plan.shift(li_lei, plan.MONDAY)
    swap = swaps.ask_swap(
        give_id=give.pk, colleague_id=mei.pk, take_id=None, reason="x", by=li_lei, now=plan.NOW
    )
    assert refused("DELETE FROM attendance_swap WHERE id = %s", swap.pk)
    assert copied(Swap, swap.pk, state="'done'", ended_at="asked_at")


def test_a_published_table_of_key_figures_stays_published() -> None:
    everybody()
    table = scoring.write_table(
        position="service_agent",
        period="Q4",
        first_day=dt.date(2026, 10, 1),
        last_day=dt.date(2026, 12, 31),
        figures=[scoring.Figure("a", "b", 100)],
        by=person("chen_manager"),
        now=leaves.NOW,
    )
    person("li_lei")
    scoring.publish_table(table_id=table.pk, by=person("chen_manager"), now=leaves.NOW)
    assert refused("UPDATE attendance_kpitable SET published_at = NULL WHERE id = %s", table.pk)
    assert refused("UPDATE attendance_kpitable SET period = 'x' WHERE id = %s", table.pk)
    assert refused("DELETE FROM attendance_kpitable WHERE id = %s", table.pk)


def test_a_closed_month_takes_nothing_and_gives_nothing() -> None:
    line = absent(person("li_lei"))
    WageLine.objects.filter(pk=line.pk).update(
        state="waived", decided_by=second_hr(), decided_at=AFTER, reason="x"
    )
    close_month(month=MONTH, by=second_hr(), now=LATER)
    assert refused("UPDATE attendance_wageline SET reason = 'y' WHERE id = %s", line.pk)
    assert refused("DELETE FROM attendance_wageline WHERE id = %s", line.pk)
    assert refused("DELETE FROM attendance_monthclose")
    assert refused("UPDATE attendance_monthclose SET days = 0")
    assert refused("UPDATE attendance_settledday SET verdict = 'present'")
    assert refused("DELETE FROM attendance_settledday")
    assert copied(SettledDay, SettledDay.objects.get().pk, turn="9")
    assert copied(
        WageLine, line.pk, day="day + 1", state="'proposed'", decided_by_id="NULL", decided_at="NULL"
    )


def test_a_month_that_is_not_over_is_not_closed_by_anybody() -> None:
    hr = second_hr()
    assert refused(
        "INSERT INTO attendance_monthclose (month, closed_by_id, closed_at, days, lines, digest)"
        " VALUES ('2026-11-01', %s, '2026-11-20', 0, 0, 'x')",
        hr.pk,
    )


def test_a_punch_is_neither_changed_nor_erased() -> None:
    punch(person("li_lei"), "08:25")
    assert refused("UPDATE attendance_punch SET at = at - interval '1 hour'")
    assert refused("DELETE FROM attendance_punch")
    assert refused("SELECT set_config('attendance.erasing', 'on', true); DELETE FROM attendance_punch")
    assert refused("SELECT attendance_erase_punches(now() + interval '1 day', 10)")


def test_wages_that_were_entered_stay() -> None:

    wage(person("li_lei"))
    assert refused("DELETE FROM attendance_wagebase")
    assert refused("UPDATE attendance_wagebase SET starts_on = '2020-01-01'")


def test_a_revoked_address_stays_revoked() -> None:

    keys.make_key(by=person("li_lei"), now=leaves.NOW)
    keys.revoke_key(by=person("li_lei"), now=leaves.NOW)
    assert refused("UPDATE attendance_rosterkey SET revoked_at = NULL")
