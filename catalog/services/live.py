"""Live equals approved: a channel's own list against what was agreed; every difference is an incident (M9, C11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, ChannelListing, Feed, LiveCheck, LiveDifference, Sku, SkuAlias
from catalog.rules.feeds import Reading, read_feed
from catalog.rules.live import Agreed, Difference, compare, looked_at
from catalog.selectors.live import RIGHT
from catalog.selectors.prices import live_prices
from catalog.services.checks import Problems
from catalog.services.stock.writing import people_with, require
from catalog.subjects import channel_subject, difference_subject
from office import outbound
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.outbound.hosts import read_url
from office.rulebook import api as rulebook
from office.tables.table import UnusableFile
from office.tables.text import clean_tree

if TYPE_CHECKING:
    from office.staff.models import Employee

LIVE, SCHEDULE = "catalog.live", "catalog.live_check"
KEPT = 500
#: More new differences than this are no differences but the wrong list.
MOST_NEW = 500
ACCEPT = "text/csv, application/json, application/xml;q=0.9, */*;q=0.5"
LARGEST, TIMEOUT = 30 << 20, 30.0
VERBS = {
    "catalog.live_checked": _("Channel compared with what was agreed"),
    "catalog.live_differs": _("Channel differs from what was agreed"),
    "catalog.live_agrees": _("Channel agrees again"),
    "catalog.live_seen": _("Difference taken in hand"),
    "catalog.live_solved": _("Difference said to be solved"),
    "catalog.live_reopened": _("Difference still there"),
    "catalog.set_feed": _("Feed of the channel set"),
    "catalog.feed_failed": _("Feed could not be read"),
}
State = LiveDifference.State


@transaction.atomic
def check_live(
    *,
    channel_id: int,
    reading: Reading,
    source: str,
    name: str,
    whole: bool,
    by: Employee | None,
    now: datetime,
) -> LiveCheck:
    """Compare a reading with what holds at `now`: new differences open and are told, those that are gone close, those
    that a person called solved and are still there open again. `whole`: the reading names everything that is on sale.
    Raises Forbidden (a person whose posts do not allow it), NotFound, Invalid (`nothing_usable`, `too_many`)."""
    if by is not None:
        require(by, LIVE, now)
    channel = Channel.objects.select_for_update(no_key=True).filter(pk=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    if not reading.lines:
        raise Invalid(_("Not one line of the list can be used."), code="nothing_usable")
    agreed, names = agreed_state(channel, now)
    found = compare(agreed, names, reading.lines, whole=whole)
    standing = list(
        LiveDifference.objects.select_for_update(of=["self"])
        .filter(channel=channel, closed_at=None)
        .select_related("sku")
    )
    pairs = _paired(standing, found)
    clause = rulebook.permission_rule(LIVE, at=now).clause
    unheard = [each for row, each in pairs if row is None and each is not None]
    if len(unheard) > MOST_NEW:
        raise Invalid(
            _("{count} new differences at once: this looks like the list of another channel.").format(
                count=len(unheard)
            ),
            code="too_many",
        )
    gone = [
        row
        for row, each in pairs
        if row is not None and each is None and looked_at(row.code, names, reading.lines, whole=whole)
    ]
    for row in gone:
        _close(row, now)
    still = [(row, each) for row, each in pairs if row is not None and each is not None]
    again = [row for row, each in still if _still(row, each, now)]
    fresh = [_open(channel, each, clause, now) for each in unheard]
    _run_clocks([*fresh, *(row for row, _each in still)], now)
    check = LiveCheck.objects.create(
        channel=channel,
        source=source,
        name=name[-120:],
        whole=whole,
        at=now,
        by=by,
        read=len(reading.lines),
        refused=[
            clean_tree(
                {"row": bad.row, "cells": list(bad.cells), "code": bad.message, "params": dict(bad.params)}
            )
            for bad in reading.bad[:KEPT]
        ],
        more=max(0, len(reading.bad) - KEPT),
        opened=len(fresh),
        closed=len(gone),
        differing=len(found),
    )
    audit.record(
        "catalog.live_checked",
        subject=channel_subject(channel),
        by=by,
        now=now,
        clause=clause,
        data={"read": check.read, "refused": len(reading.bad), "opened": len(fresh), "closed": len(gone)},
    )
    if fresh or again:
        notices.notify(
            "catalog.live_differs",
            people_with(LIVE, now),
            source="live_check",
            source_id=check.pk,
            subject=channel_subject(channel),
            now=now,
            clause=clause,
            params={"count": len(fresh) + len(again), "first": (fresh + again)[0].code},
        )
    return check


def _paired(
    standing: Iterable[LiveDifference], found: Iterable[Difference]
) -> list[tuple[LiveDifference | None, Difference | None]]:
    """Which open incident is which difference of now: of the same goods the one with the same price, else any that is
    left, whose price has moved. Without a partner: an incident that is over, a difference that is new."""
    rows: dict[tuple[str, str], list[LiveDifference]] = defaultdict(list)
    now: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for row in standing:
        rows[row.kind, row.code].append(row)
    for each in found:
        now[each.kind, each.code].append(each)
    pairs: list[tuple[LiveDifference | None, Difference | None]] = []
    for key in {**rows, **now}:
        differences = {each.shown: each for each in now[key]}
        same = {row.pk: differences.pop(row.shown) for row in rows[key] if row.shown in differences}
        pairs += [(row, same[row.pk]) for row in rows[key] if row.pk in same]
        pairs += zip_longest((row for row in rows[key] if row.pk not in same), differences.values())
    return pairs


def agreed_state(channel: Channel, at: datetime) -> tuple[list[Agreed], Mapping[str, int]]:
    """How every SKU should stand on the channel at `at`, and what the channel may call it."""
    skus = list(Sku.objects.all())
    listed = set(ChannelListing.objects.filter(channel=channel, listed=True).values_list("sku_id", flat=True))
    prices = live_prices([sku.pk for sku in skus], [channel.pk], at)
    agreed = []
    for sku in skus:
        live = prices.get((sku.pk, channel.pk))
        agreed.append(Agreed(sku.pk, sku.code, sku.pk in listed, live.price if live else None))
    names = {sku.barcode: sku.pk for sku in skus if sku.barcode}
    names |= {sku.code: sku.pk for sku in skus}
    names |= dict(SkuAlias.objects.filter(shop=channel.code).values_list("code", "sku_id"))
    return agreed, names


@transaction.atomic
def take_difference(*, difference_id: int, by: Employee, now: datetime) -> LiveDifference:
    """Somebody sees to it. Raises Forbidden, NotFound, Conflict (`closed`)."""
    require(by, LIVE, now)
    row = _lock(difference_id)
    row.state, row.holder = State.SEEN, by
    row.save(update_fields=["state", "holder"])
    deadlines.assign(difference_subject(row), by.pk)
    audit.record("catalog.live_seen", subject=difference_subject(row), by=by, now=now, clause=row.clause)
    return row


@transaction.atomic
def solve_difference(*, difference_id: int, reason: str, by: Employee, now: datetime) -> LiveDifference:
    """Somebody says what it was and that it is solved; the next check finds out. Raises Forbidden, NotFound, Conflict
    (`closed`), Invalid."""
    require(by, LIVE, now)
    row = _lock(difference_id)
    wrong = Problems()
    row.reason = wrong.text("reason", reason, 300)
    wrong.raise_if_any(_("It was not saved. Please look at the marked fields."))
    row.state, row.holder = State.SOLVED, by
    row.save(update_fields=["state", "holder", "reason"])
    deadlines.assign(difference_subject(row), by.pk)
    audit.record(
        "catalog.live_solved",
        subject=difference_subject(row),
        by=by,
        now=now,
        clause=row.clause,
        data={"reason": row.reason},
    )
    return row


@transaction.atomic
def set_feed(*, channel_id: int, url: str, active: bool, by: Employee, now: datetime) -> Feed:
    """Where the channel is read; "" for nowhere. Raises Forbidden, NotFound, Invalid (no web address, or a host that is
    not on this installation's list)."""
    require(by, LIVE, now)
    channel = Channel.objects.select_for_update(no_key=True).filter(pk=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    wrong = Problems()
    kept = url.strip()
    try:
        if kept:
            outbound.allowed_hosts().judge(kept)
    except outbound.NotAllowed as refused:
        wrong.add("url", refused.code, refused.message)
    wrong.raise_if_any(_("It was not saved. Please look at the marked fields."))
    feed, _made = Feed.objects.update_or_create(
        channel=channel, defaults={"url": kept, "active": active and bool(kept), "failure": ""}
    )
    audit.record(
        "catalog.set_feed",
        subject=channel_subject(channel),
        by=by,
        now=now,
        clause=rulebook.permission_rule(LIVE, at=now).clause,
        data={"host": read_url(kept).host if kept else "", "active": feed.active},
    )
    return feed


def read_due_feeds(*, now: datetime) -> int:
    """Read every feed that was not read since the newest instant of the schedule; answers how many. A feed that fails
    keeps the reason and does not stop the others. Called every few minutes; each feed by one caller at a time."""
    due = rulebook.latest_run(rulebook.schedule_rule(SCHEDULE, at=now), now)
    read = 0
    for feed_id in list(Feed.objects.filter(active=True).order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            feed = (
                Feed.objects.select_for_update(skip_locked=True)
                .exclude(read_at__gte=due)
                .filter(pk=feed_id, active=True)
                .first()
            )
            if feed is None:
                continue
            feed.read_at = now  # claimed: whoever comes next leaves it
            feed.save(update_fields=["read_at"])
        read_channel(channel_id=feed.channel_id, by=None, now=now)
        read += 1
    return read


def read_channel(*, channel_id: int, by: Employee | None, now: datetime) -> LiveCheck | None:
    """Fetch the feed and compare; None when it cannot be read, which is kept on the feed and told when it is new.
    The fetching holds no lock. Raises Forbidden, NotFound."""
    if by is not None:
        require(by, LIVE, now)
    feed = Feed.objects.select_related("channel").filter(channel_id=channel_id).exclude(url="").first()
    if feed is None:
        raise NotFound(_("This channel has no feed."))
    try:
        answer = outbound.safe_get(feed.url, accept=ACCEPT, largest=LARGEST, timeout=TIMEOUT)
        if answer.status != 200:
            raise UnusableFile("", code=f"http_{answer.status}")
        reading = read_feed(answer.body, answer.content_type)
        host = urlsplit(answer.url).hostname or ""
        check = check_live(
            channel_id=channel_id,
            reading=reading,
            source=LiveCheck.Source.FEED,
            name=host,
            whole=True,
            by=by,
            now=now,
        )
    except (outbound.OutboundError, UnusableFile, Invalid) as failed:
        _failed(feed, str(failed.code)[:30], by, now)
        return None
    Feed.objects.filter(pk=feed.pk).update(read_at=now, failure="")
    return check


def _failed(feed: Feed, code: str, by: Employee | None, now: datetime) -> None:
    with transaction.atomic():
        Feed.objects.filter(pk=feed.pk).update(read_at=now, failure=code)
        if feed.failure == code:
            return  # told already
        clause = rulebook.permission_rule(LIVE, at=now).clause
        entry = audit.record(
            "catalog.feed_failed",
            subject=channel_subject(feed.channel),
            by=by,
            now=now,
            clause=clause,
            data={"reason": code},
        )
        notices.notify(
            "catalog.feed_failed",
            people_with(LIVE, now),
            source="feed",
            source_id=entry,
            subject=channel_subject(feed.channel),
            now=now,
            clause=clause,
        )


def _run_clocks(rows: Sequence[LiveDifference], now: datetime) -> None:
    """Each has its time to be put right; one that runs already goes on. A book that knows no such time sets none."""
    if rulebook.has_rule(RIGHT, now):
        deadlines.open_many(RIGHT, [difference_subject(row) for row in rows], started_at=now, now=now)


def _open(channel: Channel, found: Difference, clause: str, now: datetime) -> LiveDifference:
    row = LiveDifference.objects.create(
        channel=channel,
        kind=found.kind,
        code=found.code,
        sku_id=found.sku_id,
        agreed=found.agreed,
        shown=found.shown,
        opened_at=now,
        found_at=now,
        clause=clause,
    )
    audit.record(
        "catalog.live_differs",
        subject=difference_subject(row),
        by=None,
        now=now,
        clause=clause,
        data={"kind": found.kind, "agreed": str(found.agreed), "shown": str(found.shown)},
    )
    return row


def _still(row: LiveDifference, found: Difference, now: datetime) -> bool:
    """Bring the row up to what was found; whether people have to hear of it again."""
    again = row.state == State.SOLVED or (row.state == State.SEEN and row.shown != found.shown)
    row.agreed, row.shown, row.found_at = found.agreed, found.shown, now
    if again:
        row.state = State.OPEN
        audit.record(
            "catalog.live_reopened",
            subject=difference_subject(row),
            by=None,
            now=now,
            clause=row.clause,
            data={"shown": str(found.shown)},
        )
    row.save(update_fields=["agreed", "shown", "found_at", "state"])
    return again


def _close(row: LiveDifference, now: datetime) -> None:
    row.state, row.closed_at = State.CLOSED, now
    deadlines.meet(RIGHT, subject=difference_subject(row), at=now)
    row.save(update_fields=["state", "closed_at"])
    audit.record("catalog.live_agrees", subject=difference_subject(row), by=None, now=now, clause=row.clause)


def _lock(difference_id: int) -> LiveDifference:
    row = (
        LiveDifference.objects.select_for_update(of=["self"])
        .select_related("channel", "sku")
        .filter(pk=difference_id)
        .first()
    )
    if row is None:
        raise NotFound(_("There is no such difference."))
    if row.state == State.CLOSED:
        raise Conflict(_("The channel agrees again meanwhile."), code="closed")
    return row
