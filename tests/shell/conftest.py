"""A client of the cast, its second step done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.people import person, sign_in


@pytest.fixture
def enter(db: None) -> Callable[[str], Client]:
    """`enter("li_lei")` is a signed-in client; a fault is an answer of 500, not an exception."""

    def make(who: str) -> Client:
        client = Client(raise_request_exception=False)
        sign_in(client, person(who))
        return client

    return make
