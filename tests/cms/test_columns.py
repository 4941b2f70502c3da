"""Columns: what they need, what is refused, and that nothing changed is nothing recorded."""

from __future__ import annotations

from typing import Any

import pytest

from cms.models import Column
from cms.services import columns
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.stage import NOW, column, on_the_site
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")
GIVEN: dict[str, Any] = {
    "slug": "notes", "name": "公告", "description": "", "kinds": ["news"], "officer_id": None,
    "freshness_days": 7, "place": 3,
}  # fmt: skip


def add(who: str = "chen_manager", **more: Any) -> Column:
    return columns.add_column(**{**GIVEN, **more}, by=person(who), now=NOW)


def update(column_id: int, **more: Any) -> Column:
    return columns.update_column(
        column_id=column_id, **{**GIVEN, "active": True, **more}, by=person("chen_manager"), now=NOW
    )


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
    made = add()
    with pytest.raises(Invalid):
        update(made.pk, **{path: text})
    made.refresh_from_db()
    assert (made.name, made.description) == ("公告", "")


def test_only_who_keeps_columns_adds_one() -> None:
    with pytest.raises(Forbidden):
        add("li_lei")


def test_a_change_is_recorded_once_and_no_change_not_at_all() -> None:
    made = add()
    update(made.pk, name="通知")
    update(made.pk, name="通知")
    assert Entry.objects.filter(verb="cms.update_column").count() == 1
    with pytest.raises(NotFound):
        update(987654)


def test_an_address_is_taken_once_and_stays_when_something_was_published() -> None:
    made, other = add(), column("other")
    with pytest.raises(Conflict) as refused:
        update(made.pk, slug=other.slug)
    assert refused.value.code == "taken"
    shown = on_the_site(to=made)
    with pytest.raises(Conflict) as refused:
        update(shown.column_id, slug="elsewhere")
    assert refused.value.code == "published"
    assert update(other.pk, slug="moved", name="别处").slug == "moved"
