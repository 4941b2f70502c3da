"""Whom the clocks of a work plan tell, and when (W1): the owner ahead of the day and on it, then the manager."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.models import Milestone, PlanDocument
from contracts.services import plan_documents, plans
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.notices.models import Notice
from tests.contracts.world import DAY, MINUTE, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("W1")]


@pytest.fixture
def step() -> Milestone:
    """To be done by its owner within ten days."""
    everybody("zhao_operations", "chen_manager", "zheng_designer")
    plan = plans.make_plan(
        title="开店", aim="", template="", starts_on=TODAY, owner_id=person("zhao_operations").pk,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    return plans.add_milestone(
        plan_id=plan.pk, title="提交入驻申请", owner_id=person("zheng_designer").pk, starts_on=TODAY,
        due_on=TODAY + 10 * DAY, by=person("chen_manager"), now=NOW,
    )  # fmt: skip


@pytest.fixture
def document(step: Milestone) -> PlanDocument:
    return plan_documents.add_document(
        plan_id=step.plan_id, name="营业执照", owner_id=person("zheng_designer").pk, due_on=TODAY + 10 * DAY,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip


def due(rule: str) -> Deadline:
    return Deadline.objects.get(rule=rule, state="open")


def told(who: str, what: Milestone | PlanDocument) -> int:
    kind = "milestone" if isinstance(what, Milestone) else "plan_document"
    return Notice.objects.filter(
        recipient=person(who), subject_type=kind, subject_id=str(what.pk), source="deadline"
    ).count()


def test_the_owner_of_a_step_hears_of_it_ahead_and_on_the_day_then_the_manager(step: Milestone) -> None:
    ends = due("work.milestone").due_at
    deadlines.settle_due(ends - 2 * DAY - MINUTE)
    assert told("zheng_designer", step) == 0
    deadlines.settle_due(ends - 2 * DAY + MINUTE)
    assert told("zheng_designer", step) == 1
    deadlines.settle_due(ends + MINUTE)
    assert (told("zheng_designer", step), told("chen_manager", step)) == (2, 0)
    deadlines.settle_due(ends + DAY + MINUTE)
    assert told("chen_manager", step) == 1


def test_a_finished_step_tells_nobody(step: Milestone) -> None:
    ends = due("work.milestone").due_at
    plans.finish_milestone(milestone_id=step.pk, note="", by=person("zheng_designer"), now=NOW + DAY)
    deadlines.settle_due(ends + 9 * DAY)
    assert told("zheng_designer", step) == 0


def test_a_document_that_is_not_there_in_time_is_asked_for(document: PlanDocument) -> None:
    ends = due("work.gather").due_at
    deadlines.settle_due(ends - 2 * DAY + MINUTE)
    deadlines.settle_due(ends + DAY + MINUTE)
    assert (told("zheng_designer", document), told("chen_manager", document)) == (2, 1)


def test_a_document_is_renewed_before_it_runs_out_long_after_the_plan_is_complete(
    step: Milestone, document: PlanDocument
) -> None:
    plan_documents.hand_in_document(
        document_id=document.pk, content=small_picture(), name_of_file="执照.png", expires_on=TODAY + 200 * DAY,
        by=person("zheng_designer"), now=NOW,
    )  # fmt: skip
    plans.finish_milestone(milestone_id=step.pk, note="", by=person("zheng_designer"), now=NOW)
    plans.close_plan(plan_id=step.plan_id, reason="", by=person("chen_manager"), now=NOW)
    ends = due("work.document").due_at
    deadlines.settle_due(ends - timedelta(days=30) - MINUTE)
    assert told("zheng_designer", document) == 0
    deadlines.settle_due(ends - timedelta(days=30) + MINUTE)
    assert told("zheng_designer", document) == 1
    deadlines.settle_due(ends + 7 * DAY + MINUTE)
    assert (told("zheng_designer", document), told("chen_manager", document)) == (2, 1)
