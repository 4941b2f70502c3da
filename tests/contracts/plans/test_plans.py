"""Work plans: a template laid out, steps moved, done, dropped, the plan closed (W1)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Milestone, WorkPlan
from contracts.services import plan_documents, plans
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.rulebook import api as rulebook
from tests.contracts.world import DAY, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("W1")]


def make(template: str = "open_shop", owner: str = "zhao_operations", **said: Any) -> WorkPlan:
    everybody("zhao_operations", "chen_manager", "zheng_designer", "li_lei")
    given = {
        "title": "开设抖音旗舰店",
        "aim": "",
        "starts_on": TODAY,
        "by": person("chen_manager"),
        "now": NOW,
        **said,
    }
    return plans.make_plan(template=template, owner_id=person(owner).pk, **given)


def clock(step: Any, rule: str = "work.milestone", state: str = "open") -> Deadline | None:
    kind = "milestone" if isinstance(step, Milestone) else "plan_document"
    found = Deadline.objects.filter(rule=rule, subject_type=kind, subject_id=str(step.pk), state=state)
    return found.order_by("-pk").first()


def hand_in(document: Any, expires_on: date | None = None, **said: Any) -> Any:
    given = {"by": person("zhao_operations"), "now": NOW, **said}
    return plan_documents.hand_in_document(
        document_id=document.pk,
        content=small_picture(),
        name_of_file="执照.png",
        expires_on=expires_on,
        **given,
    )


def change(step: Milestone, **said: Any) -> Milestone:
    given = {
        "title": step.title,
        "owner_id": step.owner_id,
        "starts_on": step.starts_on,
        "due_on": step.due_on,
        "reason": "",
    }
    return plans.change_milestone(
        **{"milestone_id": step.pk, **given, "by": person("chen_manager"), "now": NOW, **said}
    )


def test_a_shop_is_opened_by_a_dated_schedule_and_the_checklist_of_the_book() -> None:
    plan = make()
    steps = list(plan.milestones.order_by("n"))
    assert [step.title for step in steps][:2] == ["选定平台与类目", "备齐资料"]
    assert all(one.due_on == two.starts_on for one, two in pairwise(steps))
    assert [each.kind for each in plan.documents.order_by("n")] == [
        "business_licence", "tax_registration", "quality_report", "trademark_certificate", "trademark_authorisation",
        "payment_authorisation",
    ]  # fmt: skip
    first = clock(steps[0])
    assert first is not None
    assert (first.due_at, first.holder_id) == (
        (NOW + 4 * DAY).replace(hour=0), person("zhao_operations").pk,
    )  # fmt: skip
    gathered = {each.due_on for each in plan.documents.all()}
    assert gathered == {steps[1].due_on}


@pytest.mark.parametrize("template", ["open_shop", "take_on_supplier", ""])
def test_every_template_can_be_laid_out(template: str) -> None:
    plan = make(template)
    assert bool(plan.milestones.count()) == bool(template)


def test_in_the_mall_too() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW)
    assert make().documents.count() == 6


def test_its_owner_finishes_a_step_and_it_stays_done() -> None:
    step = make().milestones.get(n=1)
    with pytest.raises(Forbidden):
        plans.finish_milestone(milestone_id=step.pk, note="", by=person("li_lei"), now=NOW)
    plans.finish_milestone(
        milestone_id=step.pk, note="选了家居类目", by=person("zhao_operations"), now=NOW + DAY
    )
    met = clock(step, state="met")
    assert met is not None
    assert met.met_at == NOW + DAY
    with pytest.raises(Conflict):
        plans.finish_milestone(milestone_id=step.pk, note="", by=person("zhao_operations"), now=NOW)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Milestone.objects.filter(pk=step.pk).update(done_at=None)


def test_an_owner_who_keeps_no_plans_finishes_his_own() -> None:
    step = make(owner="zheng_designer").milestones.get(n=1)
    plans.finish_milestone(milestone_id=step.pk, note="", by=person("zheng_designer"), now=NOW)
    with pytest.raises(Forbidden):
        plans.drop_milestone(
            milestone_id=step.plan.milestones.get(n=2).pk, reason="不用", by=person("zheng_designer"), now=NOW
        )


def test_a_step_that_is_moved_says_why_and_gets_another_clock() -> None:
    step = make().milestones.get(n=1)
    with pytest.raises(Invalid) as refused:
        change(step, due_on=TODAY + 9 * DAY)
    assert refused.value.errors[0]["path"] == "reason"
    change(step, due_on=TODAY + 9 * DAY, reason="平台改规则")
    assert clock(step, state="cancelled") is not None
    running = clock(step)
    assert running is not None
    assert running.due_at == (NOW + 10 * DAY).replace(hour=0)
    step.refresh_from_db()
    change(step, owner_id=person("zheng_designer").pk)
    running.refresh_from_db()
    assert running.holder_id == person("zheng_designer").pk


def test_a_step_is_added_and_dropped_with_a_reason() -> None:
    plan = make("")
    step = plans.add_milestone(
        plan_id=plan.pk, title="拍摄主图", owner_id=person("zheng_designer").pk, starts_on=TODAY,
        due_on=TODAY + 5 * DAY, by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    with pytest.raises(Invalid):
        plans.drop_milestone(milestone_id=step.pk, reason="", by=person("chen_manager"), now=NOW)
    plans.drop_milestone(milestone_id=step.pk, reason="用旧图", by=person("chen_manager"), now=NOW)
    assert clock(step, state="cancelled") is not None
    with pytest.raises(Conflict):
        change(step)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"title": " "}, "title"),
        ({"due_on": TODAY - DAY}, "due_on"),
        ({"owner_id": 987654}, "owner"),
    ],
)
def test_a_step_has_a_title_a_person_and_an_end(said: dict[str, Any], path: str) -> None:
    step = make().milestones.get(n=1)
    with pytest.raises(Invalid) as refused:
        change(step, **said)
    assert refused.value.errors[0]["path"] == path


def test_a_paper_handed_in_runs_out_and_a_newer_one_takes_its_place() -> None:
    document = make().documents.get(n=1)
    hand_in(document, TODAY + 60 * DAY, number="91440606")
    assert clock(document, "work.gather", "met") is not None
    expiry = clock(document, "work.document")
    assert expiry is not None
    assert expiry.due_at == (NOW + 61 * DAY).replace(hour=0)
    hand_in(document, TODAY + 500 * DAY, now=NOW + 50 * DAY)
    assert clock(document, "work.document", "met") is not None
    assert document.papers.count() == 2


def test_a_paper_that_has_run_out_is_no_paper() -> None:
    document = make().documents.get(n=1)
    with pytest.raises(Invalid) as refused:
        hand_in(document, TODAY - DAY)
    assert refused.value.errors[0]["path"] == "expires_on"
    with pytest.raises(Forbidden):
        hand_in(document, by=person("li_lei"))
    with pytest.raises(NotFound):
        plan_documents.hand_in_document(
            document_id=987654, content=b"x", name_of_file="x", expires_on=None, by=person("li_lei"), now=NOW
        )


def test_a_document_is_added_and_dropped() -> None:
    plan = make("")
    document = plan_documents.add_document(
        plan_id=plan.pk, name="品牌授权书", owner_id=person("zhao_operations").pk, due_on=TODAY + DAY,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    plan_documents.drop_document(document_id=document.pk, reason="不需要", by=person("chen_manager"), now=NOW)
    assert clock(document, "work.gather", "cancelled") is not None
    for act in (
        lambda: hand_in(document),
        lambda: plan_documents.drop_document(
            document_id=document.pk, reason="再撤", by=person("chen_manager"), now=NOW
        ),
    ):
        with pytest.raises(Conflict):
            act()


def test_a_plan_given_up_says_why_and_stops_its_clocks() -> None:
    plan = make()
    with pytest.raises(Invalid):
        plans.close_plan(plan_id=plan.pk, reason="", by=person("chen_manager"), now=NOW)
    plans.close_plan(plan_id=plan.pk, reason="平台停招", by=person("chen_manager"), now=NOW)
    assert not Deadline.objects.filter(state="open").exists()
    with pytest.raises(Conflict):
        plans.close_plan(plan_id=plan.pk, reason="再关", by=person("chen_manager"), now=NOW)


def test_a_complete_plan_needs_no_reason_and_its_papers_go_on_running_out() -> None:
    plan = make()
    for step in plan.milestones.all():
        plans.finish_milestone(milestone_id=step.pk, note="", by=person("zhao_operations"), now=NOW)
    for document in plan.documents.all():
        hand_in(document, TODAY + 100 * DAY)
    plans.close_plan(plan_id=plan.pk, reason="", by=person("chen_manager"), now=NOW)
    assert Deadline.objects.filter(rule="work.document", state="open").count() == 6
    hand_in(plan.documents.get(n=1), TODAY + 500 * DAY)  # papers are renewed when the shop is long open


def test_who_keeps_no_plans_makes_none() -> None:
    with pytest.raises(Forbidden):
        make(by=person("li_lei"))
    with pytest.raises(Invalid):
        make("open_restaurant")
    with pytest.raises(NotFound):
        plans.close_plan(plan_id=987654, reason="关", by=person("chen_manager"), now=NOW)
    with pytest.raises(NotFound):
        plans.finish_milestone(milestone_id=987654, note="", by=person("chen_manager"), now=NOW)
