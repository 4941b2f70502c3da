"""A level asked for on its page, agreed to jointly, carried out by the administrator; it works, and ends by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Grant
from office.rulebook import api as rulebook
from tests.people import everybody, person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Enter = Callable[["Page", str], None]


def opens(page: Page, address: str) -> int | None:
    answer = page.goto(address)
    return answer.status if answer else None


@pytest.mark.clause("C13.1", "C13.2", "M10")
def test_a_level_is_asked_for_cosigned_carried_out_used_and_ends_by_itself(
    new_context: Callable[..., BrowserContext], sign_in: Enter, screenshot: Callable[[Page, str], None]
) -> None:
    content = reverse("cms:content")
    everybody()
    rulebook.activate_book(code="mall", starts_at=timezone.now(), by=None, now=timezone.now())
    agent = new_context().new_page()
    sign_in(agent, "li_lei")
    assert opens(agent, content) == 403
    agent.goto("/accounts/access/")
    agent.get_by_role("link", name="申请权限").first.click()
    agent.select_option("#id_word", "level.back_office")
    last = timezone.localdate() + dt.timedelta(days=2)
    agent.fill("#id_last_day", last.isoformat())
    agent.fill("#id_reason", "国庆活动期间协助更新栏目")
    screenshot(agent, "access-ask")
    agent.get_by_role("button", name="提交").click()
    agent.wait_for_url("**/approvals/*/")
    address = agent.url

    for number, decider in enumerate(("deng_marketing", "qian_it")):
        page = new_context().new_page()
        sign_in(page, decider)
        page.goto(address)
        expect(page.locator(".run-facts")).to_contain_text("国庆活动期间协助更新栏目")
        if number:
            screenshot(page, "access-cosign")
        page.locator('#decision [data-act="approve"]').click()
        page.wait_for_url("**/approvals/")
        assert opens(agent, content) == 403, "one signature, or two without the administrator, give nothing"

    administrator = new_context().new_page()
    sign_in(administrator, "sun_admin")
    administrator.goto(address)
    administrator.locator("#execute button[type=submit]").click()
    expect(administrator.locator("main .page-head")).to_contain_text("已执行")

    assert opens(agent, content) == 200
    agent.goto("/accounts/access/")
    expect(agent.locator("main")).to_contain_text("后台")
    screenshot(agent, "access-mine")
    grant = Grant.objects.get(employee=person("li_lei"))
    assert timezone.localdate(grant.ends_at) == last + dt.timedelta(days=1)

    for moment, code in ((grant.ends_at - dt.timedelta(minutes=1), 200), (grant.ends_at, 403)):
        with time_machine.travel(moment):
            later = new_context().new_page()
            sign_in(later, "li_lei")
            assert opens(later, content) == code
            if code == 403:
                later.goto("/accounts/access/grants/?state=over")
                expect(later.locator("main")).to_contain_text("李雷")
                screenshot(later, "access-over")
