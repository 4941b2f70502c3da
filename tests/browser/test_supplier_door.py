"""A whole purchase order with both sides: the buyer at his desk, the supplier at its door on a phone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from playwright.sync_api import expect

from contracts.models import Delivery, PurchaseOrder
from contracts.services import accepting, arriving, first_sample, ordering
from contracts.services.door import codes, links
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def site(db: None) -> None:
    begins = world.NOW - dt.timedelta(days=400)
    rulebook.activate_book(code="site", starts_at=begins, by=None, now=begins - dt.timedelta(days=1))


@pytest.fixture
def scan(tmp_path: Path) -> str:
    file = tmp_path / "送货单.png"
    file.write_bytes(small_picture())
    return str(file)


@pytest.mark.clause("P1.3")
@pytest.mark.clause("P1.4")
def test_a_whole_purchase_order_with_both_sides(
    site: None, phone: Page, live_server: Any, scan: str, screenshot: Callable[[Page, str], None]
) -> None:
    with time_machine.travel(world.NOW, tick=True):
        buyer = person("luo_buyer")
        order = ordering.issue_order(order_id=arrange.drafted().pk, by=buyer, now=world.NOW)
        contact = arrange.the_contact()
        ordering.send_order(order_id=order.pk, contact_id=contact.pk, by=buyer, now=world.NOW)
        sent = links.send_link(
            contact_id=contact.pk, purpose="order", paper_id=order.pk, by=buyer, now=world.NOW
        )
        phone.goto(f"{live_server.url}/supplier/{sent.token}/")
        screenshot(phone, "door-enter")
        phone.fill("#code", "000000")
        phone.click("form.door-code button")
        digits = codes.read_out(link_id=sent.link.pk, by=buyer, now=world.NOW)
        phone.fill("#code", digits)
        phone.click("form.door-code button")
        phone.wait_for_selector(".door-total")
        screenshot(phone, "door-order")
        phone.click("button[lang=en]")
        phone.wait_for_selector("h1:has-text('Sign and return')")
        screenshot(phone, "door-order-en")
        phone.click("button[lang=zh-hans]")
        phone.wait_for_selector("h1:has-text('签字回传')")
        phone.locator("form[action$='/return/'] button").first.click()
        _yes(phone)
        phone.wait_for_selector("text=确认首样")
        assert _state(order) == "returned"
        phone.click("button:has-text('确认首样')")
        phone.wait_for_selector("text=等待采购员确认首样")
        first_sample.confirm(order=order, by=buyer, now=world.NOW)
        phone.reload()
        phone.click("button:has-text('已开始生产')")
        phone.wait_for_selector("text=检验报告")
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
        delivery = Delivery.objects.get(order=order)
        line = arrange.only_line(order)
        arrival = arriving.receive(
            delivery_id=delivery.pk, counts={line.pk: 10}, warehouse=world.WAREHOUSE, by=person("xu_warehouse"),
            now=world.NOW,
        )  # fmt: skip
        accepting.accept(
            arrived_id=arrival.lines.get().pk, accepted=10, by=person("song_inspector"), now=world.NOW
        )
        assert _state(order) == "closed"
        phone.reload()
        phone.wait_for_selector("text=订单已完成")
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _state(order: PurchaseOrder) -> str:
    order.refresh_from_db()
    return order.state


def _yes(page: Page) -> None:
    page.locator("#confirm button[value=ok]").click()
    page.wait_for_url(re.compile(r"/order/"))
