"""The retention page, the erasure page, and the trail's pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from office.audit import api as audit
from office.rulebook.guards import may_open
from office.subjects import Subject
from orders.intake.incoming import IncomingCustomer
from orders.models import CustomerKey, Order
from orders.selectors import retention
from orders.services.erasure import erase_customer
from tests.orders.ledger.arrange import NOW, booked
from tests.orders.ledger.test_erase_traces import refuse_message, refuse_rows
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Client:
    return signed_in("chen_manager")


def test_the_manager_sees_what_is_held_and_finds_an_order(manager: Client) -> None:
    order = booked()
    page = manager.get(reverse("orders:retention"), {"number": "TB1001"})
    assert page.status_code == 200
    assert reverse("orders:erase_customer", args=[order.pk]) in page.content.decode()
    assert "TB1001</span>" in manager.get(reverse("orders:retention"), {"number": "TB1001"}).content.decode()
    assert manager.get(reverse("orders:retention"), {"number": "none", "before": "x"}).status_code == 200


def test_the_manager_forgets_a_customer_with_a_reason(manager: Client) -> None:
    order = booked()
    url = reverse("orders:erase_customer", args=[order.pk])
    assert manager.get(url).status_code == 200
    for wrong in ({}, {"reason": "other", "note": ""}):
        assert manager.post(url, wrong).status_code == 422
    assert CustomerKey.objects.filter(erased_at=None).exists()
    done = manager.post(url, {"reason": "request", "note": "书面"}, follow=True)
    assert done.redirect_chain == [(reverse("orders:retention"), 302)]
    assert f"#{order.customer_key_id}" in done.content.decode()
    assert "陈经理" in manager.get(url).content.decode()
    assert manager.post(url, {"reason": "request"}).status_code == 409
    assert manager.get(reverse("orders:erase_customer", args=[999_999])).status_code == 404


@pytest.mark.parametrize(
    ("who", "retention_code", "trail_code"),
    [
        ("li_lei", 403, 403),
        ("wang_supervisor", 403, 403),
        ("sun_admin", 200, 200),
        ("zheng_designer", 403, 403),
    ],
)
def test_who_sees_retention_and_the_trail(who: str, retention_code: int, trail_code: int) -> None:
    client = signed_in(who)
    assert client.get(reverse("orders:retention")).status_code == retention_code
    for name in ("trail", "seals", "incidents"):
        assert client.get(reverse(f"audit:{name}")).status_code == trail_code
    assert client.get(reverse("orders:erase_customer", args=[1])).status_code == 403


def test_erased_customers_are_listed_by_key(monkeypatch: pytest.MonkeyPatch, manager: Client) -> None:
    monkeypatch.setattr(retention, "PAGE", 1)
    for number in range(3):
        CustomerKey.objects.create(
            created_at=NOW, erased_at=NOW, erased_by_name=f"Manager-{number}-", erased_reason="request"
        )
    page = manager.get(reverse("orders:retention")).content.decode()
    assert "Manager-2-" in page
    assert "Manager-1-" not in page
    last = CustomerKey.objects.get(erased_by_name="Manager-2-").pk
    assert f"?before={last}" in page
    assert "Manager-1-" in manager.get(reverse("orders:retention"), {"before": last}).content.decode()


def test_the_trail_filters_by_act_subject_and_person(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from office.audit import selectors
    from office.audit.registry import _verbs

    monkeypatch.setitem(_verbs, "cup.filled", "Filled")
    order = booked()
    for number in range(3):
        audit.record(
            "cup.filled", subject=Subject("cup", str(number), f"CUP-{number}"), by=person("li_lei"), now=NOW
        )
    url = reverse("audit:trail")
    assert "TM01/TB1001" in manager.get(url).content.decode()
    assert (
        reverse("orders:order", args=[order.pk])
        in manager.get(url, {"subject": "TM01/TB1001"}).content.decode()
    )
    for query in ({"verb": "cup.filled"}, {"actor": "李雷"}):
        page = manager.get(url, query).content.decode()
        assert "CUP-2" in page
        assert "TM01/TB1001" not in page
    assert "CUP-1" in manager.get(url, {"subject": "cup:1"}).content.decode()
    monkeypatch.setattr(selectors, "PAGE", 2)
    rows, following = selectors.entries(verb="cup.filled")
    assert [row.subject_label for row in rows] == ["CUP-2", "CUP-1"]
    assert f"before={following}" in manager.get(url, {"verb": "cup.filled"}).content.decode()
    rows, following = selectors.entries(verb="cup.filled", before=following)
    assert ([row.subject_label for row in rows], following) == (["CUP-0"], None)
    assert manager.get(url, {"verb": "no.such", "before": "9" * 30}).status_code == 200
    assert Order.objects.count() == 1


def test_the_trail_links_only_to_pages_that_let_the_reader_in() -> None:
    order = booked()
    who = Subject("live_difference", "1", "TM01 · TB-3005")
    audit.record("orders.received", subject=who, by=person("li_lei"), now=NOW)
    orders, live = reverse("orders:order", args=[order.pk]), reverse("catalog:difference", args=[1])
    for reader, met, unmet in (("chen_manager", (orders, live), ()), ("sun_admin", (orders,), (live,))):
        page = signed_in(reader).get(reverse("audit:trail")).content.decode()
        assert "TM01 · TB-3005" in page
        assert all(f'href="{url}"' in page for url in met)
        assert not any(f'href="{url}"' in page for url in unmet)


def test_a_path_that_leads_nowhere_lets_nobody_in(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = person("chen_manager")
    assert may_open(request, reverse("audit:trail") + "?verb=a#top")
    assert may_open(request, reverse("notices:inbox"))
    assert not may_open(request, "/no/such/page/")


@pytest.mark.clause("C13.5")
def test_the_page_says_what_is_held_how_long_and_what_was_erased(manager: Client, tmp_path: Path) -> None:
    order, _other = booked(), booked("TB2", customer=IncomingCustomer("李四", "13900001111", "北京"))
    refuse_message({"number": "X-1", "customer": {"phone": "13900001111"}})
    refuse_rows(tmp_path, [["TB9", "王五", "", "沙发", "x"]])

    def shown() -> list[tuple[int, str, str]]:
        page = manager.get(reverse("orders:retention"))
        rows = [(row.count, str(row.key), str(row.until)) for row in page.context["held"]]
        table = page.content.decode().split('id="held"')[1].split("</table>")[0]
        assert all(f">{count}<" in table and key in table and until in table for count, key, until in rows)
        assert all(until and key for _count, key, until in rows)
        return rows

    assert [count for count, _key, _until in shown()] == [2, 2, 1, 1, 0]
    assert [" 90" in f" {until}" for _count, _key, until in shown()] == [False, False, True, True, False]
    erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert [count for count, _key, _until in shown()] == [1, 1, 1, 1, 0]
    page = manager.get(reverse("orders:retention"))
    assert (page.context["erased_customers"], page.context["erased_batches"]) == (1, 0)
