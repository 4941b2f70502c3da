"""Imports of the demo: one that went through with a few refused rows, one that could not be read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from django.utils import timezone

from ecdept.demo.stage import Stage
from office.tables.table import Source
from orders.models import Order, Shop
from orders.services.intake import run_batch, start_batch

MAPPING = {
    "number": "订单号", "customer": "收货人", "phone": "电话", "address": "收货地址", "total": "金额",
    "line_title": "商品", "line_quantity": "数量", "ordered_at": "下单时间",
}  # fmt: skip
ROWS: tuple[tuple[str, ...], ...] = (
    ("W26D0001", "方文慧", "17000008101", "宁波市海曙区中山西路18号", "459.00", "五层书架", "1"),
    ("W26D0002", "石磊", "17000008102", "合肥市蜀山区长江西路66号", "1120.00", "餐椅 两把装", "2"),
    ("W26D0003", "白雪", "17000008103", "泉州市丰泽区津淮街9号", "329.00", "落地灯 暖光", "1"),
    ("W26D0004", "江涛", "17000008104", "南昌市红谷滩区丰和路2号", "699.00", "玄关鞋柜 翻斗式", "一个"),
    ("W26D0005", "孟秋", "17000008105", "石家庄市长安区建设街7号", "约800", "四斗储物柜", "1"),
)
OTHER_TERMS = ("毕海", "17000008106", "济南市历下区泉城路1号", "1.00", "五层书架", "1")


def play(stage: Stage) -> None:
    """An export of the site's shop, sent by a back-office clerk, and a file of the wrong kind the day before."""
    shop, clerk = Shop.objects.get(code="SITE"), stage.who("B001")
    at, name = stage.ago(days=1, hours=3), "报价单.csv"
    file = _file(name, [("报价", "备注")])
    wrong = start_batch(shop=shop, filename=name, by=clerk, now=at, size=file.size, format="jd")
    run_batch(batch_id=wrong.pk, now=at, source=file)
    # A number that is known, with another amount: a conflict for a human.
    known = Order.objects.filter(shop=shop).order_by("id").values_list("number", flat=True)[0]
    placed = f"{timezone.localtime(stage.ago(days=45)):%Y-%m-%d %H:%M}"
    rows = [(*row, placed) for row in (*ROWS, (known, *OTHER_TERMS))]
    at, name = stage.ago(hours=1, minutes=20), "官网订单.csv"
    file = _file(name, [tuple(MAPPING.values()), *rows])
    batch = start_batch(
        shop=shop, filename=name, by=clerk, now=at, size=file.size, historical=True, mapping=MAPPING
    )
    run_batch(batch_id=batch.pk, now=at, source=file)


def _file(name: str, rows: Sequence[Sequence[str]]) -> Source:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode()
    return Source(name, len(content), lambda: io.BytesIO(content))
