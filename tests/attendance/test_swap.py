"""Two people swap shifts: both agree, it is approved, and applied exactly as agreed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Shift, Swap
from attendance.selectors.mine import swaps_of, waiting_swaps
from attendance.services.roster.swaps import answer_swap, ask_swap, withdraw_swap
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.attendance import leaves
from tests.attendance.people.stage import leaves as leaving
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(db: None) -> tuple[Shift, Shift]:
    """李雷 early on Monday, 韩梅梅 late on Tuesday."""
    book()
    person("wang_supervisor")
    return shift(person("li_lei"), MONDAY, "cs_early"), shift(person("han_meimei"), MONDAY + DAY, "cs_late")


def ask(give: Shift, take: Shift | None, **more: Any) -> Swap:
    return ask_swap(
        give_id=give.pk,
        colleague_id=more.get("colleague", person("han_meimei")).pk,
        take_id=take.pk if take else None,
        reason=more.get("reason", "孩子家长会"),
        by=more.get("by", person("li_lei")),
        now=more.get("now", NOW),
    )


def agreed(give: Shift, take: Shift | None) -> Swap:
    made = ask(give, take)
    return answer_swap(swap_id=made.pk, agrees=True, by=person("han_meimei"), now=NOW)


def approve(swap: Swap, who: str = "wang_supervisor", comment: str = "") -> None:
    approvals.approve(run_id=swap.run_id or 0, by=person(who), now=NOW, comment=comment)


def standing() -> set[tuple[str, str, str]]:
    return {
        (each.employee.name, f"{each.day:%m-%d}", each.code) for each in Shift.objects.filter(removed_at=None)
    }


@pytest.mark.clause("S1d")
def test_it_is_applied_exactly_as_agreed(pair: tuple[Shift, Shift]) -> None:
    swap = agreed(*pair)
    assert ("李雷", "11-30", "cs_early") in standing()
    approve(swap)
    swap.refresh_from_db()
    assert swap.state == "done"
    assert standing() == {("韩梅梅", "11-30", "cs_early"), ("李雷", "12-01", "cs_late")}
    assert set(Shift.objects.filter(removed_at=None).values_list("origin", flat=True)) == {"swap"}


def test_a_colleague_takes_a_shift_over(pair: tuple[Shift, Shift]) -> None:
    approve(agreed(pair[0], None))
    assert standing() == {("韩梅梅", "11-30", "cs_early"), ("韩梅梅", "12-01", "cs_late")}


def test_the_colleague_may_decline_and_the_asker_take_back(pair: tuple[Shift, Shift]) -> None:
    first = ask(*pair)
    assert waiting_swaps(person("han_meimei")) == [first]
    with pytest.raises(Conflict):
        ask(*pair)
    with pytest.raises(Forbidden):
        answer_swap(swap_id=first.pk, agrees=True, by=person("li_lei"), now=NOW)
    answer_swap(swap_id=first.pk, agrees=False, by=person("han_meimei"), now=NOW)
    with pytest.raises(Conflict):
        answer_swap(swap_id=first.pk, agrees=True, by=person("han_meimei"), now=NOW)
    second = agreed(*pair)
    with pytest.raises(Forbidden):
        withdraw_swap(swap_id=second.pk, by=person("han_meimei"), now=NOW)
    withdraw_swap(swap_id=second.pk, by=person("li_lei"), now=NOW)
    with pytest.raises(Conflict):
        withdraw_swap(swap_id=second.pk, by=person("li_lei"), now=NOW)
    third = ask(*pair)
    withdraw_swap(swap_id=third.pk, by=person("li_lei"), now=NOW)
    with pytest.raises(NotFound):
        withdraw_swap(swap_id=third.pk, by=person("wu_clerk"), now=NOW)
    assert standing() == {("李雷", "11-30", "cs_early"), ("韩梅梅", "12-01", "cs_late")}


def test_a_rejected_swap_says_so(pair: tuple[Shift, Shift]) -> None:
    swap = agreed(*pair)
    approvals.reject(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=NOW, reason="当天人手不足")
    assert [line.state for line in swaps_of(person("li_lei"), NOW)] == ["refused"]
    ask(*pair)


@pytest.mark.clause("S1d")
def test_a_swap_that_takes_the_rest_is_refused_when_it_is_asked(pair: tuple[Shift, Shift]) -> None:
    for n in (1, 2, 3, 4, 5):
        shift(person("li_lei"), MONDAY + n * DAY, "cs_early")
    sunday = shift(person("han_meimei"), MONDAY + 6 * DAY, "cs_late")
    with pytest.raises(Refused) as refused, transaction.atomic():
        ask(pair[0], sunday)
    assert refused.value.code == "no_rest"
    with pytest.raises(Conflict), transaction.atomic():
        ask(pair[0], pair[1])


def test_what_cannot_be_asked(pair: tuple[Shift, Shift]) -> None:
    with pytest.raises(Invalid):
        ask(*pair, reason=" ")
    with pytest.raises(Invalid):
        ask(*pair, colleague=person("li_lei"))
    with pytest.raises(NotFound):
        ask(pair[1], None)
    with pytest.raises(NotFound):
        ask(pair[0], pair[0])
    with pytest.raises(Conflict):
        ask(*pair, now=NOW + 20 * DAY)


def test_who_swaps_does_not_approve_it_himself(pair: tuple[Shift, Shift]) -> None:
    supervisor = person("wang_supervisor")
    theirs = shift(supervisor, MONDAY + 2 * DAY, "cs_early")
    made = ask(pair[0], theirs, colleague=supervisor)
    swap = answer_swap(swap_id=made.pk, agrees=True, by=supervisor, now=NOW)
    with pytest.raises(Refused) as refused, transaction.atomic():
        approve(swap, comment="周一只盘点")
    assert refused.value.code == "party"
    person("chen_manager")
    approve(swap, "chen_manager", "周一只盘点")
    swap.refresh_from_db()
    assert swap.state == "done"


def test_a_roster_that_changed_meanwhile_stops_it(pair: tuple[Shift, Shift]) -> None:
    swap = agreed(*pair)
    Shift.objects.filter(pk=pair[0].pk).update(removed_at=NOW, removed_reason="调整")
    with pytest.raises(Conflict):
        approve(swap)
    swap.refresh_from_db()
    assert (swap.state, swaps_of(person("li_lei"), NOW)[0].state) == ("refused", "refused")


def test_the_database_swaps_nothing_that_was_not_agreed(pair: tuple[Shift, Shift]) -> None:
    made = ask(*pair)
    with pytest.raises(IntegrityError), transaction.atomic():
        Swap.objects.filter(pk=made.pk).update(state="done")
    with pytest.raises(IntegrityError), transaction.atomic():
        Swap.objects.filter(pk=made.pk).update(take=None)


def test_the_pages(pair: tuple[Shift, Shift]) -> None:
    now = timezone.now()
    Shift.objects.all().update(removed_at=now, removed_reason="x")
    tomorrow = timezone.localdate() + DAY
    mine, theirs = shift(person("li_lei"), tomorrow), shift(person("han_meimei"), tomorrow + DAY)
    li, han, where = signed_in("li_lei"), signed_in("han_meimei"), reverse("attendance:swaps")
    page = li.get(where, {"give": mine.pk, "colleague": person("han_meimei").pk}).content.decode()
    assert f'value="{theirs.pk}"' in page
    data = {"give": mine.pk, "colleague": person("han_meimei").pk, "take": theirs.pk, "reason": ""}
    assert li.post(where, data).status_code == 422
    assert li.post(where, data | {"colleague": person("zheng_designer").pk, "reason": "x"}).status_code == 422
    assert li.post(where, data | {"reason": "家长会"}).status_code == 302
    swap = Swap.objects.get()
    assert "李雷" in han.get(where).content.decode()
    assert han.post(reverse("attendance:swap_act", args=[swap.pk, "agree"])).status_code == 302
    swap.refresh_from_db()
    run = signed_in("wang_supervisor").get(reverse("approvals:run", args=[swap.run_id])).content.decode()
    assert "早班" in run
    assert li.post(reverse("attendance:swap_act", args=[swap.pk, "eat"])).status_code == 404
    assert li.post(reverse("attendance:swap_act", args=[swap.pk, "withdraw"])).status_code == 302


@pytest.mark.clause("S2a")
def test_nobody_takes_a_shift_in_which_he_is_on_leave(pair: tuple[Shift, Shift]) -> None:
    leaves.everybody()
    swap = agreed(pair[0], None)
    leaves.agree(leaves.ask("han_meimei", now=NOW, first=MONDAY, last=MONDAY + DAY), now=NOW)
    with pytest.raises(Refused) as refused, transaction.atomic():
        approve(swap)
    assert (refused.value.code, "韩梅梅" in str(refused.value)) == ("away", True)
    withdraw_swap(swap_id=swap.pk, by=person("li_lei"), now=NOW)
    with pytest.raises(Refused), transaction.atomic():
        ask(pair[0], None)
    assert ("李雷", "11-30", "cs_early") in standing()
    thursday = shift(person("li_lei"), MONDAY + 3 * DAY, "cs_early")
    approve(agreed(thursday, None))


@pytest.mark.clause("S6")
def test_nobody_takes_a_shift_after_his_last_day(pair: tuple[Shift, Shift]) -> None:
    leaves.everybody()
    swap = agreed(*pair)
    leaving(last_day=MONDAY, who="li_lei", comment="同意", by_agreement=True, now=NOW)
    with pytest.raises(Refused) as refused, transaction.atomic():
        approve(swap)
    assert refused.value.code == "away"


@pytest.mark.clause("C9.1")
def test_the_deciders_see_what_would_no_longer_be_covered(pair: tuple[Shift, Shift]) -> None:
    swap = ask(pair[0], None, colleague=person("zheng_designer"))
    answer_swap(swap_id=swap.pk, agrees=True, by=person("zheng_designer"), now=NOW)
    swap.refresh_from_db()
    run = approvals.Run.objects.get(pk=swap.run_id or 0)
    assert [row[0] for row in run.payload["holes"]] == ["agents"]
    page = signed_in("wang_supervisor").get(reverse("approvals:run", args=[swap.run_id])).content.decode()
    assert "11-30 08:50–11-30 18:10" in page
    with pytest.raises(Invalid) as refused:
        approve(swap)
    assert refused.value.code == "in_words"
    approve(swap, comment="当天停业盘点")
    kept = bytes(Entry.objects.get(verb="attendance.apply_swap").canonical)
    assert b'"holes":[["agents","","2026-11-30T08:50:00+08:00"' in kept


@pytest.mark.clause("C9.1")
def test_coverage_is_reckoned_again_when_it_is_decided(pair: tuple[Shift, Shift]) -> None:
    """Handed in while somebody else was there: what is lacking since is seen, and agreed to in words."""
    beside = shift(person("wu_clerk"), MONDAY, "cs_early")
    swap = ask(pair[0], None, colleague=person("zheng_designer"))
    answer_swap(swap_id=swap.pk, agrees=True, by=person("zheng_designer"), now=NOW)
    swap.refresh_from_db()
    where = reverse("approvals:run", args=[swap.run_id])
    assert "holes" not in approvals.Run.objects.get(pk=swap.run_id or 0).payload
    assert "换班后各时段仍有人在岗" in signed_in("wang_supervisor").get(where).content.decode()
    Shift.objects.filter(pk=beside.pk).update(removed_at=NOW, removed_reason="调整")
    assert "11-30 08:50–11-30 18:10" in signed_in("wang_supervisor").get(where).content.decode()
    with pytest.raises(Invalid) as refused:
        approve(swap)
    assert refused.value.code == "in_words"
    approvals.reject(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=NOW, reason="当天无人")
    assert "11-30 08:50" not in signed_in("wang_supervisor").get(where).content.decode()
