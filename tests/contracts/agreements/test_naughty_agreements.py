"""Naughty strings in every form of suppliers, contracts and work plans: taken or refused, never a fault."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from contracts.services import plans
from tests.contracts import world
from tests.naughty import fill_in
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def test_no_form_of_this_area_breaks() -> None:
    now = timezone.now()
    contact = world.contact(now=now)
    version = world.version(world.contract(contact.supplier, now=now), now=now)
    plan = plans.make_plan(
        title="开店", aim="", template="open_shop", starts_on=now.date(), owner_id=person("chen_manager").pk,
        by=person("chen_manager"), now=now,
    )  # fmt: skip
    client = signed_in("chen_manager")
    pages = (
        ("supplier_new",),
        ("supplier", contact.supplier_id),
        ("contact", contact.pk),
        ("bank_ask", contact.supplier_id),
        ("contract_new",),
        ("contract", version.contract_id),
        ("version_new", version.contract_id),
        ("clause", "P2.2"),
        ("plan_new",),
        ("plan", plan.pk),
        ("plan_step", plan.milestones.get(n=1).pk, "change"),
        ("plan_document", plan.documents.get(n=1).pk, "hand-in"),
    )
    wrong = []
    for name, *args in pages:
        wrong += fill_in(client, reverse(f"contracts:{name}", args=args), 2)
    assert wrong == []
