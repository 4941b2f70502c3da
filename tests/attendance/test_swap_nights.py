"""Nights with the hotline are swapped by their holders as shifts are (C9.3, M7.1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation

from attendance.models import HotlineSpan, Shift, Swap
from attendance.selectors.fairness import if_moved
from attendance.selectors.hotline import holder, nights_of
from attendance.selectors.mine import swaps_of
from attendance.selectors.why import grounds_of_night
from attendance.services.roster.swaps import answer_swap, ask_swap, change_swap, moves_of
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, NotFound, Refused
from office.notices.kinds import text_of
from office.notices.models import Notice
from tests.attendance import leaves
from tests.attendance.people.stage import leaves as leaving
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book, shift
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C9.3")]


@pytest.fixture
def pair(db: None) -> tuple[HotlineSpan, HotlineSpan]:
    """李雷 has Monday's night, 韩梅梅 Tuesday's."""
    book()
    person("wang_supervisor")
    return night("li_lei", MONDAY), night("han_meimei", MONDAY + DAY)


def night(who: str, day: dt.date, *, now: dt.datetime = NOW, published: bool = True) -> HotlineSpan:
    ((begin, end),) = nights_of(day, day, now)
    return HotlineSpan.objects.create(
        employee=person(who),
        starts_at=begin,
        ends_at=end,
        made_at=now,
        published_at=now if published else None,
    )


def ask(give: HotlineSpan, take: HotlineSpan | None, **more: Any) -> Swap:
    return ask_swap(
        give_id=give.pk,
        colleague_id=person("han_meimei").pk,
        take_id=take.pk if take else None,
        reason="家里有事",
        by=person(more.get("by", "li_lei")),
        now=more.get("now", NOW),
        sort="night",
    )


def agreed(give: HotlineSpan, take: HotlineSpan | None) -> Swap:
    return answer_swap(swap_id=ask(give, take).pk, agrees=True, by=person("han_meimei"), now=NOW)


def approve(swap: Swap, **more: Any) -> None:
    approvals.approve(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=NOW, **more)


def standing() -> list[str]:
    return [each.employee.name for each in HotlineSpan.objects.filter(removed_at=None).order_by("starts_at")]


@pytest.mark.clause("M7.1")
def test_both_nights_change_hands_exactly_as_agreed(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    swap = agreed(*pair)
    assert standing() == ["李雷", "韩梅梅"]
    approve(swap)
    swap.refresh_from_db()
    assert (swap.state, standing()) == ("done", ["韩梅梅", "李雷"])
    evening = pair[0].starts_at + dt.timedelta(hours=3)
    assert [each.name for each in holder(evening).people] == ["韩梅梅"]
    before = HotlineSpan.objects.get(pk=pair[0].pk)
    assert (before.removed_at, before.removed_by) == (NOW, person("wang_supervisor"))
    here = grounds_of_night(
        HotlineSpan.objects.get(removed_at=None, starts_at=pair[0].starts_at).pk, person("han_meimei"), NOW
    )
    assert (here.origin, here.swap) == ("swap", swap)


def test_a_night_is_taken_over_and_both_are_told_of_which(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    approve(agreed(pair[0], None))
    assert standing() == ["韩梅梅", "韩梅梅"]
    asked = Notice.objects.get(kind="attendance.swap_asked:night")
    with translation.override("en"):
        said = text_of(asked.kind, label="", clause="", params=asked.params)
    assert said == "李雷 asks you to swap the night with the hotline of 2026-11-30."
    assert Notice.objects.filter(kind="attendance.swap_done:night").count() == 2


def test_it_is_asked_once_before_it_begins_by_whom_it_names(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    draft = night("li_lei", MONDAY + 2 * DAY, published=False)
    for give, take, kind in (
        (pair[1], None, NotFound),
        (draft, None, NotFound),
        (pair[0], pair[0], NotFound),
    ):
        with pytest.raises(kind), transaction.atomic():
            ask(give, take)
    with pytest.raises(Conflict) as begun, transaction.atomic():
        ask(pair[0], None, now=pair[0].starts_at)
    assert begun.value.code == "begun"
    swap = ask(*pair)
    with pytest.raises(Conflict) as twice, transaction.atomic():
        ask(pair[0], None)
    assert twice.value.code == "open"
    answer_swap(swap_id=swap.pk, agrees=True, by=person("han_meimei"), now=NOW)
    swap.refresh_from_db()
    with pytest.raises(Conflict), transaction.atomic():
        approvals.approve(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=pair[0].starts_at)


@pytest.mark.clause("S2a", "S6")
def test_nobody_takes_a_night_in_his_leave_or_past_his_last_day(
    pair: tuple[HotlineSpan, HotlineSpan],
) -> None:
    leaves.everybody()
    swap = agreed(*pair)
    leaving(last_day=MONDAY + DAY, who="li_lei", comment="同意", by_agreement=True, now=NOW)
    with pytest.raises(Refused) as refused, transaction.atomic():
        approve(swap)
    assert (refused.value.code, "李雷" in str(refused.value)) == ("away", True)
    leaves.agree(
        leaves.ask("han_meimei", now=NOW, first=MONDAY + DAY), now=NOW
    )  # the night ends that morning
    other = night("wang_supervisor", MONDAY + 3 * DAY)
    monday = HotlineSpan.objects.get(employee=person("li_lei"))
    HotlineSpan.objects.filter(pk=monday.pk).update(removed_at=NOW)
    mine = night("wang_supervisor", MONDAY)
    with pytest.raises(Refused), transaction.atomic():
        ask(mine, None, by="wang_supervisor")
    ask(other, None, by="wang_supervisor")


def test_a_night_that_somebody_else_got_meanwhile_stops_it(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    swap = agreed(*pair)
    HotlineSpan.objects.filter(pk=pair[1].pk).update(removed_at=NOW, removed_reason="调整")
    night("wu_clerk", MONDAY + DAY)
    with pytest.raises(Conflict):
        approve(swap)
    assert [line.state for line in swaps_of(person("li_lei"), NOW)] == ["refused"]
    assert standing() == ["李雷", "吴文员"]


def test_what_it_makes_unfair_is_said(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    agents(3)
    for n in range(2, 54):
        night(("wu_clerk", "li_lei", "han_meimei", "wang_supervisor")[n % 4], MONDAY + n * DAY)
    swap = agreed(pair[0], None)
    assert [each.name for each in if_moved(moves_of(swap), NOW)] == ["韩梅梅"]
    page = signed_in("wang_supervisor").get(reverse("approvals:run", args=[swap.run_id])).content.decode()
    assert "热线" in page
    assert "C9.3" in page


def test_given_back_it_is_asked_again_for_another_night_or_a_shift(
    pair: tuple[HotlineSpan, HotlineSpan],
) -> None:
    swap = agreed(*pair)
    approvals.return_to(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=NOW, reason="换一晚")
    later = night("han_meimei", MONDAY + 2 * DAY)
    given: dict[str, Any] = {
        "swap_id": swap.pk, "colleague_id": person("han_meimei").pk, "reason": "换一晚", "by": person("li_lei"),
        "now": NOW,
    }  # fmt: skip
    changed = change_swap(take_id=later.pk, **given)
    assert (changed.state, changed.give_night, changed.take_night) == ("asked", pair[0], later)
    mine, theirs = shift(person("li_lei"), MONDAY), shift(person("han_meimei"), MONDAY + DAY)
    changed = change_swap(give_id=mine.pk, take_id=theirs.pk, sort="shift", **given)
    assert (changed.give, changed.take, changed.give_night, changed.take_night) == (mine, theirs, None, None)


def test_the_database_takes_no_mixture_and_no_night_behind_the_agreement(
    pair: tuple[HotlineSpan, HotlineSpan],
) -> None:
    swap = agreed(*pair)
    theirs = shift(person("han_meimei"), MONDAY + DAY)
    for change in ({"take_night": None}, {"give": theirs}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Swap.objects.filter(pk=swap.pk).update(**change)
    given = {"asker": person("li_lei"), "colleague": person("han_meimei"), "reason": "x", "asked_at": NOW}
    for turns in ({"give": theirs, "take_night": pair[1]}, {"give_night": pair[0], "take": theirs}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Swap.objects.create(**given, **turns)


def test_the_pages(db: None) -> None:
    book()
    person("wang_supervisor")
    now, today = timezone.now(), timezone.localdate()
    mine, theirs = night("li_lei", today + DAY, now=now), night("han_meimei", today + 2 * DAY, now=now)
    day = shift(person("han_meimei"), today + 3 * DAY)
    li, where, mei = signed_in("li_lei"), reverse("attendance:swaps"), person("han_meimei").pk
    assert (
        f"?give=night-{mine.pk}" in li.get(reverse("attendance:why_night", args=[mine.pk])).content.decode()
    )
    page = li.get(where, {"give": f"night-{mine.pk}", "colleague": str(mei)}).content.decode()
    assert f'value="night-{theirs.pk}"' in page
    assert f'value="{day.pk}"' not in page
    data: dict[str, Any] = {
        "give": f"night-{mine.pk}",
        "colleague": mei,
        "take": day.pk,
        "reason": "家里有事",
    }
    refused = li.post(where, data)
    assert (refused.status_code, "家里有事" in refused.content.decode()) == (422, True)
    assert li.post(where, data | {"take": f"night-{theirs.pk}"}).status_code == 302
    swap = Swap.objects.get()
    assert (swap.give_night, swap.take_night) == (mine, theirs)
    mei_page = signed_in("han_meimei").get(where).content.decode()
    assert "热线" in mei_page
    assert f"{mine.day:%m-%d}" in signed_in("han_meimei").get(reverse("home")).content.decode()
    assert Shift.objects.count() == 1
    for give in ("night-", "night-x", "night-99999999999999999999", "night-987654"):
        assert li.post(where, data | {"give": give, "take": ""}).status_code in (404, 422)


def test_a_shift_is_not_taken_for_a_night(pair: tuple[HotlineSpan, HotlineSpan]) -> None:
    """Keys of the two are told apart: the shift with the number of the night is another thing."""
    with pytest.raises(NotFound):
        ask_swap(
            give_id=pair[0].pk, colleague_id=person("han_meimei").pk, take_id=None, reason="x", by=person("li_lei"),
            now=NOW,
        )  # fmt: skip
    with pytest.raises(Invalid):
        ask_swap(
            give_id=pair[0].pk, colleague_id=person("li_lei").pk, take_id=None, reason="x", by=person("li_lei"),
            now=NOW, sort="night",
        )  # fmt: skip
