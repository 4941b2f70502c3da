"""A price from proposal to live: asked for with evidence, agreed, carried out, shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import Price, Sku
from catalog.services import goods
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Enter = Callable[["Page", str], None]


@pytest.fixture
def sofa(db: None) -> Sku:
    now = timezone.now()
    for who in ("ma_product", "chen_manager", "lin_editor", "zhou_general"):
        person(who)
    goods.add_channel(code="SITE", name="官网商城", by=None, now=now)
    category = goods.add_category(name="沙发", by=None, now=now)
    product = goods.add_product(title="北欧布艺沙发", category_id=category.pk, by=None, now=now)
    return goods.add_sku(
        product_id=product.pk, code="SF-2301", spec="雾灰", cost=Decimal("1800.00"), by=None, now=now
    )


@pytest.mark.clause("C11.1")
def test_a_price_goes_from_proposal_to_live(
    new_context: Callable[..., BrowserContext],
    sign_in: Enter,
    sofa: Sku,
    screenshot: Callable[[Page, str], None],
) -> None:
    manager = new_context().new_page()
    sign_in(manager, "ma_product")
    manager.goto(f"/catalog/{sofa.product_id}/")
    manager.get_by_role("link", name="申请定价").click()
    manager.fill("#id_price", "1700")
    expect(manager.locator("[data-margin]")).to_have_text("-5.9 %")
    expect(manager.locator("[data-way]")).to_be_visible()
    manager.fill("#id_price", "2400")
    expect(manager.locator("[data-margin]")).to_have_text("25.0 %")
    expect(manager.locator("[data-way]")).to_be_hidden()
    manager.get_by_role("button", name="再加一个竞品").click()
    expect(manager.locator(".competitor")).to_have_count(3)
    manager.fill("#id_c-0-source", "同城家居旗舰店")
    manager.fill("#id_c-0-price", "2450")
    manager.fill("#id_c-0-on", (timezone.localdate() - dt.timedelta(days=1)).isoformat())
    screenshot(manager, "price-ask")
    manager.get_by_role("button", name="提交审批").click()
    manager.wait_for_url("**/approvals/*/")
    address = manager.url

    leader = new_context().new_page()
    sign_in(leader, "chen_manager")
    leader.goto(address)
    expect(leader.locator(".run-facts")).to_contain_text("¥2,400.00")
    expect(leader.locator(".run-facts")).to_contain_text("同城家居旗舰店")
    screenshot(leader, "price-decide")
    leader.locator('#decision [data-act="approve"]').click()
    leader.wait_for_url("**/approvals/")

    editor = new_context().new_page()
    sign_in(editor, "lin_editor")
    editor.goto(address)
    editor.locator("#execute button[type=submit]").click()
    expect(editor.locator("main")).to_contain_text("请写明在哪里可以看到")
    editor.fill("#execute-words", "https://shop.example.com/item/2301")
    editor.locator("#execute button[type=submit]").click()
    expect(editor.locator("main .page-head")).to_contain_text("已执行")

    manager.goto(f"/catalog/skus/{sofa.pk}/prices/")
    expect(manager.locator(".stat b")).to_have_text("¥2,400.00")
    expect(manager.locator("#price-chart")).to_be_visible()
    assert Price.objects.get().amount == Decimal("2400.00")
