"""What is said about a page, who may open it, is what its door does: against the table that is written out by names."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.selectors import access
from office.staff.models import Employee
from tests.people import CAST, everybody
from tests.permissions.table import EVERYBODY
from tests.permissions.test_matrix import ROWS, World, address, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.1", "C13.2")]


#: Behind the door these are narrower still: forms of requests, which only those open whom a chain lets ask (the page
#: says so), and what asks for one of several permissions.
NARROWER = {
    "approvals:activation", "approvals:own_text", "catalog:propose_price", "catalog:ask_listing",
    "catalog:ask_delisting", "catalog:promotion_new", "catalog:price_promotion", "attendance:vacancy_new", "cms:new",
    "cms:edit", "cms:rounds", "contracts:supplier_choices",
}  # fmt: skip


def test_for_any_page_the_answer_is_that_of_its_door(world: World) -> None:
    everybody()
    now, numbers = timezone.now(), {number: who for who, (number, *_rest) in CAST.items()}
    known: dict[str, frozenset[str]] = {"": EVERYBODY}
    wrong = []
    for row in ROWS:
        if row.method != "GET":  # acts: what they ask beside the door, their verbs say
            continue
        key = access.key_of_page(address(row.name, row.args, world))
        if key is None:
            wrong.append(f"{row.name}: it leads nowhere")
            continue
        if key not in known:
            found = access.holders_of(key, now)
            named = frozenset(
                numbers[each.person.number] for each in found.holders if each.person.number in numbers
            )
            known[key] = EVERYBODY if found.everybody else named
        if row.name in NARROWER:
            assert known[key] > row.let_in, row.name
        elif known[key] != row.let_in:
            wrong.append(
                f"{row.name} ({key}): more {known[key] - row.let_in}, fewer {row.let_in - known[key]}"
            )
    assert wrong == []
    assert len(known) > 50


def test_for_any_person_the_answer_about_himself_is_that_about_each_thing(world: World) -> None:
    everybody()
    now = timezone.now()
    of_keys: dict[str, set[str]] = {}
    for section in access.keys(now):
        for line in section.rows:
            found = access.holders_of(line.key, now)
            if not found.everybody:
                of_keys[line.key] = {each.person.number for each in found.holders}
    for person in Employee.objects.filter(number__in=[number for number, *_rest in CAST.values()]):
        mine = {line.key for each in access.access_of(person, now).sections for line in each.rows}
        theirs = {key for key, people in of_keys.items() if person.number in people}
        assert mine & of_keys.keys() == theirs, person.number
