"""A difference has its time to be put right: it is told when that is over, and climbs (C11.1, M9.1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import LiveDifference
from catalog.rules.live import Shown
from catalog.services import live
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.staff.models import Employee
from tests.catalog import shelf
from tests.catalog.live.test_check_live import check, on_sale_unasked
from tests.catalog.shelf import HOUR, NOW
from tests.people import person, signed_in

FOUND = NOW + HOUR


def clock() -> Deadline:
    return Deadline.objects.get(rule="catalog.live_difference")


def overdue(at: dt.datetime) -> set[Employee]:
    """Who has heard by then that it is late."""
    deadlines.settle_due(now=at)
    rows = Notice.objects.filter(subject_type="live_difference").exclude(kind="catalog.live_differs")
    return {row.recipient for row in rows.select_related("recipient")}


@pytest.mark.clause("C11.1")
def test_it_is_told_late_to_the_editor_and_later_to_the_manager(site: None) -> None:
    shelf.sku()
    check(on_sale_unasked())
    found = clock()
    assert (found.clause, found.due_at - FOUND) == ("C11.1", dt.timedelta(hours=4))
    assert overdue(FOUND + 2 * HOUR) == set()
    assert person("lin_editor") in overdue(FOUND + 4 * HOUR)
    assert person("chen_manager") not in overdue(FOUND + 5 * HOUR)
    assert person("chen_manager") in overdue(FOUND + 8 * HOUR)


@pytest.mark.clause("M9.1")
def test_in_the_mall_to_the_section_officer(mall: None) -> None:
    shelf.sku()
    check(on_sale_unasked(), who="gao_section")
    assert clock().clause == "M9.1"
    assert person("gao_section") in overdue(FOUND + 4 * HOUR)


@pytest.mark.usefixtures("site")
def test_the_clock_runs_until_the_channel_agrees_whatever_people_say() -> None:
    shelf.sku()
    check(on_sale_unasked())
    [row] = LiveDifference.objects.all()
    live.take_difference(difference_id=row.pk, by=person("lin_editor"), now=FOUND)
    assert clock().holder_id == person("lin_editor").pk
    live.solve_difference(difference_id=row.pk, reason="已下架", by=person("ma_product"), now=FOUND)
    assert (clock().state, clock().holder_id) == ("open", person("ma_product").pk)
    check(on_sale_unasked(), now=FOUND + HOUR)
    assert clock().state == "open"
    check(Shown("SF-2301", None, False), now=FOUND + 2 * HOUR)
    assert (clock().state, clock().met_at) == ("met", FOUND + 2 * HOUR)


@pytest.mark.usefixtures("site")
def test_a_book_without_the_rule_sets_no_time_until_one_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.sku()
    with monkeypatch.context() as patched:
        patched.setattr(rulebook, "has_rule", lambda key, now: False)
        check(on_sale_unasked())
    assert not Deadline.objects.filter(rule="catalog.live_difference").exists()
    check(on_sale_unasked(), now=FOUND + HOUR)
    assert clock().started_at == FOUND + HOUR


@pytest.mark.usefixtures("site")
def test_the_pages_show_until_when_and_every_price() -> None:
    shelf.sku()
    check(on_sale_unasked(), Shown("SF-2301", Decimal("2399.00")))
    row, other = LiveDifference.objects.order_by("-shown")
    client = signed_in("lin_editor")
    page = client.get(reverse("catalog:difference", args=[row.pk])).content.decode()
    assert "改正渠道显示" in page
    assert "countdown" in page
    listed = client.get(reverse("catalog:live")).content.decode()
    assert "countdown" in listed
    assert all(f"{each.shown:,}" in listed for each in (row, other))
