"""What every page asks for is worked out once in a process, not once a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from ecdept import context
from office.rulebook import selectors

Enter = Callable[[str], Client]


@pytest.mark.django_db
def test_no_page_looks_up_the_addresses_of_the_navigation_again(enter: Enter) -> None:
    client = enter("chen_manager")
    client.get("/desk/")
    before = context._reverse.cache_info().misses
    for path in ("/", "/desk/", "/inbox/", "/rulebook/"):
        assert client.get(path).status_code == 200
    assert context._reverse.cache_info().misses == before


@pytest.mark.django_db
def test_what_posts_may_is_read_from_a_book_once() -> None:
    the_book = selectors.book(timezone.now())
    agent = the_book.allowed(frozenset({"service_agent"}))
    assert "orders.view" in agent
    assert the_book.allowed(frozenset({"service_agent"})) is agent
    assert the_book.allowed(frozenset()) < agent
