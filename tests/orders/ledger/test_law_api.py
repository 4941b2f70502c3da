"""Nobody changes an order through the API either (C7.5): refused, and the shop that signed is named."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from office.audit.models import Entry, Incident
from orders.models import Order
from orders.services.shops import set_shop_secret
from tests.orders.hooks.samples import API_SECRET, standard_headers
from tests.orders.ledger.arrange import booked, shop
from tests.people import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("C7.5")]
URL = "/api/v1/orders/TB1001"


@pytest.mark.parametrize("url", [URL, "/api/v1/orders"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_signed_attempt_is_refused_and_names_the_shop(method: str, url: str) -> None:
    order = booked()
    set_shop_secret(shop_id=shop().pk, secret=API_SECRET, by=None, now=timezone.now())
    body = b'{"shop": "TM01", "number": "TB1001", "total": "1.00"}'
    answer = Client(headers=standard_headers(body, now=timezone.now())).generic(method, url, body)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    incident = Incident.objects.get()
    assert (incident.actor_name, incident.channel, incident.subject_label, incident.subject_id) == (
        "api: TM01",
        "api",
        "TM01/TB1001",
        str(order.pk),
    )
    assert method in incident.detail
    assert Entry.objects.filter(verb="audit.incident").count() == 1
    assert Order.objects.get(pk=order.pk).total == 100


def test_an_unsigned_attempt_is_401_and_leaves_nothing() -> None:
    booked()
    assert Client().delete(URL).status_code == 401
    assert Client().generic("PUT", URL, b"x" * 3_000_000).status_code in (401, 413)
    assert Client().put("/api/v1/orders", b"{}", content_type="application/json").status_code == 405
    assert not Incident.objects.exists()


@pytest.mark.parametrize("number", ["TB9", "a/b", "%00", "9" * 900, "%E6%9D%8E"])
def test_an_attempt_on_no_order_of_the_shop_is_kept_and_leaves_the_trail_readable(number: str) -> None:
    set_shop_secret(shop_id=shop().pk, secret=API_SECRET, by=None, now=timezone.now())
    answer = Client(headers=standard_headers(b'{"shop": "TM01"}', now=timezone.now())).generic(
        "DELETE", f"/api/v1/orders/{number}", b'{"shop": "TM01"}'
    )
    assert answer.status_code in (400, 405)
    assert Incident.objects.count() == (answer.status_code == 405)
    assert signed_in("sun_admin").get("/trail/").status_code == 200
