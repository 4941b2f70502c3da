"""The inbox and its channels in a real browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils import timezone
from playwright.sync_api import expect

from office.deadlines import api as deadlines
from office.notices import api as notices
from office.notices.models import Channel
from office.subjects import Subject
from tests.notices.cast import channel, tell
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]
Shot = Callable[["Page", str], None]


def test_a_breach_is_read_by_its_subject_and_the_bell_counts_down(
    page: Page, sign_in: Enter, screenshot: Shot
) -> None:
    agent = person("li_lei")
    began = timezone.now() - dt.timedelta(minutes=40)
    for number in (1, 2):
        deadlines.open(
            "orders.contact",
            subject=Subject("order", str(number), f"TM01/000{number}"),
            started_at=began,
            now=began,
            holder_id=agent.pk,
        )
    deadlines.settle_due(timezone.now())
    tell(agent, number=7, now=timezone.now())
    sign_in(page, "li_lei")
    page.goto("/inbox/")
    groups = page.locator(".notice-group")
    expect(groups).to_have_count(3)
    expect(page.locator("#unread")).to_have_text("5")
    screenshot(page, "inbox")
    groups.nth(1).locator("form:not(:has([name=go])) button[name=id]").click()
    expect(groups).to_have_count(2)
    expect(page.locator("#unread")).to_have_text("3")
    page.locator("button[name=up_to]").click()
    expect(page.locator(".empty")).to_be_visible()
    assert notices.unread_count(agent.pk) == 0


def test_it_makes_a_channel_and_keeps_what_was_typed(page: Page, sign_in: Enter, screenshot: Shot) -> None:
    sign_in(page, "sun_admin")
    page.goto("/inbox/channels/new/")
    page.fill("#id_name", "值班群")
    page.select_option("#id_kind", "wecom")
    page.fill("#id_url", "ftp://example.com")
    page.locator("form.panel").evaluate("form => form.noValidate = true")
    page.locator("form.panel .panel-foot button").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    expect(page.locator("#id_name")).to_have_value("值班群")
    page.fill("#id_url", "https://qyapi.example.com/?key=secret")
    page.locator("input[value=service_supervisor]").check()
    page.locator("form.panel .panel-foot button").click()
    page.wait_for_url("**/inbox/channels/*/")
    expect(page.locator("#id_url")).to_have_value("")
    screenshot(page, "channel")
    made = Channel.objects.get()
    assert [each.position for each in made.subscriptions.all()] == ["service_supervisor"]


def test_what_was_given_up_is_sent_again(page: Page, sign_in: Enter, screenshot: Shot) -> None:
    agent = person("li_lei")
    found = channel("wecom", agent, name="值班群")
    for number in range(3):
        tell(agent, number=number)
    found.messages.update(state="dead", attempts=10, last_error="errcode 45009: api freq out of limit")
    sign_in(page, "sun_admin")
    page.goto("/inbox/outbox/")
    expect(page.locator("tbody tr")).to_have_count(3)
    screenshot(page, "outbox")
    page.locator("tbody tr button").first.click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator(".toolbar button").click()
    expect(page.locator(".empty")).to_be_visible()
    assert found.messages.filter(state="waiting").count() == 3
