"""A client of the cast, its second step done."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import Client

from tests.people import person


@pytest.fixture
def enter(db: None) -> Callable[[str], Client]:
    """`enter("li_lei")` is a signed-in client; a fault is an answer of 500, not an exception."""

    def make(who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(person(who), backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["policy_checked_at"] = time.time()
        session.save()
        return client

    return make
