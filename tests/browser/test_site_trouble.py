"""An incident from probe to post-mortem, a message to its answer, a takedown: in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cms.models import BoardMessage, LiabilityCase, SiteIncident, WatchedSite
from cms.rules.incidents import Look
from cms.services import watching
from tests import own_cache
from tests.cms.stage import on_the_site
from tests.people import everybody

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    Contexts = Callable[..., BrowserContext]
    SignIn = Callable[[Page, str], None]


@pytest.mark.clause("W2", "C6.3")
def test_an_incident_from_the_probe_to_the_post_mortem(new_context: Contexts, sign_in: SignIn) -> None:
    everybody()
    now = timezone.now()
    site = WatchedSite.objects.create(
        name="官网", url="https://www.example.com/", created_at=now, next_at=now + timedelta(days=1)
    )
    for minutes in (15, 10, 5):
        at = now - timedelta(minutes=minutes)
        watching.record_look(site_id=site.pk, look=Look(at=at, error="timeout"), now=at)
    incident = SiteIncident.objects.get()
    page = new_context().new_page()
    sign_in(page, "wei_webmaster")
    page.goto("/site/watch/")
    expect(page.locator("main")).to_contain_text("官网")
    page.goto(f"/site/incidents/{incident.pk}/")
    page.click("form[action$='/act/acknowledge/'] button[type=submit]")
    expect(page.locator("form[action$='/act/acknowledge/']")).to_have_count(0)
    incident.refresh_from_db()
    assert incident.state == "acknowledged"
    call = page.locator("details.act:has(form[action$='/act/call/'])")
    if call.get_attribute("open") is None:
        call.locator("summary").click()
    call.locator("[name=whom]").fill("周工")
    call.locator("[name=text]").fill("官网无法访问，请查服务器")
    call.locator("button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("周工")
    solved = page.locator("details.act:has(form[action$='/act/resolve/'])")
    if solved.get_attribute("open") is None:
        solved.locator("summary").click()
    solved.locator("[name=resolution]").fill("合作公司重启了服务")
    solved.locator("button[type=submit]").click()
    closing = page.locator("form[action$='/act/close/']")
    closing.locator("[name=cause]").fill("内存不足")
    closing.locator("[name=prevention]").fill("增加内存并设提醒")
    closing.locator("button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("增加内存并设提醒")
    incident.refresh_from_db()
    assert incident.state == "closed"


@pytest.mark.clause("W4")
def test_a_message_of_a_visitor_to_its_answer(new_context: Contexts, sign_in: SignIn) -> None:
    everybody()
    own_cache.forget()  # other tests write from this address, too, and it is only heard so often in an hour
    visitor = new_context().new_page()
    visitor.goto("/board/ask/")
    visitor.fill("[name=name]", "王芳")
    visitor.fill("[name=phone]", "13800138000")
    visitor.fill("[name=text]", "三人沙发能进电梯吗？")
    visitor.click("button[type=submit]")
    visitor.wait_for_url(lambda url: not url.endswith("/board/ask/"))
    message = BoardMessage.objects.get()
    page = new_context().new_page()
    sign_in(page, "li_lei")
    page.goto("/site/board/")
    page.click(f"a[href='/site/board/{message.pk}/'] >> nth=0")
    form = page.locator("form[action$='/act/answer/']")
    form.locator("[name=text]").fill("可以，沙发腿可拆，零甲醛。")  # its words wait for a second person
    form.locator("button[type=submit]").click()
    expect(page.locator(".thread")).to_contain_text("待第二人复核")
    expect(page.locator(".thread mark.hit")).to_contain_text("零甲醛")
    second = new_context(width=360, height=780).new_page()
    sign_in(second, "han_meimei")
    second.goto(f"/site/board/{message.pk}/")
    second.click("form[action$='/act/release/'] button")
    second.click("#confirm button[value=ok]")
    expect(second.locator(".toasts")).to_contain_text("已回复")
    message.refresh_from_db()
    assert message.state == "answered"


@pytest.mark.clause("C6.7")
def test_a_takedown_until_it_is_decided(new_context: Contexts, sign_in: SignIn) -> None:
    everybody()
    item = on_the_site(now=timezone.now() - timedelta(hours=1))
    address = f"/pages/news/{item.pk}/"
    reader, webmaster, writer, manager = (new_context().new_page() for _n in range(4))
    reader.goto(address)
    expect(reader.locator("article")).to_contain_text("新展厅位于二楼")
    sign_in(webmaster, "wei_webmaster")
    webmaster.goto(f"/site/items/{item.pk}/")
    webmaster.click("form[action$='/take-down/'] button[type=submit]")  # one click
    expect(webmaster.locator("main")).to_contain_text("须先听取作者陈述")
    assert reader.goto(address).status in {404, 410}  # type: ignore[union-attr]
    case = LiabilityCase.objects.get()
    sign_in(writer, "tang_writer")
    writer.goto(f"/site/takedowns/{case.pk}/")
    writer.fill("[name=statement]", "数据属实，附有报告。")
    writer.click("form[action$='/act/hear/'] button[type=submit]")
    expect(writer.locator("main")).to_contain_text("数据属实")
    sign_in(manager, "chen_manager")
    manager.goto(f"/site/takedowns/{case.pk}/")
    manager.select_option("[name=liability]", "unfounded")
    manager.fill("[name=decision]", "查无不实")
    manager.click("form[action$='/act/decide/'] button[type=submit]")
    manager.click("#confirm button[value=ok]")
    expect(
        manager.locator("main h3").filter(has_text="下架不成立")
    ).to_be_visible()  # the form offers the same words
    case.refresh_from_db()
    assert case.unfounded
