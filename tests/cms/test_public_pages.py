"""What everybody may read: the agreed version and nothing else, quickly, and not a second longer than it is live."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.models import Item
from cms.services import publishing
from tests.cms.stage import DAY, HOUR, NOW, agree, column, edit, hand_in, on_the_site, publish, shown, write
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")
LATER = NOW + HOUR


@pytest.fixture
def reader() -> Client:
    return Client()


def read(reader: Client, path: str, at: dt.datetime = LATER, **headers: str) -> Any:
    with time_machine.travel(at, tick=False):
        return reader.get(path, headers=headers)


def test_the_page_shows_the_agreed_version_and_no_later_one(reader: Client) -> None:
    item = on_the_site(author="市场部")
    edit(item, "tang_writer", title="未批准的标题", body="<p>未批准</p>")
    answer = read(reader, f"/pages/news/{item.pk}/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "新展厅开放" in text
    assert "新展厅位于二楼" in text
    assert "未批准" not in text
    assert answer["Content-Type"] == "text/html; charset=utf-8"


def test_it_sets_no_cookie_and_lets_nobody_store_it_unasked(reader: Client) -> None:
    item = on_the_site()
    for path in (
        "/pages/",
        "/pages/news/",
        f"/pages/news/{item.pk}/",
        "/pages/news/feed.xml",
        "/pages/news/feed.json",
    ):
        answer = read(reader, path)
        assert answer.status_code == 200, path
        assert not answer.cookies
        assert answer["Cache-Control"] == "public, no-cache"
        assert "script-src" not in answer["Content-Security-Policy"]
        assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert b"<script" not in answer.content
        assert "Vary" not in answer


def test_what_is_known_already_is_not_sent_again(reader: Client) -> None:
    on_the_site()
    first = read(reader, "/pages/news/feed.xml")
    again = read(reader, "/pages/news/feed.xml", if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    weak = read(reader, "/pages/news/feed.xml", if_none_match=f'"other", W/{first["ETag"]}')
    assert weak.status_code == 304
    assert read(reader, "/pages/news/feed.xml", if_modified_since="rubbish").status_code == 200


def test_who_knows_a_page_by_its_date_is_not_left_with_what_was_taken_down(reader: Client) -> None:
    on_the_site(title="留下的新闻")
    gone = on_the_site(title="撤下的新闻", now=NOW + dt.timedelta(minutes=5))
    paths = ("/pages/", "/pages/news/", "/pages/news/feed.xml", "/pages/news/feed.json")
    known = {path: read(reader, path)["Last-Modified"] for path in paths}
    Item.objects.filter(pk=gone.pk).update(hidden_at=NOW + dt.timedelta(minutes=6))
    for path, date in known.items():
        again = read(reader, path, if_modified_since=date)
        assert again.status_code == 200, path
        assert "撤下的新闻" not in again.content.decode()


def test_a_head_says_the_length_and_sends_nothing(reader: Client) -> None:
    on_the_site()
    whole = read(reader, "/pages/news/")
    with time_machine.travel(LATER, tick=False):
        head = reader.head("/pages/news/")
    assert (head.content, head["Content-Length"]) == (b"", str(len(whole.content)))


def test_a_kept_page_costs_one_query(reader: Client) -> None:
    item = on_the_site()
    read(reader, f"/pages/news/{item.pk}/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read(reader, f"/pages/news/{item.pk}/")
    assert len(queries) == 1


@pytest.mark.parametrize("path", ["/pages/", "/pages/news/", "/pages/news/feed.xml", "/pages/news/feed.json"])
def test_drawing_costs_a_bounded_number_of_queries(reader: Client, path: str) -> None:
    for n in range(4):
        on_the_site(title=f"新闻{n}")
    with CaptureQueriesContext(connection) as queries:
        assert read(reader, path).status_code == 200
    assert len(queries) <= 6


def test_a_publication_is_seen_by_the_very_next_request(reader: Client) -> None:
    column()
    assert "新展厅开放" not in read(reader, "/pages/news/").content.decode()
    on_the_site()
    assert "新展厅开放" in read(reader, "/pages/news/").content.decode()


def test_a_takedown_is_seen_by_the_very_next_request(reader: Client) -> None:
    item = on_the_site()
    for path in ("/pages/", "/pages/news/", f"/pages/news/{item.pk}/", "/pages/news/feed.json"):
        assert read(reader, path).status_code == 200
    Item.objects.filter(pk=item.pk).update(hidden_at=NOW)
    assert read(reader, f"/pages/news/{item.pk}/").status_code == 404
    for path in ("/pages/", "/pages/news/", "/pages/news/feed.json", "/pages/news/feed.xml"):
        assert "新展厅开放" not in read(reader, path).content.decode(), path


def test_it_begins_and_ends_to_the_second_without_anybody_doing_anything(reader: Client) -> None:
    begins, ends = NOW + DAY, NOW + 2 * DAY
    item = on_the_site(starts_at=begins, ends_at=ends)
    second = dt.timedelta(seconds=1)
    path = f"/pages/news/{item.pk}/"
    found = [read(reader, path, at).status_code for at in (begins - second, begins, ends - second, ends)]
    assert found == [404, 200, 200, 410]
    listed = [
        "新展厅开放" in read(reader, "/pages/news/", at).content.decode()
        for at in (begins - second, begins, ends)
    ]
    assert listed == [False, True, False]


def test_what_ended_is_gone_and_what_never_was_is_not_found(reader: Client) -> None:
    item = on_the_site()
    run = publishing.end_item(item_id=item.pk, reason="过期", by=person("tang_writer"), now=NOW)
    publish(agree(run, "chen_manager"))  # type: ignore[arg-type]
    assert read(reader, f"/pages/news/{item.pk}/").status_code == 410
    assert read(reader, f"/pages/news/{write().pk}/").status_code == 404
    for path in (
        "/pages/none/",
        "/pages/none/feed.xml",
        "/pages/news/987654321/",
        f"/pages/news/{2**70}/",
        "/pages/a/b/c",
    ):
        answer = read(reader, path)
        assert answer.status_code == 404, path
        assert "没有找到内容" in answer.content.decode()


def test_a_closed_column_shows_nothing(reader: Client) -> None:
    item = on_the_site()
    read(reader, "/pages/news/")
    shown(item.column, active=False)
    assert read(reader, "/pages/news/").status_code == 404
    assert read(reader, f"/pages/news/{item.pk}/").status_code == 404


def test_moved_into_another_column_the_old_address_leads_to_the_new(reader: Client) -> None:
    column("old")
    item = on_the_site(to=column("news"))
    answer = read(reader, f"/pages/old/{item.pk}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/pages/news/{item.pk}/")


def test_moving_it_at_the_desk_moves_nothing_before_it_is_agreed_to(reader: Client) -> None:
    item = on_the_site()
    edit(item, "tang_writer", to=column("other"))
    assert read(reader, f"/pages/news/{item.pk}/").status_code == 200
    publish(agree(hand_in(item, "tang_writer"), "chen_manager", now=LATER), now=LATER)
    assert read(reader, f"/pages/news/{item.pk}/").status_code == 301


def test_the_json_feed_says_what_a_website_needs(reader: Client) -> None:
    item = on_the_site(author="市场部", ends_at=NOW + DAY)
    answer = read(reader, "/pages/news/feed.json")
    feed = json.loads(answer.content)
    (entry,) = feed["items"]
    assert answer["Content-Type"].startswith("application/feed+json")
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert entry["title"] == "新展厅开放"
    assert entry["url"].endswith(f"/pages/news/{item.pk}/")
    assert entry["authors"] == [{"name": "市场部"}]
    assert entry["_content"]["digest"] == item.newest.digest  # type: ignore[union-attr]
    assert dt.datetime.fromisoformat(entry["_content"]["until"]) == NOW + DAY


def test_the_rss_feed_is_well_formed_whatever_the_text_says(reader: Client) -> None:
    nasty = "]]> & <b>\"引号'</b> 😀"
    on_the_site(title=f"标题 {nasty}", body=f"<p>{nasty}</p><pre>]]&gt;</pre>", summary="x & y < z")
    tree = ET.fromstring(read(reader, "/pages/news/feed.xml").content)  # noqa: S314 - our own
    entry = tree.find("channel/item")
    assert entry is not None
    assert entry.findtext("title") == f"标题 {nasty}"
    encoded = entry.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
    assert encoded is not None
    assert "😀" in encoded


def test_no_character_written_as_a_number_breaks_the_feed(reader: Client) -> None:
    numbers = "".join(f"a&#{code};" for code in (*range(1, 32), 127, 0xFFFE, 0xFFFF))
    item = on_the_site(
        title="标题\ufffe\uffff", body=f"<p title='{numbers}'>{numbers}</p>", summary="\uffff 概要"
    )
    ET.fromstring(read(reader, "/pages/news/feed.xml").content)  # noqa: S314 - our own
    assert item.newest is not None
    assert "\x1f" not in item.newest.body
    assert "\x0b" not in item.newest.body


def test_a_column_is_paged_by_key(reader: Client) -> None:
    from cms.selectors import public

    for n in range(public.PAGE + 2):
        on_the_site(title=f"第{n:02}条", now=NOW - DAY + n * dt.timedelta(minutes=1))
    first = read(reader, "/pages/news/").content.decode()
    assert "第31条" in first
    assert "第01条" not in first
    following = first.split("?before=")[1].split('"')[0]
    second = read(reader, f"/pages/news/?before={following}").content.decode()
    assert [f"第{n:02}条" in second for n in (0, 1, 2)] == [True, True, False]
    assert read(reader, "/pages/news/?before=x").status_code == 200


def test_only_reading_goes_this_way(reader: Client) -> None:
    column()
    assert reader.post("/pages/news/").status_code in {403, 405}
