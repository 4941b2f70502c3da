"""GET /api/v1/hotline."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from attendance.models import RosterKey
from attendance.selectors import hotline
from attendance.selectors.keys import digest_of
from attendance.services.roster.keys import make_key
from office.rulebook.api import NoBookInForce
from tests.attendance.plan import NOW, book
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
KEYS = {"desk", "name", "phone", "by_roster", "until", "clause", "sentence"}


@pytest.mark.clause("C9.3")
def test_the_switch_is_told() -> None:
    book()
    person("wang_supervisor")
    where = reverse("api:hotline")
    secret = make_key(by=person("chen_manager"), now=NOW, switch=True)
    told = Client().get(where, headers={"Authorization": f"Bearer {secret}"}).json()
    assert set(told) == KEYS
    assert told["clause"] == "C9.3"
    assert told["desk"] or told["name"] == "王主管"


@pytest.mark.clause("C9.3")
def test_who_is_signed_in_is_told_the_same() -> None:
    book()
    person("wang_supervisor")
    told = signed_in("li_lei").get(reverse("attendance:hotline_now"))
    assert set(told.json()) == KEYS
    assert "no-store" in told.headers["Cache-Control"]
    assert Client().get(reverse("attendance:hotline_now")).status_code == 302


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer x", "Basic x", "Bearer \u00e9"])
def test_others_are_not(given: str | None) -> None:
    book()
    headers = {} if given is None else {"Authorization": given}
    answer = Client().get(reverse("api:hotline"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown")


def test_ones_own_calendar_key_is_not_the_switch() -> None:
    book()
    secret = make_key(by=person("li_lei"), now=NOW)
    answer = Client().get(reverse("api:hotline"), headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_before_the_first_rulebook_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    RosterKey.objects.create(digest=digest_of("s"), made_by=person("li_lei"), made_at=NOW)

    def none_yet(at: object) -> None:
        raise NoBookInForce

    monkeypatch.setattr(hotline, "holder", none_yet)
    answer = Client().get(reverse("api:hotline"), headers={"Authorization": "Bearer s"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_book")
