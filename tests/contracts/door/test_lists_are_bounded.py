"""The lists of the door and of complaints ask the database as often for many rows as for few."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(world.NOW + dt.timedelta(hours=1), tick=True):
        yield


def _everything() -> None:
    for make in (arrange.sent, arrange.returned, arrange.producing):
        make()
    stories.answer(stories.decided())
    stories.decided()


def test_the_papers_of_a_supplier(django_assert_max_num_queries: Callable[..., Any]) -> None:
    _everything()
    _everything()
    visitor = crossing.inside(crossing.send(arrange.the_contact()))
    with django_assert_max_num_queries(22):
        page = visitor.client.get(visitor.at("papers"))
    assert page.content.decode().count("door-kind") >= 5


def test_complaints_and_links_for_the_office(django_assert_max_num_queries: Callable[..., Any]) -> None:
    _everything()
    _everything()
    crossing.inside(crossing.send(arrange.the_contact()))
    buyer = signed_in("luo_buyer")
    for page in (
        "/contracts/complaints/?state=open",
        f"/contracts/suppliers/{world.supplier().pk}/door/",
        f"/contracts/complaints/{stories.filed().pk}/",
        "/contracts/disputes/",
    ):
        with django_assert_max_num_queries(30):
            assert buyer.get(page).status_code == 200, page
