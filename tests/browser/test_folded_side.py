"""Folding the groups of the navigation in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_group_folded_by_hand_stays_folded_elsewhere(
    page: Page, sign_in: Callable[[Page, str], None], screenshot: Callable[[Page, str], None]
) -> None:
    sign_in(page, "chen_manager")
    page.goto("/inbox/")
    orders, goods = page.locator("[data-group='1']"), page.locator("[data-group='2']")
    orders.locator("summary").click()
    goods.locator("summary").press("Enter")
    expect(orders.get_by_role("link")).to_have_count(0)
    screenshot(page, "folded-side")
    page.goto("/imports/")
    expect(orders).to_have_attribute("open", "")  # where he is
    expect(goods).not_to_have_attribute("open", "")
    page.goto("/inbox/")
    expect(orders).not_to_have_attribute("open", "")
    goods.locator("summary").click()
    page.reload()
    expect(goods).to_have_attribute("open", "")
    expect(orders).not_to_have_attribute("open", "")
