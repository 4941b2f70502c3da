"""Everybody reads the rulebook and each new version; who has not is listed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Acknowledgement
from attendance.selectors import reading
from attendance.services.reading import acknowledge
from ecdept import day
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.staff.models import Employee
from tests.attendance.leaves import everybody
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def another_book() -> Version:
    now = timezone.now()
    rulebook.activate_book(code="mall", starts_at=now, by=None, now=now - dt.timedelta(seconds=1))
    return Version.objects.latest("pk")


def owed(who: str) -> bool:
    where = reverse("attendance:read_rules")
    return where in [item.url for item in day.items_for(person(who), timezone.now())]


def test_it_stands_in_the_day_until_it_is_read_and_again_with_a_new_version() -> None:
    assert owed("li_lei")
    version = Version.objects.get()
    acknowledge(version_id=version.pk, by=person("li_lei"), now=timezone.now())
    acknowledge(version_id=version.pk, by=person("li_lei"), now=timezone.now())
    assert Acknowledgement.objects.count() == 1
    assert not owed("li_lei")
    another_book()
    assert owed("li_lei")
    with pytest.raises(Conflict):
        acknowledge(version_id=version.pk, by=person("li_lei"), now=timezone.now())


def test_the_page_shows_what_is_new_since_the_version_read_last() -> None:
    client, where = signed_in("li_lei"), reverse("attendance:read_rules")
    version = Version.objects.get()
    assert "请假须提前书面申请" in client.get(where).content.decode()
    assert client.post(where, {"version": "0"}).status_code == 409
    assert client.post(where, {"version": version.pk}).status_code == 302
    another_book()
    page = reading.read_page(person("li_lei"), timezone.now())
    assert page is not None
    assert {change.id for change in page.changes} >= {"M3", "C9.1"}
    assert "M7.1" in client.get(where).content.decode()


def test_who_has_not_read_is_listed_for_the_team_and_for_human_resources() -> None:
    acknowledge(version_id=Version.objects.get().pk, by=person("li_lei"), now=timezone.now())
    where = reverse("attendance:rule_readers")
    mine = signed_in("wang_supervisor").get(where).content.decode()
    assert "韩梅梅" in mine
    assert "郑设计" not in mine
    everyone = reading.readers(person("du_hr"), timezone.now())
    assert (everyone.done, person("zheng_designer") in everyone.missing) == (1, True)
    assert person("li_lei") not in everyone.missing


def test_the_database_wants_the_text_of_the_version() -> None:
    with pytest.raises(IntegrityError, match="not the text"), transaction.atomic():
        Acknowledgement.objects.create(
            employee=person("li_lei"), book_version=Version.objects.get(), sha256="0" * 64, at=timezone.now()
        )


def test_a_long_list_is_paged_by_number_and_the_counts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 5)
    reader, now = person("du_hr"), timezone.now()
    acknowledge(version_id=Version.objects.get().pk, by=person("li_lei"), now=now)
    seen: list[str] = []
    after, pages = "", 0
    while True:
        page = reading.readers(reader, now, after=after)
        assert (page.total, page.done) == (Employee.objects.filter(is_active=True).count(), 1)
        assert len(page.missing) <= 5
        seen += [each.number for each in page.missing]
        pages += 1
        if not page.following:
            break
        after = page.following
    assert pages > 2
    assert seen == sorted(set(seen))
    assert len(seen) == page.total - 1
    where = reverse("attendance:rule_readers")
    client = signed_in("du_hr")
    assert f"?after={seen[4]}" in client.get(where).content.decode()
    assert client.get(where, {"after": "zzzz"}).status_code == 200
    assert client.get(where, {"after": "'; --"}).status_code == 200
