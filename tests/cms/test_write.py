"""Begin and save: who writes what by the clause, versions that are never edited, nobody writes over another."""

from __future__ import annotations

from typing import Any

import pytest

from cms.models import Version
from cms.services import writing
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.stage import DAY, NOW, column, edit, hand_in, mall, on_the_site, said, shown, write
from tests.people import CAST, person

pytestmark = pytest.mark.usefixtures("staffed")

SITE = {
    "news": {"lin_editor", "tang_writer", "hu_culture"},
    "product": {"lin_editor"},
    "event": {"hu_culture"},
    "profile": {"hu_culture"},
    "page": {
        "lin_editor",
        "tang_writer",
        "hu_culture",
        "zheng_designer",
        "he_planner",
        "gao_section",
        "ma_product",
    },
    "poster": set(),
}
MALL = {
    "news": {"tang_writer"},
    "product": {"gao_section"},
    "event": {"deng_marketing"},
    "profile": {"deng_marketing"},
    "headline": SITE["page"],
    "poster": {"zheng_designer", "tang_writer"},
}


def beginners(kind: str) -> set[str]:
    found = set()
    for who in CAST:
        try:
            writing.begin_item(kind=kind, writing=said(kind), by=person(who), now=NOW)
            found.add(who)
        except Forbidden:
            pass
    return found


@pytest.mark.clause("C4.1", "C4.2", "C5.1", "C5.2")
@pytest.mark.parametrize("kind", SITE)
def test_each_kind_is_begun_by_the_posts_of_its_clause(kind: str) -> None:
    assert beginners(kind) == SITE[kind]


@pytest.mark.clause("M2", "M3", "J4")
@pytest.mark.parametrize("kind", MALL)
def test_each_kind_is_begun_by_the_posts_of_the_malls_clause(kind: str) -> None:
    mall()
    assert beginners(kind) == MALL[kind]


@pytest.mark.clause("C4.2")
def test_who_publishes_an_event_may_edit_it_but_not_begin_it() -> None:
    item = write("event")
    assert edit(item, "lin_editor", title="年会改期").changed
    with pytest.raises(Forbidden) as refused:
        write("event", "lin_editor")
    assert refused.value.code == "not_the_source"


def test_a_version_holds_what_was_cleaned_and_is_numbered() -> None:
    item = write(title="  新  展厅\u200b ", body='<p onclick="x()">你好<script>alert(1)</script></p>')
    version = item.newest
    assert version is not None
    assert (version.number, version.title, version.body) == (1, "新 展厅\u200b", "<p>你好</p>")
    assert item.title == version.title
    assert edit(item, "lin_editor", summary="另一个").item.newest.number == 2  # type: ignore[union-attr]


def test_the_same_again_adds_no_version() -> None:
    item = write()
    assert not edit(item, "lin_editor").changed
    assert Version.objects.filter(item=item).count() == 1
    assert Entry.objects.filter(verb="cms.save_version").count() == 0


def test_nobody_writes_over_a_version_he_has_not_seen() -> None:
    item = write()
    edit(item, "lin_editor", title="甲")
    with pytest.raises(Conflict) as refused:
        edit(item, "tang_writer", seen=1, title="乙")
    assert (refused.value.code, refused.value.params["version"]) == ("moved_on", 2)
    item.refresh_from_db()
    assert item.title == "甲"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"summary": "长" * 301}, "summary"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"source_url": "http://"}, "source_url"),
        ({"link": "//evil.example"}, "link"),
        ({"body": "<p>" + "长" * 200_001}, "body"),
        ({"department": "部" * 61}, "department"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(more: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        write(**more)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_content_goes_only_where_its_kind_belongs() -> None:
    with pytest.raises(Invalid) as refused:
        write("news", to=column("products", "product"))
    assert refused.value.errors[0]["path"] == "column"
    closed = column("old")
    shown(closed, active=False)
    with pytest.raises(Invalid):
        write("news", to=closed)


def test_an_item_stays_in_a_column_that_was_closed() -> None:
    item = write()
    shown(item.column, active=False)
    assert edit(item, "lin_editor", to=item.column, title="仍可修改").changed


def test_marks_and_column_are_changed_with_a_record() -> None:
    item = write()
    saved = edit(
        item, "lin_editor", to=column("other"), flags=frozenset({"confidential"}), department="董事办"
    )
    assert saved.changed
    item.refresh_from_db()
    assert (item.column.slug, item.flags, item.department) == ("other", ["confidential"], "董事办")
    assert Version.objects.filter(item=item).count() == 1
    assert Entry.objects.filter(verb="cms.classify").count() == 1


def test_a_confidential_title_stays_out_of_the_trail() -> None:
    item = write(flags=frozenset({"confidential"}), title="并购计划")
    assert "并购" not in item.subject.label
    assert not Entry.objects.filter(subject_label__contains="并购").exists()


@pytest.mark.clause("C6.1")
def test_an_edit_while_a_request_is_on_its_way_voids_it_and_says_which_field() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    saved = edit(item, "lin_editor", title="改了标题")
    run.refresh_from_db()
    assert run.state == "voided"
    assert saved.void_fields == run.changed_fields == ["title"]


def test_a_live_item_is_edited_without_changing_what_is_live() -> None:
    item = on_the_site()
    assert edit(item, "lin_editor", now=NOW + DAY, title="新标题").voided == ()


def test_what_was_taken_down_is_not_edited() -> None:
    item = write()
    item.hidden_at = NOW
    item.save()
    with pytest.raises(Conflict) as refused:
        edit(item, "lin_editor", title="x")
    assert refused.value.code == "taken_down"


def test_somebody_without_the_post_does_not_edit() -> None:
    item = write()
    with pytest.raises(Forbidden) as refused:
        edit(item, "li_lei", title="x")
    assert refused.value.clause == "C5.2"


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        writing.save_version(item_id=1, seen=1, writing=said(), by=person("lin_editor"), now=NOW)
    with pytest.raises(NotFound):
        writing.begin_item(kind="song", writing=said(), by=person("lin_editor"), now=NOW)
