"""A whole purchase order with both sides: buyer, inspector and warehouse at their pages, the supplier at its
door on a phone; from the need to the last accepted piece."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import DemandPlan, PurchaseOrder, Recount, Sample
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.files.samples import small_picture

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


@pytest.fixture
def site(db: None) -> None:
    begins = timezone.now() - dt.timedelta(days=400)
    rulebook.activate_book(code="site", starts_at=begins, by=None, now=begins - dt.timedelta(days=1))


@pytest.fixture
def scan(tmp_path: Path) -> str:
    file = tmp_path / "送货单.png"
    file.write_bytes(small_picture())
    return str(file)


@pytest.mark.clause("P1.1")
@pytest.mark.clause("P1.3")
@pytest.mark.clause("P1.4")
@pytest.mark.clause("P7a")
def test_a_whole_purchase_order_with_both_sides(
    site: None,
    new_context: Callable[..., BrowserContext],
    phone: Page,
    sign_in: Callable[[Page, str], None],
    scan: str,
    screenshot: Callable[[Page, str], None],
) -> None:
    now = timezone.now()
    world.active(now=now)
    world.contact(now=now)
    buyer, inspector = new_context().new_page(), new_context().new_page()
    keeper = new_context(width=360, height=780, has_touch=True, is_mobile=True).new_page()
    for page, who in ((buyer, "luo_buyer"), (inspector, "song_inspector"), (keeper, "xu_warehouse")):
        sign_in(page, who)
    due = f"{timezone.localdate() + dt.timedelta(days=30):%Y-%m-%d}"

    # What is needed, and a sample of it.
    buyer.goto("/contracts/demand/")
    buyer.click(".purchase-new summary")
    buyer.fill("#id_title", "冬季备货")
    _send(buyer, "/contracts/demand/")
    _fill(buyer, name="北欧布艺三人沙发", quantity="10", needed_on=due)
    _send(buyer, "/need/")
    buyer.wait_for_selector("text=北欧布艺三人沙发")
    buyer.goto("/contracts/samples/")
    buyer.click(".purchase-new summary")
    buyer.fill("#id_supplier", world.supplier().code)
    _fill(buyer, name="北欧布艺三人沙发", demands="正面、背面各一张")
    _send(buyer, "/contracts/samples/")
    sample = Sample.objects.get()
    buyer.goto(f"/contracts/samples/{sample.pk}/")
    _enter(phone, buyer)
    phone.locator("input[type=file]").set_input_files(scan)
    expect(phone.locator(".door-thumbs img")).to_have_count(1)
    screenshot(phone, "door-sample")
    buyer.goto(f"/contracts/samples/{sample.pk}/")
    _send(buyer, "/act/sign/")
    buyer.wait_for_selector("text=已签字")

    # The order takes its line from the plan; we sign and send it.
    buyer.goto("/contracts/orders/")
    buyer.click(".purchase-new summary")
    buyer.fill("#id_supplier", world.supplier().code)
    _send(buyer, "/contracts/orders/")
    order = PurchaseOrder.objects.get()
    plan = DemandPlan.objects.get()
    buyer.goto(f"/contracts/demand/{plan.pk}/")
    buyer.click(f"a:has-text('{order.number}')")
    _fill(buyer, quantity="10", unit_price="1200.00", due_on=due, steps="开料\n组装")
    buyer.select_option("#id_sample_id", str(sample.pk))
    buyer.click("main form button[type=submit]")
    buyer.wait_for_url(re.compile(r"/contracts/(orders|demand)/"))
    buyer.goto(f"/contracts/orders/{order.pk}/")
    screenshot(buyer, "purchase-draft")
    _send(buyer, "/act/issue/", confirm=True)
    _send(buyer, "/act/send/")
    _enter(phone, buyer)
    buyer.goto(f"/contracts/orders/{order.pk}/")

    # The supplier returns it; both confirm the first sample; production begins.
    phone.wait_for_selector(".door-total")
    screenshot(phone, "door-order")
    phone.click("button[lang=en]")
    phone.wait_for_selector("h1:has-text('Sign and return')")
    screenshot(phone, "door-order-en")
    phone.click("button[lang=zh-hans]")
    phone.wait_for_selector("h1:has-text('签字回传')")
    phone.locator("form[action$='/return/'] button").first.click()
    phone.locator("#confirm button[value=ok]").click()
    phone.wait_for_selector("h1:has-text('确认首样')")
    phone.locator("#file").set_input_files(scan)
    phone.click("form[action$='/first-sample/'] button")
    phone.wait_for_selector("text=等待采购员确认首样")
    buyer.reload()
    buyer.wait_for_selector("text=何师傅")
    _send(buyer, "/act/first_ours/")
    phone.reload()
    phone.click("button:has-text('已开始生产')")
    phone.wait_for_selector("text=检验报告")

    # The lottery; what is found wrong is put right before anything is shipped.
    inspector.goto("/contracts/inspections/")
    _send(inspector, "/inspections/draw/")
    inspector.goto("/contracts/inspections/")
    inspector.click("main .items a:has-text('北欧布艺三人沙发')")
    for name, text in (("checked", "10"), ("bad", "10"), ("text", "扶手色差")):
        inspector.fill(f"form[action$='/report/'] [name={name}]", text)
    _send(inspector, "/act/report/")
    inspection = inspector.url
    phone.reload()
    phone.wait_for_selector("text=扶手色差")
    assert not phone.locator("form[action$='/ship/']").count()
    phone.fill("textarea[name=how]", "已更换面料")
    phone.click("form[action$='/mend/'] button")
    phone.wait_for_selector("text=等待质检员复检")
    screenshot(phone, "door-mended")
    inspector.goto(inspection)
    inspector.wait_for_selector("text=已更换面料")
    inspector.select_option("form[action$='/judge/'] select", index=0)
    _send(inspector, "/act/judge/")

    # Reports on each step, then the goods with their note, sent with progress.
    phone.reload()
    missing = phone.locator("details:has(.chip-near)")
    for left in (1, 0):
        step = missing.first
        step.locator("summary").click()
        step.locator("input[type=file]").set_input_files(scan)
        expect(missing).to_have_count(left)
    screenshot(phone, "door-ship")
    phone.fill("#number", "SH-20261123")
    phone.locator("#note").set_input_files(scan)
    phone.click("button:has-text('确认发货')")
    phone.wait_for_selector("text=已发 10")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # The warehouse counts, wrongly, and counts again; the inspector accepts.
    keeper.goto("/contracts/arrivals/")
    keeper.click("main a:has-text('清点入仓')")
    keeper.fill(".count-big", "9")
    screenshot(keeper, "count-in")
    keeper.click("main form button[type=submit]")
    keeper.wait_for_url("**/contracts/arrivals/")
    keeper.click("main a:has-text('复点')")
    keeper.fill(".count-big", "10")
    keeper.fill("#id_reason", "漏了一件")
    screenshot(keeper, "count-again")
    keeper.click("main form button[type=submit]")
    keeper.wait_for_url(re.compile(r"/contracts/orders/"))
    assert Recount.objects.get().counted == 10
    inspector.goto(f"/contracts/orders/{order.pk}/")
    inspector.wait_for_selector("text=漏了一件")
    screenshot(inspector, "purchase-accept")
    _send(inspector, "/accept/")
    inspector.wait_for_selector("text=验收")
    order.refresh_from_db()
    assert order.state == "closed"
    phone.reload()
    phone.wait_for_selector("text=订单已完成")

    # And what is owed stands in the account, one click from the supplier.
    buyer.goto(f"/contracts/suppliers/{order.supplier_id}/")
    buyer.click("a:has-text('往来账与对账单')")
    buyer.wait_for_selector(f"text={order.number}")
    screenshot(buyer, "account-after-order")


def _fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.fill(f"main [name={name}]", text)


def _send(page: Page, action: str, *, confirm: bool = False) -> None:
    """The form that posts there, and the page after it."""
    form = page.locator(f"main form[action$='{action}']").first
    with page.expect_navigation():
        form.locator("button[type=submit]").click()
        if confirm:
            page.locator("#confirm button[value=ok]").click()


def _enter(phone: Page, buyer: Page) -> None:
    """The buyer sends the link of the paper on his screen and reads the code out; the supplier comes in by it."""
    buyer.click("a:has-text('发送供应商入口链接')")
    with buyer.expect_navigation():
        buyer.click("main form:has(#id_contact) button[type=submit]")
    phone.goto(urlsplit(buyer.locator(".secret").inner_text()).path)
    buyer.locator("main .items a").first.click()
    with buyer.expect_navigation():
        buyer.click("form[action$='/read-out/'] button")
    phone.fill("#code", buyer.locator(".secret.num").inner_text())
    phone.click("form.door-code button")
    phone.wait_for_selector(".door-kind")
