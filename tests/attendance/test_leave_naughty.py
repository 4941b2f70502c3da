"""No form of leave, cases or reading answers a naughty string with a 500."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.services import cases
from tests.attendance.leaves import agree, ask, everybody
from tests.naughty import fill_in
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
PAGES = {
    "leave_ask": "li_lei", "leave_tell": "chen_manager", "leave": "li_lei", "balance": "du_hr",
    "case_open": "wang_supervisor", "case": "li_lei", "read_rules": "li_lei",
}  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES.items())
def test_no_form_breaks(name: str, who: str) -> None:
    everybody()
    keys: dict[str, int] = {"balance": person("li_lei").pk}
    if name == "leave":
        keys[name] = agree(ask()).pk
    if name == "case":
        case = cases.open_case(
            employee_id=person("li_lei").pk,
            clause="S3",
            facts="x",
            by=person("chen_manager"),
            now=timezone.now(),
        )
        keys[name] = case.pk
    path = reverse(f"attendance:{name}", args=[keys[name]] if name in keys else [])
    assert fill_in(signed_in(who), path, start=40 * list(PAGES).index(name)) == []
