"""How similar content was decided: cases of the same kind of request and the same column."""

from __future__ import annotations

import pytest

from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors import queue
from tests.cms.stage import DAY, HOUR, MINUTE, NOW, agree, column, hand_in, write
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")


def asked(title: str, slug: str = "news") -> Run:
    return hand_in(write(title=title, to=column(slug)), "tang_writer")


def similar(run: Run, after: object = HOUR) -> tuple[int, int]:
    lines = queue.waiting(person("chen_manager"), NOW + after).lines  # type: ignore[operator]
    (found,) = [line.similar for line in lines if line.run.pk == run.pk]
    return found.agreed, found.rejected


def test_cases_of_one_column_within_ninety_days_count_as_alike() -> None:
    agree(asked("甲"), "chen_manager")
    approvals.reject(run_id=asked("乙").pk, by=person("chen_manager"), now=NOW + MINUTE, reason="与事实不符")
    run = asked("丙")
    assert similar(run) == (1, 1)
    assert similar(asked("丁", "events")) == (0, 0)
    assert similar(run, 91 * DAY) == (0, 0)
