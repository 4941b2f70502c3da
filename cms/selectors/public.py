"""What the public pages and feeds show: only what is on the site at the instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from cms.models import Column, Publication
from cms.rules import html
from cms.rules.feeds import MOST, Entry, Feed
from cms.selectors import live
from office.files.models import StoredFile

#: Titles on one page of a column, and of each column on the first page.
PAGE, FIRST = 30, 6


def stamp() -> int:
    """Grows with every change of the public pages (cms_sitestamp); one short query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM cms_sitestamp WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def site() -> str:
    """The beginning of every whole address."""
    return str(settings.SITE_URL).rstrip("/")


def column_of(slug: str) -> Column | None:
    return Column.objects.filter(slug=slug, active=True).first()


def shown_in(column: Column, now: datetime) -> QuerySet[Publication]:
    """What is on the site in the column, the latest first."""
    return (
        live.live_at(now)
        .filter(column=column)
        .select_related("version", "item", "column")
        .order_by("-starts_at", "-id")
    )


def published(column: Column, item_id: int, now: datetime) -> Publication | None:
    """What is on the site of the item, in whichever column."""
    return live.live_at(now).filter(item_id=item_id).select_related("version", "item", "column").first()


def was_published(item_id: int, now: datetime) -> bool:
    """Whether the item was on the site once, and was not taken down."""
    return Publication.objects.filter(live.not_hidden(now), item_id=item_id, starts_at__lte=now).exists()


def page_of(column: Column, now: datetime, before: int | None) -> tuple[list[Publication], int | None]:
    """One page of a column and the key of the next."""
    found = shown_in(column, now)
    if before is not None:
        last = (
            Publication.objects.filter(pk=before, column=column).values_list("starts_at", flat=True).first()
        )
        if last is not None:
            found = found.extra(  # a comparison of rows: one walk along the index
                where=["(cms_publication.starts_at, cms_publication.id) < (%s, %s)"], params=[last, before]
            )
    rows = list(found[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


@dataclass(frozen=True, slots=True)
class Front:
    """A column on the first page."""

    column: Column
    rows: list[Publication]


def front(now: datetime) -> list[Front]:
    """Every active column with its latest."""
    columns = list(Column.objects.filter(active=True).order_by("place", "slug"))
    return [Front(column, list(shown_in(column, now)[:FIRST])) for column in columns]


def feed(column: Column, now: datetime, name: str) -> Feed:
    """The feed of a column; `name`: of its URL."""
    rows = list(shown_in(column, now)[:MOST])
    wanted = {sha256 for row in rows for sha256, _name in row.version.files}
    mimes = dict(StoredFile.objects.filter(sha256__in=wanted).values_list("sha256", "mime")) if wanted else {}
    entries = [entry_of(row, mimes) for row in rows]
    return Feed(
        title=column.name,
        description=column.description,
        url=site() + reverse("pages:column", args=[column.slug]),
        self_url=site() + reverse(f"pages:{name}", args=[column.slug]),
        language="zh-CN",
        updated_at=entries[0].published_at if entries else None,
        entries=entries,
    )


def entry_of(row: Publication, mimes: Mapping[str, str]) -> Entry:
    version = row.version
    link = version.link

    def file_url(sha256: str) -> str:
        return site() + reverse("pages:file", args=[row.column.slug, row.item_id, sha256])

    return Entry(
        id=row.item_id,
        url=site() + reverse("pages:item", args=[row.column.slug, row.item_id]),
        kind=row.item.kind,
        title=version.title,
        summary=version.summary,
        body=html.with_pictures(version.body, {sha256: file_url(sha256) for sha256, _name in version.files}),
        author=version.author,
        source=version.source,
        link=site() + link if link.startswith("/") else link,
        digest=version.digest,
        published_at=row.starts_at,
        until=row.ends_at,
        files=tuple(
            (
                name,
                file_url(sha256),
                mimes[sha256],
            )
            for sha256, name in version.files
            if sha256 in mimes
        ),
    )
