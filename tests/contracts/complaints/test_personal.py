"""What may be told to a supplier of a customer, and what not."""

from __future__ import annotations

import pytest

from contracts.rules import personal

HOME = "广东省佛山市顺德区乐从镇沙滘村五巷8号"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("沙滘村五巷8号门口已坏", HOME),
        ("送到乐从镇沙滘村时纸箱破", HOME),
        ("广东省佛山市顺德区乐从镇沙滘村", HOME),
        ("浦东新区8号收货", "上海市浦东新区8号"),
        ("王红旗说扶手开裂", "王红旗"),
        ("李盟拒收", "李盟"),
        ("12 high street", "12 High Street, London"),
        ("请联系 138-0000-0000", "无关"),
    ],
)
def test_name_number_and_home_are_refused(text: str, secret: str) -> None:
    assert personal.names(text, [secret])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("货从广东省佛山市发出，运到时已裂", HOME),
        ("佛山市顺德区的仓库发货", HOME),
        ("寄回佛山市返修", "佛山市"),
        ("少了8号螺丝", "上海市浦东新区8号"),
        ("坏", "坏"),
        ("扶手开裂", ""),
    ],
)
def test_a_city_or_district_is_no_secret(text: str, secret: str) -> None:
    assert not personal.names(text, [secret])
