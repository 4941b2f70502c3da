"""One day of one person is changed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from attendance.models import Publication, Shift, Unsettled
from attendance.services.roster.laying import set_shift
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.kinds import text_of
from office.notices.models import Notice
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def change(
    code: str, day: object = MONDAY, reason: str = "", who: str = "li_lei", **more: str
) -> Shift | None:
    return set_shift(
        employee_id=person(who).pk,
        day=day,  # type: ignore[arg-type]
        code=code,
        by=person(more.pop("by", "chen_manager")),
        now=NOW,
        reason=reason,
        **more,
    )


def test_a_draft_needs_no_reason_and_tells_nobody() -> None:
    made = change("cs_early")
    assert made is not None
    assert made.published_at is None
    assert change("cs_early") == made
    change("")
    assert not Shift.objects.exists()
    assert not Notice.objects.exists()


def test_a_published_day_changes_at_once_with_a_reason() -> None:
    before = shift(person("li_lei"), MONDAY, "cs_early")
    with pytest.raises(Invalid):
        change("cs_late")
    made = change("cs_late", reason="客户活动")
    before.refresh_from_db()
    assert made is not None
    assert (before.removed_reason, made.published_at) == ("客户活动", NOW)
    assert Unsettled.objects.filter(employee=person("li_lei"), day=MONDAY).exists()
    told = Notice.objects.get()
    assert told.kind == "attendance.shift_changed:cs_late"
    assert text_of(told.kind, label="", clause="", params=told.params) == "2026-11-30：晚班。客户活动"
    assert change("", reason="休息") is None


@pytest.mark.clause("S1d")
def test_a_change_does_not_take_the_last_rest_day() -> None:
    for n in (0, 1, 2, 3, 4, 5):
        shift(person("li_lei"), MONDAY + n * DAY, "cs_early")
    Publication.objects.create(
        first_day=MONDAY, last_day=MONDAY + 6 * DAY, shifts=6, by=person("chen_manager"), at=NOW
    )
    with pytest.raises(Refused) as refused:
        change("cs_early", MONDAY + 6 * DAY, reason="顶班")
    assert refused.value.code == "no_rest"


def test_a_shift_that_meets_another_is_refused() -> None:
    shift(person("li_lei"), MONDAY, "cs_early", published=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.create(
            **{
                field.attname: getattr(Shift.objects.get(), field.attname)
                for field in Shift._meta.concrete_fields
                if not field.primary_key
            }
        )


def test_refusals() -> None:
    with pytest.raises(Forbidden):
        change("cs_early", by="li_lei")
    with pytest.raises(Invalid):
        change("night")
    with pytest.raises(Invalid):
        change("weekend")
    with pytest.raises(Invalid):
        change("cs_early", MONDAY + 800 * DAY)
    with pytest.raises(Invalid):
        change("cs_early", sort="duty")
    with pytest.raises(NotFound):
        set_shift(employee_id=0, day=MONDAY, code="cs_early", by=person("chen_manager"), now=NOW)


@pytest.mark.clause("M7.3")
def test_a_duty_begins_when_ones_own_shift_ends() -> None:
    from office.rulebook import api as rulebook

    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    change("office", who="gao_section")
    duty = change("head_office", who="gao_section", sort="duty")
    assert duty is not None
    duty.refresh_from_db()
    assert duty.starts_at.astimezone(NOW.tzinfo).strftime("%H:%M") == "18:30"
    with pytest.raises(Conflict):
        set_shift(
            employee_id=person("gao_section").pk, day=MONDAY, code="cs_late", by=person("chen_manager"), now=NOW,
            sort="work",
        )  # fmt: skip


@pytest.mark.parametrize("field", ["code", "day", "employee_id", "starts_at", "published_at"])
def test_the_database_keeps_what_a_published_shift_says(field: str) -> None:
    made = shift(person("li_lei"), MONDAY)
    changed = {
        "code": "cs_late", "day": MONDAY + DAY, "employee_id": person("han_meimei").pk, "starts_at": NOW,
        "published_at": None,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.filter(pk=made.pk).update(**{field: changed[field]})
    with pytest.raises(IntegrityError), transaction.atomic():
        made.delete()


def test_the_database_takes_a_shift_out_once() -> None:
    made = shift(person("li_lei"), MONDAY)
    Shift.objects.filter(pk=made.pk).update(removed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.filter(pk=made.pk).update(removed_at=None)
