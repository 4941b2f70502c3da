"""Who may do what is read from the book, for the posts a person holds at that instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from office.errors import Forbidden
from office.rulebook import api as rulebook
from office.rulebook import selectors
from office.rulebook.guards import permitted
from office.staff.models import Appointment
from tests.people import person

NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.1")]

MATRIX = [
    ("li_lei", "orders.accept_order", True),
    ("wu_clerk", "orders.accept_order", True),
    ("wang_supervisor", "orders.reassign", True),
    ("li_lei", "orders.reassign", False),
    ("li_lei", "orders.view_all", False),
    ("wang_supervisor", "orders.view_all", True),
    ("zhao_operations", "orders.take_over", True),
    ("li_lei", "orders.take_over", False),
    ("chen_manager", "orders.erase_customer", True),
    ("wang_supervisor", "orders.erase_customer", False),
    ("sun_admin", "orders.erase_customer", False),
    ("sun_admin", "admin.enter", True),
    ("sun_admin", "orders.accept_order", False),
    ("zhou_general", "orders.figures", True),
    ("zhou_general", "orders.view_customer", False),
    ("zheng_designer", "orders.view", False),
    ("zheng_designer", "rulebook.view", True),
]


@pytest.mark.parametrize(("who", "key", "expected"), MATRIX)
def test_posts_decide(who: str, key: str, expected: bool) -> None:
    employee = person(who)
    assert rulebook.may(employee, key, NOW) is expected
    assert (key in rulebook.permissions_of(employee, NOW)) is expected


def test_a_superuser_without_a_post_may_nothing_more() -> None:
    employee = person("zheng_designer")
    employee.is_superuser = True
    assert not rulebook.may(employee, "orders.view", NOW)


def test_an_ended_appointment_gives_nothing() -> None:
    employee = person("li_lei")
    Appointment.objects.filter(employee=employee).update(during=(NOW - timedelta(days=9), NOW))
    assert rulebook.may(employee, "orders.accept_order", NOW - timedelta(seconds=1))
    assert not rulebook.may(employee, "orders.accept_order", NOW)


def test_whoever_may_not_sign_in_may_nothing() -> None:
    employee = person("li_lei")
    employee.is_active = False
    employee.save(update_fields=["is_active"])
    assert not rulebook.may(employee, "rulebook.view", NOW)
    assert rulebook.permissions_of(employee, NOW) == frozenset()


def test_positions_with_a_permission_spell_everybody_out() -> None:
    assert rulebook.positions_with("orders.take_over", NOW) == {"product_operations"}
    assert len(rulebook.positions_with("rulebook.view", NOW)) == 26


def test_a_refusal_names_the_clause() -> None:
    with pytest.raises(Forbidden) as refused:
        selectors.require(person("li_lei"), "orders.reassign", NOW)
    assert refused.value.clause == "C7.1"


def test_a_guarded_page_lets_the_right_posts_in() -> None:
    @permitted("orders.take_over")
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")

    request = RequestFactory().get("/")
    request.user = person("zhao_operations")
    assert page(request).content == b"in"
    request = RequestFactory().get("/")  # the answer is kept for one request
    request.user = person("li_lei")
    with pytest.raises(PermissionDenied):
        page(request)


def test_the_staff_engine_learns_the_acting_pairs() -> None:
    pairs = selectors.acting_pairs(NOW)
    assert ("planner", "copywriter") in pairs
    assert ("copywriter", "planner") not in pairs
    assert selectors.acting_pairs(datetime(2019, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))) == frozenset()
