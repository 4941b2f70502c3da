"""Lists of orders leave the house by permission, with their customers only for a reason, and the trail has both."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from office.audit.models import Entry
from office.errors import Forbidden, Refused
from orders.intake.incoming import IncomingCustomer
from orders.models import Batch, Unmasking
from orders.selectors import desk as lists
from orders.selectors.order import viewer
from orders.services import export
from orders.services.erasure import erase_customer
from orders.services.export import export_batches, export_orders
from tests.orders.desk.arrange import ADDRESS, MINUTE, NAME, PHONE, accepted, on_duty, order, shop
from tests.orders.desk.test_pages import client_of
from tests.orders.ledger.arrange import incoming
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.5")]


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is tested elsewhere; these tests begin behind the door."""
    from ecdept import second_factor

    monkeypatch.setattr(second_factor, "required", lambda *_args, **_kwargs: False)


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def taken(client: Client, address: str = "/desk/export/", **given: str) -> HttpResponse:
    return client.post(address, {"format": "csv", "tab": "all", **given})  # type: ignore[return-value]


def rows_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"].startswith("attachment")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    *rows, mark = csv.reader(io.StringIO(text))
    assert mark[0].startswith("# EX-")
    return rows


def test_the_list_as_it_is_filtered_and_sorted(now: dt.datetime) -> None:
    first, second = order(at=now - MINUTE, number="20261123000001"), order(at=now, number="=A2")
    order(at=now, number="B1", in_shop=shop("TM02"))
    rows = rows_of(taken(client_of("wang_supervisor"), shop=str(shop().pk), sort="old"))
    assert [row[1] for row in rows[1:]] == [first.number + "\t", "'=A2"]
    assert PHONE not in str(rows)
    assert len(rows[0]) == 12
    entry = Entry.objects.get(verb="orders.list_exported")
    assert entry.actor_name == "王主管"
    assert b'"rows":2' in bytes(entry.canonical)
    assert b'"shop":"TM01"' in bytes(entry.canonical)
    assert second.pk


def test_as_a_workbook_with_who_took_it(now: dt.datetime) -> None:
    order(at=now, number="A1")
    answer = taken(client_of("wang_supervisor"), format="xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    orders, about, _mark = (list(sheet.iter_rows(values_only=True)) for sheet in book)
    assert (len(orders), orders[1][1], orders[1][5]) == (2, "A1", 199)
    assert about[0][1] == 1
    assert "王主管" in str(about[1][1])


def test_what_was_searched_for_stays_out_of_the_trail(now: dt.datetime) -> None:
    order(at=now)
    client = client_of("wang_supervisor")
    address = client.post("/desk/search/", {"q": PHONE})["Location"]
    token = address.split("s=")[1]
    assert len(rows_of(taken(client, s=token))) == 2
    entry = Entry.objects.get(verb="orders.list_exported")
    assert b'"list":"search"' in bytes(entry.canonical)
    assert PHONE.encode() not in bytes(entry.canonical)


def test_customers_go_along_for_a_reason_and_each_is_in_the_trail(now: dt.datetime) -> None:
    li = on_duty("li_lei", at=now)
    mine, waiting = accepted(li, at=now), order(at=now, phone="13900001111")
    client = client_of("wang_supervisor")
    rows = rows_of(taken(client, with_customers="on", reason="check"))
    by_number = {row[1]: row[12:] for row in rows[1:]}
    assert by_number[mine.number] == [NAME, PHONE, ADDRESS]
    assert by_number[waiting.number] == ["", "", ""]  # nobody sees a customer in the pool
    assert Entry.objects.filter(verb="orders.unmask", subject_id=str(mine.pk)).count() == 1
    assert not Entry.objects.filter(verb="orders.unmask", subject_id=str(waiting.pk)).exists()
    seen = Unmasking.objects.get()
    assert (seen.order_id, seen.by, seen.reason) == (mine.pk, person("wang_supervisor"), "check")
    assert b'"customers":1' in bytes(Entry.objects.get(verb="orders.list_exported").canonical)


def test_who_was_erased_stays_erased(now: dt.datetime) -> None:
    progress = accepted(on_duty("li_lei", at=now), at=now)
    erase_customer(order_id=progress.pk, reason="request", by=person("chen_manager"), now=now)
    [_head, row] = rows_of(taken(client_of("chen_manager"), with_customers="on", reason="check"))
    assert row[13:] == ["", ""]
    assert not Unmasking.objects.exists()


@pytest.mark.parametrize("reason", ["", "holder", "because"])
def test_no_customers_without_a_reason(reason: str, now: dt.datetime) -> None:
    order(at=now)
    answer = taken(client_of("wang_supervisor"), with_customers="on", reason=reason)
    assert answer.status_code == 422
    assert not Entry.objects.filter(verb="orders.list_exported").exists()


def test_who_may_not_export_or_see_customers_is_refused(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(at=now)
    assert taken(client_of("li_lei")).status_code == 403
    agent, boss = viewer(person("li_lei"), now), person("wang_supervisor")
    with pytest.raises(Forbidden):
        export_orders(who=agent, filters=lists.Filters(), format="csv", by=agent.user, now=now)
    with pytest.raises(Forbidden):
        export_batches(batches=[], format="csv", by=agent.user, now=now)
    blind = viewer(boss, now, viewer(boss, now).permissions - {"orders.view_customer"})
    with pytest.raises(Forbidden):
        export_orders(
            who=blind,
            filters=lists.Filters(),
            format="csv",
            by=boss,
            now=now,
            with_customers=True,
            reason="check",
        )


def test_hidden_shops_stay_hidden(now: dt.datetime) -> None:
    hidden = shop("TM09")
    order(at=now, number="H1", in_shop=hidden)
    hidden.restricted = True
    hidden.save(update_fields=["restricted"])
    assert len(rows_of(taken(client_of("wang_supervisor")))) == 1


def test_too_many_are_taken_in_parts(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST", 1)
    monkeypatch.setattr(export, "_AT_ONCE", 1)
    order(at=now)
    who = viewer(person("wang_supervisor"), now)
    export_orders(who=who, filters=lists.Filters(tab="all"), format="csv", by=who.user, now=now)
    order(at=now)
    with pytest.raises(Refused) as refused:
        export_orders(who=who, filters=lists.Filters(tab="all"), format="csv", by=who.user, now=now)
    assert refused.value.code == "too_many"
    assert Entry.objects.filter(verb="orders.list_exported").count() == 1


def test_all_pages_are_in_it(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [order(at=now - i * MINUTE).number for i in range(5)]
    monkeypatch.setattr(export, "_AT_ONCE", 2)
    client = client_of("wang_supervisor")
    with CaptureQueriesContext(connection) as asked:
        rows = rows_of(taken(client))
    assert [row[1] for row in rows[1:]] == numbers
    assert len(asked) < 25


def test_the_orders_of_an_import(now: dt.datetime) -> None:
    batch = Batch.objects.create(
        shop=shop(), filename="a.csv", created_at=now, erase_at=now, kek="", wrapped_key=None
    )
    from orders.services.booking import book_orders

    named = incoming("B1", customer=IncomingCustomer(NAME, PHONE, ADDRESS))
    book_orders(shop=shop(), orders=[named], source="csv", by=None, now=now, batch=batch)
    order(at=now, number="X1")
    client = client_of("wang_supervisor")
    assert "/export/" in client.get(f"/imports/{batch.pk}/orders/inserted/").content.decode()
    rows = rows_of(taken(client, f"/imports/{batch.pk}/export/"))
    assert [row[1] for row in rows[1:]] == ["B1"]
    assert Entry.objects.get(verb="orders.list_exported").subject_type == "batch"
    assert taken(client, "/imports/987654/export/").status_code == 404


def test_the_list_of_imports(now: dt.datetime) -> None:
    Batch.objects.create(
        shop=shop(), filename="=a.csv", created_at=now, erase_at=now, kek="", wrapped_key=None, inserted=7,
        by=person("wu_clerk"),
    )  # fmt: skip
    client = client_of("wang_supervisor")
    assert "/imports/export/" in client.get("/imports/").content.decode()
    assert "/imports/export/" not in client_of("wu_clerk").get("/imports/").content.decode()
    [_head, row] = rows_of(taken(client, "/imports/export/"))
    assert (row[2], row[4], row[9]) == ("'=a.csv", "7", person("wu_clerk").name)
    answer = taken(client, "/imports/export/", format="xlsx")
    assert len(list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active)) == 2  # type: ignore[attr-defined,arg-type]


@pytest.mark.parametrize("address", ["/desk/export/", "/imports/export/"])
def test_a_format_that_does_not_exist_is_refused(address: str) -> None:
    assert taken(client_of("wang_supervisor"), address, format="exe").status_code == 422


def test_only_who_may_sees_the_door(now: dt.datetime) -> None:
    order(at=now)
    assert "/desk/export/" in client_of("wang_supervisor").get("/desk/").content.decode()
    assert "/desk/export/" not in client_of("li_lei").get("/desk/").content.decode()
