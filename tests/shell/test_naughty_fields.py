"""Every naughty string in every text field of the pages: taken or refused, never a fault, and readable afterwards."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from office.errors import Refused
from office.staff import api as staff
from orders.models import Note, OrderProgress, Shop
from orders.selectors.order import viewer
from orders.views.order import DOORS
from tests.orders.desk.arrange import MINUTE, accepted, handed_over, order, reach, shop
from tests.people import person
from tests.shell.test_bad_input import naughty

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Enter = Callable[[str], Client]


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def held(now: dt.datetime) -> OrderProgress:
    """An order that 李雷 has reached and not yet confirmed."""
    staff.start_duty(by=person("li_lei"), now=now - 5 * MINUTE)
    progress = accepted(person("li_lei"), at=now - 5 * MINUTE)
    reach(progress, person("li_lei"), at=now - MINUTE)
    return progress


def test_in_notes_and_contacts_they_are_kept_and_the_pages_show_them(now: dt.datetime, enter: Enter) -> None:
    progress = held(now)
    who = viewer(person("li_lei"), now)
    kept = 0
    for text in naughty():
        for key, data in (
            ("note", {"text": text}),
            ("contact", {"outcome": "not_reached", "channel": "phone", "next_try": "30", "note": text}),
        ):
            form = DOORS[key].form(data, who=who)
            if form.is_valid():
                DOORS[key].verb(order_id=progress.pk, by=person("li_lei"), now=now, **form.arguments())
                kept += 1
    assert kept > len(naughty())
    assert Note.objects.count() > len(naughty()) / 2
    client = enter("li_lei")
    for path in (f"/orders/{progress.pk}/", f"/orders/{progress.pk}/print/", "/desk/?tab=mine", "/"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("key", "who", "data"),
    [
        ("invalid", "li_lei", {"reason": "other"}),
        ("confirm", "li_lei", {}),
        ("give-back", "li_lei", {}),
        ("cancel", "wang_supervisor", {"reason": "other"}),
        ("return", "wang_supervisor", {}),
        ("reassign", "wang_supervisor", {"reason": "other"}),
        ("replace", "wang_supervisor", {"number": "NEW-1"}),
        ("after-sales", "li_lei", {"what": "other"}),
    ],
)
def test_as_the_words_of_an_act(now: dt.datetime, key: str, who: str, data: dict[str, str]) -> None:
    progress, by = held(now), person(who)
    if key == "replace":
        order(at=now, number="NEW-1")
    if key == "after-sales":
        progress = handed_over(by, at=now - 4 * MINUTE)
    staff.start_duty(by=person("han_meimei"), now=now)
    data = data | ({"to": str(person("han_meimei").pk)} if key == "reassign" else {})
    done = 0
    for text in naughty():
        form = DOORS[key].form({**data, "note": text}, who=viewer(by, now))
        if not form.is_valid():
            continue
        with transaction.atomic():
            # A text of nothing that can be seen is refused as no words at all.
            with contextlib.suppress(Refused):
                DOORS[key].verb(
                    order_id=progress.pk, by=by, now=now, **form.arguments(), **dict(DOORS[key].fixed)
                )
                done += 1
            transaction.set_rollback(True)
    assert done > len(naughty()) / 2


FORMS: dict[str, tuple[str, str, tuple[str, ...], dict[str, str]]] = {
    "a typed order": (
        "wu_clerk",
        "/orders/new/",
        (
            *("number", "placed_at", "name", "phone", "address", "total", "paid", "remark"),
            *(f"lines-0-{column}" for column in ("sku", "title", "quantity", "price", "amount")),
        ),
        {"shop": "SHOP", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0"},
    ),
    "a typed order that is whole": (
        "wu_clerk",
        "/orders/new/",
        ("number", "name", "phone", "address", "remark", "lines-0-sku", "lines-0-title"),
        {"shop": "SHOP", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0", "lines-0-quantity": "1"},
    ),
    "a shop": ("chen_manager", "/shops/new/", ("code", "name"), {"platform": "generic", "currency": "CNY"}),
    "a secret": ("chen_manager", "/shops/SHOP/secret/", ("secret", "version"), {}),
    "a channel": (
        "qian_it",
        "/inbox/channels/new/",
        ("name", "secret"),
        {"kind": "webhook", "url": "https://example.com/"},
    ),
    "a channel's address": ("qian_it", "/inbox/channels/new/", ("url",), {"kind": "wecom", "name": "群"}),
    "a day": ("qian_it", "/rulebook/calendar/", ("name", "source"), {"day": "2026-12-24", "kind": "off"}),
    "a person": (
        "chen_manager",
        "/staff/PERSON/edit/",
        ("name", "department", "phone"),
        {"email": "a@example.com"},
    ),
    "a post": (
        "chen_manager",
        "/staff/PERSON/appoint/",
        ("reason",),
        {"position": "planner", "first_day": "2026-12-01", "last_day": "2026-12-24", "acting": "on"},
    ),
    "an erasure": ("chen_manager", "/retention/erase/ORDER/", ("note",), {"reason": "other"}),
    "a muted kind": ("li_lei", "/inbox/mute/", ("kind", "view"), {}),
    "a line read": ("li_lei", "/inbox/read/", ("subject_type", "subject_id", "go", "ids", "view"), {}),
    "a search": ("li_lei", "/desk/search/", ("q",), {}),
}


@pytest.mark.parametrize("name", FORMS)
def test_in_every_text_field_of_a_form(now: dt.datetime, enter: Enter, name: str) -> None:
    who, path, fields, rest = FORMS[name]
    waiting, chosen = order(at=now), shop()
    places = {"SHOP": chosen.pk, "PERSON": person("zheng_designer").pk, "ORDER": waiting.pk}
    for word, pk in places.items():
        path = path.replace(word, str(pk))
    rest = {key: str(places.get(value, value)) for key, value in rest.items()}
    client = enter(who)
    broken = []
    for text in naughty():
        with transaction.atomic():
            if client.post(path, {**rest, **dict.fromkeys(fields, text)}).status_code >= 500:
                broken.append(text)
            transaction.set_rollback(True)
    assert broken == []
    assert Shop.objects.count() == 1
