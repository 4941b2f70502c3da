"""Nobody with the application's password writes another time than the one at which it happened (C6.1, C6.7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cms.models import Takedown
from cms.rules import evidence
from cms.services import publishing, takedowns, watching
from office.approvals.models import Run
from tests.cms.messages import answered
from tests.cms.sites import NOON, keep, look, site
from tests.cms.stage import DAY, HOUR, NOW, agree, hand_in, on_the_site, publish, write
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")


def insert(table: str, **row: Any) -> None:
    """By hand, as the application's login."""
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


@pytest.mark.clause("C6.1")
@pytest.mark.parametrize("off", [-DAY, -dt.timedelta(seconds=1), dt.timedelta(seconds=1)])
def test_a_publication_bears_the_time_of_its_execution(off: dt.timedelta) -> None:
    shown = on_the_site()
    real = shown.publications.get()
    row = {
        "item_id": shown.pk, "version_id": real.version_id, "column_id": real.column_id, "digest": real.digest,
        "at": NOW + off, "starts_at": NOW + off, "run_id": real.run_id, "authority_clause": "",
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="bears the time"):
        insert("cms_publication", **row)


@pytest.mark.clause("C6.1")
def test_an_end_bears_the_time_of_its_execution_and_never_lies_before_what_it_ends() -> None:
    headline = on_the_site("headline", "lin_editor")
    publication = headline.publications.get()
    row = {
        "publication_id": publication.pk, "item_id": headline.pk, "reason": "换", "run_id": None,
        "authority_clause": "C3.2", "by_id": person("lin_editor").pk,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="does not lie before"):
        insert("cms_ending", **row, at=NOW - DAY)
    news = on_the_site()
    run = publishing.end_item(item_id=news.pk, reason="过时", by=person("tang_writer"), now=NOW + HOUR)
    assert isinstance(run, Run)
    publish(agree(run, "chen_manager", now=NOW + HOUR), now=NOW + HOUR)
    with pytest.raises(IntegrityError, match="bears the time"):
        insert(
            "cms_ending", **{**row, "publication_id": news.publications.get().pk, "item_id": news.pk,
            "run_id": run.pk, "authority_clause": "", "reason": "过时"}, at=NOW + 2 * HOUR,
        )  # fmt: skip


def takedown(item_id: int, at: dt.datetime, said: dt.datetime) -> None:
    kept = evidence.evidence_bytes({"taken_down": {"at": said.isoformat()}})
    insert(
        "cms_takedown", item_id=item_id, category="false", reason="", evidence=kept, digest=evidence.digest(kept),
        author_id=person("tang_writer").pk, by_id=person("wei_webmaster").pk, at=at,
    )  # fmt: skip


@pytest.mark.clause("C6.7")
def test_the_evidence_of_a_takedown_is_not_dated_back() -> None:
    item = on_the_site()
    with pytest.raises(IntegrityError, match="another time"):
        takedown(item.pk, NOW + HOUR, NOW)
    with pytest.raises(IntegrityError, match="neither before"):  # before what it hides was published
        takedown(item.pk, NOW - HOUR, NOW - HOUR)
    takedowns.take_down(
        item_id=item.pk, category="false", reason="", by=person("wei_webmaster"), now=NOW + 3 * HOUR
    )
    with pytest.raises(IntegrityError, match="neither before"):  # behind another
        takedown(write().pk, NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert Takedown.objects.count() == 1


@pytest.mark.parametrize("kept", [b"x", b"{}", b"\xff\xfe", b'{"taken_down": {"at": "yesterday"}}'])
def test_evidence_that_says_no_time_is_none(kept: bytes) -> None:
    with pytest.raises(IntegrityError):
        insert(
            "cms_takedown", item_id=on_the_site().pk, category="false", reason="", evidence=kept,
            digest=evidence.digest(kept), author_id=person("tang_writer").pk, by_id=person("wei_webmaster").pk,
            at=NOW + HOUR,
        )  # fmt: skip


@pytest.mark.clause("C6.7")
def test_a_case_opens_with_its_takedown() -> None:
    taken = takedowns.take_down(
        item_id=on_the_site().pk, category="false", reason="", by=person("wei_webmaster"), now=NOW + HOUR
    )
    for change in (
        "opened_at = opened_at - interval '1 day'",
        "heard_at = opened_at - interval '1 day', heard_by_id = 1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE cms_liabilitycase SET {change} WHERE takedown_id = %s", [taken.pk])


def test_an_approved_text_does_not_lie_before_the_one_it_follows() -> None:
    watched = site()
    keep(watched, look(0))
    watched.refresh_from_db()
    watching.approve_text(
        site_id=watched.pk, digest=watched.seen_digest, reason="开站", by=person("wei_webmaster"), now=NOON
    )
    with pytest.raises(IntegrityError, match="does not lie before"):
        insert(
            "cms_baseline", site_id=watched.pk, digest="x", text="", reason="早就这样",
            by_id=person("wei_webmaster").pk, at=NOON - DAY,
        )  # fmt: skip


def test_a_reply_does_not_lie_before_what_it_follows() -> None:
    found = answered()
    with pytest.raises(IntegrityError, match="does not lie before"):
        insert(
            "cms_boardreply", message_id=found.pk, kind="answer", way="phone", sealed=b"x",
            by_id=person("li_lei").pk, at=NOON - HOUR,
        )  # fmt: skip


@pytest.mark.clause("C6.1")
def test_only_what_was_carried_out_has_a_time() -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    version = item.newest
    assert version is not None
    with pytest.raises(IntegrityError):
        insert(
            "cms_publication", item_id=item.pk, version_id=version.pk, column_id=item.column_id,
            digest=version.digest, at=NOW, starts_at=NOW, run_id=run.pk, authority_clause="",
        )  # fmt: skip
