"""The supplier's door and complaints in the demo: links in every state, a complaint in every state, a dispute."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.models import Complaint, Supplier, SupplierContact
from contracts.sales import Sale
from contracts.services.complaints import deciding, disputes, filing
from contracts.services.door import codes, links
from ecdept.demo.stage import Stage
from office.rulebook import api as rulebook
from orders.models import Order

PURPOSE_ALL = "papers"


def play(stage: Stage) -> None:
    """Nothing where the book in force, an older one, knows no door, or there is no supplier yet."""
    if not rulebook.has_rule("contracts.door", stage.now):
        return
    contacts = list(
        SupplierContact.objects.filter(active=True, supplier__active=True)
        .exclude(phone="")
        .select_related("supplier")
        .order_by("supplier__code", "pk")
    )
    if not contacts:
        return
    _links(stage, contacts)
    _complaints(stage, contacts[0])


def _links(stage: Stage, contacts: list[SupplierContact]) -> None:
    """One that is used, one that was revoked and replaced, one whose time is over."""
    buyer = stage.who("U001")
    for number, contact in enumerate(contacts[:3]):
        at = stage.ago(days=20 - 8 * number)
        if number == 2:
            at = stage.ago(days=45)
        sent = links.send_link(contact_id=contact.pk, purpose=PURPOSE_ALL, paper_id=None, by=buyer, now=at)
        _come_in(stage, sent, at)
        if number == 1:
            links.revoke(link_id=sent.link.pk, text="联系人换了手机", by=buyer, now=stage.ago(days=6))
            links.send_link(
                contact_id=contact.pk, purpose=PURPOSE_ALL, paper_id=None, by=buyer, now=stage.ago(days=5)
            )


def _come_in(stage: Stage, sent: links.Sent, at: datetime) -> None:
    digits = codes.read_out(link_id=sent.link.pk, by=stage.who("U001"), now=at)
    codes.enter(link=sent.link, typed=digits, now=at)


def _complaints(stage: Stage, contact: SupplierContact) -> None:
    """To be decided, with the supplier, objected to with a dispute, answered, closed, withdrawn."""
    supplier = contact.supplier
    _filed(
        stage,
        supplier,
        days=0.2,
        goods="实木餐椅",
        said="两把椅子的椅腿长短不一，放不平。",
        kind="quality",
        wish="replace",
    )
    asked = _filed(
        stage,
        supplier,
        days=2,
        goods="北欧布艺三人沙发",
        said="扶手面料有 5 厘米划痕。",
        packaging="damaged",
        packaging_places=["left"],
        damage_places=["left", "front"],
    )
    _decided(stage, asked, days=1.2, liable="both", cost="360.00")
    objected = _filed(
        stage, supplier, days=6, goods="岩板餐桌", said="桌面边角缺口约 1 厘米。", damage_places=["corner"]
    )
    _decided(stage, objected, days=5.5, liable="supplier", cost="680.00")
    _answer(stage, objected, contact, "object", "出厂检验合格，缺口为安装磕碰。", days=4.5)
    dispute = disputes.open_dispute(
        supplier_id=supplier.pk,
        complaint_id=objected.pk,
        title="岩板餐桌缺口赔付",
        text="我方要求全额赔付；对方认为系安装所致。",
        by=stage.who("U001"),
        now=stage.ago(days=4),
    )
    disputes.add_step(
        dispute_id=dispute.pk,
        stage="talk",
        text="电话协商，对方愿承担一半，待内部确认。",
        by=stage.who("U001"),
        now=stage.ago(days=3),
    )
    answered = _filed(
        stage, supplier, days=9, goods="五斗柜", said="第二层抽屉滑轨脱落。", kind="quality", wish="repair"
    )
    _decided(stage, answered, days=8.5, liable="supplier", cost="0")
    _answer(stage, answered, contact, "repair", "本周内寄出新滑轨并上门安装。", days=8)
    closed = _filed(stage, supplier, days=20, goods="北欧布艺三人沙发", said="坐垫缺一块。", wish="pay")
    _decided(stage, closed, days=19.5, liable="supplier", cost="220.00")
    _answer(stage, closed, contact, "pay", "", days=19)
    deciding.customer_says(
        complaint_id=closed.pk,
        accepted=True,
        text="收到赔付，满意。",
        by=stage.who("A001"),
        now=stage.ago(days=18),
    )
    wrong = _filed(
        stage, supplier, days=12, goods="休闲椅", said="颜色与图片不符。", kind="quality", wish="return"
    )
    filing.withdraw(
        complaint_id=wrong.pk, reason="客户看错色号，撤回。", by=stage.who("A001"), now=stage.ago(days=11.5)
    )


def _filed(stage: Stage, supplier: Supplier, *, days: float, **more: Any) -> Complaint:
    facts: dict[str, Any] = {"kind": "delivery", "wish": "pay", "sale": _sale()}
    facts |= more
    if facts["kind"] == "delivery":
        facts.setdefault("packaging", "intact")
    return filing.file_complaint(
        filled=filing.Filled(supplier_id=supplier.pk, **facts), by=stage.who("A001"), now=stage.ago(days=days)
    )


def _sale() -> Sale | None:
    """An order of the demo's shops, any: complaints about several orders are what the list shows."""
    order = Order.objects.select_related("shop").order_by("-pk").first()
    return None if order is None else Sale(order.pk, f"{order.shop.code}/{order.number}")


def _decided(stage: Stage, complaint: Complaint, *, days: float, liable: str, cost: str) -> None:
    deciding.decide(
        complaint_id=complaint.pk,
        liable=liable,
        cost=Decimal(cost),
        reason="",
        by=stage.who("U001"),
        now=stage.ago(days=days),
    )


def _answer(
    stage: Stage, complaint: Complaint, contact: SupplierContact, word: str, text: str, *, days: float
) -> None:
    deciding.answer(
        complaint_id=complaint.pk, word=word, text=text, contact=contact, now=stage.ago(days=days)
    )
