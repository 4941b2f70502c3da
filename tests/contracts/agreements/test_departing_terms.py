"""P6: what departs from the book comes into force only when the chain has agreed to exactly that."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from contracts.models import ContractForce, ContractVersion
from contracts.selectors import agreements as selectors
from contracts.selectors import day_agreements
from contracts.selectors import departing as departing_selectors
from contracts.services import agreements, departing
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors.runs import changes_of
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.accounts.access.stage import agree
from tests.contracts import world
from tests.contracts.world import DAY, HOUR, MINUTE, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P6")]


def sealed(version: ContractVersion) -> ContractVersion:
    """By both sides, and nothing more."""
    for side in ("ours", "theirs"):
        agreements.sign(
            version_id=version.pk, side=side, means="seal", signer="方副总", signed_on=TODAY,
            content=small_picture(), name="盖章页.png", by=person("luo_buyer"), now=NOW,
        )  # fmt: skip
    return version


def ask(version: ContractVersion, by: str = "luo_buyer") -> Run:
    everybody("luo_buyer", "chen_manager", "fang_vice")
    return departing.ask_terms(version_id=version.pk, by=person(by), now=NOW, comment="老供应商")


def force_by_hand(version: ContractVersion, **values: object) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractForce.objects.create(version=version, at=NOW + HOUR, **values)


def test_terms_of_the_book_need_nobody() -> None:
    version = sealed(world.version())
    assert selectors.holds(version, NOW)
    assert (version.force.run, version.force.authority_clause) == (None, "P6")
    with pytest.raises(Conflict, match="与规章一致"):
        ask(world.version(world.contract()))


def test_both_signatures_bring_what_departs_not_into_force() -> None:
    version = sealed(world.version(deposit_percent="50", balance_days=7))
    assert not selectors.holds(version, NOW + DAY)
    for values in ({}, {"authority_clause": "P6"}):
        force_by_hand(version, **values)
    run = ask(version)
    assert not selectors.holds(version, NOW + DAY)
    force_by_hand(version, run=run)
    assert agree(run, "chen_manager").state == Run.State.EXECUTED
    assert selectors.holds(version, NOW + DAY)
    assert ContractForce.objects.get(version=version).run == run
    assert Entry.objects.filter(verb="contracts.agree_terms").exists()


def test_clauses_of_its_own_come_into_force_with_an_agreement_only() -> None:
    version = sealed(world.version(extra=[{"title": "订金", "text": "订金为货款的百分之六十。"}]))
    assert departing_selectors.departs(version) == []
    assert not selectors.holds(version, NOW + DAY)
    for values in ({}, {"authority_clause": "P6"}):
        force_by_hand(version, **values)
    page = signed_in("luo_buyer").get(reverse("contracts:contract", args=[version.contract_id]))
    assert "1 条自拟条款" in page.content.decode()
    run = ask(version)
    [clause] = [each for each in changes_of(run) if each.field == "clause_X1"]
    assert (clause.label, clause.after) == ("订金", "订金为货款的百分之六十。")
    force_by_hand(version, run=run)
    assert agree(run, "chen_manager").state == Run.State.EXECUTED
    assert selectors.holds(version, NOW + DAY)
    assert ContractForce.objects.get(version=version).run == run


def test_agreed_to_before_it_is_signed_it_holds_with_the_second_signature() -> None:
    version = world.version(settlement="on_shipment")
    agree(ask(version), "chen_manager")
    assert not selectors.holds(version, NOW + DAY)
    sealed(version)
    assert selectors.holds(version, NOW + DAY)


def test_the_approver_reads_each_term_as_the_book_and_as_the_paper_has_it() -> None:
    run = ask(world.version(deposit_percent="50", partial_delivery=False))
    changes = {each.field: (each.before, each.after) for each in changes_of(run)}
    assert changes["deposit_percent"] == ("30%", "50%")
    assert changes["partial_delivery"][0] != changes["partial_delivery"][1]
    assert "balance_days" not in changes


def test_nobody_agrees_to_what_he_asked_for() -> None:
    with pytest.raises(Forbidden):
        approvals.approve(run_id=ask(world.version(balance_days=7)).pk, by=person("luo_buyer"), now=NOW)
    own = ask(world.version(world.contract(), balance_days=7), by="chen_manager")
    with pytest.raises(Forbidden):
        approvals.approve(run_id=own.pk, by=person("chen_manager"), now=NOW)
    assert agree(own, "fang_vice").state == Run.State.EXECUTED


def test_who_asks_for_what() -> None:
    version = world.version(balance_days=7)
    with pytest.raises(Forbidden):
        ask(version, by="song_inspector")
    with pytest.raises(NotFound):
        departing.ask_terms(version_id=0, by=person("luo_buyer"), now=NOW)
    agree(ask(version), "chen_manager")
    with pytest.raises(Conflict, match="已获批准"):
        ask(version)
    later = world.version(version.contract, reason="再改", balance_days=10)
    with pytest.raises(Conflict, match="新版本"):
        ask(version)
    agreements.end_contract(contract_id=later.contract_id, reason="停", by=person("luo_buyer"), now=NOW)
    with pytest.raises(Conflict, match="终止"):
        ask(later)


def test_a_later_version_voids_the_request_and_is_asked_about_anew() -> None:
    first = world.version(balance_days=7)
    run = ask(first)
    second = world.version(first.contract, reason="改", balance_days=8)
    run.refresh_from_db()
    assert run.state == Run.State.VOIDED
    sealed(second)
    assert not selectors.holds(second, NOW + DAY)
    agree(ask(second), "chen_manager")
    assert selectors.holds(second, NOW + DAY)


def test_the_end_of_the_contract_voids_the_request() -> None:
    run = ask(world.version(balance_days=7))
    agreements.end_contract(
        contract_id=ContractVersion.objects.get().contract_id,
        reason="停",
        by=person("luo_buyer"),
        now=NOW + MINUTE,
    )
    run.refresh_from_db()
    assert run.state == Run.State.VOIDED


def test_a_returned_request_is_asked_again() -> None:
    version = world.version(balance_days=7)
    run = ask(version)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="写明原因")
    assert ask(version).pk == run.pk
    assert agree(run, "chen_manager").state == Run.State.EXECUTED


def test_another_paper_than_the_version_is_refused() -> None:
    version = world.version(balance_days=7)
    other = {
        "version": version.pk,
        "sha256": "0" * 64,
        "terms": {"balance_days": 7},
        "book": {"balance_days": 30},
    }
    for payload in (other, {"version": 0}, {}):
        with pytest.raises(Invalid, match="内容不符"):
            departing.check(payload)


def test_the_database_takes_no_agreement_to_another_version() -> None:
    one, two = world.version(balance_days=7), sealed(world.version(world.contract(), balance_days=7))
    run = agree(ask(one), "chen_manager")
    force_by_hand(two, run=run)
    force_by_hand(sealed(world.version(world.contract())), run=run)


def test_the_database_wants_the_book_beside_the_terms() -> None:
    version = world.version()
    values = {
        each.attname: getattr(version, each.attname) for each in ContractVersion._meta.concrete_fields
    } | {"id": None, "n": 2}
    for book in (None, {}, {"balance_days": 30}):
        with pytest.raises(IntegrityError, match="P6"), transaction.atomic():
            ContractVersion.objects.create(**{**values, "book": book})


def test_an_order_waits_for_the_agreement() -> None:
    version = sealed(world.version(settlement="on_shipment"))
    assert selectors.for_supplier(version.contract.supplier, NOW + DAY) is None


def test_the_page_leads_to_the_request_and_the_day_reminds() -> None:
    buyer, now = signed_in("luo_buyer"), timezone.now()
    everybody("luo_buyer", "chen_manager")
    version = world.version(world.contract(now=now), now=now, balance_days=7)
    page = reverse("contracts:contract", args=[version.contract_id])
    assert "30" in buyer.get(page).content.decode()
    act = reverse("contracts:contract_act", args=[version.contract_id, "terms"])
    answer = buyer.post(act, {"comment": "老供应商"})
    run = Run.objects.get()
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    assert buyer.post(act, {"comment": ""}).status_code == 409
    for side in ("ours", "theirs"):
        agreements.sign(
            version_id=version.pk, side=side, means="seal", signer="方", signed_on=now.date(),
            content=small_picture(), name="章.png", by=person("luo_buyer"), now=now,
        )  # fmt: skip
    me = person("luo_buyer")
    assert not [each for each in day_agreements.waiting(me, now) if each.label == version.contract.number]
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=now, reason="不同意")
    [line] = [each for each in day_agreements.waiting(me, now) if each.label == version.contract.number]
    assert "审批" in str(line.title)
    assert signed_in("chen_manager").get(page).status_code == 200
