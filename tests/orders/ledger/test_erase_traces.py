"""Forgetting a customer reaches what never became an order: refused rows, bodies of refused messages."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from django.urls import reverse

from orders import traces
from orders.intake.payloads import BadPayload, Notification, Problem
from orders.models import Batch, RejectedRow, WebhookReceipt
from orders.people import mobiles_in, phones_in
from orders.services.erasure import Erasure, erase_customer, erase_expired
from orders.services.receipts import body_of, receive
from tests.orders.ledger.arrange import NOW, ZHANG, booked, shop
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

SOMEBODY = "13900001111"


def erase(order_id: int) -> Erasure:
    return erase_customer(order_id=order_id, reason="request", by=person("chen_manager"), now=NOW)


def refuse_message(body: object, message_id: str = "m1") -> WebhookReceipt:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def read() -> Notification:
        raise BadPayload([Problem("lines", "required", "No lines.")])

    receive(
        shop=shop(), source="api", topic="orders", message_id=message_id, raw=raw, read=read, by=None, now=NOW,
        id_is_signed=True,
    )  # fmt: skip
    return WebhookReceipt.objects.get(message_id=message_id)


def refuse_rows(folder: Path, rows: list[list[str]]) -> list[RejectedRow]:
    """Rows whose quantity is no number, imported for the shop of the ledger's tests."""
    file = folder / "orders.csv"
    header = ["number", "customer", "phone", "line_title", "line_quantity"]
    file.write_text("\n".join(",".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")
    with override_settings(ECDEPT_HOME=folder), pytest.raises(SystemExit):
        call_command("import_orders", str(file), "--shop", shop().code, "--format", "generic")
    return list(RejectedRow.objects.order_by("row"))


@pytest.mark.parametrize(
    "body",
    [
        {"number": "X-1", "customer": {"name": "张三丰", "phone": ZHANG.phone}},
        {"billing": {"phone": "+86 138-1234-5678"}},
        {"note": f"请联系 {ZHANG.phone} 张先生"},
        {"phone": int(ZHANG.phone)},
        {"number": "TB1001", "customer": {"name": "张三丰"}},
        {"order": {"name": "#TB1001"}},
        b'{"broken": "' + ZHANG.phone.encode() + b'"',
    ],
)
def test_a_refused_message_about_him_is_forgotten_with_him(body: object) -> None:
    order = booked()
    receipt = refuse_message(body)
    assert receipt.order_id is None
    other = refuse_message({"number": "X-2", "customer": {"phone": SOMEBODY}}, "m2")
    assert erase(order.pk).bodies == 1
    receipt.refresh_from_db()
    other.refresh_from_db()
    assert (body_of(receipt), receipt.wrapped_key, receipt.traces) == (None, None, None)
    assert body_of(other) is not None


def test_refused_rows_go_by_phone_and_by_number(tmp_path: Path) -> None:
    order = booked()
    rows = refuse_rows(
        tmp_path,
        [
            ["TB1001", "张三丰", "", "沙发", "x"],
            ["TB9001", "张三丰", "138 1234 5678", "沙发", "x"],
            ["TB9002", "李四", SOMEBODY, "沙发", "x"],
        ],
    )
    assert len(rows) == 3
    assert erase(order.pk).rows == 2
    assert [row.row for row in RejectedRow.objects.all()] == [4]


def test_who_shares_only_a_shop_is_left_alone() -> None:
    order = booked()
    receipt = refuse_message({"number": "TB1001X", "phone": SOMEBODY})
    assert erase(order.pk).bodies == 0
    receipt.refresh_from_db()
    assert body_of(receipt) is not None


def test_traces_are_keyed_and_end_with_what_they_lead_to(tmp_path: Path) -> None:
    receipt = refuse_message({"customer": {"phone": ZHANG.phone}})
    refuse_rows(tmp_path, [["TB9001", "张三丰", ZHANG.phone, "沙发", "x"]])
    kept = [bytes(trace) for trace in receipt.traces or []]
    assert traces.of_phone(ZHANG.phone) in kept
    assert all(len(trace) == traces.TRACE_BYTES and ZHANG.phone.encode() not in trace for trace in kept)
    Batch.objects.update(erase_at=NOW)
    erase_expired(now=NOW + dt.timedelta(days=91))
    assert list(RejectedRow.objects.values_list("traces", flat=True)) == [None]
    receipt.refresh_from_db()
    assert receipt.traces is None


def test_a_hostile_body_has_few_traces_and_no_fault() -> None:
    many: Any = {"phones": [f"139{n:08}" for n in range(5_000)]}
    assert len(traces.of_body(1, json.dumps(many).encode())) == traces.MOST
    assert traces.of_body(1, b"[" * 400_000) == []
    assert traces.of_body(1, b'{"number": ' + b"9" * 50_000 + b"}") == []
    assert traces.of_body(1, b"\xff\xfe\x00") == []


def test_phones_are_found_inside_words() -> None:
    assert phones_in("电话：０５７１-８８８８６６６６ 转 3") == ["057188886666"]
    assert mobiles_in("收货 +86 138 1234 5678，备用13900001111。") == ["13812345678", "13900001111"]
    assert mobiles_in("单号 113812345678901") == []
    assert phones_in("138****5678") == []


def test_the_retention_page_says_what_cannot_be_found() -> None:
    assert "90天" in signed_in("chen_manager").get(reverse("orders:retention")).content.decode()
