"""A swap that came back is changed and asked again: first the colleague, where he is to do something else, then the
chain."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Shift, Swap
from attendance.selectors.mine import swaps_of, waiting_swaps
from attendance.services.roster.swaps import answer_swap, change_swap, withdraw_swap
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.attendance.test_swap import agreed, approve, ask, standing
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def back(db: None) -> Swap:
    """李雷's early shift of Monday for 韩梅梅's late one of Tuesday, agreed by both, returned."""
    book()
    person("wang_supervisor")
    give = shift(person("li_lei"), MONDAY, "cs_early")
    take = shift(person("han_meimei"), MONDAY + DAY, "cs_late")
    return returned(agreed(give, take))


def returned(swap: Swap) -> Swap:
    approvals.return_to(
        run_id=swap.run_id or 0, by=person("wang_supervisor"), now=NOW, reason="周二晚班缺人，换一天"
    )
    swap.refresh_from_db()
    return swap


def change(
    swap: Swap, who: str = "han_meimei", take: Shift | None = None, give: Shift | None = None, **more: str
) -> Swap:
    return change_swap(
        swap_id=swap.pk,
        give_id=give.pk if give else None,
        colleague_id=person(who).pk,
        take_id=take.pk if take else None,
        reason=more.get("reason", "改换一天"),
        by=person(more.get("by", "li_lei")),
        now=NOW,
    )


def run_of(swap: Swap) -> Run:
    return Run.objects.get(pk=swap.run_id or 0)


def test_other_words_alone_go_to_the_deciders_at_once(back: Swap) -> None:
    assert swaps_of(person("li_lei"), NOW)[0].returned
    change(back, take=back.take, reason="周二另有人顶班")
    assert (run_of(back).state, run_of(back).round) == ("running", 2)
    assert run_of(back).payload["reason"] == "周二另有人顶班"
    approve(back)
    assert ("韩梅梅", "11-30", "cs_early") in standing()


def test_for_another_shift_the_colleague_is_asked_again(back: Swap) -> None:
    wednesday = shift(person("han_meimei"), MONDAY + 2 * DAY, "cs_late")
    heard = Notice.objects.filter(recipient=person("han_meimei"), kind="attendance.swap_asked").count()
    change(back, take=wednesday)
    back.refresh_from_db()
    assert (back.state, back.answered_at, run_of(back).state) == ("asked", None, "returned")
    assert waiting_swaps(person("han_meimei")) == [back]
    again = Notice.objects.filter(recipient=person("han_meimei"), kind="attendance.swap_asked").count()
    assert again == heard + 1
    with pytest.raises(Invalid):  # nobody asks for what the colleague has not agreed to
        approvals.resubmit(run_id=run_of(back).pk, payload=run_of(back).payload, by=person("li_lei"), now=NOW)
    answer_swap(swap_id=back.pk, agrees=True, by=person("han_meimei"), now=NOW)
    assert (run_of(back).state, run_of(back).round) == ("running", 2)
    approve(back)
    assert standing() == {
        ("韩梅梅", "11-30", "cs_early"), ("韩梅梅", "12-01", "cs_late"), ("李雷", "12-02", "cs_late"),
    }  # fmt: skip


def test_another_shift_of_ones_own_is_given_and_the_colleague_is_asked_again(back: Swap) -> None:
    wednesday = shift(person("li_lei"), MONDAY + 2 * DAY, "cs_early")
    change(back, take=back.take, give=wednesday)
    back.refresh_from_db()
    assert (back.give, back.state, back.answered_at) == (wednesday, "asked", None)
    ask(Shift.objects.get(employee=person("li_lei"), day=MONDAY), None)  # free to be asked about anew
    answer_swap(swap_id=back.pk, agrees=True, by=person("han_meimei"), now=NOW)
    assert run_of(back).payload["moves"][0]["day"] == wednesday.day.isoformat()
    approve(back)
    assert standing() == {
        ("李雷", "11-30", "cs_early"), ("韩梅梅", "12-02", "cs_early"), ("李雷", "12-01", "cs_late"),
    }  # fmt: skip


def test_neither_a_colleagues_shift_nor_one_in_another_swap_nor_one_that_began_is_given(back: Swap) -> None:
    wednesday, thursday = (shift(person("li_lei"), MONDAY + n * DAY, "cs_early") for n in (2, 3))
    with pytest.raises(NotFound):
        change(back, give=back.take)
    ask(wednesday, None)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        change(back, take=back.take, give=wednesday)
    assert refused.value.code == "open"
    with pytest.raises(Conflict) as begun, transaction.atomic():
        change_swap(
            swap_id=back.pk, give_id=thursday.pk, colleague_id=person("han_meimei").pk, take_id=None, reason="晚了",
            by=person("li_lei"), now=thursday.starts_at,
        )  # fmt: skip
    assert begun.value.code == "begun"


def test_another_colleague_is_asked_and_the_first_one_told(back: Swap) -> None:
    clerk = person("wu_clerk")
    change(back, "wu_clerk")
    assert waiting_swaps(clerk) == [back]
    assert Notice.objects.filter(recipient=person("han_meimei"), kind="attendance.swap_withdrawn").exists()
    with pytest.raises(NotFound):
        answer_swap(swap_id=back.pk, agrees=True, by=person("han_meimei"), now=NOW)
    change(back, "wu_clerk", reason="一次改两遍")  # before he has answered
    answer_swap(swap_id=back.pk, agrees=True, by=clerk, now=NOW)
    approve(back)
    assert ("吴文员", "11-30", "cs_early") in standing()


def test_declined_the_request_ends_too(back: Swap) -> None:
    change(back, "wu_clerk")
    answer_swap(swap_id=back.pk, agrees=False, by=person("wu_clerk"), now=NOW)
    back.refresh_from_db()
    assert (back.state, run_of(back).state) == ("declined", "withdrawn")
    ask(Shift.objects.get(pk=back.give_id or 0), None)


def test_taken_back_the_request_ends_too_and_the_other_way_round(back: Swap) -> None:
    change(back, "wu_clerk")
    withdraw_swap(swap_id=back.pk, by=person("li_lei"), now=NOW)
    assert run_of(back).state == "withdrawn"
    second = returned(agreed(Shift.objects.get(pk=back.give_id or 0), None))
    change(second, "wu_clerk")
    approvals.withdraw(run_id=second.run_id or 0, by=person("li_lei"), now=NOW, reason="不换了")
    second.refresh_from_db()
    assert second.state == "withdrawn"
    with pytest.raises(Conflict):
        answer_swap(swap_id=second.pk, agrees=True, by=person("wu_clerk"), now=NOW)
    assert waiting_swaps(person("wu_clerk")) == []


def test_what_cannot_be_changed(back: Swap) -> None:
    with pytest.raises(Forbidden):
        change(back, by="han_meimei", who="li_lei")
    with pytest.raises(NotFound):
        change(back, by="wu_clerk")
    with pytest.raises(Invalid):
        change(back, reason=" ")
    with pytest.raises(Invalid):
        change(back, "li_lei")
    with pytest.raises(NotFound):
        change(back, "wu_clerk", take=back.take)
    change(back, take=back.take)
    with pytest.raises(Conflict):
        change(back, take=back.take)


def test_the_database_changes_nothing_that_is_being_decided_on(back: Swap) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Swap.objects.filter(pk=back.pk).update(asker=person("wu_clerk"))
    change(back, take=back.take)
    with pytest.raises(IntegrityError), transaction.atomic():
        Swap.objects.filter(pk=back.pk).update(take=None)
    another = shift(person("li_lei"), MONDAY + 2 * DAY, "cs_early")
    with pytest.raises(IntegrityError), transaction.atomic():
        Swap.objects.filter(pk=back.pk).update(give=another)


def test_the_page(back: Swap) -> None:
    withdraw_swap(swap_id=back.pk, by=person("li_lei"), now=NOW)
    Shift.objects.all().update(removed_at=timezone.now(), removed_reason="x")
    day = timezone.localdate() + DAY
    mine = shift(person("li_lei"), day)
    theirs, other = shift(person("han_meimei"), day + DAY), shift(person("han_meimei"), day + 2 * DAY)
    now = timezone.now()
    swap = answer_swap(swap_id=ask(mine, theirs, now=now).pk, agrees=True, by=person("han_meimei"), now=now)
    li, where = signed_in("li_lei"), reverse("attendance:swap_again", args=[swap.pk])
    assert li.get(where)["Location"] == reverse("attendance:swaps")
    returned(swap)
    assert where in li.get(reverse("attendance:swaps")).content.decode()
    assert where in li.get(reverse("approvals:run", args=[swap.run_id])).content.decode()
    page = li.get(where).content.decode()
    for shown in ("周二晚班缺人", "孩子家长会", f'value="{theirs.pk}" selected', f'value="{other.pk}"'):
        assert shown in page
    instead = shift(person("li_lei"), day + 3 * DAY)
    assert f'<option value="{mine.pk}" selected' in page
    data = {"colleague": person("han_meimei").pk, "take": other.pk, "reason": "", "give": instead.pk}
    refused = li.post(where, data)
    assert refused.status_code == 422
    assert f'value="{other.pk}" selected' in refused.content.decode()
    assert f'value="{instead.pk}" selected' in refused.content.decode()
    assert li.post(where, data | {"reason": "x", "colleague": person("zheng_designer").pk}).status_code == 422
    assert li.post(where, data | {"reason": "改换后天"}).status_code == 302
    swap.refresh_from_db()
    assert swap.give == instead
    assert "改换后天" in signed_in("han_meimei").get(reverse("attendance:swaps")).content.decode()
    for who in ("han_meimei", "wang_supervisor"):
        assert signed_in(who).get(where).status_code == 404
