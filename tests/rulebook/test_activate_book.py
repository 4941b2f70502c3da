"""Putting a book in force: one at a time, never backwards, never rewritten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from office.audit.models import Entry
from office.rulebook import api as rulebook
from office.rulebook import selectors
from office.rulebook.models import Version
from office.rulebook.parser import WrongBook, shipped_source
from office.rulebook.services import BEGINNING, begins_at, digest_of, install_first_book, shipped_digest
from office.rulebook.types import DeadlineRule
from tests.people import person, something_happens

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
DECEMBER = datetime(2026, 12, 1, tzinfo=SHANGHAI)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]


def test_a_scheduled_book_takes_over_at_its_instant() -> None:
    rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    assert rulebook.book(DECEMBER - timedelta(seconds=1)).code == "site"
    assert rulebook.book(DECEMBER).code == "mall"
    assert rulebook.deadline_rule("orders.accept", DECEMBER).clause == "M5.1"


def test_facts_keep_the_version_that_was_in_force_when_they_began() -> None:
    before = rulebook.book(NOW).version_id
    assert before is not None
    rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    assert rulebook.book_by_version(before).rules["orders.accept"].clause == "C7.1"


def test_the_past_is_refused_once_something_has_happened() -> None:
    something_happens(NOW)
    with pytest.raises(rulebook.ActivationRefused):
        rulebook.activate_book(code="mall", starts_at=NOW - timedelta(seconds=1), by=None, now=NOW)
    assert rulebook.book(NOW).code == "site"


def test_the_same_text_again_changes_nothing() -> None:
    count = Version.objects.count()
    first = rulebook.activate_book(code="site", starts_at=DECEMBER, by=None, now=NOW)
    assert Version.objects.count() == count
    assert rulebook.book(DECEMBER).version_id == first.pk


def test_a_later_plan_supersedes_a_version_that_has_not_begun() -> None:
    planned = rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    earlier = DECEMBER - timedelta(days=3)
    rulebook.activate_book(code="mall", starts_at=earlier, by=None, now=NOW)
    planned.refresh_from_db()
    assert planned.effective.isempty
    assert rulebook.book(DECEMBER).version_id != planned.pk
    assert rulebook.book(earlier).code == "mall"


def test_the_activation_at_the_terminal_is_in_the_trail() -> None:
    version = rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    entry = Entry.objects.get(verb="rulebook.activate", subject_id=str(version.pk))
    assert (entry.actor_id, entry.clause, version.run_id) == (None, "C14", None)


def test_nobody_activates_a_book_in_his_own_name_without_an_approval() -> None:
    with pytest.raises(rulebook.ActivationRefused) as caught:
        rulebook.activate_book(code="mall", starts_at=DECEMBER, by=person("zhou_general"), now=NOW)
    assert caught.value.code == "not_agreed"
    with pytest.raises(IntegrityError, match="not signed"), transaction.atomic():
        rulebook.activate_book(
            code="mall", starts_at=DECEMBER, by=person("zhou_general"), now=NOW, run_id=4711
        )


def test_a_version_keeps_its_text_and_digest() -> None:
    version = rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    assert version.source == shipped_source("mall")
    assert version.base_source == shipped_source("site")
    assert version.sha256 == digest_of(version.source, version.base_source)
    assert rulebook.book_by_version(version.pk).code == "mall"


def test_a_wrong_book_is_refused_whole() -> None:
    count = Version.objects.count()
    with pytest.raises(WrongBook):
        rulebook.activate_book(
            code="site",
            starts_at=DECEMBER,
            by=None,
            now=NOW,
            source=shipped_source("site").replace('after = "24 h"', 'after = "-24 h"'),
        )
    assert Version.objects.count() == count


def test_a_file_of_another_book_is_refused() -> None:
    with pytest.raises(rulebook.ActivationRefused):
        rulebook.activate_book(
            code="mall", starts_at=DECEMBER, by=None, now=NOW, source=shipped_source("site")
        )


def test_an_edited_book_takes_force_beside_the_old_one() -> None:
    edited = shipped_source("site").replace('value = 10\nunit = "orders"', 'value = 12\nunit = "orders"')
    rulebook.activate_book(code="site", starts_at=DECEMBER, by=None, now=NOW, source=edited)
    assert rulebook.limit_rule("orders.open_limit", NOW).count == 10
    assert rulebook.limit_rule("orders.open_limit", DECEMBER).count == 12


def test_two_versions_may_not_overlap_in_the_database() -> None:
    version = Version.objects.first()
    assert version is not None
    with pytest.raises(IntegrityError, match="rulebook_one_version_in_force"), transaction.atomic():
        Version.objects.create(
            book="mall",
            effective=(NOW, None),
            source="",
            sha256="0" * 64,
            activated_by_name="",
            at=NOW,
        )


@pytest.mark.parametrize("column", ["source", "sha256", "book"])
def test_a_stored_version_is_not_rewritten(column: str) -> None:
    with (
        pytest.raises(IntegrityError, match="not rewritten"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE rulebook_version SET {column} = 'x'")


def test_a_stored_version_is_not_deleted() -> None:
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        Version.objects.all().delete()


def test_the_beginning_of_a_version_does_not_move() -> None:
    with pytest.raises(IntegrityError, match="not rewritten"), transaction.atomic():
        Version.objects.update(effective=(NOW, None))


def test_before_any_book_there_is_none() -> None:
    long_ago = datetime(2019, 1, 1, tzinfo=SHANGHAI)
    with pytest.raises(rulebook.NoBookInForce):
        rulebook.book(long_ago)
    assert rulebook.permissions_of(person("li_lei"), long_ago) == frozenset()


def test_asking_for_the_book_asks_the_database_once_a_second_at_most(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebook.book(NOW)
    with django_assert_num_queries(0):
        rulebook.rule("orders.contact", at=NOW, kind=DeadlineRule)
    monkeypatch.setattr("office.rulebook.selectors.MEMORY", 0)
    with django_assert_num_queries(1):
        rulebook.rule("orders.contact", at=NOW, kind=DeadlineRule)


def test_an_activation_is_seen_at_once() -> None:
    assert rulebook.book(NOW).code == "site"
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW)
    assert rulebook.book(NOW).code == "mall"
    assert rulebook.book(NOW - timedelta(seconds=1)).code == "site"


def test_an_unknown_key_or_kind_is_a_mistake_in_code() -> None:
    with pytest.raises(rulebook.UnknownRule):
        rulebook.deadline_rule("orders.nothing", NOW)
    with pytest.raises(rulebook.UnknownRule):
        rulebook.limit_rule("orders.contact", NOW)
    with pytest.raises(rulebook.UnknownRule):
        rulebook.superior_of("emperor", NOW)


def test_words_and_superiors_follow_the_book() -> None:
    rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    assert rulebook.resolve_word("leader", NOW) == ("department_manager",)
    assert rulebook.resolve_word("leader", DECEMBER) == ("marketing_director",)
    assert rulebook.resolve_word("hr", NOW) == ("hr",)
    assert rulebook.superior_of("designer", NOW) == "department_manager"
    assert rulebook.superior_of("designer", DECEMBER) == "planner"
    assert rulebook.superior_of("general_manager", NOW) is None


def test_a_clause_is_found_in_whatever_book_has_it() -> None:
    found = selectors.find_clause("M5.1")
    assert found is not None
    assert found.title.en == "Orders are taken live"
    assert selectors.find_clause("Z9") is None


def test_the_first_book_of_an_empty_database_may_be_chosen_for_the_past() -> None:
    begins = datetime(2024, 1, 1, tzinfo=SHANGHAI)
    version = rulebook.activate_book(code="mall", starts_at=begins, by=None, now=NOW)
    assert begins_at(version) == begins
    assert rulebook.book(begins - timedelta(seconds=1)).code == "site"


def test_a_version_that_is_over_stays_as_it_was_when_a_third_is_planned() -> None:
    first = Version.objects.get()
    rulebook.activate_book(code="mall", starts_at=DECEMBER, by=None, now=NOW)
    first.refresh_from_db()
    was = first.effective
    rulebook.activate_book(code="site", starts_at=DECEMBER + timedelta(days=31), by=None, now=NOW)
    first.refresh_from_db()
    assert first.effective == was
    assert rulebook.book(DECEMBER).code == "mall"
    assert rulebook.book(DECEMBER + timedelta(days=31)).code == "site"


def test_a_range_without_a_beginning_is_a_mistake_in_code() -> None:
    with pytest.raises(ValueError, match="no beginning"):
        begins_at(Version(effective=DateTimeTZRange(None, DECEMBER)))


def test_an_empty_database_is_given_the_site_book_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the first migration; a second one at the same moment finds that book in force and changes nothing."""
    count = Version.objects.count()
    monkeypatch.setattr(QuerySet, "exists", lambda _rows: False)
    version = install_first_book(now=NOW)
    assert version is not None
    assert (version.book, begins_at(version)) == ("site", BEGINNING)
    assert Version.objects.count() == count


def test_a_migrated_database_has_the_site_book_and_is_not_given_another() -> None:
    assert rulebook.book(BEGINNING).code == "site"
    assert install_first_book(now=NOW) is None


def test_the_shipped_text_has_the_digest_that_it_will_have_in_force() -> None:
    for code in ("site", "mall"):
        version = rulebook.activate_book(code=code, starts_at=DECEMBER, by=None, now=NOW)
        assert shipped_digest(code) == version.sha256
    with pytest.raises(LookupError):
        shipped_digest("moon")
