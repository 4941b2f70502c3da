"""The lottery, inspections by their plan, and what is put right before anything else goes on (P3.2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Draw, Inspection, InspectionResult, Rectification, RectificationEvent
from contracts.rules import lottery
from contracts.services import drawing, inspecting
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, HOUR, NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def _inspection(order_lot: int = 10) -> Inspection:
    line = arrange.only_line(arrange.producing())
    return inspecting.inspect(
        line_id=line.pk, stage="finished", lot=order_lot, by=person("song_inspector"), now=NOW
    )


def _report(
    inspection: Inspection, bad: int, checked: int | None = None, text: str = "开裂"
) -> InspectionResult:
    return inspecting.report(
        inspection_id=inspection.pk, checked=checked or inspection.sample, bad=bad, text=text,
        by=person("song_inspector"), now=NOW,
    )  # fmt: skip


@pytest.mark.clause("P3.2")
def test_the_lottery_is_drawn_once_a_week_and_anybody_can_repeat_it() -> None:
    arrange.producing()
    made = drawing.draw_due(now=NOW)
    assert made is not None
    assert drawing.draw_due(now=NOW + HOUR) is None
    repeated = lottery.draw(
        made.seed, {row["line"]: row["steps"] for row in made.candidates}, Decimal(made.percent)
    )
    assert [each._asdict() for each in repeated] == made.chosen
    [inspection] = Inspection.objects.all()
    assert (inspection.line_id, inspection.step_id) == (repeated[0].line, repeated[0].step)
    following = drawing.draw_due(now=NOW + 7 * DAY)
    assert following is not None
    assert following.seed != made.seed


def test_nothing_is_drawn_while_nothing_is_produced() -> None:
    arrange.returned()
    assert drawing.draw_due(now=NOW) is None
    with pytest.raises(Conflict):
        drawing.draw_now(by=person("song_inspector"), now=NOW)
    with pytest.raises(Forbidden):
        drawing.draw_now(by=person("xu_warehouse"), now=NOW)
    assert not Draw.objects.exists()


def test_the_share_rounds_up_and_one_is_always_drawn() -> None:
    lines = {line: [line * 10] for line in range(1, 12)}
    assert len(lottery.draw("s", lines, Decimal(20))) == 3
    assert len(lottery.draw("s", {1: [10]}, Decimal(20))) == 1
    assert lottery.draw("s", {}, Decimal(20)) == []
    assert lottery.draw("s", lines, Decimal(20)) == lottery.draw("s", lines, Decimal(20))
    drawn = {each.line for n in range(200) for each in lottery.draw(str(n), lines, Decimal(20))}
    assert drawn == set(lines)


def test_an_inspection_besides_the_lottery_has_its_plan() -> None:
    line = arrange.only_line(arrange.producing())
    inspector, step = person("song_inspector"), line.steps.first()
    assert step is not None
    made = inspecting.inspect(line_id=line.pk, stage="step", step_id=step.pk, by=inspector, now=NOW)
    assert (made.lot, made.letter, made.sample, made.ac) == (10, "C", 5, 0)
    wrongs: tuple[dict[str, Any], ...] = (
        {"stage": "step", "step_id": 987654}, {"stage": "anything"}, {"stage": "finished", "lot": 11},
    )  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(Invalid):
            inspecting.inspect(line_id=line.pk, by=inspector, now=NOW, **wrong)
    with pytest.raises(NotFound):
        inspecting.inspect(line_id=987654, stage="finished", by=inspector, now=NOW)
    with pytest.raises(Conflict):
        inspecting.inspect(
            line_id=arrange.only_line(arrange.drafted()).pk, stage="finished", by=inspector, now=NOW
        )


@pytest.mark.clause("P3.2")
def test_what_fails_is_put_right_within_its_hours_and_nothing_is_shipped_before() -> None:
    result = _report(_inspection(), bad=1)
    assert not result.passed
    made, order = result.rectification, result.inspection.line.order
    clock = Deadline.objects.get(rule="contracts.rectification", state="open")
    assert clock.due_at - clock.started_at == timedelta(hours=24)
    with pytest.raises(Conflict, match="整改"):
        arrange.ship(order)
    with pytest.raises(Conflict):
        inspecting.judge(rectification_id=made.pk, good=True, by=person("song_inspector"), now=NOW)
    inspecting.answer(rectification_id=made.pk, text="已更换", contact=arrange.the_contact(), now=NOW + HOUR)
    clock.refresh_from_db()
    assert clock.met_at == NOW + HOUR
    with pytest.raises(Conflict):
        inspecting.answer(rectification_id=made.pk, text="已更换", contact=arrange.the_contact(), now=NOW)
    inspecting.judge(
        rectification_id=made.pk, good=False, text="还有", by=person("song_inspector"), now=NOW + 2 * HOUR
    )
    assert Deadline.objects.filter(rule="contracts.rectification", state="open").exists()
    inspecting.answer(rectification_id=made.pk, text="全部更换", by=person("luo_buyer"), now=NOW + 3 * HOUR)
    inspecting.judge(rectification_id=made.pk, good=True, by=person("song_inspector"), now=NOW + 4 * HOUR)
    with pytest.raises(Conflict):
        inspecting.answer(rectification_id=made.pk, text="又来", by=person("luo_buyer"), now=NOW)
    assert arrange.ship(order).pk


@pytest.mark.clause("P3.2")
def test_nothing_of_a_line_is_accepted_while_it_is_to_be_put_right() -> None:
    arrival = arrange.arrived()
    made = inspecting.inspect(
        line_id=arrival.lines.get().line_id, stage="arrived", by=person("song_inspector"), now=NOW
    )
    _report(made, bad=3)
    with pytest.raises(Conflict, match="整改"):
        arrange.accept(arrival)
    arrange.accept(arrival, 0, refused=10, remedy="return", reason="开裂")


def test_what_passes_leaves_nothing_to_put_right_and_is_told_once() -> None:
    inspection = _inspection()
    assert _report(inspection, bad=0, text="").passed
    assert not Rectification.objects.exists()
    with pytest.raises(Conflict):
        _report(inspection, bad=0)


def test_a_result_that_the_plan_does_not_give_is_refused() -> None:
    inspection = _inspection()
    for checked, bad, text in ((1, 0, ""), (11, 0, ""), (5, 6, "坏"), (5, 1, "")):
        with pytest.raises(Invalid):
            _report(inspection, bad=bad, checked=checked, text=text)
    with pytest.raises(NotFound):
        inspecting.report(inspection_id=987654, checked=1, bad=0, by=person("song_inspector"), now=NOW)
    asked: dict[str, Any] = {
        "rectification_id": 987654,
        "text": "x",
        "by": person("song_inspector"),
        "now": NOW,
    }
    for act in (partial(inspecting.answer, **asked), partial(inspecting.judge, good=True, **asked)):
        with pytest.raises(NotFound):
            act()


def test_the_database_refuses_a_wrong_verdict_and_a_word_out_of_turn() -> None:
    inspection, inspector = _inspection(), person("song_inspector")
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionResult.objects.create(
            inspection=inspection, checked=5, bad=3, passed=True, by=inspector, at=NOW
        )
    result = _report(inspection, bad=1)
    for word, by in (("done", inspector), ("refused", inspector), ("answered", None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            RectificationEvent.objects.create(rectification=result.rectification, word=word, by=by, at=NOW)
    other = inspecting.inspect(line_id=inspection.line_id, stage="finished", by=inspector, now=NOW)
    passed = _report(other, bad=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rectification.objects.create(result=passed, line=inspection.line, text="x", at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Inspection.objects.create(
            line=inspection.line, stage="finished", lot=10, letter="C", aql="2.5", sample=5, ac=0, at=NOW
        )
