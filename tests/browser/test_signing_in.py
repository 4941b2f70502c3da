"""Signing in, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_an_agent_signs_in_and_sees_my_day(page: Page, sign_in: Callable[..., None], screenshot: Any) -> None:
    sign_in(page, "li_lei")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator(".top")).to_contain_text(person("li_lei").name)
    screenshot(page, "home")


def test_a_manager_needs_the_second_step(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in(page, "chen_manager")
    page.goto("/staff/me/")
    expect(page.locator("#sessions li")).to_have_count(1)


def test_no_page_is_wider_than_a_phone(phone: Page, sign_in: Callable[..., None]) -> None:
    sign_in(phone, "chen_manager")
    for path in (
        "/",
        "/staff/",
        "/staff/posts/",
        "/staff/me/",
        "/inbox/",
        "/rulebook/",
        "/desk/",
        "/auth/password/",
    ):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_going_on_and_off_duty_asks_once(page: Page, sign_in: Callable[..., None]) -> None:
    sign_in(page, "li_lei")
    page.click(".duty")
    page.wait_for_selector(".duty[data-on='1']")
    page.click(".duty")
    page.click("#confirm [value=ok]")
    page.wait_for_selector(".duty[data-on='0']")
