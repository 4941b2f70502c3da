"""A contract binds once both sides have signed it, and by its newest signed version (P6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from contracts.models import Contract, ContractForce, ContractSignature, ContractVersion, PurchaseOrder
from contracts.selectors import agreements as selectors
from contracts.services import agreements
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.contracts import world
from tests.contracts.world import DAY, HOUR, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P6")]


def refused_by_the_database(model: type[Model], **values: object) -> None:
    with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
        model(**values).save(force_insert=True)


def sign(version: ContractVersion, side: str = "ours", **said: object) -> ContractSignature:
    given: dict[str, object] = {
        "means": "signature", "signer": "方副总", "signed_on": TODAY, "content": small_picture(), "name": "签字.png",
        "by": person("luo_buyer"), "now": NOW, **said,
    }  # fmt: skip
    return agreements.sign(version_id=version.pk, side=side, **given)  # type: ignore[arg-type]


def test_it_holds_only_once_both_sides_have_signed() -> None:
    version = world.version()
    assert not selectors.holds(version, NOW)
    world.signed(version, "ours")
    assert not selectors.holds(version, NOW)
    world.signed(version, "theirs", now=NOW + HOUR)
    assert not selectors.holds(version, NOW)  # not before the second seal
    assert selectors.holds(version, NOW + HOUR)
    assert selectors.for_supplier(world.supplier(), NOW + HOUR) == version


def test_the_database_lets_nothing_come_into_force_without_both() -> None:
    version = world.version()
    refused_by_the_database(ContractForce, version=version, at=NOW)
    world.signed(version, "theirs")
    refused_by_the_database(ContractForce, version=version, at=NOW)


def test_it_holds_within_its_dates() -> None:
    version = world.signed(world.version(starts_on=TODAY + 2 * DAY, ends_on=TODAY + 4 * DAY))
    held = [selectors.holds(version, NOW + days * DAY) for days in range(6)]
    assert held == [False, False, True, True, True, False]


def test_an_amendment_holds_from_both_signatures_and_the_old_version_until_then() -> None:
    first = world.active()
    second = world.version(first.contract, reason="订金改为四成", deposit_percent="40")
    world.signed(second, "ours")
    assert selectors.for_supplier(world.supplier(), NOW + HOUR) == first
    world.signed(second, "theirs", now=NOW + 2 * HOUR)
    assert selectors.for_supplier(world.supplier(), NOW + HOUR) == first
    assert selectors.for_supplier(world.supplier(), NOW + 3 * HOUR) == second
    assert (first.terms["deposit_percent"], second.terms["deposit_percent"]) == ("30", "40")


def test_an_amendment_that_begins_later_replaces_nothing_before() -> None:
    first = world.active()
    world.signed(world.version(first.contract, reason="明年起", starts_on=TODAY + 30 * DAY))
    assert selectors.for_supplier(world.supplier(), NOW + 29 * DAY) == first
    assert not selectors.holds(first, NOW + 31 * DAY)


def test_a_version_that_was_overtaken_is_signed_no_more() -> None:
    first = world.version()
    world.version(first.contract, reason="改价")
    with pytest.raises(Conflict) as refused:
        sign(first)
    assert (refused.value.code, refused.value.clause) == ("overtaken", "P6")
    file = sign(world.version(world.contract())).file
    refused_by_the_database(
        ContractSignature, version=first, side="ours", means="seal", signer="方", signed_on=TODAY, file=file,
        by=person("luo_buyer"), at=NOW,
    )  # fmt: skip


def test_a_side_signs_once() -> None:
    version = world.version()
    sign(version)
    with pytest.raises(Conflict) as refused:
        sign(version)
    assert refused.value.code == "signed"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"signer": " "}, "signer"),
        ({"signed_on": TODAY + timedelta(days=1)}, "signed_on"),
        ({"side": "both"}, "side"),
        ({"means": "word of mouth"}, "side"),
        ({"content": "盖了章".encode(), "name": "章.txt"}, "file"),
    ],
)
def test_a_signature_is_a_scan_of_somebody_on_some_day(said: dict[str, object], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        sign(world.version(), **{"side": "ours", **said})  # type: ignore[arg-type]
    assert refused.value.errors[0]["path"] == path
    assert not ContractSignature.objects.exists()


def test_an_ended_contract_holds_no_more_and_takes_nothing() -> None:
    version = world.active()
    agreements.end_contract(
        contract_id=version.contract_id, reason="停产", by=person("luo_buyer"), now=NOW + HOUR
    )
    assert selectors.holds(version, NOW)
    assert not selectors.holds(version, NOW + HOUR)
    for act in (
        lambda: world.version(version.contract, reason="再续"),
        lambda: agreements.end_contract(
            contract_id=version.contract_id, reason="再停", by=person("luo_buyer"), now=NOW + HOUR
        ),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "ended"
    with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
        Contract.objects.filter(pk=version.contract_id).update(ended_at=None)
    refused_by_the_database(
        ContractVersion, contract=version.contract, n=2, starts_on=TODAY, ends_on=TODAY, terms={}, clauses=[],
        sha256="0" * 64, by=person("luo_buyer"), at=NOW,
    )  # fmt: skip


def test_a_contract_that_was_never_drawn_ends_too() -> None:
    found = agreements.end_contract(
        contract_id=world.contract().pk, reason="没有谈成", by=person("luo_buyer"), now=NOW
    )
    assert found.ended_at == NOW


def test_versions_follow_one_another_and_a_contract_keeps_its_supplier() -> None:
    version = world.version()
    refused_by_the_database(
        ContractVersion, contract=version.contract, n=3, starts_on=TODAY, ends_on=TODAY, terms={}, clauses=[],
        sha256="0" * 64, by=person("luo_buyer"), at=NOW,
    )  # fmt: skip
    other = world.supplier("FS02", "佛山市匠心家具厂")
    with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
        Contract.objects.filter(pk=version.contract_id).update(supplier=other)


def test_an_amendment_says_what_it_amends() -> None:
    first = world.version()
    with pytest.raises(Invalid) as refused:
        world.version(first.contract)
    assert refused.value.errors[0]["path"] == "reason"


@pytest.mark.parametrize("dates", [{"ends_on": TODAY - DAY}, {"starts_on": TODAY + 400 * DAY}])
def test_a_version_ends_after_it_begins_and_after_today(dates: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        world.version(**dates)  # type: ignore[arg-type]
    assert refused.value.errors[0]["path"] == "ends_on"


def order(version: ContractVersion | None, state: str, **said: object) -> PurchaseOrder:
    given = {"supplier": world.supplier(), "issued_at": NOW + HOUR, "created_at": NOW, **said}
    return PurchaseOrder.objects.create(
        number=f"PO-{state}", version=version, state=state, buyer=person("luo_buyer"), **given
    )


def test_no_order_leaves_the_draft_without_a_contract_in_force() -> None:
    unsigned = world.version()
    for version in (None, unsigned):
        with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
            order(version, "issued")
    draft = order(unsigned, "draft")
    with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
        PurchaseOrder.objects.filter(pk=draft.pk).update(state="issued")
    world.signed(unsigned)  # how it is then issued: tests/contracts/orders
    other = world.supplier("FS02", "佛山市匠心家具厂")
    with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
        order(unsigned, "issued", supplier=other)


def test_only_who_keeps_contracts_writes_them() -> None:
    version = world.version()
    for act in (
        lambda: agreements.open_contract(
            supplier_id=world.supplier().pk, title="试", by=person("song_inspector"), now=NOW
        ),
        lambda: sign(version, by=person("xu_warehouse")),
        lambda: agreements.end_contract(
            contract_id=version.contract_id, reason="试", by=person("li_lei"), now=NOW
        ),
    ):
        with pytest.raises(Forbidden):
            act()


def test_what_is_not_there_is_not_found() -> None:
    for act in (
        lambda: agreements.open_contract(supplier_id=987654, title="试", by=person("luo_buyer"), now=NOW),
        lambda: agreements.sign(
            version_id=987654, side="ours", means="seal", signer="方", signed_on=TODAY, content=b"x", name="x",
            by=person("luo_buyer"), now=NOW,
        ),
        lambda: agreements.end_contract(contract_id=987654, reason="试", by=person("luo_buyer"), now=NOW),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()


def test_numbers_run_through_the_year_and_a_given_one_is_taken_once() -> None:
    assert [world.contract().number for _ in range(2)] == ["HT-2026-001", "HT-2026-002"]
    with pytest.raises(Refused) as refused:
        agreements.open_contract(
            supplier_id=world.supplier().pk, title="试", number="HT-2026-002", by=person("luo_buyer"), now=NOW
        )
    assert refused.value.code == "taken"


def test_the_trail_tells_it_all() -> None:
    version = world.active()
    verbs = Entry.objects.filter(subject_type="contract", subject_id=str(version.contract_id)).order_by("pk")
    assert [entry.verb for entry in verbs] == [
        "contracts.open_contract", "contracts.put_version", "contracts.sign", "contracts.sign", "contracts.in_force",
    ]  # fmt: skip
