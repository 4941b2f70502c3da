"""Feeds of a column, as bytes: RSS 2.0 and JSON Feed 1.1. Pure: what is in them is given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

RSS = "application/rss+xml; charset=utf-8"
JSON = "application/feed+json; charset=utf-8"
#: Entries of one feed.
MOST = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as it is on the site. `url` and `link` are whole addresses, `body` cleaned HTML; `files`: (name,
    address, media type)."""

    id: int
    url: str
    kind: str
    title: str
    summary: str
    body: str
    author: str
    source: str
    link: str
    digest: str
    published_at: datetime
    until: datetime | None
    files: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A column. `url`: its page, `self_url`: the feed's own address, `icon`: ""."""

    title: str
    description: str
    url: str
    self_url: str
    language: str
    updated_at: datetime | None
    entries: Sequence[Entry]


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def rss(feed: Feed) -> bytes:
    """RSS 2.0 with the whole text as content:encoded."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>\n'
        f"<title>{escape(feed.title)}</title>\n<link>{escape(feed.url)}</link>\n"
        f"<description>{escape(feed.description or feed.title)}</description>\n"
        f"<language>{escape(feed.language)}</language>\n"
        f'<atom:link href={quoteattr(feed.self_url)} rel="self" type="application/rss+xml"/>\n'
    ]
    if feed.updated_at is not None:
        parts.append(f"<lastBuildDate>{format_datetime(feed.updated_at)}</lastBuildDate>\n")
    for entry in feed.entries:
        parts.append(
            f"<item><title>{escape(entry.title)}</title><link>{escape(entry.url)}</link>"
            f'<guid isPermaLink="true">{escape(entry.url)}</guid>'
            f"<pubDate>{format_datetime(entry.published_at)}</pubDate>"
            f"<category>{escape(entry.kind)}</category>"
        )
        if entry.author:
            parts.append(f"<dc:creator>{escape(entry.author)}</dc:creator>")
        if entry.source:
            parts.append(f"<dc:source>{escape(entry.source)}</dc:source>")
        parts.append(f"<description>{escape(entry.summary)}</description>")
        if entry.body:
            parts.append(f"<content:encoded>{_cdata(entry.body)}</content:encoded>")
        parts.append("</item>\n")
    parts.append("</channel></rss>\n")
    return "".join(parts).encode("utf-8")


def json_feed(feed: Feed) -> bytes:
    """JSON Feed 1.1. `_content` carries what the company's website needs besides: kind, digest, link, until when."""
    items = []
    for entry in feed.entries:
        item: dict[str, object] = {
            "id": entry.url,
            "url": entry.url,
            "title": entry.title,
            "content_html": entry.body,
            "date_published": entry.published_at.isoformat(),
            "_content": {
                "id": entry.id,
                "kind": entry.kind,
                "digest": entry.digest,
                "link": entry.link,
                "until": entry.until.isoformat() if entry.until else None,
                "source": entry.source,
            },
        }
        if entry.summary:
            item["summary"] = entry.summary
        if entry.author:
            item["authors"] = [{"name": entry.author}]
        if entry.files:
            item["attachments"] = [
                {"url": url, "mime_type": mime, "title": name} for name, url, mime in entry.files
            ]
        items.append(item)
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.self_url,
        "description": feed.description,
        "language": feed.language,
        "items": items,
    }
    return (json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")
