"""A correction is a new fact: an order in the place of another, an event after the sale (C7.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from orders.models import Note, OrderEvent, OrderProgress
from orders.selectors.customers import events_of
from orders.selectors.order import viewer
from orders.services import desk
from orders.services.erasure import erase_customer
from orders.services.shops import get_or_create_shop
from orders.subjects import subject_of
from orders.views.order import DOORS
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, confirmed, handed_over, on_duty, order
from tests.orders.desk.test_pages import client_of
from tests.people import person
from tests.shell.test_bad_input import naughty

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C7.5")]
LATER = NOW + 10 * MINUTE


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is tested elsewhere; the page is opened behind the door."""
    from ecdept import second_factor

    monkeypatch.setattr(second_factor, "required", lambda *_args, **_kwargs: False)


def replace(progress: OrderProgress, number: str, **more: object) -> OrderProgress:
    given = {"by": person("wang_supervisor"), "now": LATER, **more}
    return desk.replace_order(order_id=progress.pk, number=number, **given)  # type: ignore[arg-type]


def contents(progress: OrderProgress) -> list[tuple[str, dict[str, object]]]:
    return [(each.event.kind, dict(each.content)) for each in events_of(progress.order)]


def test_an_order_in_the_place_of_another_calls_it_off_and_each_names_the_other() -> None:
    wrong, right = confirmed(on_duty("li_lei")), order(number="NEW-1")
    before = bytes(wrong.order.digest)
    replace(wrong, " NEW-1 ", note="客户改要大号")
    wrong = again(wrong)
    assert (wrong.state, wrong.due_at, bytes(wrong.order.digest)) == ("cancelled", None, before)
    assert not [clock for clock in deadlines.of(subject_of(wrong.order)) if clock.state == "open"]
    assert contents(wrong) == [("replacement", {"replaced_by": "NEW-1"})]
    assert contents(right) == [("replacement", {"replaces": wrong.number})]
    assert again(right).state == "waiting"
    entry = audit.timeline(subject_of(wrong.order))[-1]
    assert (entry.verb, entry.clause, entry.data) == (
        "orders.replace",
        "C7.5",
        {"by": "NEW-1", "was": "confirmed"},
    )
    assert Note.objects.filter(order_id=wrong.pk).count() == 1


def test_what_is_out_of_hand_stays_where_it_is_and_keeps_its_clock() -> None:
    wrong = handed_over(on_duty("li_lei"))
    order(number="NEW-1")
    version = again(wrong).version
    replace(wrong, "NEW-1")
    assert (again(wrong).state, again(wrong).due_rule) == ("handed_over", "orders.takeover")
    assert again(wrong).version > version


def test_a_wrong_judgement_is_mended_by_another_order() -> None:
    li_lei = on_duty("li_lei")
    wrong = accepted(li_lei)
    desk.record_contact(order_id=wrong.pk, by=li_lei, now=NOW, channel="phone", outcome="reached")
    desk.mark_invalid(order_id=wrong.pk, by=li_lei, now=NOW, reason="fraud")
    order(number="NEW-1")
    assert replace(wrong, "NEW-1").state == "invalid"
    assert contents(wrong) == [("replacement", {"replaced_by": "NEW-1"})]


def test_only_another_order_of_the_same_shop_takes_its_place() -> None:
    wrong = order(number="OLD-1")
    order(number="ELSE-1", in_shop=get_or_create_shop(code="JD01", by=None, now=NOW))
    for number in ("OLD-1", "ELSE-1", "none", "", "\x1f"):
        with pytest.raises(Invalid) as refused:
            replace(wrong, number)
        assert refused.value.errors[0]["path"] == "number"
    assert again(wrong).state == "waiting"


def test_no_text_in_place_of_a_number_breaks_anything() -> None:
    wrong, who = order(), viewer(person("wang_supervisor"), LATER)
    door, tried = DOORS["replace"], 0
    for text in naughty():
        form = door.form({"number": text}, who=who)
        if form.is_valid():
            tried += 1
            with pytest.raises(Invalid):
                door.verb(order_id=wrong.pk, by=who.user, now=LATER, **form.arguments())
    assert tried > 300
    assert not OrderEvent.objects.exists()


def test_the_same_again_and_a_circle_are_refused() -> None:
    first, second = order(number="A"), order(number="B")
    replace(first, "B")
    with pytest.raises(Conflict) as refused:
        replace(first, "B")
    assert refused.value.code == "replaced"
    with pytest.raises(Conflict) as refused:
        replace(second, "A")
    assert refused.value.code == "circle"
    assert again(second).state == "waiting"


def test_an_agent_names_none_and_a_stale_page_is_told() -> None:
    wrong = accepted(on_duty("li_lei"))
    order(number="NEW-1")
    with pytest.raises(Forbidden) as refused:
        replace(wrong, "NEW-1", by=person("li_lei"))
    assert refused.value.clause == "C7.5"
    with pytest.raises(Conflict) as stale:
        replace(wrong, "NEW-1", seen=again(wrong).version - 1)
    assert stale.value.code == "stale"


@pytest.mark.parametrize("who", ["li_lei", "zhao_operations", "wang_supervisor"])
def test_what_comes_after_the_sale_is_an_event_of_whoever_works_on_the_order(who: str) -> None:
    progress = handed_over(on_duty("li_lei"))
    desk.record_after_sales(
        order_id=progress.pk, by=person(who), now=LATER, what="exchange", note="张三丰要换白色"
    )
    [(kind, content)] = contents(progress)
    assert (kind, content["what"]) == ("after_sales", "exchange")
    entry = audit.timeline(subject_of(progress.order))[-1]
    assert (entry.verb, entry.actor_name, entry.clause) == ("orders.after_sales", person(who).name, "C7.5")
    assert "张三丰" not in str([row.data for row in audit.timeline(subject_of(progress.order))])
    assert "张三丰" not in str(content)
    assert Note.objects.get().order_id == progress.pk


def test_it_may_happen_twice_and_long_after_the_end() -> None:
    progress = handed_over(on_duty("li_lei"))
    zhao = person("zhao_operations")
    desk.take_order(order_id=progress.pk, by=zhao, now=LATER)
    desk.close_order(order_id=progress.pk, by=zhao, now=LATER)
    for days in (30, 60):
        desk.record_after_sales(order_id=progress.pk, by=zhao, now=NOW + timedelta(days=days), what="repair")
    with pytest.raises(Conflict) as refused:  # a double click
        desk.record_after_sales(order_id=progress.pk, by=zhao, now=NOW + timedelta(days=60), what="repair")
    assert refused.value.code == "recorded"
    assert OrderEvent.objects.filter(order_id=progress.pk, kind="after_sales").count() == 2
    assert again(progress).state == "closed"


def test_before_the_hand_over_there_is_nothing_after_it() -> None:
    li_lei = on_duty("li_lei")
    for progress in (accepted(li_lei), confirmed(li_lei)):
        with pytest.raises(Conflict) as refused:
            desk.record_after_sales(order_id=progress.pk, by=li_lei, now=LATER, what="return")
        assert refused.value.code == "state"


def test_something_else_needs_words_and_strangers_write_nothing() -> None:
    progress = handed_over(on_duty("li_lei"))
    with pytest.raises(Refused) as refused:
        desk.record_after_sales(order_id=progress.pk, by=person("li_lei"), now=LATER, what="other", note=" ")
    assert refused.value.code == "note_needed"
    with pytest.raises(Forbidden):
        desk.record_after_sales(order_id=progress.pk, by=person("sun_admin"), now=LATER, what="return")
    with pytest.raises(NotFound):
        desk.record_after_sales(order_id=progress.pk, by=person("han_meimei"), now=LATER, what="return")
    assert not OrderEvent.objects.filter(order_id=progress.pk).exists()


def test_nothing_is_kept_beside_the_order_of_an_erased_customer() -> None:
    progress = handed_over(on_duty("li_lei"))
    order(number="NEW-1", phone="13900001111")
    erase_customer(order_id=progress.pk, reason="request", by=person("chen_manager"), now=LATER)
    with pytest.raises(Conflict) as refused:
        replace(progress, "NEW-1")
    assert refused.value.code == "erased"
    with pytest.raises(Conflict) as refused:
        desk.record_after_sales(order_id=progress.pk, by=person("li_lei"), now=LATER, what="return")
    assert refused.value.code == "erased"
    assert not OrderEvent.objects.exists()


def test_the_page_offers_both_and_says_what_happened_in_words() -> None:
    progress = handed_over(on_duty("li_lei"))
    right = order(number="NEW-1")
    boss = client_of("wang_supervisor")
    act = f"/orders/{progress.pk}/act"
    assert boss.post(f"{act}/after-sales/", {"what": "return", "note": "尺寸不合"}).status_code == 302
    assert boss.post(f"{act}/replace/", {"number": "NEW-1"}).status_code == 302
    refused = boss.post(f"{act}/replace/", {"number": "no such", "note": "写错了"})
    assert refused.status_code == 422
    assert "写错了" in refused.content.decode()
    page = boss.get(f"/orders/{progress.pk}/").content.decode()
    assert f'action="{act}/after-sales/"' in page
    assert f'action="{act}/replace/"' in page
    events = page[page.index('class="event"') :]
    assert "退货" in events
    assert "NEW-1" in events
    assert ">return<" not in events
    assert "已由新订单替代" in events
    other = boss.get(f"/orders/{right.pk}/").content.decode()
    assert "替代了另一订单" in other
    assert "已由新订单替代" not in other
    assert progress.number in other[other.index('class="event"') :]
    agent = client_of("li_lei").get(f"/orders/{progress.pk}/").content.decode()
    assert f'action="{act}/after-sales/"' in agent
    assert f'action="{act}/replace/"' not in agent


def test_the_event_of_a_cancellation_speaks_words_too() -> None:
    progress = confirmed(on_duty("li_lei"))
    desk.cancel_order(order_id=progress.pk, by=person("wang_supervisor"), now=LATER, reason="out_of_stock")
    page = client_of("wang_supervisor").get(f"/orders/{progress.pk}/").content.decode()
    events = page[page.index('class="event"') :].split("</details>")[0]
    assert "无法供货" in events
    assert "out_of_stock" not in events
    assert "confirmed" not in events
    assert "到此为止" in page or "已结束" in page
