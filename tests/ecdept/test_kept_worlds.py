"""What one test leaves to the next is the world that both ask for, as it was made, and nothing else (tests/kept.py)."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.test import TestCase

from office.staff.models import Employee
from tests.kept import kept, worlds
from tests.people import LONG_AGO

made: list[str] = []
told: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_yet(db: None, kept_worlds: None) -> None:
    """Not even what the tests of this folder keep."""
    worlds.end(TestCase("__init__"))
    worlds.discard()
    worlds.begin(TestCase)
    made.clear()
    told.clear()


@kept
def employee(number: str = "X1") -> Employee:
    made.append(number)
    transaction.on_commit(lambda: told.append(number))
    return Employee.objects.create(number=number, name=number, name_key=number, joined_at=LONG_AGO)


@kept
def pair() -> list[Employee]:
    return [employee(), employee("X2")]


@kept
def renamed(of: Employee, name: str) -> Employee:
    of.name = name
    of.save()
    return of


def the_next_test_begins() -> None:
    worlds.end(TestCase("__init__"))
    worlds.begin(TestCase)


def numbers() -> set[str]:
    return set(Employee.objects.values_list("number", flat=True))


def test_a_world_is_made_once_and_found_as_it_was_made() -> None:
    first = employee()
    Employee.objects.update(name="changed")
    Employee.objects.create(number="X9", name="", name_key="", joined_at=LONG_AGO)
    first.name = "changed too"
    the_next_test_begins()
    found = employee()
    assert (found.pk, found.name, made) == (first.pk, "X1", ["X1"])
    assert Employee.objects.get().name == "X1"


def test_who_does_not_ask_sees_nothing() -> None:
    employee()
    the_next_test_begins()
    assert numbers() == set()
    the_next_test_begins()
    assert employee().number in numbers()
    assert made == ["X1", "X1"]


def test_who_asks_for_another_world_sees_that_one_only() -> None:
    employee()
    the_next_test_begins()
    employee("X2")
    assert numbers() == {"X2"}


def test_a_world_stands_on_the_worlds_that_its_maker_asks_for() -> None:
    employee()
    the_next_test_begins()
    pair()
    the_next_test_begins()
    assert [each.number for each in pair()] == ["X1", "X2"]
    assert numbers() == {"X1", "X2"}
    the_next_test_begins()
    assert [employee().number, *numbers()] == ["X1", "X1"]
    assert made == ["X1", "X2"]


def test_what_comes_after_another_statement_is_nobody_elses() -> None:
    Employee.objects.create(number="X9", name="", name_key="", joined_at=LONG_AGO)
    employee()
    the_next_test_begins()
    employee()
    assert numbers() == {"X1"}
    assert made == ["X1", "X1"]


def test_nothing_is_kept_of_a_patched_test_or_while_the_clock_travels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)):
        employee()
    the_next_test_begins()
    employee()
    assert made == ["X1", "X1"]
    the_next_test_begins()
    monkeypatch.setattr(Employee, "__str__", lambda self: "patched")
    employee()
    assert made == ["X1", "X1", "X1"]


def test_a_maker_that_changes_what_it_is_given_runs_every_time() -> None:
    for name in ("first", "second"):
        given = employee()
        renamed(given, "new")
        assert (given.name, Employee.objects.get().name) == ("new", "new"), name
        the_next_test_begins()
    assert made == ["X1"]


def test_the_hooks_that_wait_for_a_commit_are_found_too() -> None:
    for _ in range(2):
        employee()
        with TestCase.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(lambda: told.append("own"))
        assert len(connection.run_on_commit) == 2
        assert told == ["own"]
        told.clear()
        the_next_test_begins()
    assert made == ["X1"]


def test_changed_constraints_end_it() -> None:
    employee()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    the_next_test_begins()
    employee()
    assert made == ["X1", "X1"]
