"""A contract's renewal is decided in time, and its end is known (P6)."""

from __future__ import annotations

import pytest

from contracts.models import Contract
from contracts.services import agreements
from office.deadlines.models import Deadline
from office.errors import Conflict, Invalid
from tests.contracts import world
from tests.contracts.world import DAY, NOW, TODAY
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P6")]


def clock(contract: Contract, rule: str, state: str = "open") -> Deadline | None:
    return (
        Deadline.objects.filter(rule=rule, subject_type="contract", subject_id=str(contract.pk), state=state)
        .order_by("-pk")
        .first()
    )


def test_both_clocks_run_once_it_is_in_force() -> None:
    version = world.version(ends_on=TODAY + 100 * DAY)
    assert not Deadline.objects.exists()
    world.signed(version)
    end = (NOW + 101 * DAY).replace(hour=0)
    expiry, renewal = (
        clock(version.contract, "contracts.expiry"),
        clock(version.contract, "contracts.renewal"),
    )
    assert expiry is not None
    assert renewal is not None
    assert (expiry.due_at, renewal.due_at) == (end, end - 30 * DAY)


def test_an_amendment_renews_it() -> None:
    first = world.active()
    world.signed(world.version(first.contract, reason="续一年", ends_on=TODAY + 700 * DAY))
    assert clock(first.contract, "contracts.renewal", "met") is not None
    assert clock(first.contract, "contracts.expiry", "cancelled") is not None
    expiry = clock(first.contract, "contracts.expiry")
    assert expiry is not None
    assert expiry.due_at == (NOW + 701 * DAY).replace(hour=0)


def test_a_contract_that_ends_soon_asks_for_no_renewal_that_is_over() -> None:
    version = world.signed(world.version(ends_on=TODAY + 10 * DAY))
    assert clock(version.contract, "contracts.renewal") is None
    assert clock(version.contract, "contracts.expiry") is not None


def test_it_may_be_let_run_out_until_an_amendment_takes_that_back() -> None:
    contract = world.active().contract
    with pytest.raises(Invalid):
        agreements.let_run_out(contract_id=contract.pk, reason=" ", by=person("luo_buyer"), now=NOW)
    agreements.let_run_out(contract_id=contract.pk, reason="换供应商", by=person("luo_buyer"), now=NOW)
    assert clock(contract, "contracts.renewal", "met") is not None
    assert clock(contract, "contracts.expiry") is None
    with pytest.raises(Conflict) as refused:
        agreements.let_run_out(contract_id=contract.pk, reason="再定", by=person("luo_buyer"), now=NOW)
    assert refused.value.code == "decided"
    world.signed(world.version(Contract.objects.get(pk=contract.pk), reason="还是续"))
    contract.refresh_from_db()
    assert contract.not_renewed_at is None
    assert clock(contract, "contracts.expiry") is not None


def test_an_ended_contract_has_no_clocks() -> None:
    contract = world.active().contract
    agreements.end_contract(contract_id=contract.pk, reason="停产", by=person("luo_buyer"), now=NOW)
    assert not Deadline.objects.filter(state="open").exists()
