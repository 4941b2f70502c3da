"""The page that proposes another rulebook: look first, then ask; the signer sees the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors.outlook import outlook
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from office.rulebook.selectors import shipped_book
from office.subjects import Subject
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]
PAGE = "/approvals/rulebook/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def clocks(rule: str, count: int) -> None:
    """Clocks of the last days, each met after twenty minutes."""
    now = timezone.now()
    for number in range(count):
        started = now - dt.timedelta(hours=3 + 5 * number)
        subject = Subject("order", f"{rule}{number}", f"TM01/{number}")
        deadlines.open(rule, subject=subject, started_at=started, now=started)
        deadlines.meet(rule, subject=subject, at=started + dt.timedelta(minutes=20))


def later(**more: int) -> str:
    return f"{timezone.localtime() + dt.timedelta(**more):%Y-%m-%dT%H:%M}"


def propose(**more: Any) -> Any:
    person("zhou_general")
    data = {"book": "mall", "starts_at": later(days=20), "comment": "the mall opens"}
    return signed_in("chen_manager").post(PAGE, {**data, **more})


def test_it_shows_the_clauses_that_differ_and_the_replay_before_anything_is_asked() -> None:
    clocks("orders.contact", 4)
    clocks("orders.handoff", 3)
    page = text(signed_in("chen_manager").get(PAGE))
    for shown in ("M5.3", "C7.3", "outlook-rules", "拟用规章没有这一时限"):
        assert shown in page
    assert not Run.objects.exists()


def test_the_sums_are_those_of_the_rules_both_books_have() -> None:
    clocks("orders.contact", 4)
    clocks("orders.handoff", 3)
    now = timezone.now()
    found = outlook(rulebook.book(now), shipped_book("mall"), now)
    assert (found.real.late, found.proposed.late, found.gone) == (4, 4, 1)
    assert (found.outcome.judged, found.days, found.shortened) == (7, 28, False)
    assert found.counts["removed"] > 0
    chapters = [chapter.code for chapter in found.chapters]
    assert chapters.index("C3") < chapters.index("C10")


def test_the_signer_sees_the_same_on_the_runs_page() -> None:
    clocks("orders.contact", 4)
    assert propose().status_code == 302
    run = Run.objects.get()
    page = text(signed_in("zhou_general").get(f"/approvals/{run.pk}/"))
    for shown in ("M5.3", "outlook-rules", "the mall opens", 'id="decision"'):
        assert shown in page
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=timezone.now())
    after = text(signed_in("zhou_general").get(f"/approvals/{run.pk}/"))
    assert "outlook-rules" in after
    assert "orders.contact" not in after
    assert "提出时" in after
    versions = text(signed_in("chen_manager").get(reverse("rulebook:list")))
    assert f'href="/approvals/{run.pk}/">#{run.pk}</a>' in versions


def test_who_may_propose_is_said_by_the_book() -> None:
    assert signed_in("li_lei").get(PAGE).status_code == 403
    assert (
        signed_in("zhou_general").post(PAGE, {"book": "mall", "starts_at": later(days=9)}).status_code == 403
    )
    assert signed_in("qian_it").get(PAGE).status_code == 200
    assert PAGE not in text(signed_in("li_lei").get(reverse("rulebook:list")))
    assert PAGE in text(signed_in("chen_manager").get(reverse("rulebook:list")))


@pytest.mark.parametrize(
    "wrong", [{"book": "other"}, {"book": ""}, {"starts_at": "2020-01-01T00:00"}, {"starts_at": "soon"}]
)
def test_what_cannot_be_is_refused_and_keeps_the_words(wrong: dict[str, str]) -> None:
    answer = propose(**wrong)
    assert answer.status_code == 422
    assert "the mall opens" in text(answer)
    assert not Run.objects.exists()


def test_a_second_proposal_waits_for_the_first() -> None:
    propose()
    first = Run.objects.get()
    assert f"#{first.pk}" in text(signed_in("qian_it").get(PAGE))
    assert propose().status_code == 409


@pytest.mark.parametrize(
    "query", [{"book": "x"}, {"starts_at": "soon"}, {"book": "é", "starts_at": "x" * 999}]
)
def test_an_address_with_nonsense_shows_the_page(query: dict[str, str]) -> None:
    assert signed_in("chen_manager").get(PAGE, query).status_code == 200


def test_the_number_of_queries_is_bounded(django_assert_max_num_queries: Any) -> None:
    clocks("orders.contact", 5)
    browser = signed_in("chen_manager")
    browser.get(PAGE)
    with django_assert_max_num_queries(26):
        browser.get(PAGE)
