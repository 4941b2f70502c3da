"""What the public board may not say about people (W4, C13): pure."""

from __future__ import annotations

import pytest

from cms.rules.personal import leads_to_somebody


@pytest.mark.clause("W4")
@pytest.mark.parametrize(
    "text",
    [
        "请打 13800138000",
        "138.0013.8000",
        "138 0013 8000",
        "138-0013-8000",
        "１３８００１３８０００",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "8613800138000",
        "+86 138 0013 8000",
        "0086-138.0013.8000",
        "1·3·8·0·0·1·3·8·0·0·0",
        "1 3 8  0 0 1 3  8 0 0 0",
        "138（0013）8000",
        "138,0013,8000",
        "一三八零零一三八零零零",
        "幺三八〇〇幺三八〇〇〇",
        "壹叁捌00壹叁捌000",
        "138\u200b0013\u200b8000",
        "(0756) 331-2345",
        "0756.3312345",
        "400.800.1234",
        "4008001234",
        "座机 3312345",
        "110101199003071234",
        "wang@example.com",
        "wang＠example.com",
        "wang (at) example.com",
        "wang#qq.com",
        "QQ：1234567",
        "微信 wang_fang8",
        "加vx:wangfang88",
    ],
)
def test_numbers_and_addresses_of_people_are_found(text: str) -> None:
    assert leads_to_somebody(text)


@pytest.mark.parametrize(
    "text",
    [
        "三人沙发能进电梯吗？",
        "2026年11月25日发货",
        "2026-11-25 10:30 到货",
        "2026.11.25",
        "尺寸 1.5×2.2×0.9 米",
        "1.5、2.5、3.5 米三种",
        "原价 12999 元，现价 9999 元",
        "2024-2026 年的新品",
        "一二三四五六楼都有展厅",
        "QQ 和旺旺都在线",
        "订单按 C11.1 处理",
        "",
    ],
)
def test_days_prices_and_measures_are_not(text: str) -> None:
    assert not leads_to_somebody(text)
