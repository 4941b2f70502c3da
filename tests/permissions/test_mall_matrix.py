"""The permission matrix under the mall's book, and what the doors of these desks do with a form sent to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from office.rulebook import api as rulebook
from tests.people import CAST
from tests.permissions import rows_mall
from tests.permissions.rows_catalog import PLANNER
from tests.permissions.table import EVERYBODY, HR, MANAGER, PLATFORM, Row
from tests.permissions.test_matrix import ROWS, World, address, ask, enter, verdict, world

__all__ = ["enter", "world"]
DESKS = ("catalog", "cms", "attendance", "approvals", "rulebook", "accounts", "contracts")


def key(row: Row) -> tuple[str, str, str]:
    return row.name, row.method, str(sorted(row.args.items()))


@pytest.fixture
def mall_world(world: World) -> World:
    """The same world; from now on the mall's book is in force."""
    now = timezone.now()
    rulebook.activate_book(code="mall", starts_at=now, by=None, now=now)
    return world


def wrong_rows(rows: list[Row], who: str, client: Client, world: World) -> list[str]:
    found = []
    for row in rows:
        expected = "let in" if who in row.let_in else "403"
        answer = verdict(ask(client, row.method, address(row.name, row.args, world)))
        if answer != expected:
            found.append(f"{who}: {row.method} {row.name}: {answer}, the table says {expected}")
    return found


@pytest.mark.clause("C13.1", "M2", "M3", "M9.1", "M9.2", "M9.3")
def test_the_malls_book_lets_in_its_own_posts(mall_world: World, enter: Callable[[str], Client]) -> None:
    """Everybody at the doors that differ, the mall's posts at every door."""
    other = {key(row): row for row in rows_mall.ROWS}
    desks = [other.get(key(row), row) for row in ROWS if row.name.split(":")[0] in DESKS]
    assert len(other) == len([row for row in desks if key(row) in other])  # none is of another name
    wrong = []
    for who in CAST:
        rows = desks if who in rows_mall.POSTS else list(rows_mall.ROWS)
        wrong += wrong_rows(rows, who, enter(who), mall_world)
    assert wrong == []


#: Pages whose form only some of their readers may send; everybody else's form goes where the page lets in.
FORMS = {
    "rulebook:calendar": MANAGER | HR | PLATFORM,
    # One's own day only; who may not even see it finds nothing there (404), and a 404 tells as little as a page.
    "attendance:day": EVERYBODY
    - frozenset({"du_hr", "zhou_general", "fang_vice", "chen_manager", "jiang_head", "wang_supervisor"}),
    "attendance:headcount": frozenset(),  # the site's book plans none (J1.7 is the mall's)
    "catalog:planner_task": PLANNER,
    # Whoever sees the list reads it; the buyer begins another.
    **dict.fromkeys(
        ("contracts:orders", "contracts:samples", "contracts:demand_plans"), frozenset({"luo_buyer"})
    ),
    "cms:review": MANAGER | frozenset({"lin_editor", "zheng_designer", "shen_operations"}),
}


@pytest.mark.clause("C13.1")
def test_a_form_is_taken_from_whom_the_table_names(world: World, enter: Callable[[str], Client]) -> None:
    """The pages that the matrix reads with GET are sent an empty form too, where they take one."""
    manager = enter("chen_manager")
    sent = {row.name for row in ROWS if row.method == "POST"}  # has rows of its own
    pages = [
        row
        for row in ROWS
        if row.method == "GET" and row.name not in sent and row.name.split(":")[0] in DESKS
    ]
    taking = [
        Row(row.name, FORMS.get(row.name, row.let_in), "POST", row.args)
        for row in pages
        if ask(manager, "POST", address(row.name, row.args, world)).status_code != 405
    ]
    assert len(taking) > 25
    visitor = Client()
    wrong = [
        f"a visitor: POST {row.name}: {answer}"
        for row in taking
        if (answer := verdict(ask(visitor, "POST", address(row.name, row.args, world)))) != "sign in"
    ]
    for who in CAST:
        wrong += wrong_rows(taking, who, enter(who), world)
    assert wrong == []
