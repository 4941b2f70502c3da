"""What the demo shops sell, and to whom: invented names, numbers that are nobody's, real cities."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder

GOODS: tuple[tuple[str, str, int], ...] = (
    ("SF-2301", "北欧布艺三人沙发 雾灰", 3280),
    ("SF-2307", "小户型双人沙发 燕麦白", 1980),
    ("CT-1102", "岩板茶几 120cm", 1260),
    ("CT-1108", "白橡木边几", 399),
    ("BD-4010", "实木双人床 1.8m", 2690),
    ("BD-4022", "儿童床带护栏 1.2m", 1780),
    ("MT-5001", "乳胶床垫 1.8m", 2199),
    ("TB-3005", "伸缩餐桌 1.4m", 1890),
    ("CH-3011", "餐椅 两把装", 560),
    ("CH-3020", "人体工学办公椅", 899),
    ("DS-6003", "实木书桌 1.2m", 1150),
    ("BK-6010", "五层书架", 459),
    ("LT-7004", "落地灯 暖光", 329),
    ("LT-7011", "床头壁灯", 168),
    ("CB-8002", "玄关鞋柜 翻斗式", 699),
    ("CB-8009", "四斗储物柜", 759),
    ("RG-9001", "手工羊毛地毯 160×230", 980),
    ("CU-9105", "遮光窗帘 成品一对", 288),
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余"
GIVEN = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇",
    "杰", "娟", "涛", "明", "超", "秀英", "晓燕", "志强", "建华", "雨桐", "子轩",
    "梓涵", "思远", "佳怡", "文静", "海燕", "国栋", "欣怡", "浩然", "雪梅", "立新",
]  # fmt: skip
PLACES = [
    "广东省珠海市香洲区人民西路", "广东省广州市天河区体育东路", "广东省深圳市南山区科苑路",
    "浙江省杭州市西湖区文三路", "江苏省南京市鼓楼区中山路", "江苏省苏州市工业园区星湖街",
    "上海市浦东新区张杨路", "上海市徐汇区漕溪北路", "北京市朝阳区建国路",
    "北京市海淀区中关村大街", "四川省成都市武侯区人民南路", "湖北省武汉市洪山区珞喻路",
    "陕西省西安市雁塔区长安中路", "福建省厦门市思明区湖滨南路", "山东省青岛市市南区香港中路",
    "湖南省长沙市岳麓区麓山路",
]  # fmt: skip
REMARKS = ("", "", "", "", "请送货前电话联系", "周末送货", "需要安装", "发票抬头：个人", "放物业前台")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One order to be, and when it came in."""

    shop: str
    at: datetime
    order: IncomingOrder


class Customers:
    """Makes orders; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  (demo data, no secret)
        self.count = 0

    def arrival(self, at: datetime) -> Arrival:
        chance = self.chance
        self.count += 1
        shop = chance.choices(("SITE", "TM01", "JD01"), weights=(5, 3, 2))[0]
        day = at.strftime("%y%m%d")
        number = {
            "SITE": f"W{day}{self.count:04}",
            "TM01": f"36{day}{self.count:04}{chance.randrange(10**7):07}",
            "JD01": f"2{day}{self.count:04}{chance.randrange(10**3):03}",
        }[shop]
        lines = tuple(self._line() for _n in range(chance.choices((1, 2, 3), weights=(7, 2, 1))[0]))
        total = sum((line.amount or Decimal(0) for line in lines), Decimal(0))
        remark = chance.choice(REMARKS)
        order = IncomingOrder(
            number=number,
            lines=lines,
            customer=self._customer(),
            placed_at=at - timedelta(seconds=chance.randrange(5, 90)),
            total=total,
            paid=total,
            facts={"remark": remark} if remark else {},
        )
        return Arrival(shop, at, order)

    def _line(self) -> IncomingLine:
        sku, title, price = self.chance.choice(GOODS)
        quantity = Decimal(self.chance.choices((1, 2, 4), weights=(8, 2, 1))[0])
        return IncomingLine(sku, title, quantity, Decimal(price), Decimal(price) * quantity)

    def _customer(self) -> IncomingCustomer:
        chance = self.chance
        place = chance.choice(PLACES)
        address = (
            f"{place}{chance.randrange(1, 400)}号{chance.randrange(1, 30)}栋{chance.randrange(101, 2805)}室"
        )
        # 170 0000 xxxx: a range that is given to nobody.
        return IncomingCustomer(
            chance.choice(SURNAMES) + chance.choice(GIVEN), f"1700000{chance.randrange(10**4):04}", address
        )
