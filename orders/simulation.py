"""Orders as a shop that sells furniture and home goods would send them: for the demo, load tests and fault tests.

Pure but for the random generator that is handed in. Nobody in it exists: the phones lie in 140 0000 0000 – 140 0099
9999, a prefix of thirteen-digit machine numbers in which no person's eleven-digit number is given out, and the streets
are named after trees.
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from standardwebhooks import Webhook

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞",
    "桂英", "建华", "志强", "秀兰", "晓燕", "海燕", "子轩", "雨桐", "欣怡", "浩然", "梓涵", "思远", "佳琪", "文博",
    "雅婷", "俊熙", "可馨", "天佑", "诗涵", "家豪",
)  # fmt: skip
PLACES = (
    ("浙江省", "杭州市", "西湖区"), ("江苏省", "南京市", "鼓楼区"), ("广东省", "佛山市", "顺德区"),
    ("上海市", "上海市", "闵行区"), ("北京市", "北京市", "朝阳区"), ("四川省", "成都市", "武侯区"),
    ("湖北省", "武汉市", "洪山区"), ("福建省", "厦门市", "思明区"), ("山东省", "青岛市", "市南区"),
    ("陕西省", "西安市", "雁塔区"), ("湖南省", "长沙市", "岳麓区"), ("河南省", "郑州市", "金水区"),
)  # fmt: skip
TREES = ("香樟", "银杏", "梧桐", "桂花", "玉兰", "水杉", "合欢", "紫薇")
GOODS = (
    ("SF-3001", "科技布三人沙发 2.1米 浅灰", "2899.00"), ("SF-1102", "单人休闲沙发椅 羊羔绒 米白", "699.00"),
    ("BD-1801", "白蜡木双人床 1.8×2.0米", "3260.00"), ("MT-1810", "独立袋装弹簧床垫 1.8米", "1899.00"),
    ("TB-1406", "岩板餐桌 1.4米 配四椅", "2380.00"), ("TB-0904", "小户型折叠餐桌 胡桃色", "899.00"),
    ("WD-2203", "五门推拉衣柜 2.2米 暖白", "4199.00"), ("BC-0602", "实木床头柜 双抽", "368.00"),
    ("DK-1202", "升降书桌 1.2米", "1299.00"), ("CH-0501", "人体工学椅 网布 黑", "858.00"),
    ("LP-0301", "落地灯 暖光 可调角度", "239.00"), ("CT-2701", "雪尼尔遮光窗帘 2.7米 墨绿", "318.00"),
    ("RG-1620", "客厅地毯 1.6×2.3米 水洗", "459.00"), ("SH-0805", "浴室置物架 免打孔", "79.90"),
    ("QT-2023", "四件套 全棉 1.8米床", "299.00"), ("PL-4501", "乳胶枕 一对", "269.00"),
    ("MR-0601", "全身镜 落地 拱形", "219.00"), ("BX-3012", "收纳箱 三只装 66升", "129.00"),
)  # fmt: skip
MESSAGES = (
    "",
    "",
    "",
    "送货前请先打电话",
    "周末在家，工作日请放物业",
    "电梯较小，请提前确认尺寸",
    "尽快发货，谢谢",
    "需要上门安装",
)


@dataclass(frozen=True, slots=True)
class Item:
    sku: str
    title: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class MadeOrder:
    """One invented order; `step` counts what was told of it: 0 created, 1 paid, 2 sent …"""

    serial: int
    number: str
    placed_at: dt.datetime
    surname: str
    given: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    message: str
    items: tuple[Item, ...]
    step: int = 0
    cancelled: bool = False

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery: where, with which headers, which bytes, and what it tells ("order", "update", "cancellation")."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    tells: str


def make_order(chance: random.Random, serial: int, number: str, now: dt.datetime) -> MadeOrder:
    """The `serial`-th order. The number is the caller's, since it must be new in the shop."""
    province, city, district = chance.choice(PLACES)
    street = f"{chance.choice(TREES)}{chance.choice('路街巷')}{chance.randint(1, 399)}号"
    street += (
        f"{chance.randint(1, 28)}幢{chance.randint(1, 4)}单元{chance.randint(1, 30)}0{chance.randint(1, 4)}室"
    )
    goods = chance.sample(GOODS, k=chance.choices((1, 2, 3, 4), weights=(62, 25, 9, 4))[0])
    return MadeOrder(
        serial=serial,
        number=number,
        placed_at=now.replace(microsecond=0) - dt.timedelta(seconds=chance.randint(1, 90)),
        surname=chance.choice(SURNAMES),
        given=chance.choice(GIVEN),
        phone=f"14000{chance.randint(0, 999_999):06d}",
        province=province,
        city=city,
        district=district,
        street=street,
        message=chance.choice(MESSAGES),
        items=tuple(
            Item(sku, title, chance.choices((1, 2, 4), weights=(85, 12, 3))[0], Decimal(price))
            for sku, title, price in goods
        ),
    )


def updated(order: MadeOrder) -> MadeOrder:
    """The same order, paid or sent meanwhile."""
    return replace(order, step=order.step + 1)


def cancelled(order: MadeOrder) -> MadeOrder:
    """The same order, cancelled by the buyer in the shop."""
    return replace(order, step=order.step + 1, cancelled=True)


def message_of(platform: str, code: str, secret: str, order: MadeOrder, now: dt.datetime) -> Message:
    """The signed delivery by which a shop on `platform` tells of the order as it stands."""
    tells = "cancellation" if order.cancelled else "update" if order.step else "order"
    if platform == "shopify":
        return _shopify(secret, order, now, tells)
    if platform == "woocommerce":
        return _woocommerce(code, secret, order, now, tells)
    return _api(code, secret, order, now, tells)


def _bytes(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _body_signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def _delivery(order: MadeOrder) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{order.number}/{order.step}"))


def _woocommerce(code: str, secret: str, order: MadeOrder, now: dt.datetime, tells: str) -> Message:
    status = "cancelled" if order.cancelled else ("pending", "processing", "completed")[min(order.step, 2)]
    person = {"first_name": order.given, "last_name": order.surname, "company": ""}
    place = {
        "address_1": f"{order.district}{order.street}", "address_2": "", "city": order.city, "state": order.province,
        "postcode": "", "country": "CN",
    }  # fmt: skip
    body = {
        "id": order.serial,
        "number": order.number,
        "status": status,
        "currency": "CNY",
        "date_created_gmt": order.placed_at.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_modified_gmt": now.strftime("%Y-%m-%dT%H:%M:%S"),
        "total": f"{order.total:.2f}",
        "customer_note": order.message,
        "billing": {**person, **place, "email": f"buyer{order.serial}@example.com", "phone": order.phone},
        "shipping": {**person, **place},
        "payment_method": "alipay",
        "payment_method_title": "支付宝",
        "line_items": [
            {
                "id": index,
                "name": item.title,
                "sku": item.sku,
                "quantity": item.quantity,
                "price": float(item.price),
                "total": f"{item.amount:.2f}",
            }
            for index, item in enumerate(order.items, 1)
        ],
        "shipping_lines": [{"method_title": "送货上门", "total": "0.00"}],
    }
    raw = _bytes(body)
    headers = {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.updated" if order.step else "order.created",
        "X-WC-Webhook-Delivery-ID": _delivery(order),
        "X-WC-Webhook-Signature": _body_signature(secret, raw),
    }
    return Message(f"/hooks/woocommerce/{code}", headers, raw, tells)


def _shopify(secret: str, order: MadeOrder, now: dt.datetime, tells: str) -> Message:
    topic = "cancelled" if order.cancelled else ("create", "paid", "fulfilled")[min(order.step, 2)]
    body = {
        "id": 5_000_000_000_000 + order.serial,
        "name": f"#{order.number}",
        "order_number": order.serial,
        "created_at": order.placed_at.isoformat(),
        "updated_at": now.replace(microsecond=0).isoformat(),
        "cancelled_at": now.replace(microsecond=0).isoformat() if order.cancelled else None,
        "currency": "CNY",
        "total_price": f"{order.total:.2f}",
        "financial_status": "paid" if order.step else "pending",
        "fulfillment_status": "fulfilled" if order.step > 1 else None,
        "note": order.message or None,
        "email": f"buyer{order.serial}@example.com",
        "shipping_address": {
            "name": f"{order.surname}{order.given}",
            "phone": order.phone,
            "country": "中国",
            "province": order.province,
            "city": order.city,
            "address1": f"{order.district}{order.street}",
            "address2": None,
            "zip": None,
        },
        "line_items": [
            {
                "id": index,
                "title": item.title,
                "sku": item.sku,
                "quantity": item.quantity,
                "price": f"{item.price:.2f}",
            }
            for index, item in enumerate(order.items, 1)
        ],
    }
    raw = _bytes(body)
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": f"orders/{topic}",
        "X-Shopify-Webhook-Id": _delivery(order),
        "X-Shopify-Shop-Domain": "simulated.myshopify.example",
        "X-Shopify-Hmac-Sha256": _body_signature(secret, raw),
    }
    return Message("/hooks/shopify", headers, raw, tells)


def _api(code: str, secret: str, order: MadeOrder, now: dt.datetime, tells: str) -> Message:
    body = {
        "shop": code,
        "number": order.number,
        "ordered_at": order.placed_at.isoformat(),
        "currency": "CNY",
        "total": f"{order.total:.2f}",
        "cancelled": order.cancelled,
        "customer": {
            "name": f"{order.surname}{order.given}",
            "phone": order.phone,
            "address": f"{order.province}{order.city}{order.district}{order.street}",
            "message": order.message,
        },
        "lines": [
            {
                "sku": item.sku,
                "title": item.title,
                "quantity": item.quantity,
                "price": f"{item.price:.2f}",
                "amount": f"{item.amount:.2f}",
            }
            for item in order.items
        ],
        "status": "cancelled" if order.cancelled else ("placed", "paid", "sent")[min(order.step, 2)],
    }
    raw = _bytes(body)
    message_id = f"msg_{_delivery(order)}"
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, raw.decode()),
    }
    return Message("/api/v1/orders", headers, raw, tells)
