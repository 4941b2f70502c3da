"""Short words of a row, said so that nobody has to guess."""

from __future__ import annotations

import pytest
from django.utils import translation

from orders.wording import goods_said


@pytest.mark.parametrize(
    ("stored", "chinese", "english"),
    [
        ("保温杯 ×1", "保温杯", "保温杯"),
        ("保温杯 ×2", "保温杯 ×2", "保温杯 ×2"),
        ("保温杯 ×1 +1", "保温杯，另有 1 种", "保温杯 and 1 more"),
        ("保温杯 ×2 +3", "保温杯 ×2，另有 3 种", "保温杯 ×2 and 3 more"),
        ("A ×1 +1 ×0.5", "A ×1 +1 ×0.5", "A ×1 +1 ×0.5"),
        ("A\nB ×3", "A\nB ×3", "A\nB ×3"),
        ("nothing of the kind +1", "nothing of the kind +1", "nothing of the kind +1"),
        ("", "", ""),
    ],
)
def test_goods(stored: str, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert goods_said(stored) == chinese
    with translation.override("en"):
        assert goods_said(stored) == english
