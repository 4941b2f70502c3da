"""The review of the main page opens by itself and is closed with findings (C3.1 every year, M1.1 every 14 days)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from cms.models import Review
from cms.services import page_review, redesign
from ecdept.day import items_for
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.subjects import Subject
from tests.people import person

pytestmark = pytest.mark.django_db

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
DAY = dt.timedelta(days=1)
#: The first of March, a minute after nine.
MARCH = dt.datetime(2026, 3, 1, 9, 1, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _people() -> None:
    for who in ("zheng_designer", "lin_editor", "chen_manager", "li_lei"):
        person(who)


def opened(now: dt.datetime = MARCH) -> Review:
    review = page_review.open_review(now=now)
    assert review is not None
    return review


def close(
    review: Review, who: str = "zheng_designer", now: dt.datetime = MARCH + DAY, said: str = "动画太慢"
) -> Review:
    return page_review.close_review(review_id=review.pk, findings=said, by=person(who), now=now)


@pytest.mark.clause("C3.1")
def test_it_opens_once_a_year_by_the_site_book() -> None:
    review = opened()
    assert review.opened_for == MARCH.replace(minute=0)
    assert review.clause == "C3.1"
    assert page_review.open_review(now=MARCH + DAY) is None
    close(review)
    assert page_review.open_review(now=MARCH + 300 * DAY) is None
    assert opened(MARCH + 365 * DAY).opened_for == MARCH.replace(year=2027, minute=0)


@pytest.mark.clause("M1.1")
def test_it_opens_every_fourteen_days_by_the_mall_book() -> None:
    rulebook.activate_book(code="mall", starts_at=MARCH - DAY, by=None, now=MARCH - 2 * DAY)
    first = opened(MARCH)
    close(first, now=MARCH + dt.timedelta(hours=1))
    second = opened(first.opened_for + 14 * DAY)
    assert (second.opened_for - first.opened_for, second.clause) == (14 * DAY, "M1.1")


@pytest.mark.clause("C3.1")
def test_it_is_a_task_with_a_deadline_for_those_who_may_review() -> None:
    review = opened()
    clock = Deadline.objects.get(rule=page_review.CLOCK)
    assert (clock.due_at, clock.clause) == (review.due_at, "C3.1")
    told = set(Notice.objects.filter(kind="cms.review_opened").values_list("recipient__name", flat=True))
    assert {"郑设计", "林编辑", "陈经理"} <= told
    assert "李雷" not in told
    assert [item.title for item in items_for(person("zheng_designer"), MARCH)]
    assert not [item for item in items_for(person("li_lei"), MARCH) if "C3.1" in item.clause]


def test_a_review_left_open_stays_the_task_and_no_second_opens() -> None:
    opened()
    assert page_review.open_review(now=MARCH + 366 * DAY) is None
    assert Review.objects.count() == 1


@pytest.mark.clause("C3.1")
def test_closing_with_findings_meets_the_deadline() -> None:
    review = close(opened())
    clock = Deadline.objects.get(rule=page_review.CLOCK)
    assert (review.findings, review.closed_by, clock.met_at) == (
        "动画太慢",
        person("zheng_designer"),
        MARCH + DAY,
    )
    assert Entry.objects.filter(verb="cms.close_review", clause="C3.1").exists()


@pytest.mark.parametrize("said", ["", "  \n", "长" * 4001])
def test_it_is_not_closed_without_findings(said: str) -> None:
    review = opened()
    with pytest.raises(Invalid):
        close(review, said=said)


def test_it_is_closed_once_by_whoever_may() -> None:
    review = opened()
    with pytest.raises(Forbidden):
        close(review, "li_lei")
    close(review)
    with pytest.raises(Conflict) as refused:
        close(review, "lin_editor")
    assert "郑设计" in str(refused.value.message)
    with pytest.raises(NotFound):
        page_review.close_review(review_id=987654, findings="x", by=person("zheng_designer"), now=MARCH)


def test_it_leads_to_a_redesign() -> None:
    review = close(opened())
    made = redesign.begin_redesign(
        title="首页改版",
        aim="动画减半",
        page="首页",
        review_id=review.pk,
        by=person("zheng_designer"),
        now=MARCH,
    )
    assert list(review.redesigns.all()) == [made]
    assert made.subject == Subject("redesign", str(made.pk), "首页改版")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cms_review SET findings = '别的' WHERE closed_at IS NOT NULL",
        "UPDATE cms_review SET closed_at = NULL, closed_by_id = NULL, findings = ''",
        "DELETE FROM cms_review",
    ],
)
def test_the_database_keeps_a_closed_review(statement: str) -> None:
    close(opened())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_closes_none_without_findings_and_opens_no_second() -> None:
    review = opened()
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(closed_at=MARCH, closed_by=person("lin_editor"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(opened_for=MARCH, clause="C3.1", opened_at=MARCH, due_at=MARCH)
