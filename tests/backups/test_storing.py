"""Off site, and how long copies stay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backups import stores
from backups.errors import Failed
from backups.models import Copy
from backups.rules.keeping import to_keep
from backups.services import storing
from office.audit.models import Entry
from office.notices.models import Notice
from tests.backups.rows import DAY, NOW, done, proven
from tests.backups.s3 import Bucket, serving
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def far() -> Iterator[Bucket]:
    with serving() as bucket:
        yield bucket


@pytest.fixture
def bucket(far: Bucket, settings: Any) -> Bucket:
    far.objects.clear()
    far.refuse = 0
    settings.ECDEPT_BACKUP_S3, settings.ECDEPT_BACKUP_S3_ID, settings.ECDEPT_BACKUP_S3_SECRET = (
        far.url,
        "id",
        "secret",
    )
    for who in ("sun_admin", "zhou_general"):
        person(who)
    return far


def waiting(at: dt.datetime = NOW, kind: str = "database") -> Copy:
    """A backup whose main file is to go off site; the other one went with it, and is not looked at here."""
    run = done(at, kind=kind)
    local = Copy.objects.get(run=run, role="main")
    path = stores.local_folder() / local.name
    facts = {"run": run, "place": "offsite", "size": 10, "sha256": stores.digest_of(path)}
    keys = Copy.objects.get(run=run, role="keys")
    Copy.objects.create(role="keys", name=keys.name, stored_at=at, seen_at=at, removed_at=at, **facts)
    return Copy.objects.create(role="main", name=local.name, next_at=at, **facts)


def test_a_backup_goes_off_site(bucket: Bucket) -> None:
    copy = waiting()
    assert storing.send(now=NOW) == 1
    copy.refresh_from_db()
    assert copy.stored_at is not None
    assert bucket.objects[f"/safe/ecdept/{copy.name}"] == (b"x" * 10, copy.sha256)
    assert Entry.objects.filter(verb="backups.sent").count() == 1
    assert storing.send(now=NOW) == 0


def test_a_large_file_goes_in_parts_and_comes_back_as_it_was(bucket: Bucket, tmp_path: Path) -> None:
    store = stores.offsite()
    assert store is not None
    path = tmp_path / "big"
    path.write_bytes(bytes(range(256)) * 40_000)
    store.put(path, "big", "s")
    assert any("POST" in each for each in bucket.requests)
    store.get("big", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == path.read_bytes()
    with pytest.raises(Failed):
        store.get("other", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_store_that_is_not_reached_is_told_and_tried_again(bucket: Bucket) -> None:
    copy = waiting()
    bucket.refuse = 503
    assert storing.send(now=NOW) == 0
    copy.refresh_from_db()
    assert (copy.stored_at, copy.attempts) == (None, 1)
    assert "did not take" in copy.error
    assert copy.next_at is not None
    assert copy.next_at > NOW
    assert Notice.objects.filter(kind="backups.not_sent", recipient=person("zhou_general")).count() == 1
    bucket.refuse = 0
    assert storing.send(now=NOW) == 0  # not yet
    assert storing.send(now=NOW + dt.timedelta(minutes=2)) == 1


def test_a_file_that_is_gone_before_it_was_sent_is_told(bucket: Bucket) -> None:
    copy = waiting()
    (stores.local_folder() / copy.name).unlink()
    assert storing.send(now=NOW) == 0
    copy.refresh_from_db()
    assert "not here any more" in copy.error


def test_an_off_site_copy_that_is_old_or_missing_raises_an_alarm(bucket: Bucket) -> None:
    assert storing.look(now=NOW) == "none"
    copy = waiting()
    storing.send(now=NOW)
    assert storing.look(now=NOW + DAY) == ""
    assert storing.look(now=NOW + 9 * DAY) == "old"
    bucket.objects.clear()
    assert storing.look(now=NOW + 2 * DAY) == ""  # looked at not long ago, by the last look's clock
    here = stores.local_folder() / copy.name
    here.rename(here.with_name("aside"))
    assert storing.look(now=NOW + 10 * DAY) == "missing"
    copy.refresh_from_db()
    assert copy.missing_at is not None
    assert Notice.objects.filter(kind="backups.offsite", recipient=person("sun_admin")).count() == 2
    bucket.refuse = 500
    assert storing.look(now=NOW + 10 * DAY + dt.timedelta(hours=1)) == "missing"
    bucket.refuse = 0
    here.with_name("aside").rename(here)
    assert storing.look(now=NOW + 11 * DAY) == "missing"  # told once more, and sent again as it lies here
    assert bucket.objects[f"/safe/ecdept/{copy.name}"][0] == b"x" * 10
    assert storing.look(now=NOW + 12 * DAY) == "old"


def test_another_file_of_the_same_length_under_its_name_is_not_the_copy(bucket: Bucket) -> None:
    copy = waiting()
    storing.send(now=NOW)
    where = f"/safe/ecdept/{copy.name}"
    bucket.objects[where] = (b"y" * 10, "1" * 64)
    (stores.local_folder() / copy.name).unlink()
    assert storing.look(now=NOW + DAY) == "missing"
    bucket.objects[where] = (b"x" * 10, "")  # a store that keeps no digests is believed by the length
    assert storing.look(now=NOW + 2 * DAY) == ""


def test_customers_keys_that_are_gone_off_site_raise_it_too(bucket: Bucket) -> None:
    """A main file without them restores nobody's name."""
    done(NOW)
    assert storing.send(now=NOW) == 2
    for name in list(bucket.objects):
        if ".keys." in name:
            del bucket.objects[name]
    for path in stores.local_folder().glob("*.keys.ecbak"):
        path.unlink()
    assert storing.look(now=NOW + DAY) == "missing"
    assert Notice.objects.filter(kind="backups.offsite", recipient=person("zhou_general")).count() == 1


def test_what_was_made_before_the_store_was_named_goes_there_too(bucket: Bucket) -> None:
    """Packs are written once: without the old ones no uploads would come back from there."""
    old, packs = done(NOW - 7 * DAY), [done(NOW - day * DAY, kind="files") for day in (30, 3)]
    newest, orders = done(NOW - DAY), done(NOW - DAY, kind="orders")
    storing.send(now=NOW)
    there = set(Copy.objects.filter(place="offsite").exclude(stored_at=None).values_list("run", flat=True))
    assert there == {newest.pk, orders.pk, *(each.pk for each in packs)}
    assert old.pk not in there
    assert len(bucket.objects) == 8
    count = len(bucket.requests)
    assert storing.send(now=NOW + dt.timedelta(minutes=1)) == 0
    assert len(bucket.requests) == count


def test_without_a_store_there_is_nothing_to_send_or_to_look_at() -> None:
    assert storing.send(now=NOW) == 0
    assert storing.look(now=NOW) == ""


def test_an_address_that_is_none_says_how_it_should_be(settings: Any) -> None:
    settings.ECDEPT_BACKUP_S3 = "https://x"
    with pytest.raises(Failed, match="s3://BUCKET/PREFIX"):
        stores.offsite()


def test_the_last_days_weeks_months_and_years_stay() -> None:
    made = {day: NOW - day * DAY for day in range(800)}
    kept = to_keep(made, daily=7, weekly=5, monthly=12, yearly=3)
    assert set(range(7)) <= kept
    assert len(kept) <= 7 + 5 + 12 + 3
    assert max(kept) > 365
    assert to_keep({}, daily=7, weekly=5, monthly=12, yearly=3) == set()
    assert to_keep({1: NOW}, daily=0, weekly=0, monthly=0, yearly=0) == {1}


@pytest.mark.clause("C13.8")
def test_what_is_not_kept_goes_and_the_newest_proven_one_stays(bucket: Bucket) -> None:
    for day in range(0, 40, 4):
        done(NOW - day * DAY - DAY)
    for day in (
        399,
        401,
    ):  # whichever of its year stays, the one between them stays as the newest proven alone
        done(NOW - day * DAY)
    proven(done(NOW - 400 * DAY))
    before = Copy.objects.filter(removed_at=None).count()
    removed = storing.clear(now=NOW)
    assert removed > 0
    assert Copy.objects.filter(removed_at=None).count() == before - removed
    left = {each.name for each in Copy.objects.filter(removed_at=None)}
    assert {each.name for each in stores.local_folder().iterdir()} == left
    assert Copy.objects.get(run__made_at=NOW - 400 * DAY, role="main").removed_at is None
    assert Entry.objects.filter(verb="backups.removed").count() == removed
    assert storing.clear(now=NOW) == 0


def test_customers_keys_stay_for_their_days_only() -> None:
    done(NOW - 34 * DAY)
    assert storing.clear(now=NOW) == 0
    assert storing.clear(now=NOW + DAY) == 0, "the thirty-fifth day is theirs to its end"
    assert storing.clear(now=NOW + 2 * DAY) == 1
    assert Copy.objects.get(role="keys").removed_at is not None
    assert Copy.objects.get(role="main").removed_at is None
    assert [each.suffixes for each in stores.local_folder().iterdir()] == [[".ecbak"]]


def test_keys_that_no_record_knows_do_not_outlive_them_either() -> None:
    import os

    stray = stores.local_folder() / "database-x.keys.ecbak"
    stray.write_bytes(b"x")
    storing.clear(now=NOW)
    old = (NOW - 36 * DAY).timestamp()
    os.utime(stray, (old, old))
    assert storing.clear(now=NOW) == 1
    assert not stray.exists()


def test_keys_off_site_that_no_record_knows_do_not_outlive_them_either(bucket: Bucket) -> None:
    copy = waiting()
    storing.send(now=NOW)
    there = "/safe/ecdept/database-x.keys.ecbak"
    bucket.objects[there] = (b"x", "")
    bucket.objects["/safe/ecdept/database-x.ecbak"] = (b"x", "")
    assert storing.clear(now=NOW) == 0
    bucket.stored_at = f"{NOW - 36 * DAY:%Y-%m-%dT%H:%M:%S}.000Z"
    bucket.refuse = 503
    assert storing.clear(now=NOW) == 0
    bucket.refuse = 0
    assert storing.clear(now=NOW) == 1
    assert set(bucket.objects) == {f"/safe/ecdept/{copy.name}", "/safe/ecdept/database-x.ecbak"}
    bucket.stored_at = "2026-11-23T02:00:00.000Z"


def test_a_main_file_that_a_killed_run_left_alone_goes_after_a_day() -> None:
    import os

    done(NOW - 2 * DAY)
    folder = stores.local_folder()
    known = set(folder.iterdir())
    left, whole, ancient = (folder / f"database-{name}.ecbak" for name in ("left", "whole", "ancient"))
    for path in (left, whole, folder / "database-whole.keys.ecbak", ancient):
        path.write_bytes(b"x")
        at = (NOW - (400 if path == ancient else 2) * DAY).timestamp()
        os.utime(path, (at, at))
    assert storing.clear(now=NOW) == 1
    assert not left.exists()
    assert known | {whole, ancient} < set(folder.iterdir())


def test_a_store_that_does_not_delete_is_asked_again(bucket: Bucket) -> None:
    run = done(NOW - 40 * DAY)
    copy = Copy.objects.create(
        run=run,
        role="keys",
        place="offsite",
        name="k.keys.ecbak",
        size=1,
        sha256="",
        stored_at=NOW,
        seen_at=NOW,
    )
    bucket.refuse = 503
    storing.clear(now=NOW)
    copy.refresh_from_db()
    assert (copy.removed_at, "did not take" in copy.error) == (None, True)
    bucket.refuse = 0
    storing.clear(now=NOW)
    copy.refresh_from_db()
    assert copy.removed_at == NOW


def test_a_pack_of_files_that_is_gone_off_site_is_told_and_sent_again(bucket: Bucket) -> None:
    """Each of them is needed, however old."""
    copy = waiting(kind="files")
    waiting(NOW + DAY, kind="files")
    storing.send(now=NOW + DAY)
    there = f"/safe/ecdept/{copy.name}"
    content = bucket.objects.pop(there)
    here = stores.local_folder() / copy.name
    here.rename(here.with_name("aside"))
    storing.look(now=NOW + 2 * DAY)
    copy.refresh_from_db()
    assert (copy.missing_at, there in bucket.objects) == (NOW + 2 * DAY, False)
    here.with_name("aside").rename(here)
    storing.look(now=NOW + 3 * DAY)
    copy.refresh_from_db()
    assert (copy.missing_at, bucket.objects[there]) == (None, content)
    assert Notice.objects.filter(kind="backups.offsite", recipient=person("sun_admin")).count() == 2
