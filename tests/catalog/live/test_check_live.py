"""Live equals approved: differences open, are told, are seen to, and close by themselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Channel, Feed, LiveCheck, LiveDifference
from catalog.rules.feeds import Reading
from catalog.rules.live import Shown
from catalog.services import live
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.catalog import shelf
from tests.catalog.shelf import DAY, HOUR, NOW
from tests.catalog.test_listing import listed
from tests.outbound.test_safe_get import Shop, shop, whole
from tests.people import person

__all__ = ["shop"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def check(
    *shown: Shown, on: Channel | None = None, now: dt.datetime = NOW + HOUR, who: str | None = "lin_editor"
) -> LiveCheck:
    return live.check_live(
        channel_id=(on or shelf.channel()).pk,
        reading=Reading(shown, ()),
        source="file",
        name="在售.csv",
        whole=True,
        by=person(who) if who else None,
        now=now,
    )


def states() -> dict[str, str]:
    return dict(LiveDifference.objects.order_by("id").values_list("kind", "state"))


def on_sale_unasked(code: str = "SF-2301") -> Shown:
    return Shown(code, Decimal("2400.00"))


@pytest.mark.clause("C11.1")
def test_a_difference_is_an_incident_that_the_people_of_the_section_hear_of_once() -> None:
    made = shelf.sku()
    editor = person("lin_editor")
    first = check(on_sale_unasked())
    [row] = LiveDifference.objects.all()
    assert (row.kind, row.sku, row.state, row.clause) == ("unagreed", made, "open", "C11.1")
    assert (first.opened, first.closed, first.differing) == (1, 0, 1)
    second = check(on_sale_unasked(), now=NOW + 2 * HOUR)
    assert (second.opened, second.differing) == (0, 1)
    row.refresh_from_db()
    assert (row.opened_at, row.found_at) == (NOW + HOUR, NOW + 2 * HOUR)
    assert Notice.objects.filter(kind="catalog.live_differs", recipient=editor).count() == 1


def test_it_closes_by_itself_when_the_channel_agrees_again() -> None:
    shelf.sku()
    check(on_sale_unasked(), Shown("旧款", None))
    assert states() == {"unagreed": "open", "unknown": "open"}
    done = check(Shown("SF-2301", None, False), now=NOW + 2 * HOUR)
    assert (done.closed, set(states().values())) == (2, {"closed"})
    check(on_sale_unasked(), now=NOW + 3 * HOUR)
    assert LiveDifference.objects.filter(kind="unagreed").count() == 2  # a new incident, not the old one


def test_each_wrong_line_of_the_same_goods_is_an_incident_of_its_own() -> None:
    channel = shelf.channel()
    made = listed(channel)
    wrong = [Shown(made.code, Decimal(price)) for price in (7, 8, 9)]
    both = check(*wrong[:2], on=channel, now=NOW + 3 * DAY)
    assert (both.opened, both.differing) == (2, 2)
    seven, eight = LiveDifference.objects.order_by("shown")
    live.take_difference(difference_id=seven.pk, by=person("lin_editor"), now=NOW + 3 * DAY)
    third = check(wrong[2], wrong[0], on=channel, now=NOW + 3 * DAY + HOUR)  # 8 has become 9, 7 stands
    assert (third.opened, third.closed) == (0, 0)
    seven.refresh_from_db()
    eight.refresh_from_db()
    assert (seven.state, eight.state) == ("seen", "open")
    assert [seven.shown, eight.shown] == [Decimal(7), Decimal(9)]
    last = check(wrong[0], on=channel, now=NOW + 3 * DAY + 2 * HOUR)
    assert (last.closed, last.differing) == (1, 1)
    seven.refresh_from_db()
    eight.refresh_from_db()
    assert (seven.state, eight.state) == ("seen", "closed")


def test_a_part_closes_only_what_it_names() -> None:
    shelf.sku()
    check(on_sale_unasked(), Shown("旧款", None))
    live.check_live(
        channel_id=shelf.channel().pk,
        reading=Reading([Shown("SF-2301", None, False)], ()),
        source="file",
        name="part.csv",
        whole=False,
        by=person("lin_editor"),
        now=NOW + 2 * HOUR,
    )
    assert states() == {"unagreed": "closed", "unknown": "open"}


def test_what_is_said_to_be_solved_is_open_again_when_it_is_not() -> None:
    shelf.sku()
    check(on_sale_unasked())
    [row] = LiveDifference.objects.all()
    editor = person("lin_editor")
    live.take_difference(difference_id=row.pk, by=editor, now=NOW + HOUR)
    check(on_sale_unasked(), now=NOW + 2 * HOUR)
    assert states() == {"unagreed": "seen"}  # in hand: nobody is disturbed again
    with pytest.raises(Invalid):
        live.solve_difference(difference_id=row.pk, reason=" ", by=editor, now=NOW + 2 * HOUR)
    live.solve_difference(difference_id=row.pk, reason="已下架", by=editor, now=NOW + 2 * HOUR)
    check(on_sale_unasked(), now=NOW + 3 * HOUR)
    assert states() == {"unagreed": "open"}
    assert Notice.objects.filter(kind="catalog.live_differs", recipient=editor).count() == 2
    check(Shown("SF-2301", None, False), now=NOW + 4 * HOUR)
    with pytest.raises(Conflict):
        live.take_difference(difference_id=row.pk, by=editor, now=NOW + 5 * HOUR)


def test_a_price_that_was_not_agreed_names_both_and_closes_when_the_agreed_one_is_shown() -> None:
    channel = shelf.channel()
    made = listed(channel)
    check(Shown(made.code, Decimal("2399.00")))
    [row] = LiveDifference.objects.all()
    assert (row.kind, row.agreed, row.shown) == ("price", Decimal("2400.00"), Decimal("2399.00"))
    check(Shown(made.code, Decimal("2400.00")), now=NOW + 2 * HOUR)
    assert states() == {"price": "closed"}
    check(Shown("别的", None, False), now=NOW + 3 * HOUR)
    assert states() == {"price": "closed", "missing": "open"}


def test_who_may_not_see_to_channels_does_nothing_of_it() -> None:
    shelf.sku()
    check(on_sale_unasked())
    row = LiveDifference.objects.get()
    outsider = person("li_lei")
    channel = shelf.channel()
    with pytest.raises(Forbidden):
        check(on_sale_unasked(), who="li_lei")
    with pytest.raises(Forbidden):
        live.take_difference(difference_id=row.pk, by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        live.solve_difference(difference_id=row.pk, reason="x", by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        live.set_feed(channel_id=channel.pk, url="", active=False, by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        live.read_channel(channel_id=channel.pk, by=outsider, now=NOW)


def test_what_is_not_there_is_not_found_and_nothing_usable_is_refused() -> None:
    editor = person("lin_editor")
    with pytest.raises(NotFound):
        live.take_difference(difference_id=987654, by=editor, now=NOW)
    with pytest.raises(NotFound):
        live.set_feed(channel_id=987654, url="", active=False, by=editor, now=NOW)
    with pytest.raises(NotFound):
        live.read_channel(channel_id=shelf.channel().pk, by=editor, now=NOW)
    missing = Channel(pk=987654)
    with pytest.raises(NotFound):
        check(on_sale_unasked(), on=missing)
    with pytest.raises(Invalid):
        check()


def test_a_feed_is_refused_unless_its_host_is_listed(settings: Any) -> None:
    settings.ECDEPT_OUTBOUND_HOSTS = ["shop.example.com"]
    channel, editor = shelf.channel(), person("lin_editor")
    for url in ("http://169.254.169.254/latest", "https://other.example.com/", "not an address"):
        with pytest.raises(Invalid) as caught:
            live.set_feed(channel_id=channel.pk, url=url, active=True, by=editor, now=NOW)
        assert caught.value.errors[0]["path"] == "url"
    feed = live.set_feed(
        channel_id=channel.pk, url=" https://shop.example.com/feed.xml ", active=True, by=editor, now=NOW
    )
    assert (feed.url, feed.active) == ("https://shop.example.com/feed.xml", True)
    assert live.set_feed(channel_id=channel.pk, url="", active=True, by=editor, now=NOW).active is False


def feed_of(server: Shop, settings: Any, body: bytes, status: int = 200) -> Channel:
    settings.ECDEPT_OUTBOUND_HOSTS = [f"127.0.0.1:{server.port}"]
    server.answers["/feed"] = whole(body, status)
    channel = shelf.channel()
    live.set_feed(
        channel_id=channel.pk, url=server.url("/feed"), active=True, by=person("lin_editor"), now=NOW
    )
    return channel


def test_a_feed_is_read_once_for_each_instant_of_the_schedule(shop: Shop, settings: Any) -> None:
    shelf.sku()
    feed_of(shop, settings, b"id,price\nSF-2301,2400\n")
    assert [live.read_due_feeds(now=NOW + minutes * dt.timedelta(minutes=1)) for minutes in (5, 10, 31)] == [
        1,
        0,
        1,
    ]
    assert states() == {"unagreed": "open"}
    assert [(each.source, each.name, each.by) for each in LiveCheck.objects.all()] == [
        ("feed", "127.0.0.1", None)
    ] * 2


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"gone", 404, "http_404"), (b"<html>", 200, "page"), (b"id,price\n,\n", 200, "empty")],
)
def test_a_feed_that_fails_says_why_and_is_told_once(
    shop: Shop, settings: Any, body: bytes, status: int, code: str
) -> None:
    channel = feed_of(shop, settings, body, status)
    editor = person("lin_editor")
    for hours in (1, 2):
        assert live.read_channel(channel_id=channel.pk, by=editor, now=NOW + hours * HOUR) is None
    assert Feed.objects.get().failure in (code, "nothing_usable")
    assert Notice.objects.filter(kind="catalog.feed_failed", recipient=editor).count() == 1
    shop.answers["/feed"] = whole(b"id,price\nSF-2301,2400\n")
    assert live.read_channel(channel_id=channel.pk, by=editor, now=NOW + 3 * HOUR) is not None
    assert Feed.objects.get().failure == ""


def test_one_feed_that_fails_does_not_stop_the_others(shop: Shop, settings: Any) -> None:
    feed_of(shop, settings, b"gone", 500)
    other = shelf.channel("TM01", "天猫旗舰店")
    shop.answers["/other"] = whole(b"id,price\nXX,1\n")
    live.set_feed(channel_id=other.pk, url=shop.url("/other"), active=True, by=person("lin_editor"), now=NOW)
    assert live.read_due_feeds(now=NOW + HOUR) == 2
    assert LiveDifference.objects.get().channel == other


def test_the_list_of_another_channel_opens_no_flood_of_incidents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST_NEW", 2)
    with pytest.raises(Invalid) as caught:
        check(*[Shown(f"X-{number}", None) for number in range(3)])
    assert caught.value.code == "too_many"
    assert not LiveDifference.objects.exists()
