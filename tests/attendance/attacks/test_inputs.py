"""What a browser or a device can send that no form would: days at the edge of the calendar, broken text, keys without
bounds, other methods. Each gets an answer that is no fault."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone

from attendance.models import Pattern
from attendance.services import sources
from attendance.urls import urlpatterns
from tests.attendance.plan import OFFICE, agents, book, pattern
from tests.attendance.punches.files import clock
from tests.attendance.punches.test_push_and_clock import push
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

EDGES = ("0001-01-01", "9999-12-31", "2026-W01-1", "2028-02-29", "2027-02-29", "", "a\x00b")
HUGE = "9" * 19


def planner() -> Client:
    book()
    pattern(agents(1)[0], OFFICE)
    client = signed_in("chen_manager")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("hotline", ("first_day", "last_day")),
        ("lay_out", ("first", "last")),
        ("publish", ("first", "last")),
        ("waivers", ("first_day", "last_day")),
        ("rotas", ("first_day",)),
        ("wish", ("day",)),
        ("cell", ("at",)),
        ("pattern", ("first_day",)),
        ("end_pattern", ("last_day",)),
    ],
)
def test_no_day_at_the_edge_of_the_calendar_breaks_the_roster(
    name: str, fields: tuple[str, ...], edge: str
) -> None:
    client = planner()
    li_lei = person("li_lei")
    args = {"pattern": [li_lei.pk], "end_pattern": [Pattern.objects.get().pk]}.get(name, [])
    more = {
        "person": str(li_lei.pk),
        "reason": "x",
        "weeks": "1",
        "code": "office",
        "cycle": ["office"],
        "by_week": "1",
    }
    for extra in ({}, {"by_week": ""}):
        said = client.post(
            reverse(f"attendance:{name}", args=args), {**more, **extra, **dict.fromkeys(fields, edge)}
        )
        assert said.status_code < 500, (name, edge)


@pytest.mark.parametrize("edge", [*EDGES, "0001-01-01T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("name", ["leave_ask", "leave_tell"])
def test_no_day_at_the_edge_of_the_calendar_breaks_a_leave(name: str, edge: str) -> None:
    client = signed_in("li_lei")
    client.raise_request_exception = False
    said = {
        "kind": "personal",
        "portion": "days",
        "first_day": edge[:10],
        "last_day": edge[:10],
        "reason": "x",
        "told_what": "x",
        "told_at": edge,
        "told_to": person("chen_manager").pk,
        "begins": "00:00",
        "ends": "23:59:59",
    }
    assert client.post(reverse(f"attendance:{name}"), said).status_code == 422
    said |= {"first_day": f"{timezone.localdate():%Y-%m-%d}", "last_day": ""}
    assert client.post(reverse(f"attendance:{name}"), said).status_code in (302, 422)


@pytest.mark.parametrize(
    "path",
    [
        "leave/balances/?after=%00",
        "roster/?day=9999-12-31&view=month&post=%00",
        "wages/?person=%00",
        "sources/?x=%00",
        "mine/?day=0001-01-01",
        "me/?month=0000-00",
        "me/?month=2100-12",
        "me/?month=1970-01",
        "cases/?before=-1",
        "punches/?before=99999999999999999999&mends=%C2%B2",
        "leave/tell/?told_at=%00&employee=x&told_to=-1",
        "roster/?person=1&at=9999-12-31",
        "swaps/?colleague=%00&give=x",
    ],
)
def test_no_address_breaks_a_page(path: str) -> None:
    for who in ("du_hr", "chen_manager"):
        client = signed_in(who)
        client.raise_request_exception = False
        assert client.get(f"/attendance/{path}").status_code < 500, who


#: Methods that never reach a key: asked of one is enough.
OTHERS = ("head", "put", "delete", "options")


def test_no_key_and_no_method_breaks_any_address() -> None:
    """Every address of the desk with a key beyond any bound, by every method."""
    for who in ("chen_manager", "du_hr"):
        client = signed_in(who)
        client.raise_request_exception = False
        wrong = []
        for pattern_ in urlpatterns:
            assert isinstance(pattern_, URLPattern)
            names = list(pattern_.pattern.regex.groupindex)
            known: dict[str, Any] = {
                "day": "2026-02-29",
                "month": "2026-13",
                "act": "x",
                "secret": "x%00",
                "key": "take",
            }
            for digits in (HUGE, HUGE[:15], "0"):
                try:
                    path = reverse(
                        f"attendance:{pattern_.name}", kwargs={n: known.get(n, digits) for n in names}
                    )
                except NoReverseMatch:  # no address takes such a key
                    continue
                for method in ("get", "post", *(OTHERS if digits == "0" else ())):
                    status = getattr(client, method)(path).status_code
                    if status >= 500:
                        wrong.append((method, path, status))
        assert wrong == []


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "9" * 5000, "\u202e", "=1+1", "\ufffe"])
def test_no_text_of_a_device_breaks_the_door(text: str) -> None:
    secret = sources.renew_secret(source_id=clock().pk, by=person("du_hr"), now=timezone.now())
    row = {"user": text, "at": "2026-11-04 08:00", "direction": text, "device": text}
    rows = [
        row,
        {**row, "user": "A001"},
        {**row, "at": text},
        {**row, "at": "9999-12-31 23:59:59"},
        {**row, "at": "0001-01-01 00:00"},
    ]
    person("li_lei")
    assert push(secret, {"punches": rows}).status_code == 201
    assert (
        push(
            secret, {"punches": [*rows, {"user": 10**30, "at": 1e400}, {"user": None}]}, message_id="m2"
        ).status_code
        == 201
    )
