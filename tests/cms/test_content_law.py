"""What the database itself refuses, whoever writes: nothing goes live or ends that was not agreed to (C6.1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from cms.models import Ending, Item, Publication, SecondReading
from office.audit.lawful import LawRefused
from office.errors import Refused
from tests.cms.stage import DAY, NOW, agree, edit, hand_in, on_the_site, publish, shown, write
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")


def insert(item: Item, run: Any, **more: Any) -> None:
    """A publication by hand, as somebody with the application's password would write it."""
    version = item.newest
    assert version is not None
    row: dict[str, Any] = {
        "item_id": item.pk,
        "version_id": version.pk,
        "column_id": item.column_id,
        "digest": version.digest,
        "at": NOW,
        "starts_at": NOW,
        "asked_from": None,
        "asked_until": None,
        "ends_at": None,
        "run_id": run.pk if run else None,
        "authority_clause": "",
        **more,
    }
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO cms_publication ({names}) VALUES ({marks})", list(row.values()))


@pytest.mark.clause("C6.1")
def test_without_an_approval_nothing_goes_live() -> None:
    item = write()
    with pytest.raises(IntegrityError):
        insert(item, None)
    with pytest.raises(IntegrityError):
        insert(item, None, authority_clause="C3.2")


@pytest.mark.clause("C6.1")
def test_neither_does_it_while_the_approval_is_on_its_way_or_only_agreed_to() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    with pytest.raises(IntegrityError, match="approval"):
        insert(item, run)
    agree(run, "chen_manager")
    with pytest.raises(IntegrityError, match="approval"):
        insert(item, run)
    assert not Publication.objects.exists()


@pytest.mark.clause("C6.1")
def test_an_executed_approval_is_used_once_and_for_nothing_else() -> None:
    item, other = write(), write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    publish(run)
    with pytest.raises(IntegrityError):
        insert(item, run)  # a second time
    with pytest.raises(IntegrityError):
        insert(other, run)  # another item
    edit(item, "tang_writer", title="没有批准的标题")
    item.refresh_from_db()
    with pytest.raises(IntegrityError):
        insert(item, run)  # another version
    with pytest.raises(IntegrityError):
        insert(other, hand_in(other, "tang_writer"))
    assert Publication.objects.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        {"asked_until": NOW + DAY, "ends_at": NOW + DAY},
        {"ends_at": NOW + DAY},
        {"starts_at": NOW + DAY},
        {"digest": "0" * 64},
    ],
)
def test_times_and_digest_are_those_that_were_agreed_to(more: dict[str, Any]) -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    with connection.cursor() as cursor:  # carried out, but nothing written yet
        cursor.execute(
            "UPDATE approvals_run SET state = 'executed', executed_at = %s, ended_at = %s, executed_by_id = %s,"
            " revision = revision + 1 WHERE id = %s",
            [NOW, NOW, person("lin_editor").pk, run.pk],
        )
    with pytest.raises(IntegrityError):
        insert(item, run, **more)
    insert(item, run)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cms_publication SET ends_at = now()",
        "DELETE FROM cms_publication",
        "UPDATE cms_version SET body = 'x'",
        "DELETE FROM cms_version",
        "TRUNCATE cms_publication CASCADE",
        "DELETE FROM cms_item",
        "UPDATE cms_item SET kind = 'page'",
        "UPDATE cms_wordlistversion SET words = ''",
        "DELETE FROM cms_ending",
    ],
)
def test_what_is_law_is_neither_changed_nor_deleted(statement: str) -> None:
    on_the_site()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_application_refuses_before_the_database_has_to() -> None:
    publication = on_the_site().publications.get()
    with pytest.raises(LawRefused):
        publication.save()
    with pytest.raises(LawRefused):
        publication.delete()
    with pytest.raises(Refused):
        Publication.objects.update(ends_at=NOW)


@pytest.mark.clause("C6.1", "C3.2")
def test_an_end_needs_an_approval_unless_it_is_a_headline() -> None:
    news = on_the_site().publications.get()
    ad = on_the_site("floating_ad", "tang_writer").publications.get()

    def end(publication: Publication, clause: str) -> None:
        with transaction.atomic():
            Ending.objects.create(
                publication=publication,
                item_id=publication.item_id,
                reason="x",
                at=NOW,
                authority_clause=clause,
            )

    for clause in ("", "C3.2", "C9"):
        with pytest.raises(IntegrityError):
            end(news, clause)
    with pytest.raises(IntegrityError):
        end(ad, "")
    end(ad, "C3.2")


@pytest.mark.clause("C4.4")
def test_nobody_reads_his_own_text_a_second_time() -> None:
    version = write("product").newest
    assert version is not None
    with pytest.raises(IntegrityError, match="own text"), transaction.atomic():
        SecondReading.objects.create(version=version, reader=person("lin_editor"), right=True, at=NOW)


def test_what_changes_the_site_counts_its_stamp() -> None:
    from cms.selectors.public import stamp

    seen = [stamp()]
    item = on_the_site()
    seen.append(stamp())
    Item.objects.filter(pk=item.pk).update(hidden_at=NOW)
    seen.append(stamp())
    shown(item.column, name="要闻")
    seen.append(stamp())
    Item.objects.filter(pk=item.pk).update(important=True)
    assert seen == sorted(set(seen))
    assert stamp() == seen[-1]
