"""A list asks the same number of queries however long it is: takedowns, freshness, rounds, the public board, senders,
the partner's contacts, a thread."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.services import board, partner, rounds, takedowns
from office.approvals import api as approvals
from tests.cms.messages import answered, message, sender
from tests.cms.sites import MINUTE, NOON
from tests.cms.stage import DAY, HOUR, NOW, column, everybody, on_the_site
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def _takedown(number: int) -> None:
    takedowns.take_down(
        item_id=on_the_site(now=NOW + number * MINUTE).pk, category="false", reason="", by=person("wei_webmaster"),
        now=NOW + HOUR + number * MINUTE,
    )  # fmt: skip


def _column(number: int) -> None:
    column(f"column-{number}")


def _round(number: int) -> None:
    rounds.open_due(now=NOON + number * DAY)


def _entry(number: int) -> None:
    found = answered(NOON + number * MINUTE)
    run = board.propose_entry(
        message_id=found.pk, question=f"问{'一二三四五六'[number]}", reply="答", by=person("li_lei"),
        now=NOON + number * MINUTE,
    )  # fmt: skip
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOON + number * MINUTE)


def _sender(number: int) -> None:
    sender(f"www{number}")


def _contact(number: int) -> None:
    partner.save_contact(
        contact_id=None, name=f"工程师{number}", phone="0756-1", email="", active=True,
        by=person("wei_webmaster"), now=NOON,
    )  # fmt: skip


LISTS: dict[str, tuple[str, Callable[[int], None]]] = {
    "cms:takedowns": ("chen_manager", _takedown),
    "cms:freshness": ("chen_manager", _column),
    "cms:rounds": ("li_lei", _round),
    "board:entries": ("", _entry),
    "cms:senders": ("wei_webmaster", _sender),
    "cms:contacts": ("wei_webmaster", _contact),
}


def cost(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(where).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_however_long(name: str) -> None:
    everybody()
    who, add = LISTS[name]
    client = signed_in(who) if who else Client()
    where = reverse(name)
    add(0)
    add(1)
    client.get(where)  # what is remembered between requests is there
    short = cost(client, where)
    for number in range(2, 6):
        add(number)
    assert cost(client, where) <= short <= 20


def test_a_thread_costs_the_same_however_long() -> None:
    everybody()
    found = message()
    client, where = signed_in("li_lei"), reverse("cms:message", args=[found.pk])

    def say(number: int) -> None:
        board.answer(
            message_id=found.pk,
            text=f"第{number}次",
            way="phone",
            by=person("li_lei"),
            now=NOON + number * MINUTE,
        )

    say(1)
    client.get(where)
    short = cost(client, where)
    for number in range(2, 7):
        say(number)
    assert cost(client, where) <= short <= 24
