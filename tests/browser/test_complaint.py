"""A complaint from the customer's order page to the supplier's statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import Complaint, SetOff
from contracts.services.door import codes, links
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Order
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop
from tests.contracts import world
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


@pytest.mark.clause("P5")
@pytest.mark.clause("P3.5")
def test_from_the_order_page_to_the_statement(
    new_context: Callable[..., BrowserContext],
    phone: Page,
    sign_in: Callable[[Page, str], None],
    live_server: Any,
    screenshot: Callable[[Page, str], None],
) -> None:
    now = timezone.now()
    supplier = world.supplier(now=now)
    contact = world.contact(supplier, now=now)
    order = _order(now)
    agent, buyer = new_context().new_page(), new_context().new_page()
    sign_in(agent, "wang_supervisor")
    agent.goto(f"/orders/{order.pk}/")
    agent.click("text=填写投诉表")
    agent.fill("#id_said", "请联系王芳")
    agent.fill("#id_supplier", supplier.code)
    agent.check("input[name=packaging][value=damaged]")
    agent.check("input[name=packaging_places][value=left]")
    agent.check("input[name=damage_places][value=left]")
    agent.check("input[name=damage_places][value=top]")
    agent.check("input[name=wish][value=pay]")
    agent.click("button:has-text('登记投诉')")
    agent.wait_for_selector("text=供应商会看到这段内容，请不要写客户的姓名")
    screenshot(agent, "complaint-new")
    agent.fill("#id_said", "左扶手开裂")
    agent.click("button:has-text('登记投诉')")
    agent.wait_for_selector("text=供应商与承运方")
    complaint = Complaint.objects.get()

    sign_in(buyer, "luo_buyer")
    buyer.goto(f"/contracts/complaints/{complaint.pk}/")
    buyer.fill("#decideform-cost", "400")
    buyer.click("button:has-text('判定责任')")
    buyer.wait_for_selector("text=供应商承担 ¥200.00")
    screenshot(buyer, "complaint")
    sent = links.send_link(
        contact_id=contact.pk, purpose="complaint", paper_id=complaint.pk, by=person("luo_buyer"),
        now=timezone.now(),
    )  # fmt: skip
    phone.goto(f"{live_server.url}/supplier/{sent.token}/")
    digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=timezone.now())
    phone.fill("#code", digits)
    phone.click("form.door-code button")
    phone.wait_for_selector("text=左扶手开裂")
    for secret in ("王芳", "13800000000", "五巷8号"):
        assert secret not in phone.content()
    screenshot(phone, "door-complaint")
    phone.check("input[name=word][value=pay]")
    phone.click("button:has-text('提交答复')")
    phone.locator("#confirm button[value=ok]").click()
    phone.wait_for_selector(".door-done")
    claim = SetOff.objects.get(supplier=supplier)
    assert claim.amount == Decimal("200.00")

    # The charge stands in the month's statement, and leads back to the complaint.
    buyer.reload()
    buyer.click("a.chip:has-text('计入对账单')")
    buyer.wait_for_url(f"**/contracts/claims/{claim.pk}/")
    buyer.goto(f"/contracts/money/{supplier.pk}/{claim.on:%Y-%m}/")
    expect(buyer.locator(".sums .is-total dd")).to_have_text("−200.00")
    screenshot(buyer, "statement")
    buyer.click(f"td a[href='/contracts/claims/{claim.pk}/']")
    buyer.click(f"dd a[href='/contracts/complaints/{complaint.pk}/']")
    buyer.wait_for_url(f"**/contracts/complaints/{complaint.pk}/")

    agent.reload()
    agent.check("input[name=accepted][value=yes]")
    agent.click("button:has-text('记录客户意见')")
    agent.wait_for_selector("text=客户认可，已结案")
    agent.goto(f"/orders/{order.pk}/")
    agent.wait_for_selector(f"text={complaint.number}")


def _order(now: dt.datetime) -> Order:
    shop = get_or_create_shop(code="TM01", by=None, now=now)
    incoming = IncomingOrder(
        "8812",
        (IncomingLine("SF-2301", "三人沙发", Decimal(1), Decimal(3000), Decimal(3000)),),
        IncomingCustomer("王芳", "13800000000", "广东省佛山市顺德区乐从镇沙滘村五巷8号"),
    )
    book_orders(shop=shop, orders=[incoming], source="api", by=None, now=now)
    return Order.objects.get(number="8812")
