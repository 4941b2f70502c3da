"""The desk's pages: what each post sees, live without reload, plain without a script, within ten queries."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from office.staff import api as staff
from office.staff.models import Employee
from orders.models import OrderProgress
from orders.services import desk
from orders.services.shops import get_or_create_shop
from tests.orders.desk.arrange import MINUTE, PHONE, accepted, again, confirmed, handed_over, order
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def on(who: str) -> Employee:
    employee = person(who)
    staff.start_duty(by=employee, now=timezone.now())
    return employee


def client_of(who: str) -> Client:
    employee = person(who)
    Employee.objects.filter(pk=employee.pk).update(password_changed_at=timezone.now())
    client = Client()
    sign_in(client, employee)
    return client


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is tested elsewhere; these tests begin behind the door."""
    from ecdept import second_factor

    monkeypatch.setattr(second_factor, "required", lambda *_args, **_kwargs: False)


def listed(client: Client, **query: str) -> list[int]:
    html = client.get("/desk/", query).content.decode()
    return [int(found) for found in re.findall(r'data-order="(\d+)"', html)]


def test_an_agent_sees_the_pool_and_his_own(now: dt.datetime) -> None:
    li_lei, han = on("li_lei"), on("han_meimei")
    waiting, mine, others = order(at=now), accepted(li_lei, at=now), accepted(han, at=now)
    client = client_of("li_lei")
    assert listed(client) == [waiting.pk]
    assert listed(client, tab="mine") == [mine.pk]
    assert set(listed(client, tab="all")) == {waiting.pk, mine.pk}
    assert client.get(f"/orders/{others.pk}/").status_code == 404
    assert set(listed(client_of("wang_supervisor"), tab="all")) == {waiting.pk, mine.pk, others.pk}


def test_product_operations_see_what_was_handed_over_and_begin_with_what_is_to_be_taken(
    now: dt.datetime,
) -> None:
    waiting = order(at=now)
    progress = handed_over(on("li_lei"), at=now - 10 * MINUTE)
    client = client_of("zhao_operations")
    assert listed(client) == [progress.pk]
    assert listed(client, tab="all") == [progress.pk]
    assert client.get(f"/orders/{waiting.pk}/").status_code == 404


def test_a_designer_has_no_business_here() -> None:
    assert client_of("zheng_designer").get("/desk/").status_code == 403


def test_the_phone_is_on_no_page_before_it_was_asked_for(now: dt.datetime) -> None:
    progress = accepted(on("li_lei"), at=now)
    client = client_of("li_lei")
    for url in ("/desk/?tab=mine", f"/orders/{progress.pk}/", f"/orders/{progress.pk}/print/"):
        html = client.get(url).content.decode()
        assert PHONE not in html
        assert "138****5678" in html
    client.post(f"/orders/{progress.pk}/act/unmask/")
    assert PHONE in client.get(f"/orders/{progress.pk}/").content.decode()
    assert "138****5678" in client.get("/desk/?tab=mine").content.decode()
    assert "138****5678" not in client_of("sun_admin").get("/desk/?tab=all").content.decode()


def test_nothing_new_answers_204_and_a_change_answers_the_list(now: dt.datetime) -> None:
    on("li_lei")
    order(at=now)
    client = client_of("li_lei")
    html = client.get("/desk/").content.decode()
    version = re.search(r'data-v="([^"]+)"', html)
    assert version
    assert client.get("/desk/live/", {"tab": "pool", "v": version[1]}).status_code == 204
    fresh = order(at=now)
    answer = client.get("/desk/live/", {"tab": "pool", "v": version[1]})
    assert answer.status_code == 200
    assert f'data-order="{fresh.pk}"' in answer.content.decode()


def test_an_order_goes_all_the_way_by_plain_forms(now: dt.datetime) -> None:
    on("li_lei")
    progress = order(at=now)
    agent, operations = client_of("li_lei"), client_of("zhao_operations")

    def post(client: Client, act: str, **data: object) -> None:
        seen = again(progress).version
        answer = client.post(f"/orders/{progress.pk}/act/{act}/", {"seen": seen, **data})
        assert answer.status_code == 302, answer.content.decode()[:3000]

    post(agent, "accept")
    post(agent, "contact", outcome="not_reached", channel="phone", next_try="30")
    post(
        agent,
        "contact",
        outcome="reached",
        channel="phone",
        confirmed=["goods", "amount", "address", "phone"],
        confirm="1",
    )
    assert again(progress).state == "confirmed"
    post(agent, "hand-over")
    post(operations, "take")
    post(operations, "close", note="已签收")
    assert again(progress).state == "closed"


def test_the_loser_is_told_who_was_first(now: dt.datetime) -> None:
    li_lei, _han = on("li_lei"), on("han_meimei")
    progress = order(at=now)
    desk.accept_order(order_id=progress.pk, by=li_lei, now=now)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client_of("han_meimei").post(f"/orders/{progress.pk}/act/accept/", headers=headers)
        assert answer.status_code == 409
        assert "李雷" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_accepting_off_duty_offers_the_button_that_goes_on_duty(
    now: dt.datetime, headers: dict[str, str]
) -> None:
    progress = order(at=now)
    client = client_of("li_lei")
    for path in (f"/orders/{progress.pk}/act/accept/", "/desk/next/"):
        answer = client.post(path, headers={**headers, "referer": "http://testserver/desk/?tab=pool"})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert 'action="/staff/duty/start/"' in text
        for back in re.findall(r'name="next" value="([^"]*)"', text):
            gone_on = client.post("/staff/duty/start/", {"next": back})
            assert client.get(gone_on["Location"]).status_code == 200, f"{back!r} cannot be opened"
        client.post("/staff/duty/end/")


def test_a_refused_form_keeps_what_was_typed_and_says_where(now: dt.datetime) -> None:
    progress = accepted(on("li_lei"), at=now)
    client = client_of("li_lei")
    given = {"outcome": "not_reached", "channel": "phone", "next_try": "at", "note": "占线三次"}
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(f"/orders/{progress.pk}/act/contact/", given, headers=headers)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "占线三次" in html
        assert "invalid-feedback" in html
    assert again(progress).state == "accepted"


def test_a_stale_page_gets_409_and_the_order_as_it_is(now: dt.datetime) -> None:
    li_lei = on("li_lei")
    progress = accepted(li_lei, at=now)
    seen = again(progress).version
    desk.add_note(order_id=progress.pk, by=li_lei, now=now, text="x")
    answer = client_of("li_lei").post(
        f"/orders/{progress.pk}/act/give-back/", {"seen": seen}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#drawer"
    assert "李雷" in answer.content.decode()


def test_unknown_acts_and_orders_are_404(now: dt.datetime) -> None:
    progress = order(at=now)
    client = client_of("li_lei")
    assert client.post(f"/orders/{progress.pk}/act/fly/").status_code == 404
    assert client.post("/orders/987654321/act/accept/").status_code == 404
    assert client.get("/orders/987654321/").status_code == 404
    assert client.get(f"/orders/{progress.pk}/act/accept/").status_code == 405


def test_pages_follow_by_key_and_bent_keys_do_no_harm(now: dt.datetime) -> None:
    on("wang_supervisor")
    made = [order(at=now - n * MINUTE) for n in range(60)]
    client = client_of("wang_supervisor")
    for tab in ("pool", "all"):
        html = client.get("/desk/", {"tab": tab}).content.decode()
        after = re.search(r'rel="next" href="([^"]+)"', html)
        assert after
        rest = client.get("/desk/" + after[1].replace("&amp;", "&")).content.decode()
        pages = [re.findall(r'data-order="(\d+)"', html), re.findall(r'data-order="(\d+)"', rest)]
        assert [len(page) for page in pages] == [50, 10]
        assert {int(pk) for page in pages for pk in page} == {progress.pk for progress in made}
    for bent in ("x", "~", "2026-13-99~1", "2026-01-01T00:00:00~5", "~99999999999999999999", "é~1"):
        for tab in ("pool", "all", "nonsense"):
            assert (
                client.get("/desk/", {"tab": tab, "after": bent, "shop": "x", "state": "x"}).status_code
                == 200
            )


def test_a_restricted_shop_is_hidden_until_it_is_granted(now: dt.datetime) -> None:
    from guardian.shortcuts import assign_perm

    shop = get_or_create_shop(code="VIP", by=None, now=now)
    shop.restricted = True
    shop.save(update_fields=["restricted"])
    progress = order(at=now, in_shop=shop)
    client = client_of("wang_supervisor")
    assert listed(client, tab="all") == []
    assert client.get(f"/orders/{progress.pk}/").status_code == 404
    assign_perm("orders.work_shop", person("wang_supervisor"), shop)
    assert listed(client, tab="all") == [progress.pk]


@pytest.mark.parametrize("who", ["li_lei", "wang_supervisor", "zhao_operations"])
@pytest.mark.parametrize("tab", ["", "mine", "late", "all"])
def test_the_desk_takes_ten_queries_at_most_however_many_rows(who: str, tab: str, now: dt.datetime) -> None:
    on("li_lei")
    for n in range(12):
        order(at=now - n * MINUTE, phone=f"138{n:08}")
    client = client_of(who)
    client.get("/desk/", {"tab": tab})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/desk/", {"tab": tab})
    said = [query["sql"] for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(said) <= 10, "\n".join(said)
    assert not [sql for sql in said if "COUNT(*)" in sql.upper() or "OFFSET" in sql.upper()]


def test_the_heartbeat_is_kept_and_needs_a_post() -> None:
    client = client_of("li_lei")
    assert client.post("/desk/watch/").status_code == 204
    assert client.get("/desk/watch/").status_code == 405


def test_accept_the_next_goes_on_with_the_order(now: dt.datetime) -> None:
    on("li_lei")
    progress = order(at=now)
    client = client_of("li_lei")
    answer = client.post("/desk/next/", headers={"HX-Request": "true"})
    assert f'data-shown="{progress.pk}"' in answer.content.decode()
    assert client.post("/desk/next/", headers={"HX-Request": "true"}).status_code == 204
    assert client.post("/desk/next/").status_code == 302


def test_a_callback_is_ticked_off_on_the_page(now: dt.datetime) -> None:
    li_lei = on("li_lei")
    progress = accepted(li_lei, at=now)
    note = desk.add_note(
        order_id=progress.pk, by=li_lei, now=now, text="三点后", callback_at=now + 60 * MINUTE
    )
    client = client_of("li_lei")
    assert f"/callbacks/{note.pk}/done/" in client.get(f"/orders/{progress.pk}/").content.decode()
    assert client.post(f"/callbacks/{note.pk}/done/").status_code == 302
    assert f"/callbacks/{note.pk}/done/" not in client.get(f"/orders/{progress.pk}/").content.decode()


def test_an_order_without_customer_amount_or_quantity_has_its_pages(now: dt.datetime) -> None:
    from orders.intake.incoming import IncomingLine, IncomingOrder
    from orders.services.booking import book_orders
    from tests.orders.desk.arrange import shop

    on("li_lei")
    bare = IncomingOrder(number="0", lines=(IncomingLine("", "赠品", Decimal(0)),))
    (booked,) = book_orders(shop=shop(), orders=[bare], source="csv", by=None, now=now)
    client = client_of("li_lei")
    for url in ("/desk/", f"/orders/{booked.order_id}/", f"/orders/{booked.order_id}/print/"):
        assert client.get(url).status_code == 200
    assert OrderProgress.objects.get(pk=booked.order_id).total is None


def test_every_state_has_its_page_for_every_post(now: dt.datetime) -> None:
    li_lei, wang, zhao = on("li_lei"), on("wang_supervisor"), person("zhao_operations")
    orders = [order(at=now), accepted(li_lei, at=now), confirmed(li_lei, at=now - 9 * MINUTE)]
    taken = handed_over(li_lei, at=now - 9 * MINUTE)
    desk.take_order(order_id=taken.pk, by=zhao, now=now)
    orders += [handed_over(li_lei, at=now - 9 * MINUTE), taken]
    ended = order(at=now)
    desk.cancel_order(order_id=ended.pk, by=wang, now=now, reason="customer")
    orders.append(ended)
    for who in ("li_lei", "wang_supervisor", "chen_manager", "zhao_operations", "sun_admin"):
        client = client_of(who)
        for progress in orders:
            for headers in ({}, {"HX-Request": "true"}):
                answer = client.get(f"/orders/{progress.pk}/", headers=headers)
                assert answer.status_code in (200, 404), (who, progress.state)


@pytest.mark.parametrize("who", ["li_lei", "han_meimei", "wang_supervisor", "zhao_operations", "sun_admin"])
@pytest.mark.parametrize("granted", [True, False])
def test_the_lists_condition_and_the_query_sets_agree(who: str, granted: bool, now: dt.datetime) -> None:
    from guardian.shortcuts import assign_perm

    from orders.selectors.order import viewer, visible_sql, visible_to

    li_lei, secret = on("li_lei"), get_or_create_shop(code="VIP", by=None, now=now)
    secret.restricted = True
    secret.save(update_fields=["restricted"])
    if granted:
        assign_perm("orders.work_shop", person(who), secret)
    for shop in (None, secret):
        order(at=now, in_shop=shop)
    accepted(li_lei, at=now)
    taken = handed_over(li_lei, at=now - 9 * MINUTE)
    handed_over(li_lei, at=now - 9 * MINUTE)
    desk.take_order(order_id=taken.pk, by=person("zhao_operations"), now=now)
    looks = viewer(person(who), now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT order_id FROM orders_orderprogress p WHERE {visible_sql(looks)}",
            {"me": looks.user.pk, "hidden": list(looks.hidden_shops)},
        )
        listed_ids = {pk for (pk,) in cursor.fetchall()}
    assert listed_ids == set(visible_to(looks).values_list("pk", flat=True))


def test_what_a_shop_sends_is_text_in_the_list(now: dt.datetime) -> None:
    from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
    from orders.services.booking import book_orders
    from tests.orders.desk.arrange import shop

    evil = '"><script>alert(1)</script>{pk}{%s}'
    incoming = IncomingOrder(
        number=evil,
        lines=(IncomingLine(evil, evil, Decimal(1)),),
        customer=IncomingCustomer(evil, evil, evil),
    )
    (booked,) = book_orders(shop=shop(), orders=[incoming], source="csv", by=None, now=now)
    on("li_lei")
    for url in ("/desk/", f"/orders/{booked.order_id}/", f"/orders/{booked.order_id}/print/"):
        html = client_of("li_lei").get(url).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html
