"""The month's score of a supplier, and the review that a fall opens (P0)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from contracts.models import SupplierReview, SupplierScore
from contracts.services import recounting, scores
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, D
from tests.people import everybody, person

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 2, 9, tzinfo=world.ZONE)
JANUARY = datetime(2027, 1, 2, 9, tzinfo=world.ZONE)


def delivered(number: str, good: int, bad: int = 0, *, price: str = "100.00", now: datetime = NOW) -> None:
    """An order of ten that is due today, and what came of it."""
    order = stage.order((10, price), due=now.date() + DAY, now=now)
    [line] = stage.arrive(stage.ship(order, good + bad, number=f"D-{number}", now=now), good + bad, now=now)
    stage.judge(line, good, bad, "return" if bad else "", now=now)


@pytest.mark.clause("P0")
def test_a_month_is_scored_on_the_day_of_the_book_once() -> None:
    delivered("PO-1", 10)
    delivered("PO-2", 9, 0, price="120.00")
    assert scores.score_month(now=DECEMBER) == 1
    assert scores.score_month(now=DECEMBER) == 0
    found = SupplierScore.objects.get()
    assert found.month == date(2026, 11, 1)
    # the second order's price rose; the second order's line is one piece short
    assert (found.unit_price, found.delivery, found.quality) == (D("0.0"), D("50.0"), D("100.0"))


@pytest.mark.clause("P0")
def test_a_fall_opens_one_review_with_a_clock_and_tells_those_who_settle() -> None:
    delivered("PO-1", 10)
    assert scores.score_month(now=DECEMBER) == 1
    assert not SupplierReview.objects.exists()
    delivered("PO-2", 5, 5, now=DECEMBER + DAY)
    stage.claim(world.supplier(), "80", now=DECEMBER + DAY)
    assert scores.score_month(now=JANUARY) == 1
    review = SupplierReview.objects.get()
    assert review.conditions == ["quality"]
    assert review.score.quality == D("74.0")  # 15 of 20, and a claim
    clock = Deadline.objects.get(rule="contracts.review", subject_id=str(review.pk))
    assert review.due_at == clock.due_at
    assert Notice.objects.filter(kind="contracts.review_opened", recipient=person("chen_manager")).exists()
    delivered("PO-3", 0, 10, now=JANUARY)
    scores.score_month(now=JANUARY + 31 * DAY)
    assert SupplierReview.objects.count() == 1


@pytest.mark.clause("P0")
@pytest.mark.clause("P7a")
def test_what_a_recount_took_back_is_not_counted_as_good() -> None:
    order = stage.order(due=NOW.date() + DAY)
    [line] = stage.arrive(stage.ship(order, 10), 10)
    stage.judge(line, 8, 2, "return")
    keeper = person("xu_warehouse")
    recounting.recount(arrived_id=line.pk, was=10, counted=6, reason="漏数", by=keeper, now=NOW)
    scores.score_month(now=DECEMBER)
    found = SupplierScore.objects.get()
    assert (found.facts["accepted"], found.facts["judged"]) == (4, 6)  # 8 less the four that were never there
    assert found.quality == D("66.7")
    recounting.recount(arrived_id=line.pk, was=6, counted=10, reason="在门口", by=keeper, now=DECEMBER)
    stage.judge(line, 4, now=DECEMBER)
    scores.score_month(now=JANUARY)
    last = SupplierScore.objects.get(month=date(2026, 12, 1))
    assert (last.facts["accepted"], last.facts["judged"]) == (8, 10)


def test_a_supplier_without_facts_is_scored_without_figures() -> None:
    everybody()
    world.supplier()
    assert scores.score_month(now=DECEMBER) == 1
    found = SupplierScore.objects.get()
    assert (found.unit_price, found.delivery, found.quality) == (None, None, None)
    assert not SupplierReview.objects.exists()


@pytest.mark.clause("P0")
def test_a_person_decides_what_follows() -> None:
    everybody()
    delivered("PO-1", 5, 5)
    scores.score_month(now=DECEMBER)
    review = SupplierReview.objects.get()
    by = person("luo_buyer")
    for decision, reason in (("drop", "x"), ("keep", " ")):
        with pytest.raises(Invalid):
            scores.decide(review_id=review.pk, decision=decision, reason=reason, by=by, now=DECEMBER)
    with pytest.raises(Forbidden):
        scores.decide(review_id=review.pk, decision="keep", reason="x", by=person("li_lei"), now=DECEMBER)
    with pytest.raises(NotFound):
        scores.decide(review_id=0, decision="keep", reason="x", by=by, now=DECEMBER)
    done = scores.decide(
        review_id=review.pk, decision="improve", reason="每批加检，三个月后再看", by=by, now=DECEMBER
    )
    assert done.decided_by == by
    assert Deadline.objects.get(rule="contracts.review").state == "met"
    with pytest.raises(Conflict):
        scores.decide(review_id=review.pk, decision="end", reason="x", by=by, now=DECEMBER)


def test_a_book_without_scores_scores_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody()
    world.supplier()
    monkeypatch.setattr("office.rulebook.api.has_rule", lambda key, at: False)
    assert scores.score_month(now=DECEMBER) == 0
