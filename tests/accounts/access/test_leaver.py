"""Who leaves, or may no longer sign in, keeps no grant: it ends by itself, on record, and does not come back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Grant, GrantEnd
from attendance.models import HandOverItem
from attendance.services import leaving
from office.audit.models import Entry
from office.rulebook import api as rulebook
from office.staff import api as staff
from tests.accounts.access.stage import DAY, MINUTE, NOW, WORD, granted
from tests.attendance.people import stage as going
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.2", "S4c")]
MIDNIGHT = dt.datetime(2026, 12, 24, tzinfo=NOW.tzinfo)
LATE: dict[str, Any] = {"last_day": dt.date(2027, 2, 1)}


def locked_out(who: str = "li_lei", now: dt.datetime = NOW + DAY) -> None:
    staff.set_active(employee=person(who), active=False, by=None, now=now, reason="离职")


def test_a_grant_ends_with_the_last_day_and_is_listed_among_what_is_held() -> None:
    everybody()
    grant = granted(**LATE)
    found = going.leaves()
    item = HandOverItem.objects.get(leaving=found, provider="grants")
    assert (item.state, item.key, item.url) == ("gone", str(grant.pk), f"/accounts/access/grants/{grant.pk}/")
    assert leaving.end_access(now=MIDNIGHT - MINUTE) == 0
    assert rulebook.may(person("li_lei"), WORD, MIDNIGHT - MINUTE)
    assert leaving.end_access(now=MIDNIGHT) == 1
    end = GrantEnd.objects.get(grant=grant)
    assert (end.at, end.by, end.run, end.authority_clause) == (MIDNIGHT, None, None, "C13.2")
    entries = Entry.objects.filter(verb="accounts.end_grant")
    assert {each.subject_type for each in entries} == {"grant", "employee"}
    assert {each.actor_name for each in entries} == {""}


def test_who_is_let_in_again_asks_anew() -> None:
    granted(**LATE)
    later = granted("han_meimei", **LATE)
    locked_out()
    back = staff.set_active(employee=person("li_lei"), active=True, by=None, now=NOW + 2 * DAY)
    assert not rulebook.may(back, WORD, NOW + 2 * DAY)
    assert not GrantEnd.objects.filter(grant=later).exists()


def test_what_has_not_begun_ends_too_and_what_is_over_stays_as_it_was() -> None:
    first = granted()
    second = granted(first_day=NOW.date() + 20 * DAY, last_day=NOW.date() + 30 * DAY, word="cms.freshness")
    locked_out(now=NOW + 9 * DAY)
    assert [each.grant for each in GrantEnd.objects.all()] == [second]
    assert first.ends_at < NOW + 9 * DAY


def test_the_page_says_that_it_ended_by_itself() -> None:
    grant = granted(**LATE)
    locked_out()
    page = signed_in("sun_admin").get(f"/accounts/access/grants/{grant.pk}/").content.decode()
    assert "离职" in page


def test_the_database_ends_no_grant_of_somebody_who_is_here_without_a_request() -> None:
    grant = granted(**LATE)
    common = {"grant": grant, "reason": "x", "at": NOW + DAY}
    for clause in ("C13.2", "S6", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            GrantEnd.objects.create(**common, authority_clause=clause)
    locked_out()
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantEnd.objects.create(**common, authority_clause="C13.2")  # it has ended
    assert Grant.objects.count() == 1
