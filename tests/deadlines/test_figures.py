"""figures and the state of clauses: computed from facts, whatever the sweep did."""

from __future__ import annotations

import pytest

from office.deadlines import api as deadlines
from office.deadlines.selectors import state_of_clauses
from tests.deadlines.cast import CONTACT, START, after, clock, subject
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.2")
def test_kept_late_and_open_come_from_facts_without_any_sweep() -> None:
    holder = person("li_lei")
    for number in range(1, 6):
        clock(number, holder)
    deadlines.meet(CONTACT, subject=subject(1), at=after(10))  # kept, to the second
    deadlines.meet(CONTACT, subject=subject(2), at=after(11))  # late
    deadlines.cancel(None, subject=subject(3), at=after(2))  # nothing to keep any more
    deadlines.cancel(None, subject=subject(4), at=after(12))  # was overdue when cancelled
    clock(6, holder, started_at=after(18))
    (figure,) = deadlines.figures(["C7.2"], START, after(24 * 60), now=after(20))
    assert (figure.rule, figure.holder_id) == (CONTACT, holder.pk)
    assert (figure.kept, figure.late, figure.open) == (1, 3, 1)


def test_each_deadline_counts_in_one_period_only() -> None:
    clock(1)
    clock(2, started_at=after(30))
    deadlines.meet(CONTACT, subject=subject(1), at=after(5))
    deadlines.meet(CONTACT, subject=subject(2), at=after(50))  # due at 40
    first = deadlines.figures(["C7.2"], START, after(8), now=after(60))
    second = deadlines.figures(["C7.2"], after(8), after(45), now=after(60))
    third = deadlines.figures(["C7.2"], after(45), after(60), now=after(60))
    assert [(figure.kept, figure.late) for figure in first] == [(1, 0)]
    assert [(figure.kept, figure.late) for figure in second] == [(0, 1)]
    assert third == []


def test_figures_are_split_by_rule_and_holder() -> None:
    one, other = person("li_lei"), person("han_meimei")
    clock(1, one)
    clock(2, other)
    deadlines.open("orders.accept", subject=subject(3), started_at=START, now=START)
    found = deadlines.figures(["C7.1", "C7.2"], START, after(60), now=after(1))
    assert {(figure.rule, figure.holder_id, figure.open) for figure in found} == {
        ("orders.accept", None, 1),
        (CONTACT, one.pk, 1),
        (CONTACT, other.pk, 1),
    }
    assert deadlines.figures(["C9.9"], START, after(60)) == []


def test_the_rulebook_page_hears_how_a_clause_fares() -> None:
    clock(1)
    deadlines.meet(CONTACT, subject=subject(1), at=after(3))
    clock(2)
    deadlines.meet(CONTACT, subject=subject(2), at=after(30))
    state = state_of_clauses(["C7.2", "C13.3"], START, after(60))
    assert (state["C7.2"].kept, state["C7.2"].late) == (1, 1)
    assert "C13.3" not in state
