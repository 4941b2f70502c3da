"""The page that compares two versions: what is gone and what is new stands out, the rest stays as it was."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from tests.cms.stage import edit, write
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def marked(page: str, tag: str) -> list[str]:
    """What stands in these tags, without the legend above."""
    return re.findall(
        rf"<{tag}>([^<]*)</{tag}>", page.partition('<div class="diff">')[2].partition("</p>")[2]
    )


def test_the_words_that_went_and_came_are_marked_where_they_stand() -> None:
    now = timezone.now()
    item = write(title="新展厅开放", body="<p>展厅位于二楼。</p><p>欢迎参观。</p>", now=now)
    edit(
        item,
        "tang_writer",
        title="新展厅周末开放",
        body="<p>展厅位于三楼。</p><p>欢迎参观。</p><p>免费停车。</p>",
        now=now,
    )
    reader = signed_in("tang_writer")
    page = reader.get(f"/site/items/{item.pk}/compare/").content.decode()
    assert marked(page, "del") == ["二"]
    assert marked(page, "ins") == ["周末", "三", "免费停车。"]
    assert "展厅位于<del>二</del><ins>三</ins>楼。" in page
    assert "新展厅<ins>周末</ins>开放" in page
    back = reader.get(f"/site/items/{item.pk}/compare/", {"from": 2, "to": 1}).content.decode()
    assert (marked(back, "del"), marked(back, "ins")) == (["周末", "三", "免费停车。"], ["二"])
    same = reader.get(f"/site/items/{item.pk}/compare/", {"from": 2, "to": 2}).content.decode()
    assert marked(same, "del") == marked(same, "ins") == []


def test_what_is_compared_is_text_and_no_markup() -> None:
    now = timezone.now()
    item = write(title="甲<b>", now=now)
    edit(item, "tang_writer", title="甲<script>", now=now)
    page = signed_in("tang_writer").get(f"/site/items/{item.pk}/compare/").content.decode()
    assert "<script>甲" not in page
    assert "&lt;" in page.partition('<div class="diff">')[2]
