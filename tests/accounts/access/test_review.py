"""Every quarter each grant is kept on purpose or ended (C13.1, C13.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Grant, GrantReview, GrantWord
from accounts.selectors import reviews as selectors
from accounts.services import grants, reviewing
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.accounts.access.stage import DAY, MINUTE, ZONE, agree, ask, carry_out, granted
from tests.accounts.access.test_confirm_again import grown_old
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.1", "C13.2")]
QUARTER = datetime(2027, 1, 1, 9, 5, tzinfo=ZONE)


@pytest.fixture
def review() -> GrantReview:
    """Two grants; the review of the new year."""
    granted(last_day=(QUARTER + 30 * DAY).date())
    granted("ma_product", "catalog.planner", last_day=(QUARTER + 30 * DAY).date())
    opened = reviewing.open_review(now=QUARTER)
    assert opened is not None
    return opened


def say(
    review: GrantReview, who: str = "chen_manager", of: str = "li_lei", decision: str = "keep", **said: Any
) -> GrantWord:
    grant = selectors.subject_to(review).get(employee=person(of))
    given = {"reason": "还要用", "now": QUARTER + MINUTE, **said}
    return reviewing.say(review_id=review.pk, grant_id=grant.pk, decision=decision, by=person(who), **given)


def test_it_opens_once_a_quarter_and_tells_leaders_and_the_administrator(review: GrantReview) -> None:
    assert reviewing.open_review(now=QUARTER + DAY) is None
    assert review.due_at == QUARTER + 7 * DAY
    told = set(
        Notice.objects.filter(kind="accounts.review_opened").values_list("recipient__number", flat=True)
    )
    assert {person(who).number for who in ("sun_admin", "wang_supervisor", "chen_manager")} <= told
    assert person("li_lei").number not in told


def test_none_is_opened_while_nothing_is_granted() -> None:
    assert reviewing.open_review(now=QUARTER) is None


def test_it_closes_when_every_grant_has_its_word(review: GrantReview) -> None:
    say(review)
    review.refresh_from_db()
    assert review.closed_at is None
    say(review, "sun_admin", "ma_product")
    review.refresh_from_db()
    assert review.closed_at == QUARTER + MINUTE
    assert Deadline.objects.get(rule=reviewing.CLOCK).state == "met"


def test_ending_asks_the_chain_and_nothing_ends_before(review: GrantReview) -> None:
    word = say(review, decision="end")
    assert word.run is not None
    assert word.run.payload["act"] == "end"
    grant = word.grant
    assert not hasattr(grant, "end")
    # The one who proposed it does not decide on it: the vice president stands above.
    agree(word.run, "fang_vice", now=QUARTER + 2 * MINUTE)
    carry_out(word.run, now=QUARTER + 3 * MINUTE)
    grant.refresh_from_db()
    assert grant.end.run == word.run


def test_who_may_not_say_it(review: GrantReview) -> None:
    with pytest.raises(Forbidden):
        say(review, "li_lei")
    with pytest.raises(NotFound):
        say(review, "han_meimei")
    with pytest.raises(NotFound):
        reviewing.say(
            review_id=987654, grant_id=selectors.subject_to(review)[0].pk, decision="keep", reason="x",
            by=person("sun_admin"), now=QUARTER,
        )  # fmt: skip


def test_a_word_has_a_reason_and_is_said_once(review: GrantReview) -> None:
    with pytest.raises(Invalid):
        say(review, reason=" ")
    say(review)
    with pytest.raises(Conflict):
        say(review, "sun_admin")


def test_a_grant_that_came_later_is_not_in_it(review: GrantReview) -> None:
    run = carry_out(
        agree(ask("han_meimei", now=QUARTER), "chen_manager", now=QUARTER + MINUTE), now=QUARTER + 2 * MINUTE
    )
    assert run.state == "executed"
    later = Grant.objects.get(employee=person("han_meimei"))
    said: dict[str, Any] = {
        "decision": "keep",
        "reason": "x",
        "by": person("sun_admin"),
        "now": QUARTER + DAY,
    }
    with pytest.raises(NotFound):
        reviewing.say(review_id=review.pk, grant_id=later.pk, **said)


def test_a_grant_that_ends_by_itself_needs_no_word(review: GrantReview) -> None:
    assert reviewing.close_finished(now=QUARTER + DAY) == 0
    assert reviewing.close_finished(now=QUARTER + 60 * DAY) == 1


def test_what_nobody_confirmed_is_told_and_stays_until_somebody_decides(review: GrantReview) -> None:
    late = QUARTER + 7 * DAY + timedelta(minutes=1)
    deadlines.settle_due(now=late)
    assert Notice.objects.filter(kind="accounts.review_late", recipient=person("sun_admin")).exists()
    assert selectors.unsaid(review, late).count() == 2
    page = selectors.review_page(person("sun_admin"), review.pk, late)
    assert (page.late, page.left, page.unconfirmed) == (True, 2, "propose_end")
    run = grants.ask_end(
        grant_id=selectors.subject_to(review)[0].pk, reason="无人确认", by=person("sun_admin"), now=late
    )
    assert run.state == "running"


def test_the_pages(review: GrantReview) -> None:
    grant = selectors.subject_to(review).get(employee=person("li_lei"))
    assert signed_in("li_lei").get("/accounts/access/reviews/").status_code == 200
    url = f"/accounts/access/reviews/{review.pk}/"
    assert person("ma_product").name not in signed_in("wang_supervisor").get(url).content.decode()
    assert signed_in("chen_manager").get("/accounts/access/reviews/987654/").status_code == 404
    leader = signed_in("chen_manager")
    assert leader.post(f"{url}{grant.pk}/", {"decision": "keep", "reason": ""}).status_code == 422
    assert leader.post(f"{url}{grant.pk}/", {"decision": "no", "reason": "x"}).status_code == 422
    boss = person("chen_manager")
    boss.set_password("Lantern-Teapot-4821")
    boss.save()
    asked = grown_old(signed_in("chen_manager")).post(
        f"{url}{grant.pk}/", {"decision": "keep", "reason": "x"}
    )
    assert asked["Location"].startswith("/auth/reauthenticate/")
    assert (
        signed_in("chen_manager")
        .post(f"{url}{grant.pk}/", {"decision": "keep", "reason": "要用"})
        .status_code
        == 302
    )
    assert (
        signed_in("chen_manager").post(f"{url}{grant.pk}/", {"decision": "keep", "reason": "x"}).status_code
        == 409
    )
