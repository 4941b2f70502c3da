"""The list of erasures off site: as new as the one here, and never overwritten by one that says less."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from backups.services import erasures, keeping, listing, signing
from office.notices.models import Notice
from orders.services.erasure import erase_customer
from tests.backups.rows import DAY, NOW
from tests.backups.s3 import Bucket, serving
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = pytest.mark.django_db
THERE = "/safe/ecdept/erasures.log"


@pytest.fixture(scope="module")
def far() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(far: Bucket, settings: Any) -> Bucket:
    far.objects.clear()
    far.refuse = 0
    settings.ECDEPT_BACKUP_S3, settings.ECDEPT_BACKUP_S3_ID = far.url, "id"
    settings.ECDEPT_BACKUP_S3_SECRET = "secret"
    cache.delete("backups.list")
    person("zhou_general")
    return far


@pytest.mark.clause("C13.8")
def test_who_is_erased_between_two_backups_is_on_the_list_off_site_by_the_next_tick(bucket: Bucket) -> None:
    order = booked()
    keeping.tick(now=NOW)
    assert b"customer" not in bucket.objects[THERE][0]
    erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    keeping.tick(now=NOW + dt.timedelta(seconds=15))
    assert bucket.objects[THERE][0] == erasures.path().read_bytes()
    assert b"customer" in bucket.objects[THERE][0]
    assert listing.send(now=NOW + dt.timedelta(seconds=30)) is False  # nothing new


def test_a_list_that_could_not_be_sent_is_told_and_tried_again(bucket: Bucket) -> None:
    erasures.publish(now=NOW)
    bucket.refuse = 503
    assert listing.send(now=NOW) is False
    told = Notice.objects.filter(kind="backups.list_unsent", recipient=person("zhou_general"))
    assert told.count() == 1
    bucket.refuse = 0
    assert listing.send(now=NOW + dt.timedelta(seconds=15)) is False  # not yet
    assert listing.send(now=NOW + dt.timedelta(minutes=2)) is True
    assert told.count() == 1


def test_a_new_machine_takes_in_what_lies_there_instead_of_overwriting_it(bucket: Bucket) -> None:
    one, tail = signing.signed(
        {"of": "h", "kind": "customer", "id": 7, "at": "2026-11-01T00:00:00+00:00"}, signing.Tail()
    )
    two, _tail = signing.signed({"as_of": "2026-11-20T00:00:00+00:00", "of": "h"}, tail)
    old = f"{json.dumps(one)}\n{json.dumps(two)}\n"
    bucket.objects[THERE] = (old.encode(), "0" * 64)
    erasures.publish(now=NOW)
    assert listing.send(now=NOW) is True
    assert bucket.objects[THERE][0] == erasures.path().read_bytes()
    found = erasures.read(erasures.path(), "h")
    assert ([each.id for each in found.erasures], found.as_of) == ([7], NOW.replace(day=20, hour=0))


def test_a_list_that_is_gone_or_another_off_site_is_told_and_sent_again(bucket: Bucket) -> None:
    erasures.publish(now=NOW)
    assert listing.send(now=NOW) is True
    ours = bucket.objects.pop(THERE)
    assert listing.send(now=NOW + dt.timedelta(hours=1)) is False  # looked for every few hours
    assert listing.send(now=NOW + dt.timedelta(hours=7)) is True
    assert bucket.objects[THERE] == ours
    told = Notice.objects.filter(kind="backups.list_gone", recipient=person("zhou_general"))
    assert told.count() == 1
    bucket.objects[THERE] = (b"x\n", "0" * 64)  # somebody wrote another: left for him who looks
    assert listing.send(now=NOW + dt.timedelta(hours=14)) is False
    assert bucket.objects[THERE][0] == b"x\n"
    assert told.count() == 2


def test_a_store_that_does_not_say_whether_it_is_there_is_asked_later(bucket: Bucket) -> None:
    erasures.publish(now=NOW)
    listing.send(now=NOW)
    bucket.refuse = 503
    assert listing.send(now=NOW + dt.timedelta(hours=7)) is False
    count = len(bucket.requests)
    assert listing.send(now=NOW + dt.timedelta(hours=7, minutes=1)) is False
    assert len(bucket.requests) == count
    bucket.refuse = 0
    assert listing.send(now=NOW + dt.timedelta(hours=8)) is False
    assert len(bucket.requests) == count + 1
    assert not Notice.objects.filter(kind="backups.list_gone").exists()


def test_what_is_no_list_there_is_left_and_told(bucket: Bucket) -> None:
    bucket.objects[THERE] = (b"x\n", "0" * 64)
    erasures.publish(now=NOW + DAY)
    assert listing.send(now=NOW) is False
    assert bucket.objects[THERE][0] == b"x\n"
    assert "not a line" in Notice.objects.filter(kind="backups.list_unsent").latest("pk").params["what"]
