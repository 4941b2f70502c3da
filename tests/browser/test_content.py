"""A news item from draft through return, edit (which voids), agreement to the public page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cms.models import Item
from office.approvals.models import Draft, Run
from tests.browser.conftest import until
from tests.cms import stage
from tests.cms.uploads import asset
from tests.people import everybody

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route


@pytest.mark.clause("C5.1", "C5.2", "C6.1")
def test_from_draft_to_the_public_page(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], live_server: Any
) -> None:
    everybody()
    stage.column("news", "news", name="公司新闻", at=timezone.now())
    writer, manager, editor = (new_context().new_page() for _n in range(3))

    # Written in the editor, which keeps a draft by itself and searches the words.
    sign_in(writer, "tang_writer")
    writer.goto("/site/new/news/")
    writer.fill("#id_title", "新展厅开放")
    writer.click(".ProseMirror")
    writer.keyboard.type("新展厅位于二楼，是全市最佳的展厅。")
    expect(writer.locator("#scan mark.hit")).to_have_text(re.compile("最佳"))
    expect(writer.locator(".draft [data-said]")).to_contain_text("自动保存")
    until(
        writer, lambda: "全市最佳的展厅" in str(Draft.objects.get().payload["form"]), "the whole text is kept"
    )
    writer.reload()
    expect(writer.locator(".ProseMirror")).to_contain_text("新展厅位于二楼")
    writer.click(".ProseMirror")
    writer.keyboard.press("Control+A")
    writer.keyboard.type("新展厅位于二楼，周末开放。")
    writer.click("form.editor-page button.btn-primary[type=submit]")
    writer.click("button:has-text('提交第 1 版')")
    expect(writer.locator(".turn")).to_contain_text("审批中")
    assert not Draft.objects.exists()

    # Returned by the head of the department.
    run = Run.objects.get(subject_type="content")
    sign_in(manager, "chen_manager")
    manager.goto(f"/approvals/{run.pk}/")
    expect(manager.locator(".content-text")).to_contain_text("周末开放")
    manager.fill("#decision-words", "请写明日期")
    manager.click("[data-act=return]")
    expect(manager.locator(".toasts")).to_contain_text("已退回")

    # Edited, which voids the request and says which field.
    item = Item.objects.get()
    writer.goto(f"/site/items/{item.pk}/edit/")
    writer.click(".ProseMirror")
    writer.keyboard.press("Control+End")
    writer.keyboard.type("日期：十二月五日。")
    writer.click("form.editor-page button.btn-primary[type=submit]")
    expect(writer.locator(".content-do")).to_contain_text("作废")
    expect(writer.locator(".content-do")).to_contain_text("正文")
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == ("voided", ["body"])

    # Asked for again, agreed to, published.
    writer.click("button:has-text('提交第 2 版')")
    expect(writer.locator(".turn")).to_contain_text("审批中")
    again = Run.objects.latest("id")
    manager.goto(f"/approvals/{again.pk}/")
    manager.click("[data-act=approve]")
    expect(manager.locator(".toasts")).to_contain_text("已同意")
    sign_in(editor, "lin_editor")
    editor.goto("/site/")
    editor.click("#to-publish >> xpath=../.. >> text=发布 >> nth=-1")
    editor.click("form[action$='/publish/'] button")
    editor.click("#confirm button[value=ok]")
    expect(editor.locator(".page-head")).to_contain_text("线上")

    # Everybody reads it, without a cookie.
    reader = new_context().new_page()
    reader.goto("/pages/news/")
    reader.click("text=新展厅开放")
    expect(reader.locator("article")).to_contain_text("日期：十二月五日。")
    assert reader.context.cookies() == []


def test_the_text_that_was_begun_before_the_editor_came_goes_on_in_it(
    page: Page, sign_in: Callable[[Page, str], None]
) -> None:
    everybody()
    stage.column("news", "news", name="公司新闻", at=timezone.now())
    sign_in(page, "tang_writer")
    held: list[Route] = []
    page.route("**/django_prose_editor/editor*.js", lambda route: held.append(route))
    page.goto("/site/new/news/", wait_until="domcontentloaded")
    page.click("[data-editor] textarea")
    page.keyboard.type("新展厅")
    until(page, lambda: held, "the editor is asked for")
    held[0].continue_()
    expect(page.locator(".ProseMirror")).to_have_text("新展厅")
    page.keyboard.type("位于二楼")
    expect(page.locator(".ProseMirror")).to_have_text("新展厅位于二楼")


def test_what_is_typed_while_the_library_is_searched_stays(
    page: Page, sign_in: Callable[[Page, str], None]
) -> None:
    everybody()
    stage.column("news", "news", name="公司新闻", at=timezone.now())
    asset("新展厅", "picture", now=timezone.now())
    asset("旧仓库", "picture", now=timezone.now())
    sign_in(page, "tang_writer")
    page.goto("/site/new/news/")
    page.click("summary:has-text('从素材库选择')")
    expect(page.locator(".asset-pick")).to_have_count(2)
    held: list[Route] = []
    page.route("**/assets/pick/**", lambda route: held.append(route), times=1)
    page.locator("[data-picker] input[type=search]").press_sequentially("新")
    until(page, lambda: held, "the search is asked for")
    page.keyboard.type("展")
    held[0].continue_()
    expect(page.locator(".asset-pick")).to_have_count(1)
    expect(page.locator("[data-picker] input[type=search]")).to_have_value("新展")


def test_a_picture_of_the_library_is_put_into_the_text(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None]
) -> None:
    everybody()
    stage.column("news", "news", name="公司新闻", at=timezone.now())
    made = asset("新展厅", "picture", now=timezone.now())
    page = new_context().new_page()
    sign_in(page, "tang_writer")
    page.goto("/site/new/news/")
    page.fill("#id_title", "新展厅开放")
    page.click(".ProseMirror")
    page.keyboard.type("新展厅位于二楼。")
    page.click("summary:has-text('从素材库选择')")
    page.click(f".asset-pick[data-asset='{made.pk}']")
    page.click("button:has-text('插入正文')")
    expect(page.locator(".ProseMirror img")).to_have_count(1)
    page.click("form.editor-page button.btn-primary[type=submit]")
    page.wait_for_url("**/site/items/*/")
    shown = page.locator(".rich img").first
    expect(shown).to_be_visible()
    shown.scroll_into_view_if_needed()
    until(page, lambda: shown.evaluate("image => image.naturalWidth > 0"), "the picture is there")
