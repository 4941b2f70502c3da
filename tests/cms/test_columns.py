"""Columns: what they need, what is refused, what the public reads of them only after an agreement (C6.1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cms.models import Column, ColumnFace
from cms.services import columns
from cms.services import words as word_lists
from office.approvals import api as approvals
from office.approvals.models import Draft
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.stage import DAY, HOUR, NOW, agree, column, mall, on_the_site, shown
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")
GIVEN: dict[str, Any] = {
    "slug": "notes", "name": "公告", "description": "", "kinds": ["news"], "officer_id": None,
    "freshness_days": 7, "place": 3,
}  # fmt: skip


def add(who: str = "shen_operations", **more: Any) -> tuple[Column, approvals.Run]:
    return columns.add_column(**{**GIVEN, **more}, by=person(who), now=NOW)


def opened(**more: Any) -> Column:
    made, run = add(**more)
    agree(run, "chen_manager")
    made.refresh_from_db()
    return made


def update(column_id: int, who: str = "shen_operations", **more: Any) -> tuple[Column, approvals.Run | None]:
    return columns.update_column(
        column_id=column_id, **{**GIVEN, "active": True, **more}, by=person(who), now=NOW
    )


def read(slug: str) -> int:
    return Client().get(f"/pages/{slug}/").status_code


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("slug", "No Spaces"), ("slug", "x" * 41), ("name", ""), ("name", "x" * 41), ("description", "x" * 201),
        ("kinds", []), ("kinds", ["dance"]), ("freshness_days", 0), ("freshness_days", 367), ("place", 1000),
        ("officer_id", 987654),
    ],
)  # fmt: skip
def test_what_a_column_needs(path: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        add(**{path: value})
    assert [error["path"] for error in refused.value.errors] == [path]
    assert not Column.objects.filter(slug="notes").exists()


@pytest.mark.clause("C6.4", "C6.6")
@pytest.mark.parametrize(
    ("path", "text"), [("name", "第一品牌"), ("description", "加 微 信领冰毒"), ("name", "冰*毒")]
)
def test_words_that_stop_a_text_or_take_a_second_approval_stand_in_no_column(path: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(**{path: text})
    assert [(error["path"], error["code"]) for error in refused.value.errors] == [(path, "words")]
    made = opened()
    with pytest.raises(Invalid):
        update(made.pk, **{path: text})
    made.refresh_from_db()
    assert (made.name, made.description) == ("公告", "")


def test_only_who_keeps_columns_adds_and_changes_one() -> None:
    with pytest.raises(Forbidden):
        add("li_lei")
    with pytest.raises(Forbidden):
        update(column().pk, "li_lei")
    with pytest.raises(NotFound):
        update(987654)


@pytest.mark.clause("C6.1")
def test_a_new_column_is_hidden_until_it_is_agreed_to() -> None:
    made, run = add()
    assert (made.active, run.kind, run.clause, run.state) == (False, "cms.column", "C6.1", "running")
    assert read("notes") == 404
    agree(run, "chen_manager", now=NOW + HOUR)
    made.refresh_from_db()
    assert (made.active, run.state, read("notes")) == (True, "executed", 200)
    assert Entry.objects.get(verb="cms.show_column").clause == "C6.1"


@pytest.mark.clause("C6.1")
@pytest.mark.parametrize(
    "more",
    [{"name": "通知"}, {"description": "每周更新"}, {"place": 9}, {"slug": "notices"}, {"active": False}],
)  # fmt: skip
def test_what_the_public_reads_changes_when_it_is_agreed_to(more: dict[str, Any]) -> None:
    made = opened()
    before = columns.fields(str(made.pk))
    _column, run = update(made.pk, **more)
    assert run is not None
    assert columns.fields(str(made.pk)) == before
    assert read("notes") == 200
    assert [row[0] for row in run.paper.changes["en"]] == list(more)
    agree(run, "chen_manager")
    made.refresh_from_db()
    assert {key: getattr(made, key) for key in more} == more


@pytest.mark.clause("C6.1")
def test_rejected_it_stays_as_it_was() -> None:
    made = opened()
    _column, run = update(made.pk, active=False)
    assert run is not None
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="仍在用")
    made.refresh_from_db()
    assert (made.active, read("notes"), ColumnFace.objects.filter(column=made).count()) == (True, 200, 1)


@pytest.mark.clause("C6.1")
def test_the_head_of_the_department_does_not_agree_to_his_own() -> None:
    made, run = add("chen_manager")
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    agree(run, "fang_vice")
    made.refresh_from_db()
    assert made.active


@pytest.mark.clause("C6.1")
def test_in_the_mall_it_is_the_same() -> None:
    mall()
    made, run = add()
    agree(run, "chen_manager")
    made.refresh_from_db()
    assert made.active


def test_what_is_the_desks_own_changes_at_once_and_is_recorded_once() -> None:
    made = opened()
    for _time in range(2):
        assert update(made.pk, freshness_days=14, kinds=["news", "page"])[1] is None
    made.refresh_from_db()
    assert (made.freshness_days, made.kinds) == (14, ["news", "page"])
    assert Entry.objects.filter(verb="cms.update_column").count() == 1


def test_of_both_kinds_of_change_the_own_is_made_and_the_other_asked_for() -> None:
    made = opened()
    _column, run = update(made.pk, name="通知", freshness_days=14)
    made.refresh_from_db()
    assert (made.name, made.freshness_days) == ("公告", 14)
    assert run is not None
    with pytest.raises(Conflict) as refused:
        update(made.pk, name="告示", freshness_days=14)
    assert refused.value.code == "running"


def test_returned_it_is_asked_again_by_who_asked() -> None:
    made = opened()
    _column, run = update(made.pk, name="通知")
    assert run is not None
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="写全称")
    _column, again = update(made.pk, name="公司通知")
    assert again is not None
    assert again.pk == run.pk
    agree(again, "chen_manager")
    made.refresh_from_db()
    assert made.name == "公司通知"


def test_a_hidden_one_is_changed_at_once_and_what_was_asked_for_is_void() -> None:
    made, run = add()
    assert update(made.pk, name="通知", active=False)[1] is None
    run.refresh_from_db()
    made.refresh_from_db()
    assert (made.name, made.active, run.state) == ("通知", False, "voided")
    _column, again = update(made.pk, name="通知")
    assert again is not None
    assert [row[0] for row in again.paper.changes["en"]] == list(Column.FACE)


def test_a_word_that_is_forbidden_meanwhile_and_an_address_taken_meanwhile_stop_it() -> None:
    made = opened()
    _column, run = update(made.pk, name="通知某某")
    assert run is not None
    word_lists.add_list(
        code="own", name="本部门", clause="C6.4", severity="block", by=person("chen_manager"), now=NOW
    )
    word_lists.save_list(
        code="own", seen=1, severity="block", words="某某", allow="", active=True, reason="新增",
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "words"
    other = opened(slug="other")
    _column, moved = update(other.pk, slug="wanted")
    assert moved is not None
    add(slug="wanted")
    with pytest.raises(Conflict) as refused:
        approvals.approve(run_id=moved.pk, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "taken"


def test_an_address_is_taken_once_and_stays_when_something_was_published() -> None:
    made, other = opened(), column("other")
    with pytest.raises(Conflict) as refused:
        update(made.pk, slug=other.slug)
    assert refused.value.code == "taken"
    with pytest.raises(Conflict):
        add(slug="other")
    live = on_the_site(to=made)
    with pytest.raises(Conflict) as refused:
        update(live.column_id, slug="elsewhere")
    assert refused.value.code == "published"


@pytest.mark.parametrize("wrong", [{"place": "3"}, {"name": None}, {"active": "yes"}, {"column": None}])
def test_a_bent_paper_is_none(wrong: dict[str, Any]) -> None:
    whole = {"column": 1, "slug": "a", "name": "b", "description": "", "place": 1, "active": True}
    columns.check(whole)
    with pytest.raises(Invalid):
        columns.check({**whole, **wrong})


@pytest.mark.clause("C6.1")
def test_the_database_shows_and_changes_no_column_that_nobody_agreed_to() -> None:
    hidden, _run = add()
    made = opened(slug="open")
    face = ColumnFace.objects.get(column=made)
    acts: tuple[Callable[[], object], ...] = (
        lambda: Column.objects.create(slug="x", name="x", kinds=["news"], active=True, created_at=NOW),
        lambda: Column.objects.filter(pk=hidden.pk).update(active=True),
        *(
            partial(Column.objects.filter(pk=made.pk).update, **{key: value})
            for key, value in (("name", "乱"), ("description", "乱"), ("slug", "z"), ("place", 8), ("active", False))
        ),
        lambda: Column.objects.filter(pk=made.pk)._raw_delete(using="default"),
        lambda: ColumnFace.objects.create(
            column=made, slug="open", name="乱", description="", place=3, active=True, at=NOW, run=face.run
        ),
        lambda: ColumnFace.objects.create(
            column=made, slug="open", name="乱", description="", place=3, active=True, at=NOW,
            authority_clause="C6.1",
        ),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    # What was agreed to once does not come back by itself.
    shown(made, name="二", at=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Column.objects.filter(pk=made.pk).update(name="公告")


def test_the_page_asks_keeps_a_draft_and_leads_to_the_request() -> None:
    made = opened()
    keeper, path = signed_in("shen_operations"), f"/site/columns/{made.pk}/"
    said = {"name": "通知", "slug": "notes", "kinds": ["news"], "place": "3", "freshness_days": "7"}
    kept = {**said, "active": "on", "draft-label": "公告", "draft-opened": "", "draft-seen": ""}
    assert keeper.post(f"/approvals/drafts/cms.column/{made.pk}/", kept).status_code in {200, 302}
    assert Draft.objects.get().kind == "cms.column"
    assert 'value="通知"' in keeper.get(path).content.decode()
    answer = keeper.post(path, {**said, "active": "on"}, follow=True)
    page = answer.content.decode()
    run = approvals.Run.objects.latest("id")
    assert f"/approvals/{run.pk}/" in page
    assert not Draft.objects.exists()
    decider = signed_in("chen_manager").get(f"/approvals/{run.pk}/").content.decode()
    assert "公告" in decider
    assert "通知" in decider
