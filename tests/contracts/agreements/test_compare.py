"""Two versions side by side: clauses paired by their ids, differences marked on both sides."""

from __future__ import annotations

import pytest

from contracts.rules.compare import Piece, changed_terms, side_by_side

pytestmark = pytest.mark.clause("P6")


def clause(id_: str, text: str) -> dict[str, str]:
    return {"id": id_, "title": id_, "text": text}


def test_what_differs_is_marked_on_the_side_that_has_it() -> None:
    (pair,) = side_by_side([clause("P2.2", "订金30%")], [clause("P2.2", "订金40%")])
    assert pair.before == (Piece("订金", False), Piece("3", True), Piece("0%", False))
    assert pair.after == (Piece("订金", False), Piece("4", True), Piece("0%", False))
    assert pair.changed


def test_what_is_the_same_is_not() -> None:
    (pair,) = side_by_side([clause("P4", "协商")], [clause("P4", "协商")])
    assert not pair.changed


def test_a_new_and_a_dropped_clause_stand_alone() -> None:
    added, dropped = side_by_side([clause("X1", "旧")], [clause("P1.1", "新")])
    assert (added.id, added.before, added.changed) == ("P1.1", (), True)
    assert (dropped.id, dropped.after, dropped.changed) == ("X1", (), True)


def test_terms_that_differ_are_named() -> None:
    assert changed_terms({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4, "d": 5}) == ["b", "d", "c"]
