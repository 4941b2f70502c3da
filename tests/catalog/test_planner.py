"""What the planner writes down: asked for by the schedule, kept for good."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import PlannerRecord, PlannerTask
from catalog.selectors.planning import kinds_now, open_tasks, records
from catalog.selectors.supervision import section_changes
from catalog.services import goods
from catalog.services.planning import DONE, keep_record, open_due_tasks
from catalog.services.stock import moving
from catalog.tasks.planning import open_tasks as the_task
from office.audit.lawful import LawRefused
from office.audit.models import Entry
from office.audit.registry import verb_label
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.shelf import DAY, HOUR, NOW, category, sku
from tests.catalog.stock.arrange import received
from tests.people import person, signed_in

mall, site = pytest.mark.usefixtures("mall"), pytest.mark.usefixtures("site")
pytestmark = pytest.mark.django_db


def keep(**more: Any) -> PlannerRecord:
    given: dict[str, Any] = {
        "kind": "operating_plan", "title": "十二月运营计划", "text": "主推卧室。", "on": dt.date(2026, 12, 1),
        "by": person("he_planner"), "now": NOW,
    }  # fmt: skip
    return keep_record(**{**given, **more})


@mall
@pytest.mark.clause("J3")
def test_the_schedule_asks_for_plans_once_a_month_with_a_deadline() -> None:
    tasks = open_due_tasks(now=NOW)
    assert [task.kind for task in tasks] == ["display_plan", "operating_plan"]
    assert open_due_tasks(now=NOW + DAY) == []
    assert Deadline.objects.filter(rule=DONE, state="open").count() == 2
    assert len(open_due_tasks(now=NOW + 30 * DAY)) == 2
    assert open_tasks()[0].due_at == NOW + 7 * DAY


@mall
@pytest.mark.clause("J3")
def test_a_record_that_was_asked_for_meets_its_deadline() -> None:
    [first, _other] = open_due_tasks(now=NOW)
    made = keep(kind="", task_id=first.pk, now=NOW + DAY)
    assert (made.kind, made.task_id) == ("display_plan", first.pk)
    assert Deadline.objects.get(subject_id=str(first.pk), rule=DONE).state == "met"
    assert [each.task.kind for each in open_tasks()] == ["operating_plan"]
    with pytest.raises(Conflict) as refused:
        keep(task_id=first.pk)
    assert refused.value.code == "done"
    with pytest.raises(NotFound):
        keep(task_id=987654)


@mall
@pytest.mark.clause("J3")
@pytest.mark.parametrize(
    "kind", ["display_plan", "operating_plan", "user_research", "competitor_file", "partner_file", "proposal"]
)
def test_every_kind_is_kept_with_who_and_when(kind: str) -> None:
    made = keep(kind=kind)
    assert (made.kind, made.by.name, made.at) == (kind, "何策划", NOW)
    assert Entry.objects.get(verb="catalog.planner_record_kept").clause == "J3"


@mall
@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"kind": "poem"}, "kind"), ({"title": ""}, "title"), ({"text": "  "}, "text"), ({"text": "x" * 8001}, "text"),
        ({"text": "a\0b"}, "text"), ({"on": dt.date(1999, 1, 1)}, "on"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(**given)
    assert [error["path"] for error in refused.value.errors] == [path]


@mall
@pytest.mark.parametrize("who", ["gao_section", "chen_manager", "lin_editor", "zhou_general"])
def test_nobody_else_keeps_records(who: str) -> None:
    with pytest.raises(Forbidden):
        keep(by=person(who))


@mall
@pytest.mark.clause("C7.5")
def test_what_was_written_is_law() -> None:
    with pytest.raises(LawRefused):
        PlannerRecord.objects.filter(pk=keep().pk).update(text="x")


@site
def test_a_book_without_the_schedule_asks_for_nothing() -> None:
    assert open_due_tasks(now=NOW) == []
    assert len(kinds_now(NOW)) == 6
    the_task()
    assert not PlannerTask.objects.exists()


@mall
def test_the_pages_keep_a_record() -> None:
    [first, *_more] = open_due_tasks(now=timezone.now())
    client = signed_in("he_planner")
    assert "陈列方案" in client.get("/").content.decode()
    given = {"title": "陈列", "on": "2026-12-01", "text": "入口放沙发。"}
    url = f"/catalog/planner/tasks/{first.pk}/"
    assert client.get(url).status_code == 200
    assert client.post(url, {**given, "text": ""}).status_code == 422
    assert client.post("/catalog/planner/", {**given, "kind": "poem"}).status_code == 422
    assert (
        client.post("/catalog/planner/", {**given, "kind": "proposal", "on": "1900-01-01"}).status_code == 422
    )
    answer = client.post(url, given, follow=True)
    assert "入口放沙发" in answer.content.decode()
    assert client.get(url).status_code == 302
    assert client.post(url, given).status_code == 422
    assert client.get("/catalog/planner/?kind=display_plan&before=x").status_code == 200
    assert client.get("/catalog/planner/?kind=<x>").status_code == 200
    assert client.get("/catalog/planner/tasks/987654/").status_code == 404
    assert client.get("/catalog/planner/987654/").status_code == 404
    reader = signed_in("gao_section")
    assert reader.get("/catalog/planner/").status_code == 200
    assert reader.post("/catalog/planner/", {}).status_code == 403


@mall
@pytest.mark.clause("J3")
def test_the_planner_sees_what_section_officers_changed() -> None:
    officer, planner = person("gao_section"), person("he_planner")
    made = sku(cost="100.00")
    goods.update_category(category_id=category().pk, name="软体沙发", active=True, by=officer, now=NOW)
    goods.update_category(category_id=category("餐桌").pk, name="实木餐桌", active=True, by=planner, now=NOW)
    received(made, 3)
    moving.correct_stock(sku_id=made.pk, change=-1, reason="damaged", by=officer, now=NOW + HOUR)
    keep(by=planner)
    rows = section_changes(NOW + DAY)
    assert [(row.verb_label, row.subject_label) for row in rows] == [
        (str(verb_label("catalog.stock_corrected")), "SF-2301"),
        (str(verb_label("catalog.update_category")), "软体沙发"),
    ]
    page = signed_in("he_planner").get("/catalog/planner/").text
    assert "频道专员的改动" in page
    assert "软体沙发" in page
    assert "实木餐桌" not in page.split("频道专员的改动")[1].split("</section>")[0]
    assert section_changes(NOW + 40 * DAY) == []


@mall
def test_the_list_asks_the_same_whatever_its_length() -> None:
    client = signed_in("he_planner")

    def asked() -> int:
        client.get("/catalog/planner/")
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/catalog/planner/").status_code == 200
        return len(caught)

    open_due_tasks(now=NOW)
    keep()
    few = asked()
    open_due_tasks(now=NOW + 31 * DAY)
    last = [keep() for _ in range(4)][-1]
    assert asked() == few <= 15
    rows, following = records(kind="operating_plan", before=last.pk)
    assert (len(rows), following) == (4, None)
