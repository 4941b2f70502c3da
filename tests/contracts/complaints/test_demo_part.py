"""The demo's complaints and links stand in every state."""

from __future__ import annotations

import datetime as dt

import pytest

from contracts.models import Complaint, Dispute, DoorEnd, DoorLink
from ecdept.demo import contracts_door
from ecdept.demo.stage import Stage
from tests.contracts import world
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


def test_every_state_is_there() -> None:
    long_ago = world.NOW - dt.timedelta(days=60)
    world.contact(world.supplier(now=long_ago), now=long_ago)
    for code in ("FS02", "FS03"):
        world.contact(world.supplier(code, f"佛山市{code}家具厂", now=long_ago), now=long_ago)
    people = {"U001": person("luo_buyer"), "A001": person("li_lei")}
    contracts_door.play(Stage(people, world.NOW, "x"))
    assert set(Complaint.objects.values_list("state", flat=True)) == set(Complaint.State.values)
    assert Dispute.objects.get().stage == "talk"
    assert DoorEnd.objects.get().why == "revoked"
    assert DoorLink.objects.filter(expires_at__lt=world.NOW).exists()


def test_it_shows_nothing_without_a_supplier() -> None:
    contracts_door.play(Stage({}, world.NOW, "x"))
    assert not DoorLink.objects.exists()
