"""What was taken down without ground comes back by a new agreement to the same content (C6.7)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cms.models import Item, LiabilityCase, Publication, Takedown
from cms.selectors import items, live
from cms.services import publishing, takedowns
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Conflict
from tests.cms.stage import DAY, HOUR, NOW, agree, edit, hand_in, on_the_site, publish
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def hidden(item: Item, now: dt.datetime = NOW + HOUR) -> Takedown:
    return takedowns.take_down(
        item_id=item.pk, category="false", reason="举报", by=person("wei_webmaster"), now=now
    )


def closed(taken: Takedown, liability: str = "unfounded") -> LiabilityCase:
    takedowns.hear(takedown_id=taken.pk, statement="数据属实", by=person("tang_writer"), now=taken.at + HOUR)
    return takedowns.decide(
        takedown_id=taken.pk, liability=liability, decision="查无不实", by=person("chen_manager"),
        now=taken.at + 2 * HOUR,
    )  # fmt: skip


@pytest.mark.clause("C6.7", "C6.1")
def test_the_same_content_comes_back_by_a_new_agreement_and_the_evidence_stays() -> None:
    item = on_the_site()
    taken = hidden(item)
    with pytest.raises(Conflict) as refused:
        hand_in(item, "tang_writer", now=NOW + 2 * HOUR)
    assert refused.value.code == "taken_down"
    case = closed(taken)
    assert (case.unfounded, case.liability) == (True, "")
    with pytest.raises(Conflict):  # the same content, not another
        edit(item, "tang_writer", title="改过", now=NOW + 4 * HOUR)
    run = agree(hand_in(item, "tang_writer", now=NOW + 4 * HOUR), "chen_manager", now=NOW + 4 * HOUR)
    assert live.live_of(item, NOW + 5 * HOUR) is None
    publish(run, now=NOW + 5 * HOUR)
    item.refresh_from_db()
    shown = live.live_of(item, NOW + 6 * HOUR)
    assert shown is not None
    assert (shown.run_id, item.hidden_at) == (run.pk, taken.at)
    assert bytes(Takedown.objects.get().evidence) == bytes(taken.evidence)
    assert Entry.objects.filter(verb="cms.bring_back").count() == 2
    page = items.item_page(item, NOW + 6 * HOUR)
    assert [state.code for state in page.states] == ["live"]
    edit(item, "tang_writer", title="又改过", now=NOW + 7 * HOUR)


@pytest.mark.clause("C6.7")
@pytest.mark.parametrize("liability", ["", "administrative"])
def test_a_case_that_was_founded_keeps_it_down(liability: str) -> None:
    item = on_the_site()
    closed(hidden(item), liability)
    with pytest.raises(Conflict):
        hand_in(item, "tang_writer", now=NOW + DAY)


def test_what_was_to_begin_later_before_the_takedown_never_begins() -> None:
    item = on_the_site(starts_at=NOW + 2 * DAY)
    closed(hidden(item))
    run = agree(
        hand_in(item, "tang_writer", now=NOW + DAY, starts_at=NOW + 3 * DAY), "chen_manager", now=NOW + DAY
    )
    publish(run, now=NOW + DAY)
    assert live.live_of(item, NOW + 2 * DAY + HOUR) is None
    shown = live.live_of(item, NOW + 3 * DAY)
    assert shown is not None
    assert shown.run_id == run.pk


@pytest.mark.clause("C6.7")
def test_taken_down_again_it_needs_that_case_closed_too() -> None:
    item = on_the_site()
    closed(hidden(item))
    publish(
        agree(hand_in(item, "tang_writer", now=NOW + 4 * HOUR), "chen_manager", now=NOW + 4 * HOUR),
        now=NOW + 4 * HOUR,
    )
    again = hidden(item, NOW + 5 * HOUR)
    assert live.live_of(item, NOW + 6 * HOUR) is None
    with pytest.raises(Conflict):
        hand_in(item, "tang_writer", now=NOW + 6 * HOUR)
    closed(again)
    hand_in(item, "tang_writer", now=NOW + 8 * HOUR)


@pytest.mark.clause("C6.7")
def test_the_database_lets_nothing_back_without_the_closed_case() -> None:
    item = on_the_site()
    taken = hidden(item)
    old = Publication.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LiabilityCase.objects.filter(takedown=taken).update(unfounded=True)
    closed(taken)
    with pytest.raises(IntegrityError), transaction.atomic():  # by the agreement from before
        Publication.objects.create(
            item=item, version=old.version, column=old.column, digest=old.digest, at=old.at,
            starts_at=old.at, run=old.run,
        )  # fmt: skip


def test_agreed_while_the_case_was_open_is_void() -> None:
    item = on_the_site()
    run = hand_in(item, "tang_writer")
    hidden(item)
    run.refresh_from_db()
    assert run.state == "voided"


def test_the_page_says_that_it_may_be_handed_in_again() -> None:
    item = on_the_site()
    closed(hidden(item))
    page = signed_in("tang_writer").get(reverse("cms:item", args=[item.pk])).content.decode()
    assert reverse("cms:submit", args=[item.pk]) in page
    assert reverse("cms:edit", args=[item.pk]) not in page


@pytest.mark.clause("C6.1")
def test_the_list_says_of_a_request_to_come_off_that_it_is_one() -> None:
    item = on_the_site()
    run = publishing.end_item(item_id=item.pk, reason="过时", by=person("tang_writer"), now=NOW + HOUR)

    def states() -> list[str]:
        return [state.code for state in items.item_page(item, NOW + HOUR).states]

    me = person("tang_writer")
    assert states() == ["ending", "live"]
    assert len(items.listing(me, items.Wanted(state="ending"), NOW + HOUR).lines) == 1
    assert items.listing(me, items.Wanted(state="waiting"), NOW + HOUR).lines == []
    assert isinstance(run, Run)
    agree(run, "chen_manager", now=NOW + HOUR)
    assert states() == ["end_agreed", "live"]
