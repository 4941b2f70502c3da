"""Word for word, so that a reader of Chinese sees what changed; and the HTML that is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.rules import html
from cms.rules.compare import paragraphs, words

TEXT = st.text(alphabet="甲乙丙丁abc 1。", max_size=30)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_out_of_the_comparison(before: str, after: str) -> None:
    parts = words(before, after)
    assert "".join(part.text for part in parts if part.sort != "new") == before
    assert "".join(part.text for part in parts if part.sort != "gone") == after


@given(st.lists(TEXT, max_size=6), st.lists(TEXT, max_size=6))
def test_so_it_is_by_paragraphs(before: list[str], after: list[str]) -> None:
    lines = paragraphs(before, after)
    old = ["".join(p.text for p in line.parts if p.sort != "new") for line in lines if line.sort != "new"]
    new = ["".join(p.text for p in line.parts if p.sort != "gone") for line in lines if line.sort != "gone"]
    assert (old, new) == (before, after)


def test_what_changed_is_small() -> None:
    found = words("十二月三日至五日在上海参展。", "十二月四日至六日在上海参展。")
    assert [(part.sort, part.text) for part in found] == [
        ("same", "十二月"), ("gone", "三"), ("new", "四"), ("same", "日至"), ("gone", "五"), ("new", "六"),
        ("same", "日在上海参展。"),
    ]  # fmt: skip


def test_a_lone_character_between_changes_is_counted_to_them() -> None:
    found = words("甲的乙", "丙的丁")
    assert [(part.sort, part.text) for part in found] == [("gone", "甲的乙"), ("new", "丙的丁")]


def test_a_word_of_letters_is_one_word() -> None:
    found = words("型号 TM-100A", "型号 TM-100B")
    assert [part.text for part in found if part.sort != "same"] == ["TM-100A", "TM-100B"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<p>甲</p><script>alert(1)</script>", "<p>甲</p>"),
        ('<p onclick="x()" style="color:red" class="a">甲</p>', "<p>甲</p>"),
        ('<a href="javascript:alert(1)">甲</a>', '<a rel="noopener noreferrer">甲</a>'),
        ('<a href="//evil.example/">甲</a>', '<a rel="noopener noreferrer">甲</a>'),
        ('<p>甲</p><img src="https://evil.example/x.png">', "<p>甲</p>"),
        ("<iframe src='x'></iframe><p>甲</p>", "<p>甲</p>"),
        ("<svg><a xlink:href='javascript:x'>甲</a></svg>", ""),
        ("甲\n\n乙\n丙", "<p>甲</p><p>乙<br>丙</p>"),
        ("<p> </p><p><br></p>", ""),
        ("<p>a\x00b\x1fc</p>", "<p>abc</p>"),
        ("", ""),
    ],
)
def test_only_what_is_harmless_is_kept(given: str, kept: str) -> None:
    assert html.clean(given) == kept


@given(st.text(max_size=80))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = html.clean(f"<p>{text}</p>")
    assert html.clean(once) == once


def test_the_text_has_a_paragraph_for_each_block() -> None:
    body = "<h2>标题</h2><ul><li>一</li><li>二<br>行</li></ul><p>甲<b>乙</b></p>"
    body += "<table><tr><td>格</td><td>子</td></tr></table>"
    assert html.paragraphs(body) == ["标题", "一", "二\n行", "甲乙", "格", "子"]
    assert html.excerpt("<p>" + "长" * 200 + "</p>", 10) == "长" * 9 + "…"
