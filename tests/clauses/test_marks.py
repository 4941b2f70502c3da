"""Marks name clauses that exist, and every clause that is kept now is shown by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from office.rulebook import coverage
from office.rulebook.selectors import shipped_book

TESTS = Path(__file__).resolve().parents[1]
BOOKS = [shipped_book("site"), shipped_book("mall")]


@pytest.fixture(scope="module")
def shown() -> dict[str, tuple[str, ...]]:
    """Every file of the tests is read for it: when they run, not when they are collected."""
    return coverage.tests_by_clause(TESTS)


def test_marks_name_clauses_that_exist(shown: dict[str, tuple[str, ...]]) -> None:
    known = {clause_id for book in BOOKS for clause_id in book.clauses}
    assert sorted(set(shown) - known) == []


def test_every_clause_kept_now_is_shown_by_a_test(shown: dict[str, tuple[str, ...]]) -> None:
    unshown = [
        entry.clause.id
        for entry in coverage.coverage(BOOKS, shown)
        if not {"conduct", "excluded", "planned"} & set(entry.clause.enforcement) and not entry.tests
    ]
    assert unshown == []
