"""What publications explain of a changed page, and what they do not (W2, C6.1): pure."""

from __future__ import annotations

import datetime as dt

import pytest

from cms.rules.explained import Shown, explaining, rest, stands

AT = dt.datetime(2026, 11, 25, 9, 5, tzinfo=dt.UTC)
NEWS = Shown(["新展厅开放", "周末起接待客户", "欢迎参观。"], AT, stays=True)
OLD = Shown(["双十一结束", "", "谢谢惠顾。"], AT, stays=False)
OTHER = Shown(["橡木餐桌", ""], AT, stays=True)
HOME = "首页 沙发 联系我们"


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (HOME, HOME + " 新展厅开放", 0),
        (HOME, "首页 新展厅开放 周末起接待客户 沙发 联系我们", 0),
        (HOME, "首页 2026-11-25 新展厅开放 沙发 联系我们", 0),
        (HOME, "首页 2026年11月25日 09:05 新展厅开放 沙发 联系我们", 0),
        (HOME, "首页 新展厅开放 [11-25] 沙发 联系我们", 0),
        (HOME + " 双十一结束 谢谢惠顾。", HOME, 1),
        (HOME + " 双十一结束 橡木餐桌", HOME + " 新展厅开放 双十一结束", 0),  # the third fell off the list
        (HOME, HOME, None),  # nothing differs that came or went
        (HOME, HOME + " 新展厅开放 被黑了", None),
        (HOME, "首页 新展厅开放 联系我们", None),
        (HOME, HOME + " 新展厅开放吗", None),
        (HOME, HOME + " 2026-11-24 新展厅开放", None),  # not its day
        (HOME, HOME + " 双十一结束", None),  # over, and was not there
        (HOME + " 橡木餐桌", HOME, None),  # on the site, yet gone, and nothing came
        (HOME, HOME + " 双十一结束 新展厅开放", None),
    ],
)
def test_every_word_that_differs_has_to_be_explained(before: str, after: str, place: int | None) -> None:
    assert explaining(before, after, [NEWS, OLD, OTHER]) == place


def test_nobody_explains_without_publications() -> None:
    assert explaining(HOME, HOME + " 新展厅开放", []) is None


def test_forms_of_letters_and_blanks_do_not_count() -> None:
    wide = Shown(["ＡＢＣ  展厅", ""], AT, stays=True)
    assert explaining(HOME, HOME + " ABC 展厅", [wide]) == 0
    assert rest("ＡＢＣ ABC 展厅", [wide]) == "ＡＢＣ"


def test_a_passage_stands_by_itself() -> None:
    assert stands("全场 优惠 规则", "优惠")
    assert not stands("全场优惠规则", "优惠")
    assert not stands("全场", "")
