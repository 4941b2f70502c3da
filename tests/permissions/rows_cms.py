"""Who may open what at the site-content desk: rows of the permission matrix (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cms.services import writing
from tests.cms import stage
from tests.people import person
from tests.permissions.table import GENERAL, IT, Row, get, post

WRITERS = frozenset(
    {"lin_editor", "tang_writer", "hu_culture", "zheng_designer", "he_planner", "gao_section", "ma_product"}
)
#: Who enters the desk.
CONTENT = WRITERS | frozenset({"pan_photo", "zhao_operations", "chen_manager", "jiang_head"}) | GENERAL | IT
NEWS = frozenset({"lin_editor", "tang_writer", "hu_culture"})
COLUMNS = frozenset({"chen_manager", "shen_operations"})
WORDS = frozenset({"chen_manager", "wei_webmaster"})
READERS = frozenset(
    {
        "lin_editor",
        "tang_writer",
        "gao_section",
        "ma_product",
        "zhao_operations",
        "chen_manager",
        "jiang_head",
    }
)

ROWS: tuple[Row, ...] = (
    get("cms:content", CONTENT),
    get("cms:new", NEWS, kind="'news"),
    get("cms:item", CONTENT, pk="content"),
    get("cms:edit", NEWS, pk="content"),
    get("cms:version", CONTENT, pk="content", number="'1"),
    get("cms:compare", CONTENT, pk="content"),
    post("cms:submit", NEWS, pk="content"),
    post("cms:publish", CONTENT, pk="content"),  # nothing is agreed to: 409 for whoever gets that far
    post("cms:end", CONTENT, pk="content"),  # without a reason: 422
    post("cms:read", READERS, pk="content"),
    post("cms:scan", CONTENT),
    get("cms:calendar", CONTENT),
    get("cms:columns", CONTENT),
    get("cms:new_column", COLUMNS),
    get("cms:column", CONTENT, pk="column"),
    post("cms:column", CONTENT, pk="column"),  # without its fields: 422; the verb asks for the post
    get("cms:words", CONTENT),
    get("cms:new_word_list", WORDS),
    get("cms:word_list", CONTENT, code="'unlawful"),
)

#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("pages:front", "GET", {}, {200}),
    ("pages:column", "GET", {"slug": "'news"}, {200}),
    ("pages:item", "GET", {"slug": "'news", "pk": "content"}, {404}),
    ("pages:file", "GET", {"slug": "'news", "pk": "content", "sha256": f"'{'0' * 64}"}, {404}),
    ("pages:rss", "GET", {"slug": "'news"}, {200}),
    ("pages:json", "GET", {"slug": "'news"}, {200}),
)


def world(now: datetime) -> dict[str, int | str]:
    """A column and a news item in it, written by the copywriter."""
    column = stage.column("news", "news", name="新闻", at=now)
    said = writing.Writing(column_id=column.pk, texts={"title": "新展厅开放", "body": "<p>正文</p>"})
    item = writing.begin_item(kind="news", writing=said, by=person("tang_writer"), now=now)
    return {"content": item.pk, "column": column.pk}
