"""The pages of the content desk: what they show to whom, what they keep after a refusal, and what they cost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms.models import Column, Item
from office.approvals import api as approvals
from office.errors import Refused
from tests.cms.stage import DAY, HOUR, agree, column, edit, hand_in, on_the_site, publish, write
from tests.people import person, signed_in
from tests.shell.test_bad_input import naughty

pytestmark = pytest.mark.usefixtures("staffed")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def fields(**more: Any) -> dict[str, Any]:
    return {"title": "新展厅开放", "body": "<p>正文</p>", "column": str(column().pk), "seen": "1", **more}


@pytest.fixture
def editor() -> Client:
    return signed_in("lin_editor")


# -- the list ------------------------------------------------------------------------------------------------------


def state_of_each(now: Any) -> dict[str, Item]:
    """One item in every state of the list's filter."""
    found = {"draft": write(title="甲草稿", now=now)}
    found["waiting"] = write(title="乙在审", now=now)
    hand_in(found["waiting"], "tang_writer", now=now)
    found["returned"] = write(title="丙退回", now=now)
    run = hand_in(found["returned"], "tang_writer", now=now)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=now, reason="x")
    found["agreed"] = write(title="丁已批", now=now)
    agree(hand_in(found["agreed"], "tang_writer", now=now), "chen_manager", now=now)
    found["scheduled"] = on_the_site(title="戊待上线", now=now, starts_at=now + DAY)
    found["live"] = on_the_site(title="己在线", now=now)
    found["over"] = on_the_site(title="庚下线", now=now, ends_at=now + HOUR / 60)
    found["hidden"] = on_the_site(title="辛删除", now=now)
    Item.objects.filter(pk=found["hidden"].pk).update(hidden_at=now)
    return found


def test_the_list_filters_by_state_column_kind_and_words(editor: Client) -> None:
    found = state_of_each(timezone.now() - HOUR)
    for state, item in found.items():
        shown = text(editor, f"/site/?state={state}")
        listed = {name for name, each in found.items() if f">{each.title}<" in shown}
        assert listed - {state} <= {"agreed"}, state  # what waits to be published stands above, too
        assert item.title in shown, state
    other = write("page", "tang_writer", title="另一栏目", to=column("about"))
    assert "另一栏目" in text(editor, f"/site/?column={other.column_id}")
    assert "己在线" not in text(editor, f"/site/?column={other.column_id}")
    assert "另一栏目" in text(editor, "/site/?kind=page")
    assert "另一栏目" not in text(editor, "/site/?kind=news")
    assert "另一栏目" in text(editor, "/site/?q=一栏")
    assert "另一栏目" in text(editor, "/site/?q=另")
    assert "没有符合的内容" in text(editor, "/site/?q=没有这样的")
    assert "另一栏目" not in text(editor, "/site/?mine=1")


def test_the_list_is_paged_by_key(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from cms.selectors import items

    monkeypatch.setattr(items, "PAGE", 3)
    now = timezone.now()
    for n in range(7):
        write(title=f"第{n}篇", now=now - n * HOUR)
    seen: list[str] = []
    path = "/site/?kind=news"
    while path:
        page = text(editor, path)
        seen += [f"第{n}篇" for n in range(7) if f"第{n}篇" in page]
        path = (
            "/site/" + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    assert seen == [f"第{n}篇" for n in range(7)]


def test_an_address_that_makes_no_sense_shows_the_list(editor: Client) -> None:
    write()
    for query in (
        "column=x",
        "state=zz",
        "after=1.x",
        "after=99999999999999.1",
        "kind=zz",
        "q=" + "长" * 99,
        "column=" + "9" * 30,
    ):
        assert editor.get(f"/site/?{query}").status_code == 200, query


def test_the_list_costs_a_bounded_number_of_queries(editor: Client) -> None:
    state_of_each(timezone.now() - HOUR)
    with CaptureQueriesContext(connection) as few:
        text(editor, "/site/")
    for n in range(10):
        on_the_site(title=f"新闻{n}", now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        text(editor, "/site/")
    assert len(many) <= len(few) + 2 <= 21  # the book is looked at again once a second


@pytest.mark.parametrize("path", ["/site/items/{pk}/", "/site/items/{pk}/compare/", "/site/items/{pk}/edit/"])
def test_a_page_of_an_item_costs_a_bounded_number_of_queries(editor: Client, path: str) -> None:
    item = on_the_site(now=timezone.now() - DAY)
    with CaptureQueriesContext(connection) as few:
        text(editor, path.format(pk=item.pk))
    for n in range(6):
        edit(item, "tang_writer", title=f"第{n}版", now=timezone.now() - HOUR)
    with CaptureQueriesContext(connection) as many:
        text(editor, path.format(pk=item.pk))
    assert len(many) <= len(few) + 3 <= 40


@pytest.mark.parametrize("path", ["/site/columns/", "/site/words/", "/site/calendar/"])
def test_the_other_lists_cost_a_bounded_number_of_queries(editor: Client, path: str) -> None:
    for n in range(5):
        on_the_site(
            title=f"新闻{n}", to=column(f"c{n}"), now=timezone.now() - HOUR, starts_at=timezone.now() + DAY
        )
    with CaptureQueriesContext(connection) as queries:
        text(editor, path)
    assert len(queries) <= 16


# -- who sees what -------------------------------------------------------------------------------------------------


@pytest.mark.clause("C4.3")
def test_confidential_content_is_there_for_its_people_only() -> None:
    item = write("page", "tang_writer", title="并购计划", flags=frozenset({"confidential"}))
    path = f"/site/items/{item.pk}/"
    seen = {
        who
        for who in ("tang_writer", "lin_editor", "zhou_general", "zheng_designer", "wei_webmaster")
        if signed_in(who).get(path).status_code == 200
    }
    assert seen == {"tang_writer", "lin_editor", "zhou_general"}
    designer = signed_in("zheng_designer")
    for each in (path, f"{path}compare/", f"{path}edit/", f"{path}versions/1/"):
        assert designer.get(each).status_code == 404, each
    for each in ("submit", "publish", "end", "read"):
        assert designer.post(f"{path}{each}/").status_code == 404, each
    assert "并购计划" not in text(designer, "/site/")
    run = hand_in(item, "tang_writer")
    assert designer.get(f"/approvals/{run.pk}/").status_code == 404
    approvals.copy_to(
        run_id=run.pk, by=person("tang_writer"), now=timezone.now(), person_ids=[person("zheng_designer").pk]
    )
    assert designer.get(path).status_code == 200


def test_the_page_shows_each_person_what_he_can_do() -> None:
    item = write(now=timezone.now())
    path = f"/site/items/{item.pk}/"
    assert "提交第 1 版" in text(signed_in("tang_writer"), path)
    assert "提交第 1 版" not in text(signed_in("chen_manager"), path)
    run = agree(hand_in(item, "tang_writer"), "chen_manager", now=timezone.now())
    assert ">发布</button>" in text(signed_in("lin_editor"), path)
    assert ">发布</button>" not in text(signed_in("tang_writer"), path)
    publish(run, now=timezone.now())
    assert f"/pages/news/{item.pk}/" in text(signed_in("tang_writer"), path)


# -- acts ----------------------------------------------------------------------------------------------------------


def test_from_the_editor_to_the_public_page(editor: Client) -> None:
    writer, manager = signed_in("tang_writer"), signed_in("chen_manager")
    column()
    answer = writer.post("/site/new/news/", fields(summary="摘要", seen=""))
    item = Item.objects.get()
    assert answer["Location"] == f"/site/items/{item.pk}/"
    assert writer.post(f"/site/items/{item.pk}/submit/", {"comment": "请审"}).status_code == 302
    run = approvals.Run.objects.exclude(kind="cms.column").get()
    assert "新展厅开放" in text(manager, f"/approvals/{run.pk}/")
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=timezone.now())
    run.refresh_from_db()
    assert editor.post(f"/site/items/{item.pk}/publish/", {"revision": run.revision}).status_code == 302
    assert "新展厅开放" in text(Client(), f"/pages/news/{item.pk}/")
    again = editor.post(f"/site/items/{item.pk}/publish/")
    assert again.status_code == 409


def test_a_stale_editor_keeps_what_was_typed(editor: Client) -> None:
    item = write()
    edit(item, "tang_writer", title="别人改了")
    answer = editor.post(f"/site/items/{item.pk}/edit/", fields(title="我的标题", body="<p>我写的</p>"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "唐文案已保存第 2 版" in page
    assert "我的标题" in page
    assert "我写的" in page


def test_a_refused_form_keeps_what_was_typed_and_marks_the_field(editor: Client) -> None:
    item = write()
    for path, data in (
        (f"/site/items/{item.pk}/edit/", fields(source_url="ftp://x", body="<p>我写的</p>")),
        ("/site/new/product/", fields(source="", summary="", body="<p>我写的</p>")),
    ):
        answer = editor.post(path, data)
        assert answer.status_code == 422, path
        assert "invalid-feedback" in answer.content.decode()
        assert "我写的" in answer.content.decode()


def test_saving_says_that_the_request_is_void(editor: Client) -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    assert "审批单作废" in text(editor, f"/site/items/{item.pk}/edit/")
    page = editor.post(f"/site/items/{item.pk}/edit/", fields(title="改标题"), follow=True).content.decode()
    assert "标题" in page.split("作废")[1][:20]
    run.refresh_from_db()
    assert run.changed_fields == ["body", "summary", "title"]
    assert "正文、摘要、标题" in text(editor, f"/approvals/{run.pk}/")


def test_a_blocked_text_shows_the_words_in_place() -> None:
    item = write(body="<p>网络赌博</p>")
    answer = signed_in("tang_writer").post(f"/site/items/{item.pk}/submit/")
    assert answer.status_code == 422
    assert '<mark class="hit" data-severity="block"' in answer.content.decode()
    assert "C6.4" in answer.content.decode()


def test_times_that_make_no_sense_stand_beside_their_fields() -> None:
    item = write()
    path = f"/site/items/{item.pk}/submit/"
    writer = signed_in("tang_writer")
    answer = writer.post(
        path, {"starts_at": "2030-01-02T10:00", "ends_at": "2030-01-01T10:00", "comment": "我的话"}
    )
    assert answer.status_code == 422
    assert "下线时间须晚于上线时间" in answer.content.decode()
    assert "我的话" in answer.content.decode()
    assert writer.post(path, {"starts_at": "soon"}).status_code == 422


@pytest.mark.clause("C4.4")
def test_the_second_reading_is_done_on_the_page() -> None:
    item = write("product")
    reader = signed_in("tang_writer")
    path = f"/site/items/{item.pk}/read/"
    assert reader.post(path, {"version": 1, "right": "no"}).status_code == 422
    assert reader.post(path, {"version": 7, "right": "yes"}).status_code == 409
    assert reader.post(path, {"version": 1, "right": "yes", "note": "核对过"}).status_code == 302
    assert "核对过" in text(reader, f"/site/items/{item.pk}/")
    assert signed_in("lin_editor").post(path, {"version": 1, "right": "yes"}).status_code == 403


def test_taking_off_the_site_needs_a_reason(editor: Client) -> None:
    item = on_the_site(now=timezone.now())
    assert editor.post(f"/site/items/{item.pk}/end/", {"reason": " "}).status_code == 422
    assert editor.post(f"/site/items/{item.pk}/end/", {"reason": "过期"}).status_code == 302
    assert "正在申请下线" in text(editor, f"/site/items/{item.pk}/")
    assert editor.post(f"/site/items/{item.pk}/end/", {"reason": "过期"}).status_code == 409


def test_the_calendar_says_what_begins_and_ends(editor: Client) -> None:
    now = timezone.now()
    on_the_site(now=now - HOUR, starts_at=now + HOUR, ends_at=now + DAY)
    page = text(editor, "/site/calendar/")
    assert page.count("新展厅开放") == 2


# -- columns -------------------------------------------------------------------------------------------------------


def test_columns_are_kept_by_the_posts_of_the_book() -> None:
    manager = signed_in("chen_manager")
    data = {"name": "招商", "slug": "invest", "kinds": ["news", "page"], "freshness_days": "7", "place": "3"}
    assert manager.post("/site/columns/new/", data).status_code == 302
    found = Column.objects.get(slug="invest")
    assert (found.kinds, found.freshness_days) == (["news", "page"], 7)
    assert manager.post("/site/columns/new/", data).status_code == 422  # the address is taken
    for wrong in (
        {"slug": "A b"},
        {"slug": "files"},
        {"kinds": ["song"]},
        {"freshness_days": "0"},
        {"name": ""},
    ):
        assert manager.post("/site/columns/new/", {**data, "slug": "other", **wrong}).status_code == 422, (
            wrong
        )
    path = f"/site/columns/{found.pk}/"
    found.refresh_from_db()
    assert (found.name, found.active) == ("招商", False)  # hidden until the head of the department agrees
    assert (
        manager.post(path, {**data, "name": "招商加盟", "active": "on"}).status_code == 422
    )  # one at a time
    assert signed_in("tang_writer").post(path, {**data, "name": "x"}).status_code == 403
    assert signed_in("tang_writer").get(path).status_code == 200


def test_an_address_under_which_something_was_published_stays() -> None:
    item = on_the_site(now=timezone.now())
    answer = signed_in("chen_manager").post(
        f"/site/columns/{item.column_id}/",
        {"name": "新闻", "slug": "moved", "kinds": ["news"], "place": "0", "active": "on"},
    )
    assert answer.status_code == 422
    assert "官网正在读取" in answer.content.decode()


def test_a_word_list_is_kept_on_its_page() -> None:
    manager = signed_in("wei_webmaster")
    data = {"severity": "hint", "words": "倒闭\n跑路", "allow": "", "active": "on", "seen": "1"}
    assert manager.post("/site/words/image/", data).status_code == 422  # no reason
    assert manager.post("/site/words/image/", {**data, "reason": "补充"}).status_code == 302
    page = text(manager, "/site/words/image/")
    assert "跑路" in page
    assert "补充" in page
    assert manager.post("/site/words/image/", {**data, "reason": "再补"}).status_code == 409
    assert manager.get("/site/words/none/").status_code == 404
    new = {"name": "竞品", "code": "rivals", "clause": "C6.6", "severity": "hint"}
    assert manager.post("/site/words/new/", new).status_code == 302
    assert manager.post("/site/words/new/", new).status_code == 422


# -- bad input -----------------------------------------------------------------------------------------------------


def forms(item: Item) -> Iterator[tuple[str, str]]:
    yield "/site/new/news/", "title summary body author source source_url department note"
    yield f"/site/items/{item.pk}/edit/", "title summary body source_url department note seen column flags"
    yield f"/site/items/{item.pk}/submit/", "comment starts_at ends_at"
    yield f"/site/items/{item.pk}/end/", "reason"
    yield f"/site/items/{item.pk}/publish/", "revision"
    yield "/site/scan/", "title body summary"


def test_naughty_strings_are_taken_or_refused_and_never_a_fault(editor: Client) -> None:
    item = on_the_site(now=timezone.now() - HOUR)
    wrong = []
    for n, (path, names) in enumerate(forms(item)):
        for value in naughty()[n::60]:  # each form another part of them
            data = fields(**dict.fromkeys(names.split(), value))
            with transaction.atomic():
                status = editor.post(path, data).status_code
                transaction.set_rollback(True)
            if status >= 500:
                wrong.append(f"{path} {status} {value!r}")
    assert wrong == []


def test_naughty_texts_are_kept_and_shown(editor: Client) -> None:
    kept = 0
    strings = naughty()[::3]
    for value in strings:
        said = value.replace("\x00", "").encode("utf-8", "ignore").decode()
        with contextlib.suppress(Refused), transaction.atomic():
            write(
                title=f"标题{said}"[:100],
                body=said,
                source=said[:150],
                summary=said[:200],
                now=timezone.now(),
            )
            kept += 1
    assert kept > len(strings) * 0.9
    for item in Item.objects.order_by("pk")[::60]:
        assert editor.get(f"/site/items/{item.pk}/").status_code == 200, item.title
    assert editor.get("/site/").status_code == 200
