"""What a signed-in person saw is in no cache for whoever sits down at the machine next."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/desk/", "/inbox/", "/rulebook/"])
def test_a_page_of_a_signed_in_person_is_stored_nowhere(path: str) -> None:
    assert "no-store" in signed_in("li_lei").get(path)["Cache-Control"]


def test_the_door_for_machines_says_so_itself(client: Client) -> None:
    assert "no-cache" in client.get("/healthz")["Cache-Control"]
