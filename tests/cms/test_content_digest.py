"""A version's digest is that of what it says: the desk and the database compute the same, and the database insists."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.models import Column, Item, Version
from cms.rules import content
from tests.people import person

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
FILES = [("ab" * 32, "合影:一.jpg"), ("cd" * 32, "表格 2.xlsx")]


def texts(**more: str) -> dict[str, str]:
    return dict.fromkeys(content.TEXTS, "") | {"title": "新展厅开放", "body": "<p>“一”与 二</p>\n"} | more


def written(said: dict[str, str], digest: str, files: list[tuple[str, str]]) -> Version:
    author = person("tang_writer")
    column = Column.objects.create(slug="news", name="新闻", kinds=["news"], created_at=NOW)
    item = Item.objects.create(
        kind="news", column=column, title=said["title"], created_by=author, created_at=NOW, updated_at=NOW
    )
    return Version.objects.create(
        item=item,
        number=1,
        **said,
        files=[list(each) for each in files],
        digest=digest,
        written_by=author,
        at=NOW,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("files", [[], FILES])
def test_the_database_computes_the_same_digest(files: list[tuple[str, str]]) -> None:
    assert written(texts(source="市场部"), content.digest(texts(source="市场部"), files), files).pk


@pytest.mark.django_db
@pytest.mark.parametrize("said", [texts(body="<p>别的</p>"), texts(summary="新展厅开放", title="")])
def test_another_text_has_another_digest(said: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="digest"), transaction.atomic():
        written(texts(), content.digest(said, []), [])


@pytest.mark.django_db
def test_a_version_is_never_changed() -> None:
    version = written(texts(), content.digest(texts(), []), [])
    with (
        pytest.raises(DatabaseError, match=r"law|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE cms_version SET title = 'x' WHERE id = %s", [version.pk])
