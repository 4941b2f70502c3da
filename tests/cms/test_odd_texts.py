"""Texts, pages and feeds at their edges: what is not asked, never opened, without words, longer than is compared."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from cms.rules import compare
from cms.rules.board import problems
from cms.rules.feeds import Entry, Feed, json_feed, rss
from cms.rules.html import clean
from cms.rules.page_text import page_text
from cms.rules.words import Scanner, Word, marked

AT = dt.datetime(2026, 11, 26, 4, 0, tzinfo=dt.UTC)


def entry(**more: Any) -> Entry:
    given: dict[str, Any] = {
        **dict.fromkeys(("summary", "body", "author", "source", "link"), ""),
        "id": 1, "url": "https://x/1", "kind": "news", "title": "标题", "digest": "0", "published_at": AT,
        "until": None,
    }  # fmt: skip
    return Entry(**given | more)


def feed(*entries: Entry) -> Feed:
    return Feed("栏目", "", "https://x", "https://x/rss", "zh", None, entries)


def test_a_field_that_nobody_asks_for_is_no_problem() -> None:
    assert problems({"text": "你好", "phone": "13800000000", "website": 7}, 500) == []


def test_texts_too_long_to_compare_are_shown_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "LONGEST", 5)
    assert [(part.sort, part.text) for part in compare.words("旧的字", "新的字")] == [
        ("gone", "旧的字"),
        ("new", "新的字"),
    ]
    assert [part.sort for part in compare.words("", "很长的新字")] != ["gone"]
    assert [(part.sort, part.text) for part in compare.words("", "很长的新文字")] == [("new", "很长的新文字")]


def test_a_feed_names_author_and_source_where_there_are_some() -> None:
    bare, whole = entry(), entry(author="唐文案", source="新华网", body="<p>a]]>b</p>", summary="摘要")
    said = rss(feed(bare, whole)).decode()
    assert said.count("<dc:creator>唐文案</dc:creator>") == said.count("<dc:source>新华网</dc:source>") == 1
    assert said.count("<content:encoded>") == 1
    assert "]]]]><![CDATA[>" in said
    first, second = json.loads(json_feed(feed(bare, whole)))["items"]
    assert ("summary" in first, "authors" in first) == (False, False)
    assert (second["summary"], second["authors"]) == ("摘要", [{"name": "唐文案"}])


def test_an_address_of_another_host_in_disguise_is_dropped() -> None:
    kept = clean('<a href="//evil.example/x">看</a><a href="https://x/">好</a>')
    assert "evil" not in kept
    assert 'href="https://x/"' in kept


def test_cells_and_lists_are_counted_in_whole_numbers() -> None:
    kept = clean(
        '<table><tbody><tr><td colspan="2">甲</td><td rowspan="0">乙</td></tr></tbody></table><ol start="3"></ol>'
    )
    assert 'colspan="2"' in kept
    assert "rowspan" not in kept
    assert 'start="3"' in kept


def test_a_page_that_is_written_badly_is_read_all_the_same() -> None:
    assert page_text("</div><p>甲<br>乙<img src=x>丙</b></p></section>丁") == "甲 乙丙 丁"
    assert page_text("<div id=a><i>甲</div>乙", "a") == "甲"


def test_a_word_of_nothing_but_fillers_finds_nothing_and_a_text_may_be_all_hit() -> None:
    scanner = Scanner([Word("\u200b", "own", "block"), Word("违禁", "own", "block")])
    hits = scanner.scan("违禁违禁")
    assert [(hit.start, hit.end) for hit in hits] == [(0, 2), (2, 4)]
    assert [piece.text for piece in marked("违禁违禁", hits)] == ["违禁", "违禁"]
    assert Scanner([Word(" ", "own", "block")]).scan("任何") == []
