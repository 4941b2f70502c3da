"""A complaint brought to where a test begins."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from contracts.models import Complaint, ComplaintDecision
from contracts.sales import Sale, SoldLine
from contracts.services.complaints import deciding, filing
from tests.contracts import world
from tests.people import person

NOW = world.NOW
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CUSTOMER = ("王芳", "13800000000", "广东省佛山市顺德区乐从镇沙滘村五巷8号")


def sale() -> Sale:
    return Sale(8812, "TM01/8812", (SoldLine("SF-2301", "三人沙发", 1),), CUSTOMER)


def filled(**more: Any) -> filing.Filled:
    facts: dict[str, Any] = {
        "supplier_id": world.supplier().pk,
        "kind": "delivery",
        "goods": "北欧布艺三人沙发",
        "said": "扶手开裂，布面有划痕",
        "wish": "pay",
        "packaging": "intact",
        "damage_places": ["left"],
        "sale": sale(),
    }
    return filing.Filled(**{**facts, **more})


def filed(now: dt.datetime = NOW, **more: Any) -> Complaint:
    return filing.file_complaint(filled=filled(**more), by=person("li_lei"), now=now)


def decide(complaint: Complaint, now: dt.datetime = NOW, **more: Any) -> ComplaintDecision:
    facts: dict[str, Any] = {"liable": "supplier", "cost": Decimal("300.00"), "reason": ""}
    return deciding.decide(complaint_id=complaint.pk, by=person("luo_buyer"), now=now, **{**facts, **more})


def decided(now: dt.datetime = NOW, **more: Any) -> Complaint:
    complaint = filed(now)
    decide(complaint, now, **more)
    complaint.refresh_from_db()
    return complaint


def answer(complaint: Complaint, word: str = "pay", text: str = "", now: dt.datetime = NOW) -> None:
    deciding.answer(
        complaint_id=complaint.pk, word=word, text=text, contact=world.contact(complaint.supplier), now=now
    )
    complaint.refresh_from_db()


def customer(complaint: Complaint, accepted: bool = True, text: str = "", now: dt.datetime = NOW) -> None:
    deciding.customer_says(
        complaint_id=complaint.pk, accepted=accepted, text=text, by=person("li_lei"), now=now
    )
    complaint.refresh_from_db()
