"""A supplier with which much was done: no page of it reads all of that, neither in questions nor in rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contracts.models import (
    Acceptance,
    Complaint,
    ComplaintCharge,
    ComplaintDecision,
    ComplaintForm,
    Contract,
    DoorLink,
    Payable,
    PayablePart,
    PurchaseOrder,
    Sample,
    SetOff,
    Supplier,
    WorkPlan,
)
from contracts.selectors import asked, door_papers, money_day, money_pages
from contracts.subjects import supplier_subject
from office.audit import api as audit
from tests.contracts import rows, world
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, TODAY, D
from tests.contracts.orders import arrange
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
MANY = 260
#: More than a page of any list, less than all there is.
MOST_ROWS, MOST_QUESTIONS = 130, 55


@pytest.fixture
def supplier() -> Supplier:
    """With much of everything."""
    order = stage.order((MANY + 10, "2.00"))
    stage.goods(order, 10)
    [line] = stage.arrive(stage.ship(order, MANY, number="D-2"), MANY)
    decided = Acceptance.objects.bulk_create(
        Acceptance(arrived=line, accepted=1, refused=0, by=person("song_inspector"), at=NOW)
        for _ in range(MANY)
    )
    booked = {"at": NOW, "on": TODAY, "clause": "P2.2", "about": TODAY}
    owed = Payable.objects.bulk_create(
        Payable(
            supplier=order.supplier, order=order, kind="balance", arrival=line.arrival, goods=D(2), amount=D("1.40"),
            due_on=TODAY + n % 30 * DAY, **booked,
        )
        for n in range(MANY)
    )  # fmt: skip
    PayablePart.objects.bulk_create(
        PayablePart(payable=each, acceptance=acceptance, pieces=1, goods=D(2))
        for each, acceptance in zip(owed, decided, strict=True)
    )
    buyer, to = person("luo_buyer"), stage.contact(order.supplier)
    PurchaseOrder.objects.bulk_create(
        PurchaseOrder(number=f"CG-M{n:05d}", supplier=order.supplier, buyer=buyer, created_at=NOW)
        for n in range(MANY)
    )
    Sample.objects.bulk_create(
        Sample(
            number=f"SP-M{n:05d}", supplier=order.supplier, name="餐椅", demands="胡桃木", requested_by=buyer,
            requested_at=NOW,
        )
        for n in range(MANY)
    )  # fmt: skip
    Contract.objects.bulk_create(
        Contract(
            number=f"HT-M{n:05d}", supplier=order.supplier, title="协作", created_by=buyer, created_at=NOW
        )
        for n in range(MANY)
    )
    complaints = Complaint.objects.bulk_create(
        Complaint(number=f"TS-M{n:05d}", supplier=order.supplier, created_by=buyer, created_at=NOW)
        for n in range(MANY)
    )
    ComplaintForm.objects.bulk_create(
        ComplaintForm(
            complaint=each, kind="quality", goods="餐椅", said="开裂", wish="pay", quantity=1, proposed="supplier",
            because="quality", by=buyer, at=NOW,
        )
        for each in complaints
    )  # fmt: skip
    SetOff.objects.bulk_create(
        SetOff(
            supplier=order.supplier, kind="complaint", amount=D(1), text="运费", paper_type="complaint",
            paper_id=str(each.pk), paper_label=each.number, authority_clause="P5", at=NOW, on=TODAY,
        )
        for each in complaints
    )  # fmt: skip
    weighed = ComplaintDecision.objects.bulk_create(
        ComplaintDecision(
            complaint=each, n=1, liable="supplier", percent=100, cost=D(1), charge=D(1), by=person("chen_manager"),
            at=NOW,
        )
        for each in complaints
    )  # fmt: skip
    ComplaintCharge.objects.bulk_create(
        ComplaintCharge(complaint=each.complaint, decision=each, amount=D(1), at=NOW) for each in weighed
    )
    WorkPlan.objects.bulk_create(
        WorkPlan(title=f"计划 {n}", starts_on=TODAY, created_by=buyer, created_at=NOW) for n in range(MANY)
    )
    DoorLink.objects.bulk_create(
        DoorLink(contact=to, purpose="papers", digest=f"{n:064d}", expires_at=NOW + DAY, by=buyer, at=NOW)
        for n in range(MANY)
    )
    for n in range(MANY):
        audit.record(
            "contracts.claim", subject=supplier_subject(order.supplier), by=buyer, now=NOW, data={"n": n}
        )
    return order.supplier


def test_no_page_reads_all_of_it(
    supplier: Supplier, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=True):
        buyer, manager = signed_in("luo_buyer"), signed_in("chen_manager")
        pages = {
            f"/contracts/money/{supplier.pk}/": buyer,
            "/contracts/money/": buyer,
            "/contracts/claims/": buyer,
            f"/contracts/claims/?tab=all&supplier={supplier.code}": buyer,
            "/contracts/breaches/": buyer,
            "/contracts/scores/": buyer,
            f"/contracts/money/{supplier.pk}/invoices/": buyer,
            f"/contracts/suppliers/{supplier.pk}/": buyer,
            f"/contracts/suppliers/{supplier.pk}/door/": buyer,
            "/contracts/suppliers/": buyer,
            reverse("contracts:contracts"): buyer,
            "/contracts/orders/": buyer,
            f"/contracts/orders/?tab=all&supplier={supplier.code}": buyer,
            "/contracts/orders/?tab=late": buyer,
            "/contracts/samples/": buyer,
            "/contracts/inspections/": buyer,
            "/contracts/arrivals/": buyer,
            "/contracts/demand/": buyer,
            "/contracts/complaints/": buyer,
            "/contracts/complaints/new/": buyer,
            "/contracts/disputes/": buyer,
            "/contracts/plans/": manager,
            "/": buyer,
        }
        for page, who in pages.items():
            _bounded(who, page, django_assert_max_num_queries)


def _bounded(client: Client, page: str, at_most: Callable[..., Any]) -> None:
    with at_most(MOST_QUESTIONS), rows.read() as seen:
        answer = client.get(page)
    assert answer.status_code == 200, page
    assert max(seen) <= MOST_ROWS, (page, seen)


def test_the_account_is_read_page_by_page_and_added_up_by_the_database(supplier: Supplier) -> None:
    # The deposit, the goods that came first, and the many, each less its part of the deposit.
    owed = 162 + 14 + D("1.40") * MANY
    seen: list[int] = []
    after = None
    for _page in range(MANY):
        page = money_pages.account_of(supplier, after)
        assert (page.owed, page.claimed, page.more_claims) == (
            Decimal(owed), Decimal(MANY), MANY - money_pages.PAGE,
        )  # fmt: skip
        seen += [each.payable.pk for each in page.payables]
        if not page.following:
            break
        after = money_pages.read_place(page.following)
    assert len(seen) == len(set(seen)) == MANY + 2
    with time_machine.travel(NOW):
        buyer = signed_in("luo_buyer")
        url = f"/contracts/money/{supplier.pk}/"
        first = buyer.get(url).content.decode()
        later = buyer.get(f"{url}?after={money_pages.account_of(supplier).following}").content.decode()
        assert f'id="payable-{seen[0]}"' in first
        assert f'id="payable-{seen[-1]}"' not in first
        assert f'id="payable-{seen[money_pages.PAGE]}"' in later
        assert "另有" in first
        stage.account(supplier)
        sent = buyer.post(f"{url}pay/", {"payable": [seen[money_pages.PAGE]], "after": "x"})
        assert sent.status_code == 302
        last = buyer.get(f"/contracts/payables/{seen[-1]}/")["Location"]
        assert last.startswith(f"{url}?after=")
        assert f'id="payable-{seen[-1]}"' in buyer.get(last).content.decode()
        assert buyer.get(f"/contracts/payables/{seen[0]}/")["Location"] == f"{url}#payable-{seen[0]}"
        for odd in ("2026-02-30_4", "2026-11-23_x", "2026-11-23", "x_1", "2099-01-01_1"):
            assert buyer.get(url, {"after": odd}).status_code == 200


def test_suppliers_to_be_paid_are_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money_pages, "PAGE", 2)
    for n in range(5):
        stage.order(of=world.supplier(f"FS{n}", f"佛山{n}号家具厂"))
    seen, after = [], None
    for _page in range(3):
        page = money_pages.owed(TODAY, TODAY + 7 * DAY, after)
        assert (page.total, page.overdue) == (D("1500.00"), D(0))
        seen += [row.supplier.code for row in page.rows]
        after = money_pages.read_place(page.following)
    assert (seen, after) == ([f"FS{n}" for n in range(5)], None)
    assert money_pages.owed(TODAY, TODAY, (TODAY + 900 * DAY, 1)).rows == []
    with time_machine.travel(NOW):
        assert "?after=" in signed_in("luo_buyer").get("/contracts/money/").content.decode()


def test_requests_under_way_cost_one_question(
    supplier: Supplier, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    stage.account(supplier)
    owed = list(supplier.payables.order_by("-pk")[:3])
    runs = [stage.ask(each) for each in owed]
    with django_assert_max_num_queries(1):
        found = asked.named([each.pk for each in owed], [1])
    assert [found.payables[each.pk] for each in owed] == [run.pk for run in runs]
    with django_assert_max_num_queries(9):
        money_pages.account_of(supplier)
    with django_assert_max_num_queries(14):
        list(money_day.waiting(person("luo_buyer"), NOW))


def test_at_the_door_what_waits_is_there_however_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contracts.selectors.door_orders.MOST", 2)
    monkeypatch.setattr(door_papers, "MOST", 2)
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=True):
        waits = arrange.sent()
        for _n in range(3):
            arrange.closed()
        visitor = crossing.inside(crossing.send(arrange.the_contact()))
        assert waits.number in visitor.client.get(visitor.at("papers")).content.decode()
