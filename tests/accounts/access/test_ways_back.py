"""Every door that leads back to where somebody came from stays in the house (open redirects)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.views.vault_doors import back_of
from orders.models import Order
from tests.people import signed_in
from tests.permissions.test_matrix import World, world
from tests.shell.test_signing_in import PASSWORD, with_password

__all__ = ["world"]
pytestmark = pytest.mark.django_db
TARGETS = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:x",
    "https:evil.example",
    "\\\\evil",
)


@pytest.mark.parametrize("target", TARGETS)
def test_an_act_on_an_order_leads_out_of_no_house(world: World, target: str) -> None:
    answer = signed_in("wang_supervisor").post(
        reverse("orders:act", args=[world["order"], "note"]), {"text": "已联系", "next": target}
    )
    assert Order.objects.filter(pk=world["order"]).exists()
    assert "evil" not in answer.get("Location", "")
    assert not answer.get("Location", "").startswith("javascript")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("door", ["/staff/duty/start/", "/staff/duty/end/"])
def test_going_on_duty_leads_out_of_no_house(door: str, target: str) -> None:
    answer = signed_in("li_lei").post(door, {"next": target})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("target", TARGETS)
def test_unlocking_the_vault_leads_out_of_no_house(rf: object, target: str) -> None:
    request = rf.post("/accounts/vault/unlock/", {"next": target})  # type: ignore[attr-defined]
    assert back_of(request, "/accounts/") == "/accounts/"


@pytest.mark.parametrize("target", TARGETS)
def test_the_door_of_the_tables_asks_to_sign_in_and_leads_out_of_no_house(target: str) -> None:
    visitor = signed_in("sun_admin")
    visitor.logout()
    first = visitor.get("/admin/login/", {"next": target})["Location"]
    assert first.startswith("/auth/login/?next=")
    with_password("li_lei")
    answer = visitor.post(first, {"login": "A001", "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"
