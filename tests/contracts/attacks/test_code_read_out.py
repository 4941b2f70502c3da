"""A buyer who reads a supplier's code out to himself speaks for the supplier: whoever decides on the money sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse

from contracts.selectors import read_out
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(world.NOW + dt.timedelta(hours=1), tick=True):
        yield


def test_the_page_of_the_order_and_the_request_for_payment_name_who_read_it_out() -> None:
    everybody()
    order = arrange.sent()
    visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
    visitor.client.get(visitor.at("order", order.pk))
    visitor.client.post(visitor.at("order_act", order.pk, "return"), {"signature": "何师傅"})
    [(event, by)] = read_out.of_orders([order.pk])
    assert (event.word, by) == ("returned", person("luo_buyer"))
    page = signed_in("song_inspector").get(reverse("contracts:order", args=[order.pk])).content.decode()
    assert by.name in page[page.index("口述") :]
    run = stage.ask(stage.deposit(order), now=crossing.now())
    shown = signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert "口述" in shown


def test_what_the_contact_did_with_his_own_code_is_not_marked() -> None:
    everybody()
    order = arrange.returned()
    assert read_out.of_orders([order.pk]) == []
