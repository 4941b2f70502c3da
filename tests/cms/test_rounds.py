"""Recurring looks by the book's schedules (W4, W5) and the freshness of columns (W3)."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from openpyxl import load_workbook

from cms.models import FreshnessReport, Round, Tick
from cms.selectors import rounds as selectors
from cms.services import rounds
from ecdept import day
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.cms.sites import NOON
from tests.cms.stage import column, everybody, on_the_site
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def opened(kind: str) -> Round:
    return next(each for each in rounds.open_due(now=NOON) if each.kind == kind)


def walk(found: Round, but: int = 0) -> None:
    for point in found.points[: len(found.points) - but]:
        rounds.tick(round_id=found.pk, point=point, well=True, note="", by=person("wei_webmaster"), now=NOON)


@pytest.mark.clause("W4", "W5")
def test_the_schedules_open_each_round_once() -> None:
    found = {each.kind: each for each in rounds.open_due(now=NOON)}
    assert (found["site"].period, found["board"].period) == (dt.date(2026, 11, 10), dt.date(2026, 11, 25))
    assert rounds.open_due(now=NOON + dt.timedelta(hours=1)) == []
    assert [each.kind for each in rounds.open_due(now=NOON + DAY)] == ["board", "chat"]
    assert len(found["site"].points) == 8
    clock = deadlines.running(found["board"].subject, "work.board_checked")
    assert clock is not None
    assert clock.due_at == dt.datetime(2026, 11, 25, 16, 0, tzinfo=dt.UTC)


@pytest.mark.clause("W5")
def test_a_round_is_finished_when_every_point_was_looked_at() -> None:
    found = opened("site")
    walk(found, but=1)
    with pytest.raises(Conflict) as refused:
        rounds.finish(round_id=found.pk, note="", by=person("wei_webmaster"), now=NOON)
    assert refused.value.code == "points"
    rounds.tick(
        round_id=found.pk,
        point=found.points[-1],
        well=False,
        note="电话已过期",
        by=person("lin_editor"),
        now=NOON,
    )
    done = rounds.finish(round_id=found.pk, note="一处待改", by=person("wei_webmaster"), now=NOON)
    assert done.done_by == person("wei_webmaster")
    assert [clock.state for clock in deadlines.of(found.subject)] == ["met"]
    with pytest.raises(Conflict):
        rounds.tick(
            round_id=found.pk, point=found.points[0], well=True, note="", by=person("lin_editor"), now=NOON
        )


def test_what_is_not_well_says_what() -> None:
    found = opened("site")
    with pytest.raises(Invalid):
        rounds.tick(
            round_id=found.pk, point=found.points[0], well=False, note=" ", by=person("lin_editor"), now=NOON
        )
    with pytest.raises(Invalid):
        rounds.tick(round_id=found.pk, point="weather", well=True, note="", by=person("lin_editor"), now=NOON)


def test_each_kind_has_its_own_people() -> None:
    found = opened("site")
    with pytest.raises(Forbidden):
        rounds.finish(round_id=found.pk, note="", by=person("li_lei"), now=NOON)
    with pytest.raises(NotFound):
        rounds.finish(round_id=987654, note="", by=person("li_lei"), now=NOON)


@pytest.mark.clause("W4")
def test_the_daily_look_is_one_button_in_my_day() -> None:
    found = opened("board")
    page = reverse("cms:round", args=[found.pk])
    assert page in [item.url for item in day.items_for(person("li_lei"), NOON)]
    client = signed_in("li_lei")
    assert (
        client.post(
            reverse("cms:round_act", args=[found.pk]), {"finish": "1", "note": "都已回复"}
        ).status_code
        == 302
    )
    assert "都已回复" in client.get(page).content.decode()
    assert page not in [item.url for item in day.items_for(person("li_lei"), NOON)]


def test_the_pages_of_a_round_keep_what_was_typed() -> None:
    found = opened("site")
    client = signed_in("wei_webmaster")
    where = reverse("cms:round_act", args=[found.pk])
    refused = client.post(where, {"point": "weather", "well": "0", "note": "我的备注"})
    assert refused.status_code == 422
    assert client.post(where, {"finish": "1", "note": "还没看完"}).status_code == 409
    assert client.post(where, {"point": found.points[0], "well": "1", "note": "a\x00<b>"}).status_code == 302
    shown = client.get(reverse("cms:round", args=[found.pk]))
    said = shown.context["page"]
    assert [row["summary"] for row in said.rows if row["summary"]] == [f"{said.points[0].name} · a<b>"]
    assert str(found.period) in client.get(reverse("cms:rounds")).content.decode()
    assert signed_in("zheng_designer").get(reverse("cms:round", args=[found.pk])).status_code == 404


@pytest.mark.parametrize("change", ["UPDATE cms_tick SET well = false", "DELETE FROM cms_tick"])
def test_ticks_stand(change: str) -> None:
    walk(opened("site"))
    assert Tick.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.clause("W3")
def test_a_column_is_stale_when_its_newest_is_older_than_it_may_be() -> None:
    everybody()
    item = on_the_site(now=NOON - 20 * DAY)
    item.column.freshness_days = 20
    item.column.save()
    column("empty")
    found = {each.column.slug: each for each in selectors.freshness(NOON)}
    assert (found["news"].days, found["news"].target, found["news"].stale) == (20, 20, False)
    assert (found["empty"].days, found["empty"].target, found["empty"].stale) == (None, 90, True)
    assert {each.column.slug for each in selectors.freshness(NOON + DAY) if each.stale} == {"news", "empty"}


@pytest.mark.clause("W3")
def test_the_weekly_report_is_made_once_and_tells_who_is_concerned() -> None:
    editor = person("lin_editor")
    column("empty")
    report = rounds.report_freshness(now=NOON)
    assert report is not None
    assert (report.period, report.stale) == (dt.date(2026, 11, 23), 1)
    assert rounds.report_freshness(now=NOON + DAY) is None
    told = Notice.objects.get(kind="cms.stale_columns", recipient=editor)
    assert told.params == {"columns": ["栏目empty"]}
    assert rounds.report_freshness(now=NOON + 7 * DAY) is not None
    assert FreshnessReport.objects.count() == 2


def test_the_page_and_the_workbook_of_freshness() -> None:
    column("empty")
    rounds.report_freshness(now=NOON)
    client = signed_in("chen_manager")
    page = client.get(reverse("cms:freshness")).content.decode()
    for shown in ("栏目empty", "ages-data", "W3"):
        assert shown in page, shown
    answer = client.post(reverse("cms:freshness_workbook"))
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert book.worksheets[0]["A2"].value == "栏目empty"
