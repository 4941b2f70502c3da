"""The plan of a row, whatever rule a book may hold."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from office.deadlines import rules
from office.rulebook.types import PlanStep
from tests.deadlines.cast import START

minutes = st.integers(0, 5000).map(lambda number: START + dt.timedelta(minutes=number))
targets = st.sampled_from(["holder", "service_supervisor:on_duty", "department_manager", "general_manager"])


@st.composite
def plans(draw: st.DrawFn) -> list[PlanStep]:
    due = draw(minutes)
    steps = [PlanStep(due, "breach", to) for to in draw(st.lists(targets, min_size=1, max_size=4))]
    if draw(st.booleans()):
        steps.insert(0, PlanStep(min(due, draw(minutes)), "warn", draw(targets)))
    for delay in draw(st.lists(st.integers(1, 300), max_size=5)):
        steps.append(PlanStep(due + dt.timedelta(minutes=delay), "escalate", draw(targets)))
    return steps


@given(plans())
def test_columns_are_ascending_with_one_breach_and_lose_no_target(steps: list[PlanStep]) -> None:
    plan = rules.columns(steps)
    assert len(plan.at) == len(plan.kind) == len(plan.to)
    assert plan.at == sorted(plan.at)
    assert plan.kind.count("b") == 1
    assert plan.due_at == next(step.at for step in steps if step.kind == "breach")
    assert "".join(sorted(plan.kind, key="wbe".index)) == "".join(plan.kind)
    asked = {(step.at, step.kind[0], step.to) for step in steps}
    kept = {
        (at, kind, to)
        for at, kind, joined in zip(plan.at, plan.kind, plan.to, strict=True)
        for to in joined.split(rules.JOIN)
    }
    assert kept == asked


@given(st.integers(1, 60))
def test_the_back_off_grows_up_to_an_hour(failures: int) -> None:
    assert dt.timedelta(seconds=5) <= rules.retry_after(failures) <= rules.retry_after(failures + 1)
    assert rules.retry_after(failures) <= dt.timedelta(hours=1)
